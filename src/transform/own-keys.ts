import type { Definition, EntityDefinition } from "../pipeline/definition.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"

/**
 * Whether no two kept rows of an entity can have one key, by what its definition says: it takes the key of what it starts from,
 * of which there is one row per key, and no list or join makes several rows of one. To count the different keys of a district
 * takes as long as half of what makes its rows.
 *
 * `isSingle`: whether an entity has one row at most, so that a join with it makes no second one.
 */
export const hasOwnKeys = (
  definition: Definition,
  entity: EntityDefinition,
  contracts: ReadonlyMap<string, CollectionContract>,
  isSingle: (entity: string) => boolean
): boolean => {
  const keyOf = (relation: string): string | null => {
    if (definition.entities.some((one) => one.name === relation)) return "key"
    const dataset = definition.datasets.find((one) => one.name === relation)
    // Several rows may have one key where people keep them in files, and where they are read part by part.
    const isOnePerKey = dataset?.mode.kind === "ledger" || (dataset?.mode.kind === "whole" && dataset.parts === null)
    return dataset !== undefined && isOnePerKey ? (contracts.get(dataset.endpoint)?.key ?? null) : null
  }
  /** Whether a column is known to hold text: the engine would cast keys to a number, and take 1 and 01 for the same. */
  const isText = (side: string): boolean => {
    const [alias = "", column = ""] = side.split(".")
    const found = [entity.from, ...entity.joins].find((one) => one.alias === alias)?.relation
    const other = definition.entities.find((one) => one.name === found)
    if (other !== undefined) {
      return column === "key" || other.fields.some((field) => field.name === column && field.kind === "ref")
    }
    const contract = contracts.get(definition.datasets.find((one) => one.name === found)?.endpoint ?? "")
    const kind = contract?.columns.find((one) => one.name === column)?.kind
    return kind === "text" || kind === "ref"
  }
  const { alias, relation } = entity.from
  const key = keyOf(relation)
  const isTaken =
    key !== null &&
    entity.key.kind === "sql" &&
    entity.key.sql.sql.trim() === `${alias}.${key}` &&
    entity.each.length === 0 &&
    entity.alsoFrom.length === 0
  return (
    isTaken &&
    entity.joins.every(
      (join) =>
        (isSingle(join.relation) && join.on.sql.trim() === "true") ||
        isByKey(join.on.sql, `${join.alias}.${keyOf(join.relation) ?? ""}`, isText)
    )
  )
}

/** A condition that one row of a relation can meet: its key is the text of a column of another, whatever else must be so. */
const isByKey = (on: string, key: string, isText: (column: string) => boolean): boolean => {
  const operand = String.raw`(?:\w+\.\w+|(?:lower|upper|trim)\(\w+\.\w+\))`
  const [, one = "", other = "", rest = ""] =
    new RegExp(String.raw`^\s*(${operand})\s*=\s*(${operand})\s*(AND\b[^]*)?$`).exec(on) ?? []
  const [alias] = key.split(".")
  const isAnothers = (side: string): boolean => {
    const column = /\w+\.\w+/.exec(side)?.[0] ?? ""
    return column !== "" && !column.startsWith(`${alias}.`) && (column !== side || isText(column))
  }
  const isFound = (one === key && isAnothers(other)) || (other === key && isAnothers(one))
  // An OR may open the condition to other rows.
  return isFound && !/\bOR\b/i.test(rest)
}
