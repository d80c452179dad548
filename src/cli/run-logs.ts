import { appendFileSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import type { RunnerOptions } from "../core/ports/runner.ts"
import { messageOf } from "./exit.ts"
import { tell } from "./tell.ts"
import { momentOfSaying } from "../core/clock.ts"

/** Passes on what runs say, and keeps it in a file for each pipeline and day, readable by its owner alone. */
export const keepLines = (folder: string): RunnerOptions["onLine"] => {
  let isTold = false
  /** Files whose last line may be there in part: the next one begins on its own. */
  const torn = new Set<string>()
  return ({ fields, level, message }) => {
    tell(level, message, fields)
    const time = momentOfSaying().toISOString()
    const file = join(folder, `${time.slice(0, 10)}-${String(fields["pipeline"] ?? "run")}.ndjson`)
    const line = `${torn.has(file) ? "\n" : ""}${JSON.stringify({ time, level, ...fields, message })}\n`
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      appendFileSync(file, line, { mode: 0o600 })
      torn.delete(file)
    } catch (error) {
      torn.add(file)
      // A disk that takes no log must not stop the run; once is enough to say so.
      if (!isTold) tell("error", `what runs say cannot be kept: ${messageOf(error)}`)
      isTold = true
    }
  }
}
