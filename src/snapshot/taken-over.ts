import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { desiredView, differingFields, struct } from "./change.ts"
import type { LoadedEntity } from "../state/tables.ts"

/**
 * Records that the source gives under another key than before. What stands at the target stays, and goes over to the new
 * key: an `update` (or a `restore`, where it was removed before) under the former remote id, in place of a create and a
 * removal. The table `taken_over` maps the former names to those of now, as `entity:key`; `kept` = it was counted among
 * what is gone and stays.
 */
export const prepareTakenOver: Effect.Effect<void, WarehouseError, Warehouse> = Effect.flatMap(Warehouse, (warehouse) =>
  warehouse.execute("CREATE OR REPLACE TEMP TABLE taken_over (former VARCHAR, now VARCHAR, kept BOOLEAN)")
)

/**
 * Of the table `candidate`, made for one field of `match_existing`: a new record takes over what stands under a key that
 * is no longer wanted, when the fields of one list of its `rekey` agree, or all those of `match_existing` where there
 * are several; a roster cannot be compared with one that is gone, so that a record that has one needs the latter.
 * Otherwise it may be somebody else's, and the step becomes `unknown`.
 */
export const takeOverBy: (entity: LoadedEntity, field: string) => Effect.Effect<void, WarehouseError, Warehouse> =
  Effect.fn("snapshot.take-over")(function* (entity: LoadedEntity, field: string) {
    const warehouse = yield* Warehouse
    const { entity: name, matchExisting } = entity.load
    const lists = entity.load.rekey?.shared === null ? entity.load.rekey.match : []
    const values = new Set(entity.definition.fields.flatMap((one) => (one.kind === "value" ? [one.name] : [])))
    const agree = (fields: ReadonlyArray<string>): string =>
      `(${fields.map((one) => `lower(change.after->>${literal(one)}) IS NOT DISTINCT FROM lower(g.${identifier(one)})`).join(" AND ")})`
    const sure = [
      ...(matchExisting.length < 2 ? [] : [agree(matchExisting)]),
      // What a ref names may have another key itself: that is seen where both stand, before.
      ...lists.filter((list) => list.every((one) => values.has(one))).map(agree)
    ]
    yield* warehouse.execute(`-- ${name} whose ${field} stands under a key that is no longer wanted; grain: one row per key
CREATE OR REPLACE TEMP TABLE former AS
SELECT key, min(owner) AS former, count(DISTINCT remote_id) AS matches FROM candidate
WHERE owner_entity = ${literal(name)} AND remote_id NOT IN (SELECT remote_id FROM owner WHERE wanted) GROUP BY key`)
    yield* warehouse.execute(`-- ${name} that take over what stands
${takeOver(entity, "former", `f.matches = 1 AND (${sure.join(" OR ") || "false"})`, `'known as ' || g.key || ' before, by its ${field}'`)};
UPDATE change SET action = 'unknown',
  reason = ${literal(`its ${field} is that of `)} || f.former || ', no longer wanted, and whether they are one is not certain'
FROM former AS f WHERE change.entity = ${literal(name)} AND change.key = f.key AND change.action = 'create'`)
  })

/** Of an entity that is known by its refs alone, an enrollment say: it goes over with what it refers to. */
export const followTakenOver: (entity: LoadedEntity) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn(
  "snapshot.follow-taken-over"
)(function* (entity: LoadedEntity) {
  const warehouse = yield* Warehouse
  const refs = entity.definition.fields.filter((field) => field.kind === "ref").map((field) => field.name)
  const [any] = yield* warehouse.rows("SELECT 1 FROM taken_over LIMIT 1")
  if (any === undefined || refs.length === 0) return
  const name = entity.load.entity
  yield* warehouse.execute(`-- ${name} of what is known under another key now; grain: one row per key
CREATE OR REPLACE TEMP TABLE former AS
SELECT c.key, min(g.key) AS former, count(*) AS matches
FROM change AS c JOIN (
  SELECT g.key, ${refs.map((ref, index) => `coalesce(r${index}.now, g.${identifier(ref)}) AS ref_${index}`).join(", ")}
  FROM ${identifier(entity.tables.ledger)} AS g ${refs.map((ref, index) => `LEFT JOIN taken_over AS r${index} ON r${index}.former = g.${identifier(ref)}`).join(" ")}
  WHERE g.presence <> 'gone' AND (${refs.map((_, index) => `r${index}.now IS NOT NULL`).join(" OR ")})
    AND g.key NOT IN (SELECT key FROM ${identifier(desiredView(name))})
) AS g ON ${refs.map((ref, index) => `(c.after->>${literal(ref)}) IS NOT DISTINCT FROM g.ref_${index}`).join(" AND ")}
WHERE c.entity = ${literal(name)} AND c.action = 'create' GROUP BY c.key;
${takeOver(entity, "former", "f.matches = 1", "'known as ' || g.key || ' before'")}`)
  yield* settleTakenOver(entity, "SELECT key FROM former")
})

/** Notes which of the new keys took something over, and leaves the removals under their former keys out of the plan. */
export const settleTakenOver: (
  entity: LoadedEntity,
  newKeys: string
) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn("snapshot.settle-taken-over")(function* (
  entity: LoadedEntity,
  newKeys: string
) {
  const warehouse = yield* Warehouse
  const name = entity.load.entity
  yield* warehouse.execute(`-- ${name} that are known under another key now
INSERT INTO taken_over SELECT ${literal(`${name}:`)} || g.key, ${literal(`${name}:`)} || c.key, ${literal(`${name}:`)} || g.key IN (SELECT name FROM kept_gone)
FROM change AS c JOIN ${identifier(entity.tables.ledger)} AS g ON g.remote_id = c.remote_id AND g.key <> c.key
WHERE c.entity = ${literal(name)} AND c.action IN ('update', 'restore') AND c.key IN (${newKeys});
DELETE FROM change WHERE entity = ${literal(name)} AND after IS NULL AND ${literal(`${name}:`)} || key IN (SELECT former FROM taken_over)`)
})

/** A removal that followed from one that is no longer made is a step of its own again. */
export const releaseTakenOver: Effect.Effect<void, WarehouseError, Warehouse> = Effect.flatMap(Warehouse, (warehouse) =>
  warehouse.execute(`-- removals that followed from those of former keys
UPDATE change SET implied_by = NULL WHERE implied_by IN (SELECT former FROM taken_over)`)
)

/** `f` maps new keys to former ones; `g` is the ledger's row of the former. */
const takeOver = (entity: LoadedEntity, mapping: string, condition: string, reason: string): string => {
  const changed = differingFields(
    entity.compared,
    (field) => `(change.after->>${literal(field)}) IS DISTINCT FROM g.${identifier(field)}`
  )
  return `UPDATE change SET action = CASE WHEN g.presence = 'present' AND g.leaving IS NOT TRUE THEN 'update' ELSE 'restore' END, remote_id = g.remote_id,
  before = ${struct(entity, "g")}, changed = ${changed},
  reason = ${reason}
FROM ${mapping} AS f JOIN ${identifier(entity.tables.ledger)} AS g ON g.key = f.former
WHERE change.entity = ${literal(entity.load.entity)} AND change.key = f.key AND change.action = 'create' AND ${condition}`
}
