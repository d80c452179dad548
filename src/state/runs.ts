import * as Effect from "effect/Effect"
import { literal } from "../core/sql.ts"
import type { RunSteps } from "../plan/summary.ts"
import { type Row, textOf, Warehouse, type WarehouseError, type WarehouseService } from "../ports/warehouse.ts"
import { remains } from "./remains.ts"

/** `undo` = made the plan that takes another run back; `what-if` = a plan over the rows of an earlier run, to look at. */
export type RunKind = "plan" | "apply" | "undo" | "what-if"

/**
 * How a run ended. `held` = done, but steps wait for approval; `failed` = by what is neither the source's nor the target's:
 * the disk, the engine, a statement of the pipeline; `interrupted` = ended from outside, or killed.
 */
export type RunOutcome =
  "running" | "done" | "held" | "source_failed" | "target_failed" | "failed" | "interrupted" | "refused"

export interface RunRecord {
  readonly run: number
  readonly kind: RunKind
  readonly pipeline: string
  readonly plan: string | null
  readonly startedAt: string
  readonly endedAt: string | null
  readonly asOf: string
  /** Who asked for it; null = the schedule. */
  readonly askedBy: string | null
  readonly outcome: RunOutcome
  /** Counts and causes, without anybody's name. */
  readonly report: Readonly<Record<string, unknown>>
}

export const prepareRuns: Effect.Effect<void, WarehouseError, Warehouse> = Effect.flatMap(Warehouse, (warehouse) =>
  warehouse.execute(
    `CREATE TABLE IF NOT EXISTS runs (run INTEGER, kind VARCHAR, pipeline VARCHAR, plan VARCHAR, started_at VARCHAR, ended_at VARCHAR, as_of VARCHAR, outcome VARCHAR, report VARCHAR);
ALTER TABLE runs ADD COLUMN IF NOT EXISTS asked_by VARCHAR`
  )
)

let inWork: number | null = null

/** The run that this process began last, for what it says meanwhile; null before the first. */
export const runInWork = (): number | null => inWork

/** Opens the next run; numbers go up by one and are never used again. `askedBy`: a person; nobody = the schedule. */
export const beginRun: (
  kind: RunKind,
  pipeline: string,
  plan: string | null,
  asOf: string,
  now: string,
  askedBy?: string | null
) => Effect.Effect<number, WarehouseError, Warehouse> = Effect.fn("run.begin")(function* (
  kind: RunKind,
  pipeline: string,
  plan: string | null,
  asOf: string,
  now: string,
  askedBy: string | null = null
) {
  const warehouse = yield* Warehouse
  yield* prepareRuns
  // Whoever holds the state is alone: a run that is still open was killed.
  yield* warehouse.execute("UPDATE runs SET outcome = 'interrupted' WHERE outcome = 'running'")
  const [last] = yield* warehouse.rows("SELECT coalesce(max(run), 0) AS run FROM runs")
  // Where the state was lost, plans and kept rows of its runs may lie in the workspace still.
  const run = Math.max(Number(last?.["run"]), (yield* remains).lastRun) + 1
  warehouse.atWork.run = run
  inWork = run
  yield* warehouse.execute(
    `INSERT INTO runs (run, kind, pipeline, plan, started_at, as_of, outcome, report, asked_by)
VALUES (${run}, ${literal(kind)}, ${literal(pipeline)}, ${literal(plan)}, ${literal(now)}, ${literal(asOf)}, 'running', '{}', ${literal(askedBy)})`
  )
  return run
})

/** Closes a run with its outcome and report. */
export const endRun: (
  run: number,
  outcome: RunOutcome,
  plan: string | null,
  report: Readonly<Record<string, unknown>>
) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn("run.end")(function* (
  run: number,
  outcome: RunOutcome,
  plan: string | null,
  report: Readonly<Record<string, unknown>>
) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(
    `UPDATE runs SET outcome = ${literal(outcome)}, plan = coalesce(${literal(plan)}, plan), ended_at = ${literal(
      new Date().toISOString()
    )}, report = ${literal(JSON.stringify(report))} WHERE run = ${run}`
  )
})

