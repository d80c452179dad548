import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, oneOf, sql, texts } from "../core/sql.ts"
import { named } from "../core/table.ts"
import { Count, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { steps } from "./change-set.ts"
import { applySectionTable, outcomeTable, runsTable } from "./durable.ts"
import { stand } from "./migrations.ts"
import type { Doing } from "../core/doing.ts"

/*
 * An export may be carried out while another apply of its pipeline is at work, or waits to be taken up again. What that one
 * planned for the same sections is older by then: it leaves those steps out, for good, and the next run compares them again.
 */

/** Notes the sections that an apply is for, before it sends anything. */
export const noteSections = Effect.fn("state.note-sections")(function* (
  run: number,
  pipeline: string,
  sections: ReadonlyArray<string>
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* stand(applySectionTable)
  if (sections.length === 0) return
  yield* warehouse.execute(
    sql`${about("sections of the apply")}INSERT INTO ${named(applySectionTable)} SELECT ${run}, ${pipeline}, unnest(${texts(sections)}), false`
  )
})

/** Notes, as an apply begins, the sections that others at work here are sending: what it planned for them is theirs to send. */
export const leaveToOthersAtWork = Effect.fn("state.leave-to-others")(function* (
  run: number,
  pipeline: string
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* stand(applySectionTable)
  const others = [...warehouse.begun].filter((one) => one !== run)
  if (others.length === 0) return
  yield* warehouse.execute(
    sql`${about("sections that others at work are sending")}INSERT INTO ${named(applySectionTable)} SELECT DISTINCT ${run}, pipeline, section, true
FROM ${named(applySectionTable)} JOIN ${named(runsTable)} AS runs USING (run, pipeline)
WHERE pipeline = ${pipeline} AND NOT is_left AND runs.outcome = 'running' AND run IN (${oneOf(others)})`
  )
})

const Left = Schema.Struct({ seq: Count, waits: Schema.Boolean })

/**
 * Takes out of the table `step` those of sections that were exported since the apply of a plan began, and whatever else these
 * exports wrote. `all`: also those with an outcome, for an apply that is taken up again would fold it anew. Gives
 * the sequence numbers of those that were still to be sent.
 */
export const leaveExportedSince = Effect.fn("state.leave-exported-since")(function* (
  plan: string,
  pipeline: string,
  which: "all" | "not answered"
): Doing<ReadonlySet<number>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* stand(applySectionTable, outcomeTable, runsTable)
  const begun = sql`(SELECT min(run) FROM ${named(runsTable)} WHERE kind = 'apply' AND plan = ${plan})`
  const since = sql`pipeline = ${pipeline} AND CASE WHEN is_left THEN run = ${begun} ELSE run > ${begun} END`
  const exported = sql`FROM ${named(applySectionTable)} WHERE ${since}`
  const isLeft = sql`(t.section IN (SELECT section ${exported})
  OR (t.entity, t.key) IN (SELECT (entity, key) FROM ${named(outcomeTable)} WHERE run IN (SELECT run ${exported} AND NOT is_left)))${
    which === "all" ? sql`` : sql` AND t.seq NOT IN (SELECT seq FROM ${named(outcomeTable)} WHERE plan = ${plan})`
  }`
  const left = yield* warehouse.rows(
    sql`${about("steps whose section was exported since")}${steps.where(isLeft, sql`t.seq, t.hold IS NULL AND t.implied_by IS NULL AS waits`)}`,
    Left
  )
  if (left.length > 0) yield* warehouse.execute(steps.remove(isLeft))
  return new Set(left.flatMap(({ seq, waits }) => (waits ? [seq] : [])))
})
