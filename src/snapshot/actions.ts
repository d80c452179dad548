/**
 * Conditions over the table `change` or `step`, in the words of the guards. Those that begin with `action` can be asked of
 * an alias: `t.${isRemoval}`.
 */

export const isRemoval = "action IN ('delete', 'unenroll', 'deactivate')"

/** What the ledger no longer has as present once it is done. */
export const takesAway = "action IN ('delete', 'unenroll', 'deactivate', 'forget')"

/** What stands more at the target afterwards. */
export const isAddition = "action IN ('create', 'adopt', 'restore')"

/** A record that is known again is changed only where fields differ. */
export const isUpdate = "(action = 'update' OR (action = 'rekey' AND len(changed) > 0))"
