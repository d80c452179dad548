import { type Sql, sql } from "../core/sql.ts"

/**
 * Conditions over a row of a change set or a plan, in the words of the guards. Those that begin with `action` can be asked
 * of an alias: `t.${isRemoval}`.
 */

export const isRemoval: Sql = sql`action IN ('delete', 'unenroll', 'deactivate')`

/** What the ledger no longer has as present once it is done. */
export const takesAway: Sql = sql`action IN ('delete', 'unenroll', 'deactivate', 'forget')`

/** What stands more at the target afterwards. */
export const isAddition: Sql = sql`action IN ('create', 'adopt', 'restore')`

/** A record that is known again is changed only where fields differ. */
export const isUpdate: Sql = sql`(action = 'update' OR (action = 'rekey' AND len(changed) > 0))`
