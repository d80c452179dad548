import type { RunRecord } from "../../state/runs.ts"
import { type Entry, standingOf } from "../agenda.ts"
import { dueAfter, type Pattern } from "../due.ts"
import type { PipelineView, RunView } from "./contract/runs.ts"

/** A pipeline as the schedule has it; without a pattern it does not run by itself. */
export const pipelineView = (
  pipeline: string,
  pattern: Pattern | null,
  entry: Entry | undefined,
  now: number
): PipelineView => {
  const due = pattern === null ? null : dueAfter(pattern, now)
  const last = entry?.last ?? null
  return {
    pipeline,
    state: standingOf(entry),
    next: due === null ? null : iso(due),
    last:
      last === null
        ? null
        : {
            run: last.run,
            plan: last.plan,
            due: iso(last.due),
            started_at: iso(last.startedAt),
            ended_at: iso(last.endedAt),
            outcome: last.verdict
          },
    last_good_at: entry?.lastGoodAt == null ? null : iso(entry.lastGoodAt)
  }
}

const iso = (instant: number): string => new Date(instant).toISOString()

export const runView = (run: RunRecord): RunView => ({
  run: run.run,
  kind: run.kind,
  pipeline: run.pipeline,
  plan: run.plan,
  started_at: run.startedAt,
  ended_at: run.endedAt,
  as_of: run.asOf,
  asked_by: run.askedBy,
  outcome: run.outcome,
  report: run.report
})
