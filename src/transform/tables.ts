import { type Columns, sql } from "../core/sql.ts"
import type { Temporary } from "../core/table.ts"
import { candidateTable } from "../pipeline/relations.ts"

/** The tables of a transform, of this command alone, each declared once; those of entities have the entity's own fields. */

const turned: Columns = { entity: "VARCHAR", key: "VARCHAR", source: "VARCHAR", rule: "VARCHAR", say: "VARCHAR" }

/** Records that should have become something and could not. */
export const quarantineTable: Temporary = { name: "quarantine", grain: "one row per record and rule", columns: turned }

/** Records that go on, though a rule points at them. */
export const warningTable: Temporary = { name: "warning", grain: "one row per record and rule", columns: turned }

/** Records that a \`skip\` rule passed over. */
export const skippedTable: Temporary = { name: "skipped", grain: "one row per record and rule", columns: turned }

/** Every row that an entity considered, kept or turned away. */
export const candidatesOf = (entity: string): Temporary => ({
  name: candidateTable(entity),
  grain: "one row per row of its `from`, its `each` and its joins",
  columns: { key: "VARCHAR", _turned: sql`STRUCT(verdict VARCHAR, rule VARCHAR, say VARCHAR)` },
  further: "its source row, label, school and section, what warns of it, and the fields of the entity"
})
