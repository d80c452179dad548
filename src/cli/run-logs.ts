import { appendFileSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import type { RunnerOptions } from "../core/ports/runner.ts"
import { messageOf } from "./exit.ts"
import { tell } from "./tell.ts"
import { momentOfSaying } from "../core/clock.ts"

/** Passes on what runs say, and keeps it in a file for each pipeline and day, readable by its owner alone. */
export const keepLines = (folder: string): RunnerOptions["onLine"] => {
  let isTold = false
  return ({ fields, level, message }) => {
    tell(level, message, fields)
    const time = momentOfSaying().toISOString()
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const file = join(folder, `${time.slice(0, 10)}-${String(fields["pipeline"] ?? "run")}.ndjson`)
      appendFileSync(file, `${JSON.stringify({ time, level, ...fields, message })}\n`, { mode: 0o600 })
    } catch (error) {
      // A disk that takes no log must not stop the run; once is enough to say so.
      if (!isTold) tell("error", `what runs say cannot be kept: ${messageOf(error)}`)
      isTold = true
    }
  }
}
