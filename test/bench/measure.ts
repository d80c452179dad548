import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { engineShare } from "../../src/cli/engine-limits.ts"

export interface Measured {
  readonly seconds: number
  /** Highest resident memory of the process that did it, in MB. */
  readonly peakMegabytes: number
}

/** Runs another file of this folder in a process of its own, so that its memory is its own; gives what it prints as JSON. */
export const inProcess = (file: string, ...given: ReadonlyArray<string>): Promise<Record<string, number>> =>
  inProcessOf(new URL("../..", import.meta.url).pathname, file, ...given)

/** The same with the file of another tree, by that tree's own packages. */
export const inProcessOf = async (
  tree: string,
  file: string,
  ...given: ReadonlyArray<string>
): Promise<Record<string, number>> => {
  const child = spawn(process.execPath, ["--import", "tsx", join(tree, "test/bench", file), ...given], {
    cwd: tree,
    stdio: ["ignore", "pipe", "inherit"]
  })
  let out = ""
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve))
  if (code !== 0) throw new Error(`${file} ended with ${code}`)
  return JSON.parse(out.trim().split("\n").at(-1) ?? "{}") as Record<string, number>
}

/** Highest resident memory of this process so far, in MB; Linux only, else 0. */
export const peakMegabytes = (): number => {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) / 1024)
  } catch {
    return 0
  }
}

export const timed = async (run: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await run()
  return (performance.now() - start) / 1000
}

/** How some values lie: the median, the middle half, and the ends. */
export interface Spread {
  readonly least: number
  readonly quarter: number
  readonly median: number
  readonly threeQuarters: number
  readonly most: number
}

export const spreadOf = (values: ReadonlyArray<number>): Spread => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): number => {
    const place = (sorted.length - 1) * share
    const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN]
    return below + (above - below) * (place - Math.floor(place))
  }
  return { least: at(0), quarter: at(0.25), median: at(0.5), threeQuarters: at(0.75), most: at(1) }
}

export const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const said = process.env["ROLLBOOK_MEMORY_LIMIT"]

/** The engine's share of `ROLLBOOK_MEMORY_LIMIT`, as a command takes it; null where that is not set. */
export const memoryLimit = said === undefined ? null : engineShare(said)
