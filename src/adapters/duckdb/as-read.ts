import type { DuckDBConnection } from "@duckdb/node-api"

/** A durable table that is made where it is not there, with its columns in parentheses; to the end of the statement. */
const made = /(?<=(?:^|;)\s*)CREATE TABLE (?:IF NOT EXISTS )?("[^"]+"|\w+) (\([^;]*)(?:;|$)/g

/** A column that a durable table of an earlier version gains; to the end of the statement. */
const gained = /(?<=(?:^|;)\s*)ALTER TABLE ("[^"]+"|\w+) ADD COLUMN (?:IF NOT EXISTS )?("[^"]+"|\w+) [^;]*(?:;|$)/g

/**
 * A statement with what prepares durable tables turned into what writes none: a table that is there is left as it is; one
 * that is not there yet is an empty one of this connection. A column that a table lacks stays in, and the engine refuses it.
 */
export const asRead = async (connection: DuckDBConnection, sql: string): Promise<string> => {
  if (sql.search(made) < 0 && sql.search(gained) < 0) return sql
  const reader = await connection.runAndReadAll(
    "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"
  )
  const standing = reader.getRowsJson() as ReadonlyArray<ReadonlyArray<string>>
  const tables = new Set(standing.map(([table = ""]) => table))
  const columns = new Set(standing.map((names) => names.join(".")))
  const plain = (name: string): string => name.replaceAll('"', "")
  return sql
    .replaceAll(made, (_, table: string, rest: string) =>
      tables.has(plain(table)) ? "" : `CREATE TEMP TABLE ${table} ${rest};`
    )
    .replaceAll(gained, (statement, table: string, column: string) =>
      columns.has(`${plain(table)}.${plain(column)}`) ? "" : statement
    )
}
