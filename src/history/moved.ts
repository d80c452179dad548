import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { isRemoval, takesAway } from "../state/actions.ts"
import { steps } from "../state/change-set.ts"
import { about, joined, name as quoted, sql, texts } from "../core/sql.ts"
import { isRestoredSince, ledgerVersion, prepareOutcomes } from "../state/ledger.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { PlanFile } from "../plan/plan.ts"
import { removalsIn } from "../plan/removals.ts"
import { isOnDisk, type StoreError } from "../core/ports/disk.ts"
import { Count, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { prepareRuns } from "../state/runs.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { sinceTable } from "./tables.ts"
import { made } from "../core/table.ts"

/** So many records are named; the others are counted. */
const named = 10

/** Whether a backup took the place of the state since a plan was made, in words; null where none did. */
export const restoredSince = (plan: PlanFile): Effect.Effect<string | null, WarehouseError, Warehouse> =>
  Effect.map(isRestoredSince(plan.ledger_version), (isRestored) =>
    isRestored
      ? "the workspace was restored from a backup since it was made, and what was written meanwhile is not known"
      : null
  )

/** Tells what moved since a plan was made, at the target or at the source, in words; null where nothing is known to have. */
export const movedSince = Effect.fn("history.moved-since")(function* (
  plan: PlanFile,
  definition: Definition
): Doing<string | null, WarehouseError | StoreError, Warehouse> {
  const written = (yield* ledgerVersion) === plan.ledger_version ? null : yield* writtenSince(plan, definition)
  if (written !== null || plan.undo !== null) return written
  return (yield* readOtherwiseSince(plan, definition)) ?? (yield* leftSince(plan))
})

/**
 * Which runs wrote to the target since a plan was made, and to which of its records, in words; null where they were of
 * pipelines alone that have nothing to do with it, as a run of grades has with a plan of rosters. The plan's steps are in
 * the table `step`.
 */
const writtenSince = Effect.fn("history.written-since")(function* (
  plan: PlanFile,
  definition: Definition
): Doing<string | null, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const concerned = new Set([
    definition.name,
    ...definition.datasets.flatMap(({ mode }) => (mode.kind === "ledger" ? [mode.pipeline] : []))
  ])
  yield* prepareRuns
  yield* prepareOutcomes
  yield* warehouse.execute(sql`${about("outcomes since the plan was made; grain: one row per step sent")}${made(sinceTable)}
SELECT outcome.run, runs.pipeline, outcome.entity, outcome.key, min(step.seq) AS seq
FROM outcome JOIN runs ON runs.run = outcome.run
LEFT JOIN ${steps.table} AS step ON step.entity = outcome.entity AND step.key = outcome.key AND runs.pipeline = ${plan.pipeline}
WHERE outcome.run > ${plan.run} AND outcome.outcome = 'done' GROUP BY ALL`)
  const runs = yield* warehouse.rows(
    sql`SELECT run, pipeline, count(*) AS records, count(seq) AS ours FROM since GROUP BY ALL ORDER BY run`,
    RunSince
  )
  if (runs.length === 0) {
    return "the state is not the one that it was made for, though no run has written since: it was restored or replaced"
  }
  const concerning = runs.filter((row) => concerned.has(row.pipeline))
  if (concerning.length === 0) return null
  const wrote = concerning.map((row) => `run ${row.run} of ${row.pipeline} wrote ${records(row.records)}`).join(", ")
  const ours = yield* warehouse.rows(
    sql`${about("records of the plan that were written since; grain: one row per step")}SELECT entity, key, max(run) AS run, min(seq) AS seq, count(*) OVER () AS steps FROM since WHERE seq IS NOT NULL
GROUP BY entity, key ORDER BY seq LIMIT ${named}`,
    Concerned
  )
  return ours.length === 0
    ? `${wrote} since it was made, none of them among its own`
    : `${wrote} since it was made. ${listed(ours)}`
})

/**
 * Which records of a plan a later read of the source found to be wanted otherwise, in words; null where none is known
 * to have moved. The plan's steps are in the table `step`.
 */
