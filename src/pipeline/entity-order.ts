import type { Definition, EntityDefinition } from "./definition.ts"
import { dependenciesOf } from "./references.ts"

/** Entities by name, in an order in which each comes after what it needs, and those that need themselves. */
export interface EntityOrder {
  /** Otherwise they keep the order of the file. */
  readonly order: ReadonlyArray<string>
  /** An entity, and the way on which it comes back to one that stands on it already. */
  readonly circles: ReadonlyArray<{ readonly entity: string; readonly way: ReadonlyArray<string> }>
}

export const entityOrder = (definition: Definition): EntityOrder => {
  const byName = new Map(definition.entities.map((entity) => [entity.name, entity]))
  const order = new Set<string>()
  const circles: Array<EntityOrder["circles"][number]> = []
  const visit = (entity: EntityDefinition, trail: ReadonlyArray<string>): void => {
    if (order.has(entity.name)) return
    for (const name of dependenciesOf(entity)) {
      const next = byName.get(name)
      if (next === undefined) continue
      if (trail.includes(name)) circles.push({ entity: entity.name, way: [...trail, name] })
      else visit(next, [...trail, name])
    }
    order.add(entity.name)
  }
  for (const entity of definition.entities) visit(entity, [entity.name])
  return { order: [...order], circles }
}
