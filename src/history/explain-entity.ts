import type { Definition } from "../pipeline/definition.ts"
import { dependenciesOf } from "../pipeline/references.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import { entityStatement } from "../transform/entity.ts"

/** How an entity comes about. */
export interface EntityExplanation {
  readonly entity: string
  readonly describe: string
  /** The one statement that makes it. */
  readonly statement: string
  /** Datasets and entities on which it rests, directly or through others; what comes first in a run stands first. */
  readonly reads: ReadonlyArray<string>
  /** Entities that rest on it. */
  readonly feeds: ReadonlyArray<string>
  /** The target's resource as which it is written; null for an entity that is written nowhere. */
  readonly resource: string | null
}

/** The statement and lineage of one entity; null where the definition has none of that name. */
export const explainEntity = (
  definition: Definition,
  contracts: ReadonlyMap<string, CollectionContract>,
  name: string
): EntityExplanation | null => {
  const entity = definition.entities.find((one) => one.name === name)
  if (entity === undefined) return null
  const relations = [...definition.datasets, ...definition.entities].map((one) => one.name)
  const below = restsOn(definition, name)
  return {
    entity: name,
    describe: entity.describe,
    statement: entityStatement(definition, entity, contracts).text,
    reads: relations.filter((relation) => below.has(relation)),
    feeds: definition.entities.flatMap((other) => (restsOn(definition, other.name).has(name) ? [other.name] : [])),
    resource: definition.load.entities.find((load) => load.entity === name)?.resource ?? null
  }
}

/** Names of everything an entity rests on, without itself. */
const restsOn = (definition: Definition, name: string): ReadonlySet<string> => {
  const found = new Set<string>()
  const visit = (current: string): void => {
    const entity = definition.entities.find((one) => one.name === current)
    for (const dependency of entity === undefined ? [] : dependenciesOf(entity)) {
      if (found.has(dependency)) continue
      found.add(dependency)
      visit(dependency)
    }
  }
  visit(name)
  return found
}
