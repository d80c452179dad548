#!/usr/bin/env node
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { setFlagsFromString } from "node:v8"
import { messageOf } from "./cli/exit.ts"
import { exitCodes } from "./core/exit-codes.ts"
import { log } from "./cli/log.ts"
import { programOf, report } from "./composition.ts"

// Most commands are over before what the compiler makes of their code pays: it took a quarter of their processor time. So a
// function must have run some times as long as by default before it is compiled with care, which is milliseconds. Only the V8
// of Node 20 knows this by that name: later ones would say on stderr that they do not.
if (process.versions.v8.startsWith("11.")) setFlagsFromString("--interrupt-budget=1000000")

// Whoever reads the output may have seen enough: that must end neither a run nor this process with a trace.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error
  })
}

// Errors that no part of the program foresaw, and words of Node itself, go the way of every other line: in the format that
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

const fiber = Effect.runFork(programOf(process.argv))
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
