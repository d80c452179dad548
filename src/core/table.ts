import { type Columns, declared, name, type Sql, sql } from "./sql.ts"

/** A table of the engine, declared once: what a row is, and its columns in order. */
export interface Table {
  readonly name: string
  /** The grain, as in `one row per run`. */
  readonly grain: string
  readonly columns: Columns
}

/** The name of a table, for statements. */
export const named = (table: Table): Sql => name(table.name)

/** A table of this command alone. */
export interface Temporary extends Table {
  /** The columns that it has besides, in words, where they follow from a definition or from another table. */
  readonly further?: string
}

/** The head of a statement that makes a table of this command alone out of the query that follows, in place of the previous one. */
export const made = (table: Pick<Temporary, "name" | "grain">): Sql =>
  sql`CREATE OR REPLACE TEMP TABLE ${name(table.name)} AS`

/** Statement that makes a table of this command alone, empty, where it is not there. */
export const ensured = (table: Temporary): Sql =>
  sql`CREATE TEMP TABLE IF NOT EXISTS ${named(table)} (${declared(table.columns)})`

/** Statement that makes a table of this command alone, empty, in place of the previous one. */
export const emptied = (table: Temporary): Sql =>
  sql`CREATE OR REPLACE TEMP TABLE ${named(table)} (${declared(table.columns)})`
