import * as Effect from "effect/Effect"
import { rowDigest } from "../core/digest.ts"
import * as Schema from "effect/Schema"
import { about, joined, name as quoted, type Sql, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Count, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { fingerprint } from "../state/tables.ts"
import { candidateTable, desiredView } from "../pipeline/relations.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import { fieldsOfSessions } from "../state/session-fields.ts"
import type { Doing } from "../core/doing.ts"
import { movedOf } from "./tables.ts"
import { made, named } from "../core/table.ts"

export interface Frozen {
  readonly entity: string
  readonly entered: number
  readonly changed: number
  readonly left: number
}

/**
 * Makes the desired rows of this run the current snapshot. A quiet night writes nothing; otherwise what is replaced
 * goes to the history with the runs for which it held, in one transaction per entity. Rows in quarantine keep the
 * state in which they were last good.
 */
export const freeze = Effect.fn("snapshot.freeze")(function* (
  definition: Definition,
  run: number
): Doing<ReadonlyArray<Frozen>, WarehouseError, Warehouse> {
  const frozen: Array<Frozen> = []
  for (const entity of loadedEntitiesOf(definition)) frozen.push(yield* freezeEntity(entity, run))
  return frozen
})

const Moved = Schema.Struct({ how: Text, rows: Count })

/** School and section as one number, which is compared with that of the same key alone, as a fingerprint is (`fingerprint`). */
const place = rowDigest([
  { name: "_school", isList: false },
  { name: "_section", isList: false }
])

const freezeEntity = Effect.fn("snapshot.freeze-entity")(function* (entity: LoadedEntity, run: number) {
  const warehouse = yield* Warehouse
  const name = entity.load.entity
  const snapshot = quoted(entity.tables.snapshot)
  const desired = quoted(desiredView(name))
  const moved = named(movedOf(name))
  const whole = fingerprint(entity.fields, null)
  yield* warehouse.execute(sql`${about(`${name}: keys whose desired state differs from the snapshot; grain: one row per key`)}${made(movedOf(name))}
SELECT coalesce(d.key, s.key) AS key, CASE WHEN s.key IS NULL THEN 'entered' WHEN d.key IS NULL THEN 'left' ELSE 'changed' END AS how
FROM (SELECT key, ${whole} AS fields, ${place} AS place FROM ${desired}) AS d
FULL JOIN (SELECT key, fingerprint AS fields, ${place} AS place FROM ${snapshot}) AS s ON d.key = s.key
WHERE s.key IS NULL OR d.key IS NULL OR s.fields <> d.fields OR s.place <> d.place;
DELETE FROM ${moved} WHERE how = 'left' AND key IN (
  SELECT key FROM ${quoted(candidateTable(name))} WHERE _turned.verdict = 'quarantine')`)
  const counts = yield* warehouse.rows(sql`SELECT how, count(*) AS rows FROM ${moved} GROUP BY how`, Moved)
  const of = (how: string): number => counts.find((row) => row.how === how)?.rows ?? 0
  const frozen = { entity: name, entered: of("entered"), changed: of("changed"), left: of("left") }
  if (frozen.entered + frozen.changed + frozen.left === 0) return frozen
  const columns = joined(["key", "label", "_school", "_section", ...entity.fields].map(quoted), ", ")
  const stoodBefore = sql`key IN (SELECT key FROM ${moved} WHERE how <> 'entered')`
  yield* warehouse.transaction([
    ...(frozen.changed + frozen.left === 0
      ? []
      : [
          sql`INSERT INTO ${quoted(entity.tables.history)} (${columns}, valid_from, valid_to, fingerprint)
SELECT ${columns}, valid_from, ${run}, fingerprint FROM ${snapshot} WHERE ${stoodBefore}`,
          sql`DELETE FROM ${snapshot} WHERE ${stoodBefore}`
        ]),
    sql`INSERT INTO ${snapshot} (${columns}, valid_from, fingerprint)
SELECT ${columns}, ${run}, ${whole} FROM ${desired} WHERE key IN (SELECT key FROM ${moved} WHERE how <> 'left')`,
    // Columns that are never sent are refreshed where they are needed next: in the ledger, from which a vanished row is
    // judged.
    ...refreshLedger(entity),
    ...(entity.load.onReturn === "write"
      ? [
          sql`UPDATE ${quoted(entity.tables.ledger)} SET presence = 'kept' WHERE presence = 'present' AND key IN (SELECT key FROM ${moved} WHERE how = 'left')`
        ]
      : [])
  ])
  return frozen
})

const refreshLedger = (entity: LoadedEntity): ReadonlyArray<Sql> => {
  const refresh = (columns: ReadonlyArray<string>, where: Sql): ReadonlyArray<Sql> =>
    columns.length === 0
      ? []
      : [
          sql`UPDATE ${quoted(entity.tables.ledger)} AS g SET ${joined(
            columns.map((column) => sql`${quoted(column)} = d.${quoted(column)}`),
            ", "
          )}
FROM (SELECT * FROM ${quoted(desiredView(entity.load.entity))} WHERE key IN (SELECT key FROM ${named(movedOf(entity.load.entity))} WHERE how <> 'left')) AS d
WHERE d.key = g.key${where}`
        ]
  const { stateOnly } = entity.load
  return [
    ...refresh(["label", "_school", "_section", ...stateOnly.filter((field) => !fieldsOfSessions.has(field))], sql``),
    // A record that has yet to be written stands in the session in which it was: a freeze of that one protects it.
    ...refresh(
      stateOnly.filter((field) => fieldsOfSessions.has(field)),
      sql` AND g.fingerprint = d.fingerprint`
    )
  ]
}