const readOtherwiseSince = Effect.fn("history.read-otherwise-since")(function* (
  plan: PlanFile,
  definition: Definition
): Doing<string | null, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const moved = loadedEntitiesOf(definition).flatMap(({ load, tables }) => [
    sql`SELECT ${load.entity} AS entity, key, valid_from AS run FROM ${quoted(tables.snapshot)} WHERE valid_from > ${plan.run}`,
    sql`SELECT ${load.entity}, key, valid_to FROM ${quoted(tables.history)} WHERE valid_to > ${plan.run}`
  ])
  const rows = yield* warehouse.rows(
    sql`${about("records of the plan that a later read found otherwise; grain: one row per step")}SELECT entity, key, max(moved.run) AS run, min(seq) AS seq, count(*) OVER () AS steps
FROM ${steps.table} AS step JOIN (${joined(moved, "\nUNION ALL ")}) AS moved USING (entity, key)
GROUP BY entity, key ORDER BY seq LIMIT ${named}`,
    Concerned
  )
  return rows.length === 0 ? null : `the source was read otherwise since it was made. ${listed(rows)}`
})

/**
 * Which records a plan would take away that a later plan of the whole pipeline leaves, in words; null where there are none.
 * What a read shows is there, though it was not proven whole or the record is in quarantine, and no snapshot tells of that.
 */
const leftSince = Effect.fn("history.left-since")(function* (plan: PlanFile) {
  if (removalsIn(plan) === 0) return null
  const warehouse = yield* Warehouse
  yield* prepareRuns
  const later = yield* warehouse.rows(
    sql`${about("later plans of the whole pipeline")}SELECT run, plan FROM runs WHERE kind = 'plan' AND pipeline = ${plan.pipeline} AND run > ${plan.run} AND plan IS NOT NULL AND (report::JSON->'part') IS NULL`,
    Schema.Struct({ run: Count, plan: Text })
  )
  const files = yield* Effect.filter(
    later.map((one) => ({ run: one.run, file: join(warehouse.folders.plans, one.plan, "steps.ndjson") })),
    ({ file }) => isOnDisk(file)
  )
  if (files.length === 0) return null
  const rows = yield* warehouse.rows(
    sql`${about("records that the plan takes away and a later one does not; grain: one row per step")}WITH later AS (${joined(
      files.map(({ file, run }) => sql`SELECT ${run} AS run, ${file} AS file`),
      " UNION ALL "
    )}), taken AS (SELECT entity, key, filename AS file FROM read_json(${texts(files.map(({ file }) => file))}, format = 'newline_delimited', filename = true,
  columns = {entity: 'VARCHAR', key: 'VARCHAR', action: 'VARCHAR'}) WHERE ${takesAway})
SELECT step.entity, step.key, max(later.run) AS run, min(seq) AS seq, count(*) OVER () AS steps
FROM ${steps.table} AS step CROSS JOIN later ANTI JOIN taken ON taken.entity = step.entity AND taken.key = step.key AND taken.file = later.file
WHERE step.${isRemoval} GROUP BY step.entity, step.key ORDER BY seq LIMIT ${named}`,
    Concerned
  )
  return rows.length === 0 ? null : `a later plan leaves what it would take away. ${listed(rows)}`
})

const RunSince = Schema.Struct({ run: Count, pipeline: Text, records: Count, ours: Count })
const Concerned = Schema.Struct({ entity: Text, key: Text, run: Count, seq: Count, steps: Count })

const records = (count: number): string => (count === 1 ? "1 record" : `${count} records`)

/** The steps concerned, by entity and key with the run, and how many more there are. */
const listed = (rows: ReadonlyArray<typeof Concerned.Type>): string => {
  const steps = rows[0]?.steps ?? 0
  const names = rows.map((row) => `${row.entity} ${row.key} (run ${row.run})`).join(", ")
  const more = steps > rows.length ? ` and ${steps - rows.length} more` : ""
  return `${steps === 1 ? "1 of its steps is" : `${steps} of its steps are`} about such records: ${names}${more}`
}
