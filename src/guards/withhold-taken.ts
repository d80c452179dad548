import * as Effect from "effect/Effect"
import { literal } from "../core/sql.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { countWithheld } from "./withhold.ts"

/**
 * Withholds the steps of an entity that want a name which another record keeps: sent, they could only be refused. Where
 * that record is about to give it up and its step is withheld, the step waits with it under the same hold. Gives how many
 * the hold `id` withholds.
 */
export const withholdTaken: (id: string, entity: string) => Effect.Effect<number, WarehouseError, Warehouse> =
  Effect.fn("guards.withhold-taken")(function* (id: string, entity: string) {
    const warehouse = yield* Warehouse
    while (true) {
      yield* warehouse.execute(`-- ${entity} that want what another record keeps; grain: one row per key
CREATE OR REPLACE TEMP TABLE clash AS
SELECT t.key, min(t.field) AS field, min(t.holder) AS holder, min(h.hold) FILTER (h.after IS NOT NULL) AS hold
FROM taken AS t JOIN change AS c ON c.entity = t.entity AND c.key = t.key
LEFT JOIN taken_over AS r ON r.former = t.holder
LEFT JOIN change AS h ON h.entity || ':' || h.key = coalesce(r.now, t.holder)
WHERE t.entity = ${literal(entity)} AND c.hold IS NULL AND c.after IS NOT NULL AND c.action <> 'unknown'
  AND NOT coalesce(h.hold IS NULL AND h.action <> 'unknown' AND lower(json_extract_string(h.after, t.field)) <> t.value, false)
GROUP BY t.key`)
      const [clashes] = yield* warehouse.rows("SELECT count(*) AS steps FROM clash")
      if (Number(clashes?.["steps"]) === 0) break
      // What is withheld keeps its own name, which yet another record may wait for.
      yield* warehouse.execute(`-- hold ${id}
UPDATE change SET hold = coalesce(clash.hold, ${literal(id)}), reason = reason || '; its ' || field || ' is that of '
  || coalesce(regexp_replace(holder, ':', ' '), 'a record that rollbook did not make')
  || CASE WHEN clash.hold IS NULL THEN ', which keeps it' ELSE ', whose change is held' END
FROM clash WHERE change.entity = ${literal(entity)} AND change.key = clash.key`)
    }
    return yield* countWithheld(id)
  })
