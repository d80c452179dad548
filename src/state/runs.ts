import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { oneOf, type Sql, sql } from "../core/sql.ts"
import { named } from "../core/table.ts"
import {
  Count,
  Json,
  Text,
  TextOrNull,
  Warehouse,
  type WarehouseError,
  type WarehouseService
} from "../core/ports/warehouse.ts"
import { runsTable } from "./durable.ts"
import { stand } from "./migrations.ts"
import type { StoreError } from "../core/ports/disk.ts"
import { remains } from "./remains.ts"
import { instantNow } from "../core/clock.ts"
import type { Doing } from "../core/doing.ts"

/** `undo` = made the plan that takes another run back; `what-if` = a plan over the rows of an earlier run, to look at. */
const RunKind = Schema.Literal("plan", "apply", "undo", "what-if")
export type RunKind = typeof RunKind.Type

/**
 * How a run ended. `held` = done, but steps wait for approval; `failed` = by what is neither the source's nor the target's:
 * the disk, the engine, a statement of the pipeline; `interrupted` = ended from outside, or killed.
 */
export const RunOutcome = Schema.Literal(
  "running",
  "done",
  "held",
  "source_failed",
  "target_failed",
  "failed",
  "interrupted",
  "refused"
)
export type RunOutcome = typeof RunOutcome.Type

export interface RunRecord {
  readonly run: number
  readonly kind: RunKind
  readonly pipeline: string
  readonly plan: string | null
  readonly startedAt: string
  readonly endedAt: string | null
  readonly asOf: string
  /** The person who asked for it; null = the schedule. */
  readonly askedBy: string | null
  readonly outcome: RunOutcome
  /** Counts and causes, without anybody's name. */
  readonly report: Readonly<Record<string, unknown>>
}

/** Steps of the plan of an earlier run; `as_of` is YYYY-MM-DD in the district's time zone. */
export interface PlannedBefore {
  readonly run: number
  readonly as_of: string
  readonly steps: number
  readonly removals: number
  readonly held: number
}

export const prepareRuns: Effect.Effect<void, WarehouseError, Warehouse> = stand(runsTable)

const runs = named(runsTable)

let inWork: number | null = null

/** The run that this process began last for itself, for what it says meanwhile; null before the first. */
export const runInWork = (): number | null => inWork

/** Opens the next run; numbers go up by one and are never used again. `askedBy`: a person; nobody = the schedule. */
export const beginRun = Effect.fn("state.begin-run")(function* ({
  kind,
  pipeline,
  plan,
  asOf,
  now,
  askedBy = null
}: {
  readonly kind: RunKind
  readonly pipeline: string
  readonly plan: string | null
  readonly asOf: string
  readonly now: string
  readonly askedBy?: string | null
}): Doing<number, WarehouseError | StoreError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareRuns
  // One process holds the state: a run that is still open and not of those that it has begun was killed.
  yield* warehouse.execute(
    sql`UPDATE ${runs} SET outcome = 'interrupted' WHERE outcome = 'running' AND run NOT IN (${oneOf([0, ...warehouse.begun])})`
  )
  const [last] = yield* warehouse.rows(
    sql`SELECT coalesce(max(run), 0) AS run FROM ${runs}`,
    Schema.Struct({ run: Count })
  )
  // After the state was lost, plans and kept rows of its runs may lie in the workspace still.
  const run = Math.max(last?.run ?? 0, (yield* remains).lastRun) + 1
  warehouse.begun.add(run)
  if (!warehouse.sharing.isGuest) inWork = run
  yield* warehouse.execute(
    sql`INSERT INTO ${runs} (run, kind, pipeline, plan, started_at, as_of, outcome, report, asked_by)
VALUES (${run}, ${kind}, ${pipeline}, ${plan}, ${now}, ${asOf}, 'running', '{}', ${askedBy})`
  )
  return run
})

/**
 * Gives a run that is open the next number, where others have begun since: what it finds out from now on came after theirs, and
 * rows are known by the run since which they are as they are. Gives its number.
 */
export const numberedLast = Effect.fn("state.numbered-last")(function* (
  run: number
): Doing<number, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const [last] = yield* warehouse.rows(sql`SELECT max(run) AS run FROM ${runs}`, Schema.Struct({ run: Count }))
  if (last === undefined || last.run === run) return run
  const next = last.run + 1
  warehouse.begun.add(next)
  if (!warehouse.sharing.isGuest) inWork = next
  yield* warehouse.execute(sql`UPDATE ${runs} SET run = ${next} WHERE run = ${run}`)
  return next
})

