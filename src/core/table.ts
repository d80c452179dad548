import { type Columns, declared, name, type Sql, sql } from "./sql.ts"

/** A table of the engine, declared once: what a row is, and its columns in order. */
export interface Table {
  readonly name: string
  /** What one row stands for. */
  readonly grain: string
  readonly columns: Columns
}

/** The name of a table, for statements. */
export const named = (table: Table): Sql => name(table.name)

/** Statement that makes a table of this command alone, empty, in place of the former one. */
export const emptied = (table: Table): Sql =>
  sql`CREATE OR REPLACE TEMP TABLE ${named(table)} (${declared(table.columns)})`
