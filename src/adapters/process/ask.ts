import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import type { RunnerOptions } from "../../core/ports/runner.ts"

/** Runs a command line to its end; gives its exit code, 1 where it cannot be started, and what it printed. */
export const ask = (
  [program, ...before]: RunnerOptions["command"],
  words: ReadonlyArray<string>
): Effect.Effect<{ readonly code: number; readonly stdout: string }> =>
  Effect.async((resume, signal) => {
    const child = execFile(program, [...before, ...words], { maxBuffer: 64 * 1024 * 1024, signal }, (error, stdout) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1
      resume(Effect.succeed({ code, stdout }))
    })
    child.stdin?.end()
  })
