import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"

export interface Measured {
  readonly seconds: number
  /** Highest resident memory of the process that did it, in MB. */
  readonly peakMegabytes: number
}

/** Runs another file of this folder in a process of its own, so that its memory is its own; gives what it prints as JSON. */
export const inProcess = async (file: string, ...given: ReadonlyArray<string>): Promise<Record<string, number>> => {
  const child = spawn(process.execPath, ["--import", "tsx", new URL(file, import.meta.url).pathname, ...given], {
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

export const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
