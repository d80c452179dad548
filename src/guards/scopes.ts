import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isAddition, isRemoval } from "../state/actions.ts"
import { changes } from "../state/change-set.ts"
import { about, name as quoted, sql } from "../core/sql.ts"
import { Count, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import type { Night, Referring, WatchedEntity } from "./guard.ts"
import type { Doing } from "../core/doing.ts"

/** A school or section, with what stands there by the ledger, and what would go and come. */
export interface Scope {
  readonly id: string
  readonly name: string | null
  readonly present: number
  readonly gone: number
  readonly added: number
}

const ScopeRow = Schema.Struct({ id: Text, present: Count, gone: Count, added: Count })

/** The schools or sections in which an entity loses rows. */
export const measureLosses = Effect.fn("guards.losses")(function* (
  entity: WatchedEntity,
  scope: "school" | "section",
  night: Night
): Doing<ReadonlyArray<Scope>, WarehouseError, Warehouse> {
  if (entity.amounts.gone === 0) return []
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`${about(`losses of ${entity.name} by ${scope}; grain: one row per ${scope} that loses rows`)}SELECT lost.id, count(*) AS present, any_value(lost.gone) AS gone, 0 AS added
FROM (SELECT ${quoted(scope)} AS id, count(*) AS gone FROM ${changes.table} WHERE entity = ${entity.name} AND ${isRemoval} AND ${quoted(scope)} IS NOT NULL GROUP BY ${quoted(scope)}) AS lost
JOIN ${entity.ledger} AS g ON g.${quoted(`_${scope}`)} = lost.id AND g.presence = 'present'
GROUP BY lost.id ORDER BY lost.id`,
    ScopeRow
  )
  const names = yield* night.names
  return rows.map((row) => ({ ...row, name: names.get(`${scope}:${row.id}`) ?? null }))
})

/** The schools or sections in which an entity gains more rows than a floor. */
export const measureGains = Effect.fn("guards.gains")(function* (
  entity: WatchedEntity,
  scope: "school" | "section",
  floor: number,
  night: Night
): Doing<ReadonlyArray<Scope>, WarehouseError, Warehouse> {
  if (entity.amounts.added <= floor) return []
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`${about(`gains of ${entity.name} by ${scope}; grain: one row per ${scope} that gains more than the floor`)}SELECT came.id, came.added, came.gone, coalesce(standing.rows, 0) AS present
FROM (SELECT ${quoted(scope)} AS id, count(*) FILTER (${isAddition}) AS added, count(*) FILTER (${isRemoval}) AS gone FROM ${changes.table}
  WHERE entity = ${entity.name} AND ${quoted(scope)} IS NOT NULL GROUP BY ${quoted(scope)} HAVING added > ${floor}) AS came
LEFT JOIN (SELECT ${quoted(`_${scope}`)} AS id, count(*) AS rows FROM ${entity.ledger} WHERE presence = 'present' GROUP BY ALL) AS standing
  ON standing.id = came.id
ORDER BY came.id`,
    ScopeRow
  )
  const names = yield* night.names
  return rows.map((row) => ({ ...row, name: names.get(`${scope}:${row.id}`) ?? null }))
})

const Named = Schema.Struct({
  key: Text,
  label: Text,
  is_section: Schema.NullOr(Schema.Boolean),
  is_school: Schema.NullOr(Schema.Boolean)
})

/**
 * Names of the schools and sections that the change set touches, as `school:id` and `section:id`: from the labels of the
 * rows whose key is the scope itself.
 */
export const scopeNames = Effect.fn("guards.scope-names")(function* (
  entities: ReadonlyArray<Pick<Referring, "name" | "ledger">>
): Doing<ReadonlyMap<string, string>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const names = new Map<string, string>()
  for (const { ledger, name } of entities) {
    const rows = yield* warehouse.rows(
      sql`${about(`names of the scopes that the change touches, as ${name} knows them`)}SELECT key, label, key = _section AS is_section, key = _school AS is_school FROM ${ledger}
WHERE label IS NOT NULL AND (key = _section OR key = _school)
  AND key IN (SELECT section FROM ${changes.table} UNION SELECT school FROM ${changes.table})
UNION ALL
SELECT key, label, key = section, key = school FROM ${changes.table}
WHERE entity = ${name} AND label IS NOT NULL AND (key = section OR key = school)`,
      Named
    )
    for (const row of rows) {
      if (row.is_section === true) names.set(`section:${row.key}`, row.label)
      if (row.is_school === true) names.set(`school:${row.key}`, row.label)
    }
  }
  return names
})
