import * as Effect from "effect/Effect"
import { visible } from "../core/visible.ts"
import { log } from "./log.ts"

/** How this process was called, as far as its words depend on it. */
interface Called {
  /** The words of the command line. */
  words: ReadonlyArray<string>
  /** Options that say where the workspace is, as they were typed; empty where it is the folder one is in. */
  place: string
  /** Names of commands that work on a workspace. */
  commands: ReadonlyArray<string>
  /** Whether notes and progress are shown; errors always are. */
  isTalkative: boolean
}

const called: Called = { words: [], place: "", commands: [], isTalkative: true }

export const calledWith = (how: Partial<Called>): void => void Object.assign(called, how)

export const wordsTyped = (): ReadonlyArray<string> => called.words

export const isTalkative = (): boolean => called.isTalkative

/** Text with its commands as they must be typed here: with the workspace, where that is another folder. */
export const asTyped = (text: string): string =>
  called.place === "" || called.commands.length === 0
    ? text
    : text.replaceAll(
        new RegExp(`\\brollbook (${called.commands.join("|")})(?![\\w-])(?! --workspace)`, "g"),
        (command) => `${command} ${called.place}`
      )

/** The answer of a command goes to stdout, everything else to stderr. */
export const print = (text: string): Effect.Effect<void> => printStyled(visible(asTyped(text)))

/** Text of our own, in which control characters are meant: help. */
export const printStyled = (text: string): Effect.Effect<void> =>
  Effect.sync(() => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`))

export const printJson = (value: unknown): Effect.Effect<void> => printStyled(visible(JSON.stringify(value, null, 2)))

export const note = (text: string): Effect.Effect<void> =>
  Effect.sync(() => {
    if (called.isTalkative) log("info", asTyped(text))
  })
