import * as Effect from "effect/Effect"
import { about, joined, name as quoted, sql, texts } from "../core/sql.ts"
import { isStanding } from "./contract-columns.ts"
import { datasetsServing } from "../pipeline/serving.ts"
import type { Definition } from "../pipeline/definition.ts"
import { countRows, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { stand } from "../state/migrations.ts"
import { sessionNowTable, sessionTable } from "./tables.ts"
import { datasetTable } from "../pipeline/relations.ts"
import type { Doing } from "../core/doing.ts"
import { made } from "../core/table.ts"

/**
 * Academic sessions as a pipeline read them last, in the durable table `academic_session`: terms become semesters at the
 * target, school years and grading periods become nothing there, and yet freezes and due dates go by them.
 * Grain: one row per pipeline and session.
 */
export const prepareSessions: Effect.Effect<void, WarehouseError, Warehouse> = stand(sessionTable)

const sessionColumns = ["id", "title", "type", "parent", "start_date", "end_date"] as const

/** Keeps the sessions of a read that is proven, in place of those of the last one. A quiet night writes nothing. */
export const keepSessions = Effect.fn("extract.keep-sessions")(function* (
  definition: Definition
): Doing<void, WarehouseError, Warehouse> {
  const datasets = datasetsServing(definition, "academic_sessions").filter(({ dataset }) => dataset.parts === null)
  if (datasets.length === 0) return
  const warehouse = yield* Warehouse
  yield* prepareSessions
  const rows = datasets.map(
    ({ columns, contract: { standing }, dataset }) =>
      sql`SELECT ${joined(
        sessionColumns.map((one) => sql`${quoted(columns[one])} AS ${quoted(one)}`),
        ", "
      )} FROM ${quoted(datasetTable(dataset.name))} WHERE _fault IS NULL${standing === undefined ? sql`` : sql` AND ${isStanding(standing)}`}`
  )
  const pipeline = definition.name
  yield* warehouse.execute(
    sql`${about("academic sessions as they were read now; grain: one row per session")}${made(sessionNowTable)} ${joined(rows, " UNION ")}`
  )
  const kept = sql`SELECT id, title, type, parent, start_date, end_date FROM academic_session WHERE pipeline = ${pipeline}`
  const other = yield* countRows(
    sql`FROM (SELECT 1 FROM ((FROM session_now EXCEPT ${kept}) UNION ALL (${kept} EXCEPT FROM session_now)) LIMIT 1)`
  )
  if (other === 0) return
  yield* warehouse.transaction([
    sql`DELETE FROM academic_session WHERE pipeline = ${pipeline}`,
    sql`INSERT INTO academic_session SELECT ${pipeline}, * FROM session_now`
  ])
})

/** Makes the sessions of some pipelines readable as a dataset. */
export const openSessions = Effect.fn("extract.open-sessions")(function* (
  dataset: string,
  pipelines: ReadonlyArray<string>
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareSessions
  yield* warehouse.execute(sql`${about(`${dataset}: academic sessions as they were read last; grain: one row per session`)}CREATE OR REPLACE TEMP VIEW ${quoted(datasetTable(dataset))} AS
SELECT id, any_value(title) AS title, any_value(type) AS type, any_value(parent) AS parent, any_value(start_date) AS start_date,
  any_value(end_date) AS end_date, NULL::STRUCT(rule VARCHAR, say VARCHAR) AS _fault
FROM academic_session WHERE list_contains(${texts(pipelines)}, pipeline) GROUP BY id`)
})
