import * as Effect from "effect/Effect"
import { expect } from "vitest"
import type * as Composition from "../../src/composition.ts"
import { once } from "../tools/lived-through.ts"
import type { Ended } from "./harness.ts"

type Bundle = () => Promise<typeof Composition>

/** The bundle in a folder, loaded when a command asks for it. */
export const bundleIn = (dist: URL): Bundle =>
  once(() => import(/* @vite-ignore */ new URL("composition.js", dist).href) as Promise<typeof Composition>)

const built = bundleIn(new URL("../../dist/", import.meta.url))

/** A command that runs here, and for which test. */
interface AtWork {
  readonly test: string | undefined
  /** Interrupts it; fulfilled once folder, output and variables are those of before. */
  readonly end: () => Promise<void>
}

let atWork: AtWork | null = null

/** Whether a command runs here: the output and the folder of a process are one, so that a second one needs its own. */
export const isAtWork = (): boolean => atWork !== null

const testNow = (): string | undefined => expect.getState().currentTestName

/** Ends a command whose test is over, by a timeout, and which would have folder, state and output of this process until it ended. */
export const endAbandoned = async (): Promise<void> => {
  if (atWork !== null && atWork.test !== testNow()) await atWork.end()
}

/** Ends the command that runs here, if any. */
export const endWork = async (): Promise<void> => atWork?.end()

/** Runs a command line in this process, with a folder and variables of its own. */
export const runHere = async (
  words: ReadonlyArray<string>,
  folder: string,
  variables: Readonly<Record<string, string | undefined>>,
  bundle = built
): Promise<Ended> => {
  const abort = new AbortController()
  let isOver = (): void => undefined
  const over = new Promise<void>((resolve) => (isOver = resolve))
  atWork = {
    test: testNow(),
    end: () => {
      abort.abort()
      return over
    }
  }
  const [{ programOf, report }, home, outer] = [await bundle(), process.cwd(), process.env]
  const said = { stdout: "", stderr: "" }
  const back = (["stdout", "stderr"] as const).map((name) => {
    const stream = process[name]
    const write = stream.write.bind(stream)
    stream.write = (chunk: string | Uint8Array, ...rest: ReadonlyArray<unknown>) => {
      said[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString()
      const written = rest.at(-1)
      if (typeof written === "function") written()
      return true
    }
    return () => {
      stream.write = write
    }
  })
  process.chdir(folder)
  process.env = { PATH: outer["PATH"], ...variables }
  try {
    const exit = await Effect.runPromiseExit(programOf(["node", "rollbook", ...words]), { signal: abort.signal })
    return { code: report(exit), signal: null, ...said }
  } finally {
    process.chdir(home)
    process.env = outer
    for (const restore of back) restore()
    atWork = null
    isOver()
  }
}
