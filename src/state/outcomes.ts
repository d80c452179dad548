import { type Sql, sql } from "../core/sql.ts"
import { named } from "../core/table.ts"
import { outcomeTable, runsTable } from "./durable.ts"

/**
 * How steps of the runs of a pipeline ended; grain: one row per step and apply. A key is that of a record of one pipeline: another
 * one may have entities and keys of the same names.
 */
export const outcomesOf = (pipeline: string): Sql =>
  sql`(SELECT * FROM ${named(outcomeTable)} WHERE run IN (SELECT run FROM ${named(runsTable)} WHERE pipeline = ${pipeline}))`