/** Closes a run with its outcome and report. */
export const endRun = Effect.fn("state.end-run")(function* (
  run: number,
  outcome: RunOutcome,
  plan: string | null,
  report: Readonly<Record<string, unknown>>
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(
    sql`UPDATE ${runs} SET outcome = ${outcome}, plan = coalesce(${plan}, plan), ended_at = ${yield* instantNow},
  report = ${JSON.stringify(report)} WHERE run = ${run}`
  )
})

/**
 * Runs, newest first: of all pipelines, or those of one kind and pipeline, so that a bound counts none of the others, of which there
 * may be hundreds in a day.
 */
export const listRuns = Effect.fn("state.list-runs")(
  (
    limit: number,
    of?: Pick<RunRecord, "kind" | "pipeline">
  ): Effect.Effect<ReadonlyArray<RunRecord>, WarehouseError, Warehouse> =>
    recordsIn(
      sql`${of === undefined ? sql`` : sql`WHERE kind = ${of.kind} AND pipeline = ${of.pipeline} `}ORDER BY run DESC LIMIT ${Math.trunc(limit)}`
    )
)

/** One run by its number; null where there is none. */
export const findRun = Effect.fn("state.find-run")(
  (run: number): Effect.Effect<RunRecord | null, WarehouseError, Warehouse> =>
    Effect.map(recordsIn(sql`WHERE run = ${Math.trunc(run)}`), ([one]) => one ?? null)
)

/** The person who asked for the newest run of a plan, its making included; null = the schedule. */
export const lastAskedBy = Effect.fn("state.last-asked-by")(function* (
  plan: string
): Doing<string | null, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareRuns
  const [row] = yield* warehouse.rows(
    sql`SELECT asked_by FROM ${runs} WHERE plan = ${plan} ORDER BY run DESC LIMIT 1`,
    Schema.Struct({ asked_by: TextOrNull })
  )
  return row?.asked_by ?? null
})

/** The newest apply of any pipeline, however it ended; null where there is none. */
export const findLastApply: Effect.Effect<RunRecord | null, WarehouseError, Warehouse> = Effect.suspend(() =>
  Effect.map(recordsIn(sql`WHERE kind = 'apply' ORDER BY run DESC LIMIT 1`), ([one]) => one ?? null)
)

/** How many steps the last plans of a pipeline before a run held, oldest first; plans that were not made are left out. */
export const plansBefore = Effect.fn("state.plans-before")(function* (
  pipeline: string,
  run: number,
  limit: number
): Doing<ReadonlyArray<PlannedBefore>, WarehouseError, Warehouse> {
  const plans = yield* recordsIn(sql`WHERE pipeline = ${pipeline} AND kind = 'plan'
  AND run < ${Math.trunc(run)} AND outcome IN ('done', 'held') ORDER BY run DESC LIMIT ${Math.trunc(limit)}`)
  const number = (value: unknown): number => (typeof value === "number" ? value : 0)
  return plans.toReversed().map(({ run, asOf, report }) => {
    const [steps, removals, held] = [report["steps"], report["removals"], report["held"]]
    return { run, as_of: asOf, steps: number(steps), removals: number(removals), held: number(held) }
  })
})

const RunRow = Schema.Struct({
  run: Count,
  kind: RunKind,
  pipeline: Text,
  plan: TextOrNull,
  started_at: Text,
  ended_at: TextOrNull,
  as_of: Text,
  outcome: RunOutcome,
  report: Json(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
  asked_by: TextOrNull
})

/** The runs that a condition, an order and a bound leave. */
const recordsIn = Effect.fn("state.run-records")(function* (which: Sql) {
  const warehouse = yield* Warehouse
  yield* prepareRuns
  const rows = yield* warehouse.rows(sql`SELECT * FROM ${runs} ${which}`, RunRow)
  return rows.map((row): RunRecord => ({
    run: row.run,
    kind: row.kind,
    pipeline: row.pipeline,
    plan: row.plan,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    asOf: row.as_of,
    askedBy: row.asked_by,
    outcome: outcomeIn(row, warehouse),
    report: row.report
  }))
})

// One process holds the state: a run that is open and not of those that it has begun was killed.
const outcomeIn = ({ outcome, run }: typeof RunRow.Type, warehouse: WarehouseService): RunOutcome =>
  outcome === "running" && !warehouse.begun.has(run) ? "interrupted" : outcome
