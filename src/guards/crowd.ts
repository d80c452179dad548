import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isAddition } from "../state/actions.ts"
import { changes } from "../state/change-set.ts"
import { about, name, type Sql, sql } from "../core/sql.ts"
import { Count, Warehouse } from "../core/ports/warehouse.ts"
import { tell } from "../core/told.ts"
import { type Asked, district, type Night, type Trip, type WatchedEntity } from "./guard.ts"

/** People who gain somebody and would have more than the limit, and the most that one of them would have. */
export interface Crowd {
  readonly over: number
  readonly most: number
}

const Crowd = Schema.Struct({ over: Count, most: Count })

/**
 * Counts the people who gain a row of an entity, by the ref field that names them, and those of them who would have
 * more than the limit.
 */
export const measureCrowd = (entity: WatchedEntity, field: string, limit: number): Asked<Crowd> =>
  Effect.flatMap(Warehouse, (warehouse) =>
    Effect.map(
      warehouse.rows(
        sql`${about(`${entity.name}: ${field} with more than ${limit} of them`)}SELECT count(*) AS over, coalesce(max(rows), 0) AS most FROM (${crowd(entity, field, limit)})`,
        Crowd
      ),
      ([sums]) => sums ?? { over: 0, most: 0 }
    )
  )

/** Trips where some of them would; `code` says who has too many of whom. */
export const crowdTrips = (
  { most, over }: Crowd,
  limit: number,
  entity: WatchedEntity,
  code: "hold.many-guardians" | "hold.many-students"
): ReadonlyArray<Trip> => (over === 0 ? [] : [district(entity, limit, most, tell(code, { over, limit, most }))])

/** The additions of those people. */
export const crowdCondition = (entity: string, field: string, limit: number, night: Night): Sql => {
  const watched = night.entities.find((one) => one.name === entity)
  return watched === undefined
    ? sql`false`
    : sql`t.entity = ${entity} AND t.${isAddition} AND (t.after->>${field}) IN (SELECT one FROM (${crowd(watched, field, limit)}))`
}

const crowd = (entity: WatchedEntity, field: string, limit: number): Sql =>
  sql`SELECT ${name(field)} AS one, count(*) AS rows FROM ${entity.tables.desired}
WHERE ${name(field)} IN (SELECT after->>${field} FROM ${changes.table} WHERE entity = ${entity.name} AND ${isAddition})
GROUP BY ALL HAVING rows > ${limit}`
