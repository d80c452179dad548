import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { layer as journalLayer } from "./adapters/journal/journal.ts"
import { Adapters, type AdaptersService } from "./cli/adapters.ts"
import { exitCodeOf, messageOf } from "./cli/exit.ts"
import { exitCodes } from "./core/exit-codes.ts"
import { log, logsPassedOn } from "./cli/log.ts"
import { packageVersion } from "./cli/package-root.ts"
import { asTyped } from "./cli/output.ts"
import { portsOf } from "./cli/ports-of.ts"
import { runCommandLine } from "./cli/root.ts"
import { connectors } from "./connectors.ts"
import { effectOf, layerOf, loaded } from "./core/lazily.ts"

/** Each is loaded once, when a command asks for connectors. */
const offered = Effect.runSync(Effect.cached(loaded(() => Promise.all(connectors.map((load) => load())))))

/** The composition root: which adapter serves which port. Adapters are loaded when a command asks for them. */
const adapters: AdaptersService = {
  connectors: offered,
  warehouse: (stateFile, limits) =>
    layerOf(
      () => import("./adapters/duckdb/warehouse.ts"),
      ({ layer }) => layer({ stateFile, ...limits })
    ),
  warehouseToRead: (stateFile, limits) =>
    layerOf(
      () => import("./adapters/duckdb/warehouse.ts"),
      ({ layerToRead }) => layerToRead({ stateFile, ...limits })
    ),
  journal: journalLayer,
  ...portsOf(offered),
  runner: (options) =>
    layerOf(
      () => import("./adapters/process/child-runner.ts"),
      ({ childRunnerLayer }) => childRunnerLayer(options)
    ),
  takeIn: (carriesOut, socket) =>
    effectOf(
      () => import("./adapters/process/take-in.ts"),
      ({ takeIn }) => takeIn(carriesOut, socket)
    ),
  ask: (command, words) =>
    effectOf(
      () => import("./adapters/process/ask.ts"),
      ({ ask }) => ask(command, words)
    ),
  begin: (command, words, environment) =>
    effectOf(
      () => import("./adapters/process/begin.ts"),
      ({ begin }) => begin(command, words, environment)
    ),
  handOver: (socket, asked, hear) =>
    effectOf(
      () => import("./adapters/process/hand-over.ts"),
      ({ handOver }) => handOver(socket, asked, hear)
    ),
  handOverApproval: (socket, asked) =>
    effectOf(
      () => import("./adapters/process/hand-over.ts"),
      ({ handOverApproval }) => handOverApproval(socket, asked)
    ),
  inLanguage: (language) => loaded(async () => (await import("./pages/for-mail.ts")).inLanguage(language)),
  messenger: (ways) =>
    layerOf(
      () => import("./adapters/alerts/messenger.ts"),
      ({ messengerLayer }) => messengerLayer(ways)
    ),
  sandbox: (request) =>
    effectOf(
      () => import("./sandbox/sandbox.ts"),
      ({ startSandbox }) => startSandbox(request)
    )
}

/** Telemetry, where the environment names a collector; its module is loaded then alone. */
const telemetry = Layer.unwrapEffect(
  loaded(async () => {
    if ((process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "") === "") return Layer.empty
    const { startedFor, telemetryLayer, telemetrySettings } = await import("./adapters/telemetry/otlp.ts")
    const settings = telemetrySettings(process.env)
    return settings === null
      ? Layer.empty
      : Layer.merge(
          startedFor(process.env),
          Layer.provideMerge(logsPassedOn, telemetryLayer(settings, packageVersion()))
        )
  })
)

/** The program of a command line, `process.argv` as it stands, with everything that it needs. */
export const programOf = (argv: ReadonlyArray<string>) =>
  runCommandLine(argv).pipe(
    Effect.provide(Layer.mergeAll(NodeContext.layer, Layer.succeed(Adapters, adapters), telemetry))
  )

/** Says on stderr why a command failed, and gives its exit code. */
export const report = (exit: Exit.Exit<void, unknown>): number => {
  if (Exit.isSuccess(exit)) return exitCodes.done
  if (Cause.isInterruptedOnly(exit.cause)) {
    log("error", asTyped("Interrupted. Where that was an apply, `rollbook resume` goes on with it."))
    return exitCodes.interrupted
  }
  const error = Cause.squash(exit.cause)
  const isSaid = typeof error === "object" && error !== null && "_tag" in error && saidElsewhere.has(String(error._tag))
  if (!isSaid) log("error", asTyped(messageOf(error)))
  return exitCodeOf(error)
}

/** Errors whose message is out already: the command's own last word, and the parser's. */
const saidElsewhere = new Set([
  "EndedWith",
  "CommandMismatch",
  "CorrectedFlag",
  "HelpRequested",
  "InvalidArgument",
  "InvalidValue",
  "MissingFlag",
  "MissingValue",
  "MissingSubcommand",
  "MultipleValuesDetected",
  "NoBuiltInMatch",
  "UnclusteredFlag"
])
