import * as Effect from "effect/Effect"
import { isRemoval, isUpdate } from "../state/actions.ts"
import { changes } from "../state/change-set.ts"
import { about, joined, name as quoted, type Sql, sql } from "../core/sql.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { district, guard, type Night, type Referring } from "./guard.ts"
import type { Doing } from "../core/doing.ts"
import { tell } from "../core/told.ts"

/**
 * Updates of an entity whose values may come from records that are gone and whose removal is held: while the teacher stays,
 * the course keeps the teacher's name. They are looked for in the sections, and for what belongs to none in the schools, of
 * the held removals and of all that refers to their records.
 */
export const upstreamUpdates = guard({
  name: "upstream_updates",
  weighs: "chain",
  describe: "updates whose values may have changed only because a record upstream is gone and held",
  at: "guards",
  keys: {},
  before: (night) => holdReferring(night.entities),
  measure: (entity) => (entity.upstream.length === 0 ? Effect.succeed(false) : changes.has(heldRemovals)),
  trip: (mayFollow, _given, entity) =>
    mayFollow ? [district(entity, 0, 0, tell("hold.upstream-updates", { entity: entity.name }))] : [],
  steps: ({ entity }, _given, night) => {
    const causes = night.entities.find((one) => one.name === entity)?.upstream ?? []
    const scopes = joined(
      causes.flatMap((cause) => scopesOf(cause, night)),
      "\nUNION "
    )
    return sql`t.entity = ${entity} AND ${isUpdate}
  AND CASE WHEN t.section IS NULL THEN t.school IN (SELECT school FROM (${scopes})) ELSE t.section IN (SELECT section FROM (${scopes})) END`
  }
})

const heldRemovals = sql`t.hold IS NOT NULL AND t.${isRemoval}`

const scopesOf = (cause: string, night: Night): ReadonlyArray<Sql> => {
  const held = sql`FROM ${changes.table} WHERE entity = ${cause} AND hold IS NOT NULL AND ${isRemoval}`
  return [
    sql`SELECT section, school ${held}`,
    ...night.entities.flatMap(({ ledger, refs }) =>
      refs
        .filter(({ entities }) => entities.includes(cause))
        .map(
          ({ field }) =>
            sql`SELECT _section, _school FROM ${ledger} WHERE presence = 'present' AND ${quoted(field)} IN (SELECT ${`${cause}:`} || key ${held})`
        )
    )
  ]
}

/** Removals of what refers to a record whose removal is held are of one cause with it, and wait under its hold. */
const holdReferring = Effect.fn("guards.hold-referring")(function* (
  entities: ReadonlyArray<Referring>
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  if (!(yield* changes.has(heldRemovals))) return
  // Entities come after those to which they refer, so that one pass reaches the last of a chain.
  for (const { name, refs } of entities) {
    for (const { field } of refs) {
      yield* warehouse.execute(
        sql`${about(`removals of ${name} whose ${field} is withheld from removal`)}${changes.set(
          { hold: sql`cause.hold` },
          sql`t.entity = ${name} AND t.hold IS NULL AND t.${isRemoval} AND (t.before->>${field}) = cause.name`,
          sql`(SELECT entity || ':' || key AS name, hold FROM ${changes.table} WHERE hold IS NOT NULL AND ${isRemoval}) AS cause`
        )}`
      )
    }
  }
})
