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
    // Of what people keep in files, and of what is read part by part, several rows may have one key.
    const isOnePerKey = dataset?.mode.kind === "ledger" || (dataset?.mode.kind === "whole" && dataset.parts === null)
    return dataset !== undefined && isOnePerKey ? (contracts.get(dataset.endpoint)?.key ?? null) : null
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
        isByKey(join.on.sql, join.alias, keyOf(join.relation))
    )
  )
}

/** A condition that one row of a relation can meet: its key is a column, or a function of one, whatever else must be so. */
const isByKey = (on: string, alias: string, key: string | null): boolean => {
  const operand = String.raw`(?:\w+\.\w+|\w+\(\w+\.\w+\))`
  const [, one = "", other = "", rest = ""] =
    new RegExp(String.raw`^\s*(${operand})\s*=\s*(${operand})\s*(AND\b[^]*)?$`).exec(on) ?? []
  const isOwn = (side: string): boolean => key !== null && side === `${alias}.${key}`
  const isAnothers = (side: string): boolean => side !== "" && !new RegExp(String.raw`\b${alias}\.`).test(side)
  const isFound = (isOwn(one) && isAnothers(other)) || (isOwn(other) && isAnothers(one))
  // An OR may open the condition to other rows.
  return isFound && !/\bOR\b/i.test(rest)
}
