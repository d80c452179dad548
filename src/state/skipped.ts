import * as Effect from "effect/Effect"
import { sql } from "../core/sql.ts"
import { named } from "../core/table.ts"
import { countRows, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { skippedOf } from "./durable.ts"
import { standing } from "./migrations.ts"

/** The durable table of what `skip` rules passed over in the last run. */
export const skippedTable = (pipeline: string): string => skippedOf(pipeline).name

/** Keeps what `skip` rules passed over in this run, in place of what they did in the last one. */
export const keepSkipped: (pipeline: string) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn(
  "run.keep-skipped"
)(function* (pipeline: string) {
  const warehouse = yield* Warehouse
  const table = named(skippedOf(pipeline))
  yield* warehouse.execute(standing(skippedOf(pipeline)))
  if ((yield* countRows(sql`FROM skipped`)) + (yield* countRows(sql`FROM ${table}`)) === 0) return
  yield* warehouse.transaction([
    sql`DELETE FROM ${table}`,
    sql`INSERT INTO ${table} SELECT DISTINCT entity, key, rule, say FROM skipped`
  ])
})
