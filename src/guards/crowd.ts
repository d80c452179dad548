import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isAddition } from "../changes/actions.ts"
import { changes } from "../changes/change-set.ts"
import { about, name, type Sql, sql } from "../core/sql.ts"
import { Count, Warehouse } from "../core/ports/warehouse.ts"
import { desiredView } from "../changes/relations.ts"
import { type Asked, district, type Trip, type WatchedEntity } from "./guard.ts"
import { counted } from "./members.ts"

/** People who gain somebody and would have more than the limit, and the most that one of them would have. */
export interface Crowd {
  readonly over: number
  readonly most: number
}

const Crowd = Schema.Struct({ over: Count, most: Count })

/** Of those who gain a row of an entity, by the ref field that names them, how many would have more than the limit. */
export const measureCrowd = (entity: string, field: string, limit: number): Asked<Crowd> =>
  Effect.flatMap(Warehouse, (warehouse) =>
    Effect.map(
      warehouse.rows(
        sql`${about(`${entity}: ${field} with more than ${limit} of them`)}SELECT count(*) AS over, coalesce(max(rows), 0) AS most FROM (${crowd(entity, field, limit)})`,
        Crowd
      ),
      ([sums]) => sums ?? { over: 0, most: 0 }
    )
  )

/** Trips where some of them would: `who` in the singular and the plural, with the others of whom there are too many. */
export const crowdTrips = (
  { most, over }: Crowd,
  limit: number,
  entity: WatchedEntity,
  who: readonly [one: string, many: string],
  others: string
): ReadonlyArray<Trip> =>
  over === 0
    ? []
    : [
        district(
          entity,
          limit,
          most,
          `${counted(over, ...who)} would have more than ${limit} ${others}, ${most} at most`
        )
      ]

/** The additions of those people. */
export const crowdCondition = (entity: string, field: string, limit: number): Sql =>
  sql`t.entity = ${entity} AND t.${isAddition} AND (t.after->>${field}) IN (SELECT one FROM (${crowd(entity, field, limit)}))`

const crowd = (entity: string, field: string, limit: number): Sql =>
  sql`SELECT ${name(field)} AS one, count(*) AS rows FROM ${name(desiredView(entity))}
WHERE ${name(field)} IN (SELECT after->>${field} FROM ${changes.table} WHERE entity = ${entity} AND ${isAddition})
GROUP BY ALL HAVING rows > ${limit}`
