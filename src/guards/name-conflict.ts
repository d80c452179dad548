import * as Effect from "effect/Effect"
import { changes } from "../state/change-set.ts"
import { about, type Sql, sql } from "../core/sql.ts"
import { countRows, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { district, guard } from "./guard.ts"
import type { Doing } from "../core/doing.ts"
import { clashTable } from "./tables.ts"
import { made } from "../core/table.ts"
import { tell, toldInSql } from "../core/told.ts"

/** Steps that want a name which another record keeps: sent, they could only be refused. Who has which is in the table `name_conflict`. */
export const nameConflict = guard({
  name: "name_conflict",
  weighs: "record",
  describe: "steps that want a name which another record keeps",
  at: "guards",
  keys: {},
  measure: () => Effect.void,
  trip: (_seen, _given, entity) =>
    entity.unique.length === 0
      ? []
      : [
          district(
            entity,
            0,
            0,
            tell("hold.name-conflict", { entity: entity.name, fields: entity.unique.join(" or ") })
          )
        ],
  steps: ({ entity }) =>
    sql`t.entity = ${entity} AND t.key IN (SELECT key FROM name_conflict WHERE entity = ${entity}) AND t.after IS NOT NULL AND t.action <> 'unknown'`,
  withhold: (id, { entity }) => withholdNameConflicts(id, entity)
})

/**
 * A step that wants a name which another record is about to give up waits with that record's step, under the same hold,
 * where that one is withheld.
 */
export const withholdNameConflicts = Effect.fn("guards.name-conflict")(function* (
  id: string,
  entity: string
): Doing<number, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  while (true) {
    yield* warehouse.execute(clashStatement(entity))
    if ((yield* countRows(sql`FROM clash`)) === 0) break
    // A withheld record keeps its own name, which yet another record may wait for.
    yield* warehouse.execute(
      sql`${about(`hold ${id}`)}${changes.set(
        {
          hold: sql`coalesce(clash.hold, ${id})`,
          reason: sql`t.reason || '; ' || CASE WHEN clash.hold IS NULL THEN ${toldInSql("step.name-kept", conflict)} ELSE ${toldInSql("step.name-held", conflict)} END`
        },
        sql`t.entity = ${entity} AND t.key = clash.key`,
        sql`clash`
      )}`
    )
  }
  return yield* changes.count(sql`t.hold = ${id}`)
})

const conflict = {
  field: sql`clash.field`,
  holder: sql`coalesce(regexp_replace(clash.holder, ':', ' '), 'a record that rollbook did not make')`
}

const clashStatement = (entity: string): Sql =>
  sql`${about(`${entity} that want what another record keeps; grain: one row per key`)}${made(clashTable)}
SELECT t.key, min(t.field) AS field, min(t.holder) AS holder, min(h.hold) FILTER (h.after IS NOT NULL) AS hold
FROM name_conflict AS t JOIN ${changes.table} AS c ON c.entity = t.entity AND c.key = t.key
LEFT JOIN taken_over AS r ON r.previous = t.holder
LEFT JOIN ${changes.table} AS h ON h.entity || ':' || h.key = coalesce(r.now, t.holder)
WHERE t.entity = ${entity} AND c.hold IS NULL AND c.after IS NOT NULL AND c.action <> 'unknown'
  AND NOT coalesce(h.hold IS NULL AND h.action <> 'unknown' AND lower(json_extract_string(h.after, t.field)) <> t.value, false)
GROUP BY t.key`
