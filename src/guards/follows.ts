import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { isRemoval, isUpdate } from "../snapshot/actions.ts"
import { type LoadedEntity, loadedEntitiesOf } from "../state/tables.ts"
import { withholdWhere } from "./withhold.ts"

/** Removals of what refers to a record whose removal is held are of one cause with it, and wait under its hold. */
export const withholdReferring: (definition: Definition) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn(
  "snapshot.withhold-referring"
)(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  if (!(yield* holdsRemovals)) return
  // What is referred to stands first, so that one pass reaches the last of a chain.
  for (const { definition: entity } of loadedEntitiesOf(definition)) {
    for (const field of entity.fields) {
      if (field.kind !== "ref") continue
      yield* warehouse.execute(`-- removals of ${entity.name} whose ${field.name} is withheld from removal
UPDATE change SET hold = cause.hold FROM (
  SELECT entity || ':' || key AS name, hold FROM change WHERE hold IS NOT NULL AND ${isRemoval}
) AS cause
WHERE change.entity = ${literal(entity.name)} AND change.hold IS NULL AND change.${isRemoval}
  AND (change.before->>${literal(field.name)}) = cause.name`)
    }
  }
})

/**
 * Withholds the updates of an entity whose values may come from records that are gone and whose removal is held: while
 * the teacher stays, the course keeps the teacher's name. `causes` are the entities from whose rows its values come.
 * They are looked for in the sections, and for what belongs to none in the schools, of the held removals and of all
 * that refers to their records.
 */
export const withholdFollowing: (
  id: string,
  entity: string,
  causes: ReadonlyArray<string>,
  definition: Definition
) => Effect.Effect<number, WarehouseError, Warehouse> = Effect.fn("snapshot.withhold-following")(function* (
  id: string,
  entity: string,
  causes: ReadonlyArray<string>,
  definition: Definition
) {
  const warehouse = yield* Warehouse
  if (causes.length === 0 || !(yield* holdsRemovals)) return 0
  const scopes = causes.flatMap((cause) => scopesOf(cause, loadedEntitiesOf(definition)))
  yield* warehouse.execute(`-- where removals are held that ${entity} may follow; grain: one row per section
CREATE OR REPLACE TEMP TABLE held_scope AS ${scopes.join("\nUNION ")}`)
  return yield* withholdWhere(
    id,
    `${entity} that may follow from held removals`,
    `entity = ${literal(entity)} AND ${isUpdate}
  AND CASE WHEN section IS NULL THEN school IN (SELECT school FROM held_scope) ELSE section IN (SELECT section FROM held_scope) END`
  )
})

const scopesOf = (cause: string, all: ReadonlyArray<LoadedEntity>): ReadonlyArray<string> => {
  const held = `FROM change WHERE entity = ${literal(cause)} AND hold IS NOT NULL AND ${isRemoval}`
  return [
    `SELECT section, school ${held}`,
    ...all.flatMap((other) =>
      other.definition.fields.flatMap((field) =>
        field.kind === "ref" && field.entities.includes(cause)
          ? [
              `SELECT _section, _school FROM ${identifier(other.tables.ledger)} WHERE presence = 'present' AND ${identifier(field.name)} IN (SELECT ${literal(`${cause}:`)} || key ${held})`
            ]
          : []
      )
    )
  ]
}

const holdsRemovals = Effect.flatMap(Warehouse, (warehouse) =>
  Effect.map(
    warehouse.rows(`SELECT 1 FROM change WHERE hold IS NOT NULL AND ${isRemoval} LIMIT 1`),
    (rows) => rows.length > 0
  )
)

/** Withholds what may be a record known before, and may be another one; gives how many. */
export const withholdUnsure = (id: string, entity: string): Effect.Effect<number, WarehouseError, Warehouse> =>
  withholdWhere(
    id,
    `${entity} gone and new that may be the same`,
    `entity = ${literal(entity)} AND action NOT IN ('update', 'rekey')
  AND key IN (SELECT key FROM unsure_rekey WHERE entity = ${literal(entity)})`
  )
