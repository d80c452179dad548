import { exitCodes } from "../core/exit-codes.ts"
import { stepsAsEnded } from "../core/ports/runner.ts"
import type { RunRecord } from "../state/runs.ts"
import type { Agenda, LastRun } from "./agenda.ts"
import { isGood, type Verdict } from "./verdict.ts"

/**
 * The agenda with what people carried out since: a run of a whole pipeline that ended after the last one of the schedule
 * is its last, so that an approved hold is over and a repaired night is a night. `runs` come newest first.
 */
export const withRunsOfPeople = (agenda: Agenda, runs: ReadonlyArray<RunRecord>): Agenda =>
  Object.fromEntries(
    Object.entries(agenda).map(([pipeline, entry]) => {
      const last = firstTold(runs, pipeline)
      return last === null || last.endedAt <= (entry.last?.endedAt ?? 0)
        ? [pipeline, entry]
        : [pipeline, { ...entry, last, lastGoodAt: isGood(last.verdict) ? last.endedAt : entry.lastGoodAt }]
    })
  )

const firstTold = (runs: ReadonlyArray<RunRecord>, pipeline: string): LastRun | null => {
  for (const run of runs) {
    const told = run.pipeline === pipeline ? lastRunOf(run) : null
    if (told !== null) return told
  }
  return null
}

/** A run as the schedule would tell it; null for one that says nothing of the whole pipeline, or has not ended. */
const lastRunOf = (run: RunRecord): LastRun | null => {
  const verdict = "part" in run.report ? null : verdictOfRecord(run)
  if (verdict === null || run.endedAt === null) return null
  const startedAt = Date.parse(run.startedAt)
  return {
    due: startedAt,
    startedAt,
    endedAt: Date.parse(run.endedAt),
    verdict,
    code: codes[verdict],
    run: run.run,
    plan: run.plan,
    steps: run.kind === "apply" ? stepsOf(run) : null,
    switchedOff: false
  }
}

/** A plan proves a night where it found nothing to do; a failing one is told to whoever made it. */
const verdictOfRecord = (run: RunRecord): Verdict | null => {
  if (run.kind === "plan") return run.outcome === "done" && run.report["steps"] === 0 ? "good" : null
  if (run.kind !== "apply") return null
  switch (run.outcome) {
    case "done":
      return "good"
    case "held":
      return "held"
    case "target_failed":
      return countIn(run, "done") + countIn(run, "awaited") > 0 ? "partial" : "failing"
    case "failed":
      return "failing"
    case "interrupted":
      return "interrupted"
    default:
      return null
  }
}

/** The exit code that each verdict goes with. */
const codes: Readonly<Record<Verdict, number>> = {
  good: exitCodes.done,
  held: exitCodes.held,
  partial: exitCodes.targetFailed,
  failing: exitCodes.targetFailed,
  interrupted: exitCodes.interrupted,
  "not begun": exitCodes.workspaceHeld
}

/** The steps of an apply, by how they ended. */
export const stepsOf = (run: RunRecord) =>
  stepsAsEnded({
    done: countIn(run, "done"),
    failed: countIn(run, "failed"),
    notReached: countIn(run, "notReached"),
    held: countIn(run, "held"),
    stopped: countIn(run, "stopped"),
    awaited: countIn(run, "awaited")
  })

/** A count in the report of a run; 0 where it has none. */
export const countIn = ({ report }: RunRecord, name: string): number => {
  const count = report[name]
  return typeof count === "number" ? count : 0
}
