import * as Effect from "effect/Effect"
import { about, name, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { countRows, type Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { candidateTable, desiredView } from "../pipeline/relations.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"

/**
 * How many records of each entity stand at the target and stay as they are, neither gone nor changed, because what the
 * source has of them is in quarantine. Looked at are those entities alone of which something is in quarantine. One that
 * goes on under another key is not among them.
 */
export const countQuarantined = Effect.fn("snapshot.count-quarantined")(function* (
  definition: Definition,
  withQuarantine: ReadonlySet<string>
): Doing<ReadonlyMap<string, number>, WarehouseError, Warehouse> {
  const counts = new Map<string, number>()
  for (const { load, tables } of loadedEntitiesOf(definition)) {
    if (!withQuarantine.has(load.entity)) continue
    const away = sql`SELECT key FROM ${name(candidateTable(load.entity))} WHERE _turned.verdict = 'quarantine'`
    const records = yield* countRows(
      sql`FROM ${name(tables.ledger)} WHERE presence = 'present'
  AND key IN (${away}) AND key NOT IN (SELECT key FROM ${name(desiredView(load.entity))} WHERE key IN (${away}))
  AND ${`${load.entity}:`} || key NOT IN (SELECT previous FROM rekeyed UNION ALL SELECT previous FROM taken_over)`,
      about(`${load.entity} that stand and are in quarantine`)
    )
    counts.set(load.entity, records)
  }
  return counts
})
