import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import * as Runtime from "effect/Runtime"
import { stripVTControlCharacters } from "node:util"
import { visible } from "../core/visible.ts"
import { runInWork } from "../state/runs.ts"
import { momentOfSaying } from "../core/clock.ts"

/** The lines on stderr, one stream for the whole process: sentences for people, or a JSON object per line. */
let format: "pretty" | "json" = "pretty"

/** Takes the format out of a command line before anything of it is understood: a mistake in it is told in that format too. */
export const chooseLogFormat = (words: ReadonlyArray<string>): void => {
  const isJson = words.some(
    (word, at) => word === "--log-format=json" || (word === "--log-format" && words[at + 1] === "json")
  )
  format = isJson ? "json" : "pretty"
}

/** The format of a service: nobody looks at it but on a terminal. */
export const chooseServiceFormat = (chosen: "pretty" | "json" | null): void => {
  format = chosen ?? (process.stderr.isTTY ? "pretty" : "json")
}

type Level = "info" | "warn" | "error"

/** One line. As JSON it has the time, the level, the run that is at work (null before one is), the fields, and the message. */
export const log = (level: Level, message: string, fields: Readonly<Record<string, string | number>> = {}): void => {
  const line =
    format === "json"
      ? JSON.stringify({
          time: momentOfSaying().toISOString(),
          level,
          run: runInWork(),
          ...fields,
          message: message.trim()
        })
      : visible(message)
  process.stderr.write(`${line}\n`)
  passOn?.(level, message.trim(), { run: runInWork() ?? 0, ...fields })
}

/** Receives each line besides stderr; null = nobody does. */
let passOn: ((level: Level, message: string, fields: Readonly<Record<string, string | number>>) => void) | null = null

/** Passes each line on to the loggers of the program, which are those of telemetry, until the scope ends. */
export const logsPassedOn = Layer.scopedDiscard(
  Effect.gen(function* () {
    const runtime = yield* Effect.runtime()
    const levels = { info: LogLevel.Info, warn: LogLevel.Warning, error: LogLevel.Error }
    passOn = (level, message, fields) =>
      Runtime.runSync(runtime, Effect.annotateLogs(Effect.logWithLevel(levels[level], message), fields))
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        passOn = null
      })
    )
  })
)

/** The parser prints its complaints itself: as JSON they go the way of all others. */
export const parserInFormat = <A, E, R>(parsing: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    if (format === "pretty") return parsing
    return Effect.flatMap(
      Console.consoleWith((console) => Effect.succeed(console)),
      (console) =>
        Effect.withConsole(parsing, {
          ...console,
          error: (...said: ReadonlyArray<unknown>) =>
            Effect.sync(() => log("error", stripVTControlCharacters(said.map(String).join(" "))))
        })
    )
  })
