import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"

/** A record that is not wanted, and the reason that a `skip` rule gives. */
export interface SkippedRow {
  readonly entity: string
  readonly key: string
  readonly rule: string
  readonly say: string
}

const table = (pipeline: string): string => identifier(`skipped_${pipeline}`)

const create = (pipeline: string): string =>
  `CREATE TABLE IF NOT EXISTS ${table(pipeline)} (entity VARCHAR, key VARCHAR, rule VARCHAR, say VARCHAR)`

/** Keeps what `skip` rules passed over in this run, in place of what they did in the last one. */
export const keepSkipped: (pipeline: string) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn(
  "run.keep-skipped"
)(function* (pipeline: string) {
  const warehouse = yield* Warehouse
  const [count] = yield* warehouse.rows("SELECT count(*) AS rows FROM skipped")
  yield* warehouse.execute(create(pipeline))
  const [kept] = yield* warehouse.rows(`SELECT count(*) AS rows FROM ${table(pipeline)}`)
  if (Number(count?.["rows"]) + Number(kept?.["rows"]) === 0) return
  yield* warehouse.transaction([
    `DELETE FROM ${table(pipeline)}`,
    `INSERT INTO ${table(pipeline)} SELECT DISTINCT entity, key, rule, say FROM skipped`
  ])
})

/** What `skip` rules passed over in the last run of a pipeline. */
export const listSkipped: (
  pipeline: string,
  entity: string
) => Effect.Effect<ReadonlyArray<SkippedRow>, WarehouseError, Warehouse> = Effect.fn("run.list-skipped")(function* (
  pipeline: string,
  entity: string
) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(create(pipeline))
  const rows = yield* warehouse.rows(`SELECT * FROM ${table(pipeline)} WHERE entity = ${literal(entity)} ORDER BY key`)
  return rows.map((row) => ({
    entity: String(row["entity"]),
    key: String(row["key"]),
    rule: String(row["rule"]),
    say: String(row["say"])
  }))
})
