import { about, type Sql, sql } from "../core/sql.ts"
import { isRemoval } from "./actions.ts"
import { changes } from "./change-set.ts"

/**
 * Marks removals that need no request: the record referred to is removed in the same plan, and the target removes this
 * one with it.
 */
export const impliedStatement = (entity: string, field: string): Sql =>
  sql`${about(`${entity}: removals that follow from the removal of their ${field}`)}${changes.set(
    {
      implied_by: sql`CASE WHEN t.${isRemoval}
  AND (t.before->>${field}) IN (SELECT entity || ':' || key FROM ${changes.table} WHERE action IN ('unenroll', 'delete'))
  THEN t.before->>${field} END`
    },
    sql`t.entity = ${entity} AND (t.implied_by IS NOT NULL OR t.${isRemoval})`
  )}`
