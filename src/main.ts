#!/usr/bin/env node
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { layer as journalLayer } from "./adapters/journal/journal.ts"
import { Adapters, type AdaptersService } from "./cli/adapters.ts"
import { exitCodeOf, exitCodes, messageOf } from "./cli/exit.ts"
import { log } from "./cli/log.ts"
import { asTyped } from "./cli/output.ts"
import { runCommandLine } from "./cli/root.ts"

/** What each type of connection offers. Rosters come from OneRoster and go to Brightspace; grades go the other way. */
const offers: AdaptersService["offers"] = Effect.promise(async () => {
  const [{ oneRosterCollections }, { gradebookCollections }, { brightspaceResources }, { gradebookResources }] =
    await Promise.all([
      import("./adapters/oneroster/contracts.ts"),
      import("./adapters/brightspace/gradebook/contracts.ts"),
      import("./adapters/brightspace/contracts.ts"),
      import("./adapters/oneroster/gradebook/contracts.ts")
    ])
  return new Map([
    ["oneroster", { collections: oneRosterCollections, resources: gradebookResources }],
    ["brightspace", { collections: gradebookCollections, resources: brightspaceResources }]
  ])
})

/** The composition root: which adapter serves which port. Adapters are loaded when a command asks for them. */
const adapters: AdaptersService = {
  collections: Effect.map(offers, (offered) => new Map([...offered.values()].flatMap((one) => [...one.collections]))),
  resources: Effect.map(offers, (offered) => new Map([...offered.values()].flatMap((one) => [...one.resources]))),
  offers,
  warehouse: (stateFile, memoryLimit) =>
    lazily(async () => (await import("./adapters/duckdb/warehouse.ts")).layer({ stateFile, memoryLimit })),
  warehouseToRead: (stateFile, memoryLimit) =>
    lazily(async () => (await import("./adapters/duckdb/warehouse.ts")).layerToRead({ stateFile, memoryLimit })),
  journal: journalLayer,
  // Rosters come from OneRoster and go to Brightspace; grades go the other way.
  source: (connection, timezone) =>
    connection.type === "oneroster"
      ? lazily(async () => (await import("./adapters/oneroster/source.ts")).layer(connection, timezone))
      : lazily(async () =>
          (await import("./adapters/brightspace/gradebook/source.ts")).gradebookSourceLayer(connection, timezone)
        ),
  targetReader: (connection, timezone) =>
    connection.type === "brightspace"
      ? lazily(async () => (await import("./adapters/brightspace/reader.ts")).readerLayer(connection, timezone))
      : lazily(async () =>
          (await import("./adapters/oneroster/gradebook/reader.ts")).gradebookReaderLayer(connection, timezone)
        ),
  targetWriter: (connection, timezone) =>
    connection.type === "brightspace"
      ? lazily(async () => (await import("./adapters/brightspace/writer.ts")).writerLayer(connection, timezone))
      : lazily(async () =>
          (await import("./adapters/oneroster/gradebook/writer.ts")).gradebookWriterLayer(connection, timezone)
        ),
  runner: (options) =>
    lazily(async () => (await import("./adapters/process/child-runner.ts")).childRunnerLayer(options)),
  sandbox: (request) =>
    Effect.flatMap(
      Effect.promise(() => import("./sandbox/sandbox.ts")),
      ({ startSandbox }) => startSandbox(request)
    ),
  probe: (connection, wish) =>
    connection.type === "oneroster"
      ? Effect.flatMap(
          Effect.promise(() => import("./adapters/oneroster/probe.ts")),
          ({ probeOneRoster }) => probeOneRoster(connection, wish)
        )
      : Effect.flatMap(
          Effect.promise(() => import("./adapters/brightspace/probe.ts")),
          ({ probeBrightspace }) => probeBrightspace(connection, wish)
        ),
  jwks: (connection) =>
    Effect.flatMap(
      Effect.promise(() => import("./adapters/brightspace/jwks.ts")),
      ({ publicJwks }) => publicJwks(connection)
    )
}

const lazily = <A, E>(load: () => Promise<Layer.Layer<A, E>>): Layer.Layer<A, E> =>
  Layer.unwrapEffect(Effect.promise(load))

const program = runCommandLine(process.argv).pipe(
  Effect.provide(Layer.merge(NodeContext.layer, Layer.succeed(Adapters, adapters)))
)

// Whoever reads the output may have seen enough: that must end neither a run nor this process with a trace.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error
  })
}

// What no part of the program foresaw, and what Node itself has to say, goes the way of every other line: in the format that
// was asked for, and without what an exception quotes.
process.removeAllListeners("warning")
process.on("warning", ({ message, name }) => log("warn", `${name}: ${message}`))
process.on("uncaughtException", (error) => {
  log("error", messageOf(error))
  process.exit(exitCodes.unexpected)
})

// Until the program has come to its end, it has failed: should nothing be left to wait for before that, this is said.
process.exitCode = exitCodes.unexpected
const onNothingLeft = (): void =>
  log("error", "The program stopped before it came to an end: this is a mistake of its own. Nothing more was done")
process.once("beforeExit", onNothingLeft)

const fiber = Effect.runFork(program)
const stop = (): void => void Effect.runFork(Fiber.interrupt(fiber))
process.once("SIGINT", stop)
// Whoever ends a service may say so to each of its processes, and its schedule says it to the run at work once more.
process.on("SIGTERM", stop)

fiber.addObserver((exit) => {
  process.off("beforeExit", onNothingLeft)
  const code = report(exit)
  // A pipe may still hold what was written: it is emptied first.
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)))
})

/** Says on stderr why a command failed, and gives its exit code. */
const report = (exit: Exit.Exit<void, unknown>): number => {
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
