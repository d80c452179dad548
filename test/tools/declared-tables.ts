import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Temporary } from "../../src/core/table.ts"
import { Text, Warehouse, type WarehouseError } from "../../src/core/ports/warehouse.ts"
import { type Columns, sql } from "../../src/core/sql.ts"
import * as extract from "../../src/extract/tables.ts"
import * as gradebook from "../../src/gradebook/tables.ts"
import * as holds from "../../src/guards/holds/tables.ts"
import * as guards from "../../src/guards/tables.ts"
import * as history from "../../src/history/tables.ts"
import * as load from "../../src/load/tables.ts"
import * as run from "../../src/run/tables.ts"
import * as snapshot from "../../src/snapshot/tables.ts"
import * as state from "../../src/state/temporary.ts"
import * as transform from "../../src/transform/tables.ts"

const isTable = (one: unknown): one is Temporary =>
  typeof one === "object" && one !== null && "grain" in one && "columns" in one

/** The tables of all rooms that have one name for every pipeline. */
export const declaredTables: ReadonlyArray<Temporary> = [
  extract,
  gradebook,
  guards,
  history,
  holds,
  load,
  run,
  snapshot,
  state,
  transform
].flatMap((room) => Object.values<unknown>(room).filter(isTable))

const written = (columns: Columns): string =>
  Object.entries(columns)
    .map(([name, type]) => `${name} ${typeof type === "string" ? type : type.text}`)
    .join(", ")

const Column = Schema.Struct({ name: Text, column: Text, type: Text })

/** The tables of an engine whose columns are not those that are declared; two rooms may have one of the same name. */
export const notAsDeclared: Effect.Effect<ReadonlyArray<string>, WarehouseError, Warehouse> = Effect.gen(function* () {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`SELECT table_name AS name, column_name AS column, data_type AS type FROM duckdb_columns() WHERE NOT internal ORDER BY column_index`,
    Column
  )
  return [...new Set(declaredTables.map(({ name }) => name))].flatMap((name) => {
    const stands = rows
      .filter((row) => row.name === name)
      .map(({ column, type }) => `${column} ${type}`)
      .join(", ")
    const ways = declaredTables.filter((one) => one.name === name)
    const fits = ways.some(({ columns, further }) =>
      further === undefined ? stands === written(columns) : stands.startsWith(written(columns))
    )
    return stands === "" || fits
      ? []
      : [`${name} has ${stands}, and is declared with ${ways.map(({ columns }) => written(columns)).join(" or ")}`]
  })
})
