import * as Effect from "effect/Effect"
import { changes } from "../state/change-set.ts"
import { about, name as quoted, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { busyEntities } from "./change.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { nameConflictTable } from "./tables.ts"
import { emptied } from "../core/table.ts"

/**
 * Names that another record has. The table `name_conflict` holds, per step and field of which the target lets no two records
 * have the same, the record that has the value now, as `entity:key`; null where it is none of rollbook's.
 */
export const prepareNameConflicts: Effect.Effect<void, WarehouseError, Warehouse> = Effect.flatMap(
  Warehouse,
  (warehouse) => warehouse.execute(sql`${emptied(nameConflictTable)}`)
)

/** Notes what the target, asked about new records, showed under their names: the tables `newcomer`, `existing`, `owner`. */
export const noteNameConflicts = Effect.fn("snapshot.note-name-conflicts")(function* (
  entity: LoadedEntity
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const name = entity.load.entity
  for (const field of entity.load.unique) {
    if (!entity.load.matchExisting.includes(field)) continue
    yield* warehouse.execute(sql`${about(`new ${name} whose ${field} the target has already`)}INSERT INTO name_conflict SELECT c.entity, c.key, ${field}, lower(n.${quoted(field)}), o.entity || ':' || o.key
FROM newcomer AS n JOIN ${changes.table} AS c ON c.entity = ${name} AND c.key = n.key AND c.action = 'create'
JOIN existing AS e ON lower(e.fields::JSON->>${field}) = lower(n.${quoted(field)})
LEFT JOIN owner AS o ON o.remote_id = e.remote_id`)
  }
})

/** Notes what the ledgers show under the names that changed, and under new ones about which the target was not asked. */
export const noteNameConflictsByLedger = Effect.fn("snapshot.note-name-conflicts-by-ledger")(function* (
  definition: Definition
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const all = loadedEntitiesOf(definition)
  for (const { load, fields } of yield* busyEntities(definition)) {
    for (const field of load.unique) {
      if (!fields.includes(field)) continue
      const asked = load.matchExisting.includes(field) ? sql`` : sql`'create', `
      for (const other of all) {
        if (other.load.resource !== load.resource || other.load.type !== load.type) continue
        if (!other.fields.includes(field)) continue
        yield* warehouse.execute(sql`${about(`${load.entity} whose ${field} the ledger of ${other.load.entity} has`)}INSERT INTO name_conflict SELECT c.entity, c.key, ${field}, lower(c.after->>${field}), ${`${other.load.entity}:`} || g.key
FROM ${changes.table} AS c JOIN ${quoted(other.tables.ledger)} AS g ON lower(g.${quoted(field)}) = lower(c.after->>${field})
WHERE c.entity = ${load.entity} AND c.action IN (${asked}'adopt', 'restore', 'update')
  AND list_contains(c.changed, ${field}) AND g.remote_id IS DISTINCT FROM c.remote_id
  AND ${other.load.onGone === "recycle" ? sql`g.presence <> 'gone'` : true}`)
      }
    }
  }
})
