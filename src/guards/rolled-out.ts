import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, name as quoted, sql, texts } from "../core/sql.ts"
import { named } from "../core/table.ts"
import { Json, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { runsTable } from "../state/durable.ts"
import { prepareRuns } from "../state/runs.ts"
import type { WatchedEntity } from "./guard.ts"
import type { Scope } from "./scopes.ts"
import type { Doing } from "../core/doing.ts"

/** The part that an apply was narrowed to, as its report has it; left out of one that was for all. */
const Part = Schema.partial(
  Schema.Struct({
    entities: Schema.Array(Schema.String),
    schools: Schema.Array(Schema.String),
    sections: Schema.Array(Schema.String),
    sessions: Schema.Array(Schema.String)
  })
)

const WrittenFor = Schema.Struct({ id: Text, part: Schema.NullOr(Json(Part)) })

/**
 * Those of some schools in which an apply for the whole district, or for that school, wrote any record of an entity. All that
 * stands in the others came along with another place, as somebody's account with a class in a school that was rolled out before.
 */
export const rolledOut = Effect.fn("guards.rolled-out")(function* (
  entity: WatchedEntity,
  schools: ReadonlyArray<Scope>
): Doing<ReadonlyArray<Scope>, WarehouseError, Warehouse> {
  if (schools.length === 0) return []
  const warehouse = yield* Warehouse
  yield* prepareRuns
  const rows = yield* warehouse.rows(
    sql`${about(`for which part the ${entity.name} of schools were written; grain: one row per school and part`)}SELECT DISTINCT g._school AS id, runs.report::JSON->>'part' AS part
FROM ${entity.ledger} AS g LEFT JOIN ${named(runsTable)} AS runs ON runs.run = g.run
WHERE g.presence = 'present' AND list_contains(${texts(schools.map(({ id }) => id))}, g.${quoted("_school")})`,
    WrittenFor
  )
  return schools.filter((school) =>
    rows.some(({ id, part }) => id === school.id && (part === null || isFor(part, school, entity.name)))
  )
})

const isFor = (part: typeof Part.Type, { id, name }: Scope, entity: string): boolean => {
  const { entities = [], schools = [], sections = [], sessions = [] } = part
  const isOfSchool = schools.some((one) => one === id || one.toLowerCase() === name?.toLowerCase())
  return (
    sections.length === 0 &&
    sessions.length === 0 &&
    (schools.length === 0 || isOfSchool) &&
    (entities.length === 0 || entities.includes(entity))
  )
}
