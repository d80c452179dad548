import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { candidateTable } from "../transform/relations.ts"
import { desiredView } from "./change.ts"
import { loadedEntitiesOf } from "../state/tables.ts"

/**
 * How many records of each entity stand at the target and stay as they are, neither gone nor changed, because what the
 * source has of them is in quarantine. Looked at are those entities alone of which something is in quarantine. One that
 * goes on under another key is not among them.
 */
export const countQuarantined: (
  definition: Definition,
  withQuarantine: ReadonlySet<string>
) => Effect.Effect<ReadonlyMap<string, number>, WarehouseError, Warehouse> = Effect.fn("snapshot.count-quarantined")(
  function* (definition: Definition, withQuarantine: ReadonlySet<string>) {
    const warehouse = yield* Warehouse
    const counts = new Map<string, number>()
    for (const { load, tables } of loadedEntitiesOf(definition)) {
      if (!withQuarantine.has(load.entity)) continue
      const away = `SELECT key FROM ${identifier(candidateTable(load.entity))} WHERE _turned.verdict = 'quarantine'`
      const [count] = yield* warehouse.rows(`-- ${load.entity} that stand and are in quarantine
SELECT count(*) AS records FROM ${identifier(tables.ledger)} WHERE presence = 'present'
  AND key IN (${away}) AND key NOT IN (SELECT key FROM ${identifier(desiredView(load.entity))} WHERE key IN (${away}))
  AND ${literal(`${load.entity}:`)} || key NOT IN (SELECT former FROM rekeyed UNION ALL SELECT former FROM taken_over)`)
      counts.set(load.entity, Number(count?.["records"]))
    }
    return counts
  }
)
