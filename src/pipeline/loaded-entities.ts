import type { Definition, EntityDefinition, GuardLimits, LoadEntityDefinition } from "./definition.ts"
import { ledgerTable } from "./relations.ts"

/** An entity that is written to the target: what the definition says of it, and how its rows are kept. */
export interface LoadedEntity {
  readonly name: string
  readonly definition: EntityDefinition
  readonly load: LoadEntityDefinition
  /** Names of its durable tables: what was last written, what is wanted, what was wanted. */
  readonly tables: { readonly ledger: string; readonly snapshot: string; readonly history: string }
  /** Every field, in the definition's order. */
  readonly fields: ReadonlyArray<string>
  /** Fields whose change is worth a step: not those kept in state only, written once and never again, or sent along. */
  readonly compared: ReadonlyArray<string>
  /** Its ref fields, with the entities to whose records each may point. */
  readonly refs: ReadonlyArray<{ readonly field: string; readonly entities: ReadonlyArray<string> }>
}

/** The loaded entities of a definition, what is referred to first. */
export const loadedEntitiesOf = (definition: Definition): ReadonlyArray<LoadedEntity> =>
  definition.load.entities.map((load) => {
    const entity = definition.entities.find((one) => one.name === load.entity)
    if (entity === undefined) throw new Error(`load names ${load.entity}, which the definition does not hold`)
    const fields = entity.fields.map((field) => field.name)
    const suffix = `${definition.name}_${load.entity}`
    return {
      name: load.entity,
      definition: entity,
      load,
      tables: {
        ledger: ledgerTable(definition.name, load.entity),
        snapshot: `snapshot_${suffix}`,
        history: `history_${suffix}`
      },
      fields,
      compared: fields.filter(
        (field) =>
          !load.stateOnly.includes(field) && !load.sentAlong.includes(field) && load.overwrite.get(field) !== "never"
      ),
      refs: entity.fields.flatMap((field) =>
        field.kind === "ref" ? [{ field: field.name, entities: field.entities }] : []
      )
    }
  })

/** The limits of each entity, as a plan names them. */
export const guardsOf = (definition: Definition): Readonly<Record<string, GuardLimits>> =>
  Object.fromEntries(definition.load.entities.map((load) => [load.entity, load.guards]))
