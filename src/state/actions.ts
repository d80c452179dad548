import { oneOf, type Sql, sql } from "../core/sql.ts"
import type { PlanAction } from "./step-columns.ts"

/** Actions that take something away from somebody: what a reader must see before anything else. */
export const removalActions: ReadonlySet<PlanAction> = new Set<PlanAction>(["delete", "unenroll", "deactivate"])

/**
 * Conditions over a row of a change set or a plan, in the words of the guards. Those that begin with `action` can be asked
 * of an alias: `t.${isRemoval}`.
 */

export const isRemoval: Sql = sql`action IN (${oneOf([...removalActions])})`

/** Condition on a step: once it is done, the ledger no longer has its record as present. */
export const takesAway: Sql = sql`action IN (${oneOf([...removalActions, "forget"])})`

/** Condition on a step: once it is done, one record more stands at the target. */
export const isAddition: Sql = sql`action IN ('create', 'adopt', 'restore')`

/** A record that is known again is changed only where fields differ. */
export const isUpdate: Sql = sql`(action = 'update' OR (action = 'rekey' AND len(changed) > 0))`
