import { joined, name as quoted, type Sql, sql } from "../core/sql.ts"
import type { CollectionContract, ColumnContract } from "../core/ports/contracts.ts"
import { dayOf, instantOf } from "../core/written-dates.ts"
import { tell, toldInSql } from "../core/told.ts"

/** How the text of a value becomes a column, and what turns its row away. All of it is SQL over the columns of one row. */

/** Lenient reading of a text into its column's type; null where it does not fit. */
export const typed = (column: ColumnContract, value: Sql): Sql => {
  switch (column.kind) {
    case "boolean":
      return sql`CASE WHEN lower(${value}) IN ('true', 't', '1', 'yes', 'y') THEN true WHEN lower(${value}) IN ('false', 'f', '0', 'no', 'n') THEN false END`
    case "number":
      return sql`TRY_CAST(${value} AS DOUBLE)`
    case "date":
      return dayOf(value)
    case "timestamp":
      return instantOf(value)
    case "text":
      return column.values === undefined ? value : enumeration(column, value)
    case "ref":
    case "refs":
    case "texts":
    case "records":
      return value
  }
}

/** Whether a record stands, in SQL: it is not marked as deleted. */
export const isStanding = ({ column, value }: NonNullable<CollectionContract["standing"]>): Sql =>
  sql`${quoted(column)} = ${value}`

/** Whether a column's value may be none though something was sent. */
export const isTyped = ({ kind, values }: ColumnContract): boolean =>
  values !== undefined || kind === "boolean" || kind === "number" || kind === "date" || kind === "timestamp"

/** The column that holds a value as it was sent: one of its own for typed columns, the kept one for others. */
export const wireColumn = (column: ColumnContract): Sql =>
  quoted(isTyped(column) ? `_wire_${column.name}` : column.name)

const enumeration = (column: ColumnContract, value: Sql): Sql => {
  const spellings = [
    ...(column.values ?? []).map((spelling) => [spelling.toLowerCase(), spelling] as const),
    ...Object.entries(column.aliases ?? {})
  ]
  return sql`CASE lower(${value}) ${joined(
    spellings.map(([from, to]) => sql`WHEN ${from} THEN ${to}`),
    " "
  )}${column.isOpen === true ? sql` ELSE CASE WHEN NOT contains(${value}, chr(0)) THEN ${value} END` : sql``} END`
}

/** The columns whose text is kept as it is: what is no text must not pass for one. */
export const plainTexts = (contract: CollectionContract): ReadonlyArray<ColumnContract> =>
  contract.columns.filter((column) => column.kind === "text" && !isTyped(column))

/** Stands in place of an object or a list where a text belongs: no text that is kept holds a NUL character. */
export const structure = sql`'{' || chr(0) || '}'`

/**
 * The name of the first text of a row that is none: it holds a NUL character, or it is a structure, and then `{` stands
 * before the name. `isRead`: the values were read as text, so that a structure is known by its first character alone.
 */
export const damage = (contract: CollectionContract, isRead: boolean): Sql => {
  const branches = plainTexts(contract).flatMap((column) => {
    const value = quoted(column.name)
    const structured = `{${column.name}`
    return [
      sql`WHEN contains(${value}, chr(0)) THEN CASE WHEN ${value} = ${structure} THEN ${structured} ELSE ${column.name} END`,
      ...(isRead ? [sql`WHEN unicode(${value}) IN (91, 123) AND json_valid(${value}) THEN ${structured}`] : [])
    ]
  })
  return branches.length === 0 ? sql`NULL::VARCHAR` : sql`CASE ${joined(branches, "\n    ")} END`
}

/** The fault of a row: the first column that does not fit the contract, and why; never the value of a personal one. */
export const faultOf = (contract: CollectionContract): Sql => {
  const fault = (column: ColumnContract, condition: Sql, say: Sql): Sql =>
    sql`WHEN ${condition} THEN {'rule': ${`contract:${column.name}`}, 'say': ${say}}`
  const branches = contract.columns.flatMap((column) => {
    const value = wireColumn(column)
    const isUnreadable = sql`${value} IS NOT NULL AND ${quoted(column.name)} IS NULL`
    const checks: Array<Sql> = []
    if (column.required === true)
      checks.push(fault(column, sql`${value} IS NULL`, toldInSql("record.missing-column", { field: column.name })))
    if (column.values !== undefined) {
      const known = column.values.join(", ")
      checks.push(
        fault(
          column,
          isUnreadable,
          toldInSql("record.none-of", {
            field: column.name,
            values: column.personal === true ? known : sql`${`${known}: `} || left(${value}, 40)`
          })
        )
      )
    } else if (
      column.kind === "boolean" ||
      column.kind === "number" ||
      column.kind === "date" ||
      column.kind === "timestamp"
    ) {
      checks.push(
        fault(
          column,
          isUnreadable,
          toldInSql("record.no-kind", { field: column.name, kind: column.kind, length: sql`length(${value})` })
        )
      )
    }
    return checks
  })
  const damaged = sql`ltrim(_damaged, '{')`
  return sql`CASE WHEN _unreadable IS NOT NULL THEN {'rule': 'contract:record', 'say': _unreadable}
    WHEN _damaged IS NOT NULL THEN {'rule': 'contract:' || ltrim(_damaged, '{'), 'say': CASE WHEN starts_with(_damaged, '{') THEN ${toldInSql("record.structure", { field: damaged })} ELSE ${toldInSql("record.nul", { field: damaged })} END}
    ${joined(branches, "\n    ")} END::STRUCT(rule VARCHAR, say VARCHAR)`
}

/** Condition that a landed row has the fault of a structure in place of a text. */
export const holdsAStructure = sql`ends_with(_fault.say, ${tell("record.structure", { field: "" })})`
