import type { PlanPart } from "../core/plan-part.ts"
import { joined, name as quoted, type Sql, sql, texts } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { datasetTable, ledgerTable } from "../pipeline/relations.ts"

/** An entity of another pipeline, whose ledger is read as a dataset. */
interface UsedEntity {
  readonly entity: string
  readonly pipeline: string
}

/** Conditions on the rows of a used entity, by their alias: that they belong to the schools and sections that a run looks at. */
export const inPart = (
  definition: Definition,
  used: UsedEntity,
  alias: Sql,
  { schools, sections }: PlanPart
): ReadonlyArray<Sql> => [
  ...inScope(definition, sql`${alias}.school`, schools),
  ...inSections(definition, used, alias, sections)
]

/** As `inScope`, of sections; a course is also in those that refer to it: it may hold several. */
const inSections = (
  definition: Definition,
  { entity, pipeline }: UsedEntity,
  alias: Sql,
  wanted: ReadonlyArray<string>
): ReadonlyArray<Sql> => {
  const own = inScope(definition, sql`${alias}.section`, wanted)
  const below = definition.datasets.flatMap(({ mode, name }) => {
    const columns = definition.used.get(name)?.columns.map((column) => quoted(column.name)) ?? []
    return mode.kind === "ledger" && mode.pipeline === pipeline && mode.entity !== entity && columns.length > 0
      ? inScope(definition, sql`below.section`, wanted).map(
          (condition) =>
            sql`${`${entity}:`} || ${alias}.key IN (SELECT unnest([${joined(columns, ", ")}]) FROM ${quoted(datasetTable(name))} AS below WHERE ${condition})`
        )
      : []
  })
  return own.length === 0 ? [] : [sql`(${joined([...own, ...below], " OR ")})`]
}

/** Whether a school or section is one of those wanted, by SIS id or by the name of the record whose key it is. */
const inScope = (definition: Definition, column: Sql, wanted: ReadonlyArray<string>): ReadonlyArray<Sql> => {
  if (wanted.length === 0) return []
  const named = definition.datasets.flatMap(({ mode }) =>
    // A pipeline may have no records of its own yet; schools and sections are those of others.
    mode.kind === "ledger" && mode.pipeline !== definition.name
      ? [
          sql`SELECT key FROM ${quoted(ledgerTable(mode.pipeline, mode.entity))} WHERE list_contains(${texts(wanted.map((name) => name.toLowerCase()))}, lower(label)) AND (key = _school OR key = _section)`
        ]
      : []
  )
  return [sql`(list_contains(${texts(wanted)}, ${column}) OR ${column} IN (${joined(named, " UNION ALL ")}))`]
}