/** Runs, newest first. */
export const listRuns: (limit: number) => Effect.Effect<ReadonlyArray<RunRecord>, WarehouseError, Warehouse> =
  Effect.fn("run.list")(function* (limit: number) {
    const warehouse = yield* Warehouse
    yield* prepareRuns
    const rows = yield* warehouse.rows(`SELECT * FROM runs ORDER BY run DESC LIMIT ${Math.trunc(limit)}`)
    return rows.map((row) => toRecord(row, warehouse))
  })

/** One run by its number; null where there is none. */
export const findRun: (run: number) => Effect.Effect<RunRecord | null, WarehouseError, Warehouse> = Effect.fn(
  "run.find"
)(function* (run: number) {
  const warehouse = yield* Warehouse
  yield* prepareRuns
  const [row] = yield* warehouse.rows(`SELECT * FROM runs WHERE run = ${Math.trunc(run)}`)
  return row === undefined ? null : toRecord(row, warehouse)
})

/** Who asked for the newest run of a plan, its making included; null = the schedule. */
export const lastAskedBy: (plan: string) => Effect.Effect<string | null, WarehouseError, Warehouse> = Effect.fn(
  "run.last-asked-by"
)(function* (plan: string) {
  const warehouse = yield* Warehouse
  yield* prepareRuns
  const [row] = yield* warehouse.rows(
    `SELECT asked_by FROM runs WHERE plan = ${literal(plan)} ORDER BY run DESC LIMIT 1`
  )
  return textOf(row?.["asked_by"])
})

/** The newest apply of any pipeline, however it ended; null where there is none. */
export const findLastApply: Effect.Effect<RunRecord | null, WarehouseError, Warehouse> = Effect.gen(function* () {
  const warehouse = yield* Warehouse
  yield* prepareRuns
  const [row] = yield* warehouse.rows("SELECT * FROM runs WHERE kind = 'apply' ORDER BY run DESC LIMIT 1")
  return row === undefined ? null : toRecord(row, warehouse)
})

/** How many steps the last plans of a pipeline before a run held, oldest first; plans that were not made are left out. */
export const plansBefore: (
  pipeline: string,
  run: number,
  limit: number
) => Effect.Effect<ReadonlyArray<RunSteps>, WarehouseError, Warehouse> = Effect.fn("run.plans-before")(function* (
  pipeline: string,
  run: number,
  limit: number
) {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(`SELECT * FROM runs WHERE pipeline = ${literal(pipeline)} AND kind = 'plan'
  AND run < ${Math.trunc(run)} AND outcome IN ('done', 'held') ORDER BY run DESC LIMIT ${Math.trunc(limit)}`)
  const number = (value: unknown): number => (typeof value === "number" ? value : 0)
  return rows.toReversed().map((row) => {
    const { run, asOf, report } = toRecord(row, warehouse)
    const [steps, removals, held] = [report["steps"], report["removals"], report["held"]]
    return { run, as_of: asOf, steps: number(steps), removals: number(removals), held: number(held) }
  })
})

const toRecord = (row: Row, warehouse: WarehouseService): RunRecord => ({
  run: Number(row["run"]),
  kind: String(row["kind"]) as RunKind,
  pipeline: String(row["pipeline"]),
  plan: textOf(row["plan"]),
  startedAt: String(row["started_at"]),
  endedAt: textOf(row["ended_at"]),
  asOf: String(row["as_of"]),
  askedBy: textOf(row["asked_by"]),
  outcome: outcomeIn(row, warehouse),
  report: JSON.parse(String(row["report"])) as Record<string, unknown>
})

const outcomeIn = (row: Row, warehouse: WarehouseService): RunOutcome => {
  const outcome = String(row["outcome"]) as RunOutcome
  // Whoever holds the state is alone: a run that is open and not its own was killed.
  return outcome === "running" && warehouse.atWork.run !== Number(row["run"]) ? "interrupted" : outcome
}
