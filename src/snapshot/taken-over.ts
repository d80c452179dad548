import * as Effect from "effect/Effect"
import { changes } from "../state/change-set.ts"
import { about, all, joined, name as quoted, type Sql, sql } from "../core/sql.ts"
import { countRows, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { differingFields } from "./change.ts"
import { desiredView } from "../pipeline/relations.ts"
import type { LoadedEntity } from "../pipeline/loaded-entities.ts"
import { struct } from "../state/tables.ts"
import type { Doing } from "../core/doing.ts"
import { previousTable, takenOverTable } from "./tables.ts"
import { emptied, made } from "../core/table.ts"
import { toldInSql } from "../core/told.ts"

/**
 * Records that the source gives under another key than before. What stands at the target stays, and goes over to the new
 * key: an `update` (or a `restore`, where it was removed before) under the previous remote id, in place of a create and a
 * removal. The table `taken_over` maps the previous names to those of now, as `entity:key`; `kept` = it was counted among
 * what is gone and stays.
 */
export const prepareTakenOver: Effect.Effect<void, WarehouseError, Warehouse> = Effect.flatMap(Warehouse, (warehouse) =>
  warehouse.execute(sql`${emptied(takenOverTable)}`)
)

/**
 * Works on the table `candidate`, made for one field of `match_existing`: a new record takes over what stands under a key that
 * is no longer wanted, when the fields of one list of its `rekey` agree, or all those of `match_existing` where there
 * are several; a roster cannot be compared with one that is gone, so that a record that has one needs the latter.
 * Otherwise it may be somebody else's, and the step becomes `unknown`.
 */
export const takeOverBy = Effect.fn("snapshot.take-over")(function* (
  entity: LoadedEntity,
  field: string
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const { entity: name, matchExisting } = entity.load
  const lists = entity.load.rekey?.shared === null ? entity.load.rekey.match : []
  const values = new Set(entity.definition.fields.flatMap((one) => (one.kind === "value" ? [one.name] : [])))
  const agree = (fields: ReadonlyArray<string>): Sql =>
    sql`(${all(fields.map((one) => sql`lower(t.after->>${one}) IS NOT DISTINCT FROM lower(g.${quoted(one)})`))})`
  const sure = [
    ...(matchExisting.length < 2 ? [] : [agree(matchExisting)]),
    // A record that a ref names may have another key itself: that is seen where both stand, before.
    ...lists.filter((list) => list.every((one) => values.has(one))).map(agree)
  ]
  yield* warehouse.execute(sql`${about(`${name} whose ${field} stands under a key that is no longer wanted; grain: one row per key`)}${made(previousTable)}
SELECT key, min(owner) AS previous, count(DISTINCT remote_id) AS matches FROM candidate
WHERE owner_entity = ${name} AND remote_id NOT IN (SELECT remote_id FROM owner WHERE wanted) GROUP BY key`)
  yield* warehouse.execute(sql`${about(`${name} that take over what stands`)}${takeOver(
    entity,
    sql`f.matches = 1 AND (${joined(sure, " OR ", sql`false`)})`,
    toldInSql("step.known-before", { key: sql`g.key`, field })
  )};
${changes.set(
  {
    action: sql`'unknown'`,
    reason: toldInSql("step.perhaps-known-before", { field, former: sql`f.previous` })
  },
  sql`t.entity = ${name} AND t.key = f.key AND t.action = 'create'`,
  sql`previous AS f`
)}`)
})

/**
 * Lets the rows of an entity that is known by its refs alone, an enrollment say, go over with the records to which they
 * refer.
 */
export const followTakenOver = Effect.fn("snapshot.follow-taken-over")(function* (
  entity: LoadedEntity
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const refs = entity.definition.fields.filter((field) => field.kind === "ref").map((field) => field.name)
  if (refs.length === 0 || (yield* countRows(sql`FROM taken_over`)) === 0) return
  const name = entity.load.entity
  const known = refs.map((ref, index) => ({ ref, previous: quoted(`r${index}`), now: quoted(`ref_${index}`) }))
  const columns = known.map(({ ref, previous, now }) => sql`, coalesce(${previous}.now, g.${quoted(ref)}) AS ${now}`)
  const joins = known.map(
    ({ ref, previous }) => sql`LEFT JOIN taken_over AS ${previous} ON ${previous}.previous = g.${quoted(ref)}`
  )
  const went = known.map(({ previous }) => sql`${previous}.now IS NOT NULL`)
  const agree = known.map(({ ref, now }) => sql`(c.after->>${ref}) IS NOT DISTINCT FROM g.${now}`)
  yield* warehouse.execute(sql`${about(`${name} of what is known under another key now; grain: one row per key`)}${made(previousTable)}
SELECT c.key, min(g.key) AS previous, count(*) AS matches
FROM ${changes.table} AS c JOIN (
  SELECT g.key${joined(columns, "")}
  FROM ${quoted(entity.tables.ledger)} AS g ${joined(joins, " ")}
  WHERE g.presence <> 'gone' AND (${joined(went, " OR ")})
    AND g.key NOT IN (SELECT key FROM ${quoted(desiredView(name))})
) AS g ON ${all(agree)}
WHERE c.entity = ${name} AND c.action = 'create' GROUP BY c.key;
${takeOver(entity, sql`f.matches = 1`, toldInSql("step.went-over", { key: sql`g.key` }))}`)
  yield* noteTakenOver(entity, sql`SELECT key FROM previous`)
})

/** Notes which of the new keys took something over, and leaves the removals under their previous keys out of the plan. */
export const noteTakenOver = Effect.fn("snapshot.note-taken-over")(function* (
  entity: LoadedEntity,
  newKeys: Sql
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const { entity: name } = entity.load
  const of = sql`${`${name}:`}`
  yield* warehouse.execute(sql`${about(`${name} that are known under another key now`)}INSERT INTO taken_over SELECT ${of} || g.key, ${of} || c.key, ${of} || g.key IN (SELECT name FROM kept_gone)
FROM ${changes.table} AS c JOIN ${quoted(entity.tables.ledger)} AS g ON g.remote_id = c.remote_id AND g.key <> c.key
WHERE c.entity = ${name} AND c.action IN ('update', 'restore') AND c.key IN (${newKeys});
${changes.remove(sql`t.entity = ${name} AND t.after IS NULL AND ${of} || t.key IN (SELECT previous FROM taken_over)`)}`)
})

/** A removal that followed from one that is no longer made is a step of its own again. */
export const releaseTakenOver: Effect.Effect<void, WarehouseError, Warehouse> = Effect.flatMap(Warehouse, (warehouse) =>
  warehouse.execute(
    sql`${about("removals that followed from those of previous keys")}${changes.set(
      { implied_by: sql`NULL` },
      sql`t.implied_by IN (SELECT previous FROM taken_over)`
    )}`
  )
)

/** The table `previous`, as `f`, maps new keys to previous ones; `g` is the ledger's row of the previous key. */
const takeOver = (entity: LoadedEntity, condition: Sql, reason: Sql): Sql =>
  changes.set(
    {
      action: sql`CASE WHEN g.presence = 'present' AND g.leaving IS NOT TRUE THEN 'update' ELSE 'restore' END`,
      remote_id: sql`g.remote_id`,
      before: struct(entity, "g"),
      changed: differingFields(
        entity.compared,
        (field) => sql`(t.after->>${field}) IS DISTINCT FROM g.${quoted(field)}`
      ),
      reason
    },
    sql`t.entity = ${entity.load.entity} AND t.key = f.key AND t.action = 'create' AND ${condition}`,
    sql`previous AS f JOIN ${quoted(entity.tables.ledger)} AS g ON g.key = f.previous`
  )
