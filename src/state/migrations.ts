import * as Effect from "effect/Effect"
import { Warehouse, type WarehouseError, type WarehouseService } from "../core/ports/warehouse.ts"
import { declared, joined, name, type Sql, sql } from "../core/sql.ts"
import { named, type Table } from "../core/table.ts"

/** A column that a durable table of earlier versions lacks. */
interface Migration {
  readonly number: number
  /** The table, or what the names of a pipeline's tables of a kind begin with. */
  readonly table: string
  readonly column: string
  readonly why: string
}

/**
 * How the durable tables changed since they were first made, in order; none is ever taken out, or another put in its place.
 * A state of any earlier version opens: each asks the table itself, so that it is done once. What a table gains comes last
 * among its columns.
 */
export const migrations: ReadonlyArray<Migration> = [
  { number: 1, table: "outcome", column: "said", why: "what the target itself said of a step that failed" },
  { number: 2, table: "ledger_", column: "leaving", why: "a removal that may have been carried out" },
  { number: 3, table: "runs", column: "asked_by", why: "who asked for a run" },
  { number: 4, table: "run_section", column: "people", why: "people in several classes are counted once" }
]

/** Columns that a table was not first made with. */
const gainedBy = (table: string): ReadonlyArray<string> =>
  migrations.flatMap((one) =>
    table === one.table || (one.table.endsWith("_") && table.startsWith(one.table)) ? [one.column] : []
  )

/**
 * Statements that make durable tables where they are not there, and bring those of earlier versions up to date. They begin
 * with their words: a process that only reads tells by them what it may leave out.
 */
export const standing = (...tables: ReadonlyArray<Table>): Sql =>
  joined(
    tables.flatMap((table) => [
      sql`CREATE TABLE IF NOT EXISTS ${named(table)} (${declared(table.columns)})`,
      ...gainedBy(table.name).map((column) => {
        const type = table.columns[column]
        return type === undefined
          ? sql``
          : sql`ALTER TABLE ${named(table)} ADD COLUMN IF NOT EXISTS ${declared({ [column]: type })}`
      })
    ]),
    ";\n"
  )

/** Tables that stand already, by what was asked, of each state that was opened. */
const stood = new WeakMap<WarehouseService, Set<string>>()

/** Does as `standing` says, once for each opened state: while it is open nobody takes a durable table away. */
export const stand = (...tables: ReadonlyArray<Table>): Effect.Effect<void, WarehouseError, Warehouse> =>
  Effect.flatMap(Warehouse, (warehouse) => {
    const statement = standing(...tables)
    const known = stood.get(warehouse) ?? new Set()
    stood.set(warehouse, known)
    return known.has(statement.text)
      ? Effect.void
      : Effect.tap(warehouse.execute(statement), () => Effect.sync(() => known.add(statement.text)))
  })

/** Statements for a table that is known to have some columns: nothing where it has all of them. */
export const completed = (table: Table, known: ReadonlySet<string>): ReadonlyArray<Sql> =>
  known.has(`${table.name}.key`)
    ? Object.entries(table.columns).flatMap(([column, type]) =>
        known.has(`${table.name}.${column}`)
          ? []
          : [sql`ALTER TABLE ${name(table.name)} ADD COLUMN ${declared({ [column]: type })}`]
      )
    : [sql`CREATE TABLE ${name(table.name)} (${declared(table.columns)})`]
