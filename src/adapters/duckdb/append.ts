import type { DuckDBAppender } from "@duckdb/node-api"

/** Rows of text, numbers and truths, in the table's column order. */
export type Rows = ReadonlyArray<ReadonlyArray<string | number | boolean | null>>

/** Appends rows to the appender's table and closes it. */
export const appendRows = (appender: DuckDBAppender, rows: Rows): void => {
  for (const row of rows) {
    for (const cell of row) {
      if (cell === null) appender.appendNull()
      else if (typeof cell === "string") appender.appendVarchar(cell)
      else if (typeof cell === "boolean") appender.appendBoolean(cell)
      else appender.appendBigInt(BigInt(cell))
    }
    appender.endRow()
  }
  appender.closeSync()
}
