import { momentOfSaying } from "../core/clock.ts"
import type { RunLine, RunnerOptions } from "../core/ports/runner.ts"

/** How far a run is, as its lines tell. */
export interface RunProgress {
  readonly run: number | null
  readonly stage: string | null
  /** Dataset that is read, or entity that is sent. */
  readonly of: string | null
  readonly done: number | null
  readonly total: number | null
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** More runs than are ever at work at once. */
const mostKept = 100

/** Passes on what runs say, and remembers where each is: that of the schedule by its pipeline, what people asked for by its id. */
export const follow =
  (live: { readonly progress: Map<string, RunProgress> }, onLine: RunnerOptions["onLine"]): RunnerOptions["onLine"] =>
  (line) => {
    const of = line.fields["asked"] ?? line.fields["pipeline"]
    if (typeof of === "string") {
      const before = live.progress.get(of) ?? null
      // The one heard of last is the last to be forgotten.
      live.progress.delete(of)
      live.progress.set(of, progressOf(line, before))
      if (live.progress.size > mostKept) live.progress.delete(live.progress.keys().next().value ?? "")
    }
    onLine(line)
  }

/** A line that counts nothing leaves the counts as they were, within its stage. */
const progressOf = ({ fields }: RunLine, before: RunProgress | null): RunProgress => {
  const count = (name: string): number | null => (typeof fields[name] === "number" ? fields[name] : null)
  const word = (name: string): string | null => (typeof fields[name] === "string" ? fields[name] : null)
  const [run, stage] = [count("run"), word("stage")]
  const of = word("dataset") ?? word("entity")
  const known = before !== null && before.run === run && before.stage === stage && of === null ? before : null
  return {
    run,
    stage,
    of: of ?? known?.of ?? null,
    done: known?.done ?? sum(count("rows") ?? count("done"), count("failed")),
    total: known?.total ?? count("total"),
    at: momentOfSaying().getTime()
  }
}

const sum = (done: number | null, failed: number | null): number | null => (done === null ? null : done + (failed ?? 0))
