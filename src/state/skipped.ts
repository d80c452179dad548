import * as Effect from "effect/Effect"
import { identifier } from "../core/sql.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"

/** The durable table of what `skip` rules passed over in the last run (entity, key, rule, say); grain: one row per record and rule. */
export const skippedTable = (pipeline: string): string => `skipped_${pipeline}`

/** Keeps what `skip` rules passed over in this run, in place of what they did in the last one. */
export const keepSkipped: (pipeline: string) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn(
  "run.keep-skipped"
)(function* (pipeline: string) {
  const warehouse = yield* Warehouse
  const [count] = yield* warehouse.rows("SELECT count(*) AS rows FROM skipped")
  const table = identifier(skippedTable(pipeline))
  yield* warehouse.execute(
    `CREATE TABLE IF NOT EXISTS ${table} (entity VARCHAR, key VARCHAR, rule VARCHAR, say VARCHAR)`
  )
  const [kept] = yield* warehouse.rows(`SELECT count(*) AS rows FROM ${table}`)
  if (Number(count?.["rows"]) + Number(kept?.["rows"]) === 0) return
  yield* warehouse.transaction([
    `DELETE FROM ${table}`,
    `INSERT INTO ${table} SELECT DISTINCT entity, key, rule, say FROM skipped`
  ])
})
