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
import * as durable from "../../src/state/durable.ts"
import { storedTables } from "../../src/state/tables.ts"
import * as temporary from "../../src/state/temporary.ts"
import * as transform from "../../src/transform/tables.ts"

const isTable = (one: unknown): one is Temporary =>
  typeof one === "object" && one !== null && "grain" in one && "columns" in one

/** The tables of all rooms that have one name for every pipeline. */
export const declaredTables: ReadonlyArray<Temporary> = [
  durable,
  extract,
  gradebook,
  guards,
  history,
  holds,
  load,
  run,
  snapshot,
  temporary,
  transform
]
  .flatMap((room) => Object.values<unknown>(room).filter(isTable))
  .concat((["school", "section"] as const).map(snapshot.touchedOf), (["first", "second"] as const).map(history.stepsOf))

/** The tables of an entity, whatever it is called; its own fields are not known here. */
const stored = (which: 0 | 1 | 2) => (name: string) => {
  const { columns } = storedTables({ tables: { ledger: name, snapshot: name, history: name }, fields: [] })[which]
  return { columns, further: "the fields of the entity, all text" }
}

/** The tables that are named by an entity, a dataset or a pipeline, by what their names begin with. */
const families: ReadonlyArray<readonly [beginning: string, (name: string) => Pick<Temporary, "columns" | "further">]> =
  [
    ["candidate_", transform.candidatesOf],
    ["moved_", snapshot.movedOf],
    ["differing_", snapshot.differingOf],
    ["ledger_", stored(0)],
    ["snapshot_", stored(1)],
    ["history_", stored(2)],
    ["fate_", durable.rowOutcomesOf],
    ["skipped_", durable.skippedOf],
    ["faults_", extract.faultsOf],
    ["scope_", extract.scopeOf],
    ["unread_", extract.unreadOf],
    ["stale_", extract.staleOf],
    ["part_", (name) => extract.partOf(name, "")]
  ]

const written = (columns: Columns): ReadonlyArray<string> =>
  Object.entries(columns).map(([name, type]) => `${name} ${typeof type === "string" ? type : type.text}`)

/** Whether columns are those of a declaration; where it has further ones, they stand behind or between. */
const fits = (stands: ReadonlyArray<string>, { columns, further }: Pick<Temporary, "columns" | "further">): boolean => {
  const own = written(columns)
  return further === undefined
    ? stands.join() === own.join()
    : stands.filter((column) => own.includes(column)).join() === own.join()
}

const Column = Schema.Struct({ name: Text, column: Text, type: Text })

/** The tables of an engine whose columns are not those that are declared; two rooms may have one of the same name. */
export const notAsDeclared: Effect.Effect<ReadonlyArray<string>, WarehouseError, Warehouse> = Effect.gen(function* () {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`SELECT table_name AS name, column_name AS column, data_type AS type FROM duckdb_columns() WHERE NOT internal ORDER BY column_index`,
    Column
  )
  return [...new Set(rows.map(({ name }) => name))].flatMap((name) => {
    // The engine quotes what it takes for a word of its own, as the field `rule` of a structure.
    const stands = rows
      .filter((row) => row.name === name)
      .map(({ column, type }) => `${column} ${type.replaceAll('"', "")}`)
    const exact = declaredTables.filter((one) => one.name === name)
    const ways =
      exact.length > 0
        ? exact
        : families.flatMap(([beginning, of]) => (name.startsWith(beginning) ? [of(name.slice(beginning.length))] : []))
    return ways.length === 0 || ways.some((one) => fits(stands, one))
      ? []
      : [
          `${name} has ${stands.join(", ")}, and is declared with ${ways.map(({ columns }) => written(columns).join(", ")).join(" or ")}`
        ]
  })
})
