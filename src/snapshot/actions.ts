/** Conditions over the table `change`, in the words of the guards. */

export const isRemoval = "action IN ('delete', 'unenroll', 'deactivate')"

/** What stands more at the target afterwards. */
export const isAddition = "action IN ('create', 'adopt', 'restore')"

/** A record that is known again is changed only where fields differ. */
export const isUpdate = "(action = 'update' OR (action = 'rekey' AND len(changed) > 0))"
