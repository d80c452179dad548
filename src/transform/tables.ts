import type { Columns } from "../core/sql.ts"
import type { Table } from "../core/table.ts"

/** The tables of a transform, of this command alone, each declared once; those of entities have the entity's own fields. */

const turned: Columns = { entity: "VARCHAR", key: "VARCHAR", source: "VARCHAR", rule: "VARCHAR", say: "VARCHAR" }

/** Records that should have become something and could not. */
export const quarantineTable: Table = { name: "quarantine", grain: "one row per record and rule", columns: turned }

/** Records that go on, though a rule points at them. */
export const warningTable: Table = { name: "warning", grain: "one row per record and rule", columns: turned }

/** Records that a \`skip\` rule passed over. */
export const skippedTable: Table = { name: "skipped", grain: "one row per record and rule", columns: turned }
