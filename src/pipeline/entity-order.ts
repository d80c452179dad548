import type { Definition, EntityDefinition } from "./definition.ts"
import type { Path } from "./source-file.ts"
import { dependenciesOf } from "./walk.ts"

type Complain = (place: Path, message: string, hint?: string, options?: { readonly key?: boolean }) => void

/** Names in an order in which each comes after what it needs; what was written first stays first otherwise. */
export const sortByDependency = (definition: Definition, complain: Complain): ReadonlyArray<string> => {
  const byName = new Map(definition.entities.map((entity) => [entity.name, entity]))
  const order = new Set<string>()
  const visit = (entity: EntityDefinition, trail: ReadonlyArray<string>): void => {
    if (order.has(entity.name)) return
    for (const name of dependenciesOf(entity)) {
      const next = byName.get(name)
      if (next === undefined) continue
      if (trail.includes(name)) {
        complain(
          ["transform", "entities", entity.name],
          `${name} is made from itself: ${[...trail, name].join(" > ")}`,
          "",
          { key: true }
        )
        continue
      }
      visit(next, [...trail, name])
    }
    order.add(entity.name)
  }
  for (const entity of definition.entities) visit(entity, [entity.name])
  return [...order]
}
