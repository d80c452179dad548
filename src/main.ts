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
import { portsOf } from "./cli/ports-of.ts"
import { runCommandLine } from "./cli/root.ts"
import { connectors } from "./connectors.ts"
import { effectOf, layerOf } from "./core/lazily.ts"

/** Each is loaded once, when a command asks for connectors. */
const loaded = Effect.runSync(Effect.cached(Effect.promise(() => Promise.all(connectors.map((load) => load())))))

/** The composition root: which adapter serves which port. Adapters are loaded when a command asks for them. */
const adapters: AdaptersService = {
  connectors: loaded,
  warehouse: (stateFile, memoryLimit) =>
    layerOf(
      () => import("./adapters/duckdb/warehouse.ts"),
      ({ layer }) => layer({ stateFile, memoryLimit })
    ),
  warehouseToRead: (stateFile, memoryLimit) =>
    layerOf(
      () => import("./adapters/duckdb/warehouse.ts"),
      ({ layerToRead }) => layerToRead({ stateFile, memoryLimit })
    ),
  journal: journalLayer,
  ...portsOf(loaded),
  runner: (options) =>
    layerOf(
      () => import("./adapters/process/child-runner.ts"),
      ({ childRunnerLayer }) => childRunnerLayer(options)
    ),
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
