import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { about, sql } from "../core/sql.ts"

const Column = Schema.Struct({ name: Text, column: Text })

/** The columns that the engine's tables and views have, as `table.column`. */
export const knownColumns: Effect.Effect<ReadonlySet<string>, WarehouseError, Warehouse> = Effect.gen(function* () {
  const warehouse = yield* Warehouse
  const columns = yield* warehouse.rows(
    sql`${about("columns that tables have")}SELECT table_name AS name, column_name AS column FROM duckdb_columns() WHERE NOT internal`,
    Column
  )
  return new Set(columns.map((row) => `${row.name}.${row.column}`))
})
