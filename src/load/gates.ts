import * as Effect from "effect/Effect"
import type { Steps } from "../state/change-set.ts"
import { dayIn, momentIn } from "../core/clock.ts"
import { about, all, joined, name as quoted, type Sql, sql, texts, written } from "../core/sql.ts"
import type { Definition, Freeze } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import { listRuns } from "../state/runs.ts"
import { hasSession, inSessions } from "../state/session-fields.ts"
import type { Doing } from "../core/doing.ts"
import { stoppedTable } from "./tables.ts"
import { ensured, made, named } from "../core/table.ts"
import { toldInSql } from "../core/told.ts"
import { withdrawnTable } from "../state/temporary.ts"

/** The moment for which gates are asked, in the district's time zone: `YYYY-MM-DDTHH:MM`. */
export type LocalMoment = string

/** The local moment of an instant; `days` of the calendar shift it, at the same time of day, for a rehearsal on another date. */
export const localMoment = (instant: Date, timezone: string, days: number): LocalMoment => {
  const moment = momentIn(instant, timezone)
  // Shifted by hours instead, it would come to another day whenever summer time begins or ends in between.
  return `${new Date(Date.parse(moment.slice(0, 10)) + days * 86_400_000).toISOString().slice(0, 10)}${moment.slice(10)}`
}

/** The days by which a plan for the day `asOf`, made at the instant `now`, is a rehearsal of another day; 0 = it is none. */
export const rehearsalDays = (now: string, asOf: string, timezone: string): number =>
  Math.round((Date.parse(asOf) - Date.parse(dayIn(new Date(now), timezone))) / 86_400_000)

/** Whether a night of a pipeline was carried out on its own day: where none was, the state lives on other days altogether. */
export const livesOnItsDays = ({ name, timezone }: Definition): Effect.Effect<boolean, WarehouseError, Warehouse> =>
  Effect.map(listRuns(10_000, { kind: "apply", pipeline: name }), (runs) =>
    runs.some(({ asOf, startedAt }) => rehearsalDays(startedAt, asOf, timezone) === 0)
  )

/** The freezes that hold at a moment. */
export const activeFreezes = (definition: Definition, moment: LocalMoment): ReadonlyArray<Freeze> =>
  definition.load.gates.freezes.filter(({ from, until }) => from <= moment && (until === null || moment <= until))

/** Changes exactly when the answer of the gates may change: a freeze begins or ends, or the day does. */
export const gateState = (definition: Definition, moment: LocalMoment): string =>
  `${moment.slice(0, 10)} ${definition.load.gates.freezes.map((freeze) => (activeFreezes(definition, moment).includes(freeze) ? 1 : 0)).join("")}`

/**
 * Fills the table `stopped` (entity, key, gate, say) with the records of `change` or `step` that a closed gate stops at a
 * moment; grain: one row per record, with the first gate that is closed. An approval that was taken back is one for what it had
 * released (`withdrawn`).
 */
export const stopAtGates = Effect.fn("load.gates")(function* (
  definition: Definition,
  set: Steps,
  moment: LocalMoment
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const closed = [
    ...activeFreezes(definition, moment).map(
      (freeze) =>
        sql`SELECT entity, key, 'freeze' AS gate, ${freeze.say} AS say FROM ${set.table} WHERE ${frozen(freeze, definition)}`
    ),
    sql`SELECT entity, key, 'approval' AS gate, ${toldInSql("failure.approval-withdrawn", { approval: sql`approval` })} AS say FROM ${set.table} WHERE approval IN (SELECT approval FROM ${named(withdrawnTable)})`,
    ...definition.load.gates.openWhen.map(
      (gate) =>
        sql`SELECT entity, key, ${gate.id} AS gate, ${gate.say} AS say
FROM (${recordsOf(definition, set)}) AS record CROSS JOIN (SELECT CAST(${moment.slice(0, 10)} AS DATE) AS as_of, CAST(${moment} AS TIMESTAMP) AS now, ${definition.timezone} AS timezone) AS run
WHERE TRY(${written(gate.when)}) IS NOT TRUE`
    )
  ]
  yield* warehouse.execute(sql`${ensured(withdrawnTable)};
${about("records that a closed gate stops; grain: one row per record")}${made(stoppedTable)}
SELECT entity, key, min_by(gate, rank) AS gate, min_by(say, rank) AS say FROM (
${joined(
  closed.map((one, rank) => sql`SELECT *, ${rank} AS rank FROM (${one})`),
  "\nUNION ALL\n",
  sql`SELECT NULL::VARCHAR AS entity, NULL::VARCHAR AS key, NULL::VARCHAR AS gate, NULL::VARCHAR AS say, 0 AS rank WHERE false`
)}
) GROUP BY ALL`)
})

const frozen = ({ schools, sessions }: Freeze, definition: Definition): Sql =>
  all([
    ...(schools.length === 0 ? [] : [sql`list_contains(${texts(schools)}, school)`]),
    ...(sessions.length === 0
      ? []
      : [
          sql`(${joined([inSessions(sessions, sql`after`), inSessions(sessions, sql`before`), ...refersInto(sessions, definition)], "\n  OR ")})`
        ])
  ])

/**
 * Conditions that a step refers to a record in one of the sessions: the score of an assignment that has yet to move out
 * of it.
 */
const refersInto = (sessions: ReadonlyArray<string>, definition: Definition): ReadonlyArray<Sql> => {
  const entities = loadedEntitiesOf(definition)
  return entities.flatMap(({ definition: { fields }, load }) =>
    fields.flatMap((field) => {
      if (field.kind !== "ref") return []
      const standing = entities
        .filter((other) => field.entities.includes(other.load.entity) && hasSession(other))
        .map(
          (other) =>
            sql`SELECT ${`${other.load.entity}:`} || key FROM ${quoted(other.tables.ledger)} AS g WHERE ${inSessions(sessions, sql`to_json(g)`)}`
        )
      return standing.length === 0
        ? []
        : [
            sql`(entity = ${load.entity} AND (coalesce(after, before)->>${field.name}) IN (${joined(standing, " UNION ALL ")}))`
          ]
    })
  )
}

/** The records of the table with every field that any of them has, as text. */
const recordsOf = (definition: Definition, set: Steps): Sql => {
  const fields = new Set(loadedEntitiesOf(definition).flatMap((entity) => entity.fields))
  return sql`SELECT entity, key${joined(
    [...fields].map((field) => sql`, coalesce(after, before)->>${field} AS ${quoted(field)}`),
    ""
  )} FROM ${set.table}`
}
