import * as Effect from "effect/Effect"

/** What a command was asked for goes to stdout; everything else to stderr. */
export const print = (text: string): Effect.Effect<void> =>
  Effect.sync(() => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`))

export const printJson = (value: unknown): Effect.Effect<void> => print(JSON.stringify(value, null, 2))

export const note = (text: string): Effect.Effect<void> => Effect.sync(() => void process.stderr.write(`${text}\n`))
