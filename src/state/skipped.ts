import * as Effect from "effect/Effect"
import { sql } from "../core/sql.ts"
import { named } from "../core/table.ts"
import { countRows, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { skippedOf } from "./durable.ts"
import { stand } from "./migrations.ts"
import type { Doing } from "../core/doing.ts"

/** The durable table of what `skip` rules passed over in the last run. */
export const skippedTable = (pipeline: string): string => skippedOf(pipeline).name

/** Keeps what `skip` rules passed over in this run, in place of what they did in the last one. */
export const keepSkipped = Effect.fn("state.keep-skipped")(function* (
  pipeline: string
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const table = named(skippedOf(pipeline))
  yield* stand(skippedOf(pipeline))
  if ((yield* countRows(sql`FROM skipped`)) + (yield* countRows(sql`FROM ${table}`)) === 0) return
  yield* warehouse.transaction([
    sql`DELETE FROM ${table}`,
    sql`INSERT INTO ${table} SELECT DISTINCT entity, key, rule, say FROM skipped`
  ])
})
