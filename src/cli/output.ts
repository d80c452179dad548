import * as Effect from "effect/Effect"
import { visible } from "../core/visible.ts"

/** What a command was asked for goes to stdout; everything else to stderr. */
export const print = (text: string): Effect.Effect<void> => printStyled(visible(text))

/** Text of our own, in which control characters are meant: help. */
export const printStyled = (text: string): Effect.Effect<void> =>
  Effect.sync(() => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`))

export const printJson = (value: unknown): Effect.Effect<void> => print(JSON.stringify(value, null, 2))

export const note = (text: string): Effect.Effect<void> =>
  Effect.sync(() => void process.stderr.write(`${visible(text)}\n`))
