import type { EntityDefinition, SqlText } from "./definition.ts"
import type { ReadExpression } from "./expression-trees.ts"

interface Known {
  /** Columns by relation. */
  readonly columns: ReadonlyMap<string, ReadonlyArray<string>>
  readonly readOf: (sql: SqlText) => ReadExpression
}

/**
 * Whether every join of an entity names, by alias and column, only what stands before it and its own relation, so that each
 * name means the same however much more is in reach. Where that cannot be told by the names alone, it is not so.
 */
export const namesOnlyBefore = (
  { each, from, joins }: Pick<EntityDefinition, "each" | "from" | "joins">,
  known: Known
): boolean => {
  const lists = new Set(each.map(({ alias }) => alias))
  const reach = new Map([
    ["run", "run"],
    [from.alias, from.relation]
  ])
  return joins.every((join) => {
    reach.set(join.alias, join.relation)
    return known
      .readOf(join.on)
      .columns.every(
        ([alias = "", column, ...inner]) =>
          (lists.has(alias) && column === undefined) ||
          (column !== undefined &&
            !lists.has(alias) &&
            inner.length === 0 &&
            known.columns.get(reach.get(alias) ?? "")?.includes(column) === true)
      )
  })
}
