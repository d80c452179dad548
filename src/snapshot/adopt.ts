import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { changes } from "../state/change-set.ts"
import { about, all as allOf, joined, name as quoted, oneOf, type Sql, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { TargetReader } from "../core/ports/target.ts"
import { countRows, Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { busyEntities, differingFields } from "./change.ts"
import { followTakenOver, prepareTakenOver, releaseTakenOver, noteTakenOver, takeOverBy } from "./taken-over.ts"
import { noteNameConflicts, prepareNameConflicts } from "./name-conflicts.ts"
import { asideOf } from "../pipeline/giving-way.ts"
import { desiredView } from "../pipeline/relations.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { candidateTable, existingTable, matchedTable, newcomerTable, ownerTable } from "./tables.ts"
import { emptied, made } from "../core/table.ts"
import { tell, toldInSql } from "../core/told.ts"

/** Beyond so many new records the target's whole list is read instead of a question for each. */
const listInsteadBeyond = 20_000

/**
 * Looks for records that stand at the target already and turns their `create` into `adopt`, matched by the declared
 * fields in their order, without regard to case, and within what the declared refs point to. A record of rollbook's own
 * ledger is never adopted: where its key is no longer wanted, it may go over to the new one (`rekey`). Where several
 * match, or the target could not be asked, the step becomes `unknown`: it is shown, and waits.
 * Gives, in words, what could not be known.
 */
export const findExisting = Effect.fn("snapshot.adopt")(function* (
  definition: Definition
): Doing<ReadonlyArray<string>, WarehouseError, Warehouse | TargetReader> {
  const unknown: Array<string> = []
  const all = loadedEntitiesOf(definition)
  yield* prepareTakenOver
  yield* prepareNameConflicts
  // Entities come after those to which they refer, so that it is known where to look, and what was taken over.
  for (const entity of yield* busyEntities(definition)) {
    if (entity.load.matchExisting.length > 0) unknown.push(...(yield* adoptEntity(definition, entity, all)))
    else yield* followTakenOver(entity)
  }
  yield* releaseTakenOver
  return unknown
})

const Record = Schema.Struct({ remote_id: Text })

const adoptEntity = Effect.fn("snapshot.adopt-entity")(function* (
  definition: Definition,
  entity: LoadedEntity,
  all: ReadonlyArray<LoadedEntity>
) {
  const warehouse = yield* Warehouse
  const reader = yield* TargetReader
  const { entity: name, matchExisting: matchBy, matchWithin: within } = entity.load
  yield* warehouse.execute(newcomersStatement(entity, all))
  const count = yield* countRows(sql`FROM newcomer`)
  if (count === 0) return []
  const known = [...matchBy, ...within]
  const wanted =
    count > listInsteadBeyond && within.length === 0
      ? []
      : yield* warehouse.rows(
          sql`${about(`new ${name}, by what they could be known`)}SELECT ${joined(known.map(quoted), ", ")} FROM newcomer ORDER BY key`,
          Schema.Record({ key: Schema.String, value: TextOrNull })
        )
  const found = yield* Effect.either(
    asideOf(
      definition,
      reader.find({ resource: entity.load.resource, type: entity.load.type, matchBy, within, wanted })
    )
  )
  const isNew = sql`t.entity = ${name} AND t.action = 'create'`
  if (found._tag === "Left") {
    yield* warehouse.execute(
      sql`${about(`${name}: the target could not be asked`)}${becomesUnknown(toldInSql("step.not-asked", {}), isNew)}`
    )
    return [`${tell("unknown.stands", { n: count, entity: name })} ${found.left.message}`]
  }
  yield* warehouse.execute(sql`${emptied(existingTable)}`)
  yield* warehouse.append(
    "existing",
    found.right.map((record) => [record.remoteId, JSON.stringify(record.fields)])
  )
  if (within.length > 0) {
    yield* warehouse.execute(
      sql`${about(`${name} of which it is not known where to look`)}${becomesUnknown(
        toldInSql("step.not-asked-yet", {}),
        sql`${isNew} AND t.key IN (SELECT key FROM newcomer WHERE _unclear)`
      )}`
    )
  }
  if (found.right.length > 0) yield* adoptFound(entity, all)
  const steps = yield* changes.count(sql`t.entity = ${name} AND t.action = 'unknown'`)
  return steps === 0 ? [] : [tell("unknown.which", { n: steps, entity: name })]
})

const becomesUnknown = (reason: Sql, condition: Sql): Sql => changes.set({ action: sql`'unknown'`, reason }, condition)

/** Looks through what the target has, the table `existing`, for the new records of an entity, the table `newcomer`. */
const adoptFound = Effect.fn("snapshot.adopt-found")(function* (
  entity: LoadedEntity,
  all: ReadonlyArray<LoadedEntity>
) {
  const warehouse = yield* Warehouse
  const { entity: name, matchExisting: matchBy } = entity.load
  const isNewcomer = sql`t.entity = ${name} AND t.key IN (SELECT key FROM newcomer)`
  yield* warehouse.execute(ownersStatement(entity, all))
  for (const field of matchBy) {
    yield* warehouse.execute(candidatesStatement(entity, field))
    yield* warehouse.execute(adoptStatements(entity, field))
    yield* takeOverBy(entity, field)
  }
  const twice = sql`SELECT remote_id FROM ${changes.where(sql`t.remote_id IS NOT NULL AND ${isNewcomer}`)} GROUP BY ALL HAVING count(*) > 1`
  const ids = yield* warehouse.rows(sql`${about(`two new ${name} cannot both be the same record`)}${twice}`, Record)
  if (ids.length > 0) {
    yield* warehouse.execute(
      becomesUnknown(
        toldInSql("step.shared", {}),
        sql`${isNewcomer} AND t.remote_id IN (${oneOf(ids.map((one) => one.remote_id))})`
      )
    )
  }
  yield* noteTakenOver(entity, sql`SELECT key FROM newcomer`)
  yield* noteNameConflicts(entity)
})

/** The new records with what they could be known by; what their refs point to as remote ids, null where it does not stand yet. */
const newcomersStatement = (entity: LoadedEntity, all: ReadonlyArray<LoadedEntity>): Sql => {
  const { entity: name, matchExisting, matchWithin } = entity.load
  const places = matchWithin.map((field, index) => {
    const definition = entity.definition.fields.find((one) => one.name === field)
    const targets = definition?.kind === "ref" ? definition.entities : []
    const standing = all
      .filter((one) => targets.includes(one.load.entity))
      .map(
        ({ load, tables }) =>
          sql`SELECT ${`${load.entity}:`} || key AS name, remote_id, false AS unclear FROM ${quoted(tables.ledger)}
    UNION SELECT entity || ':' || key, remote_id, action = 'unknown' FROM ${changes.table}
    WHERE entity = ${load.entity} AND after IS NOT NULL AND (remote_id IS NOT NULL OR action = 'unknown')`
      )
    return {
      field,
      alias: quoted(`place_${index}`),
      ref: sql`(c.after->>${field})`,
      standing: joined(standing, "\n    UNION ")
    }
  })
  const columns = [
    sql`c.key`,
    ...matchExisting.map((field) => sql`c.after->>${field} AS ${quoted(field)}`),
    ...places.map(({ field, alias }) => sql`${alias}.remote_id AS ${quoted(field)}`)
  ]
  const placed = places.map(({ ref, alias }) => sql`(${ref} IS NULL OR ${alias}.remote_id IS NOT NULL)`)
  const unclear = places.map(({ alias }) => sql`coalesce(${alias}.unclear, false)`)
  const joins = places.map(
    ({ alias, ref, standing }) => sql`\nLEFT JOIN (${standing}) AS ${alias} ON ${alias}.name = ${ref}`
  )
  return sql`${about(`new ${name}; grain: one row per key`)}${made(newcomerTable)}
SELECT ${joined(columns, ", ")}, ${allOf(placed)} AS _placed, ${joined(unclear, " OR ", sql`false`)} AS _unclear
FROM ${changes.table} AS c${joined(joins, "")}
WHERE c.entity = ${name} AND c.action = 'create' AND c.key NOT IN (SELECT key FROM unsure_rekey WHERE entity = ${name})`
}

/** Records at the target that rollbook's ledgers own, and whether under a key that is still wanted. */
const ownersStatement = (entity: LoadedEntity, all: ReadonlyArray<LoadedEntity>): Sql =>
  sql`${about("records at the target that are rollbook's already; grain: one row per key")}${made(ownerTable)}
${joined(
  all
    .filter((other) => other.load.resource === entity.load.resource)
    .map(
      ({ load, tables }) =>
        sql`SELECT remote_id, ${load.entity} AS entity, key, key IN (SELECT key FROM ${quoted(desiredView(load.entity))}) AS wanted
FROM ${quoted(tables.ledger)} WHERE remote_id IN (SELECT remote_id FROM existing)`
    ),
  "\nUNION ALL "
)}`

const candidatesStatement = (entity: LoadedEntity, field: string): Sql =>
  sql`${about(`${entity.load.entity}: what the target has under the same ${field}; grain: one row per key, record and owner`)}${made(candidateTable)}
SELECT n.key, e.remote_id, e.fields::JSON AS fields, o.entity AS owner_entity, o.key AS owner
FROM newcomer AS n
JOIN ${changes.table} AS c ON c.entity = ${entity.load.entity} AND c.key = n.key AND c.action = 'create'
JOIN existing AS e ON lower(e.fields::JSON->>${field}) = lower(n.${quoted(field)})${joined(
    entity.load.matchWithin.map((ref) => sql` AND (e.fields::JSON->>${ref}) IS NOT DISTINCT FROM n.${quoted(ref)}`),
    ""
  )}
LEFT JOIN owner AS o ON o.remote_id = e.remote_id
WHERE n._placed`

const adoptStatements = (entity: LoadedEntity, field: string): Sql => {
  const { entity: name } = entity.load
  const differing = differingFields(
    entity.compared.filter((one) => !entity.definition.fields.some(({ name, kind }) => name === one && kind === "ref")),
    (field) =>
      sql`json_exists(m.fields, ${`$."${field}"`}) AND (m.fields->>${field}) IS DISTINCT FROM (t.after->>${field})`
  )
  const matches = sql`m.key = t.key AND t.entity = ${name} AND t.action = 'create'`
  return sql`${about(`${name}: adopt what matches by ${field}; grain of matches: one row per key`)}${made(matchedTable)}
SELECT key, min(remote_id) AS remote_id, count(DISTINCT remote_id) AS matches, any_value(fields)::JSON AS fields
FROM candidate WHERE owner IS NULL GROUP BY key;
${changes.set(
  {
    action: sql`'adopt'`,
    remote_id: sql`m.remote_id`,
    before: sql`m.fields`,
    changed: differing,
    reason: toldInSql("step.adopted", { field })
  },
  sql`${matches} AND m.matches = 1`,
  sql`matched AS m`
)};
${changes.set(
  { action: sql`'unknown'`, reason: toldInSql("step.several", { field }) },
  sql`${matches} AND m.matches > 1`,
  sql`matched AS m`
)}`
}
