import type { CollectionContract } from "../core/ports/contracts.ts"
import { offeredTo } from "./check-connections.ts"
import type { Definition, LoadEntityDefinition } from "./definition.ts"
import { entityOrder } from "./entity-order.ts"
import type { Offer } from "./offer.ts"

/**
 * A definition as it is carried out: entities and loads in dependency order, each load with what its resource demands, and
 * what its connections offer, with the columns of what is `used`. Complains of nothing, for `check.ts` does: where that
 * found an error it is good for further complaints alone.
 */
export const resolve = (
  definition: Definition,
  offer: Offer,
  used: ReadonlyMap<string, CollectionContract>
): Definition => {
  const offered = offeredTo(definition, offer)
  const { order } = entityOrder(definition)
  const byName = new Map(definition.entities.map((entity) => [entity.name, entity]))
  return {
    ...definition,
    used,
    collections: new Map([...offered.collections, ...used]),
    resources: offered.resources,
    entities: order.flatMap((name) => byName.get(name) ?? []),
    load: {
      ...definition.load,
      entities: order
        .flatMap((name) => definition.load.entities.filter((load) => load.entity === name))
        .map((load) => withDemands(load, offered))
    }
  }
}

/** A load with what the target demands of its fields. */
const withDemands = (load: LoadEntityDefinition, { resources }: Offer): LoadEntityDefinition => {
  const fields = resources.get(load.resource)?.fields ?? []
  return {
    ...load,
    required: fields.filter((field) => field.required).map((field) => field.name),
    unique: fields.filter((field) => field.unique === true).map((field) => field.name),
    contested: fields.flatMap(({ contestedWithin, name, unique }) =>
      unique === true || contestedWithin !== undefined ? [{ field: name, within: contestedWithin ?? [] }] : []
    )
  }
}
