import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { suggestion } from "../core/nearest.ts"
import { about, joined, name as quoted, sql, texts } from "../core/sql.ts"
import type { Definition, SourceRange } from "../pipeline/definition.ts"
import { Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { prepareSessions } from "../extract/academic-sessions.ts"
import type { Doing } from "../core/doing.ts"

/** Sessions and schools that freezes may speak of. Empty where nothing was ever read. */
interface KnownPlaces {
  /** Ids, and titles in lower case. */
  readonly sessions: ReadonlySet<string>
  readonly schools: ReadonlySet<string>
}

/** The sessions that a pipeline and those it uses read last, and the schools that their ledgers name. */
const knownPlaces = Effect.fn("gradebook.known-places")(function* (
  definition: Definition
): Doing<KnownPlaces, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareSessions
  const pipelines = [
    definition.name,
    ...definition.datasets.flatMap(({ mode }) => (mode.kind === "ledger" ? [mode.pipeline] : []))
  ]
  const sessions = yield* warehouse.rows(
    sql`SELECT id, lower(title) AS title FROM academic_session WHERE list_contains(${texts(pipelines)}, pipeline)`,
    Schema.Struct({ id: Text, title: TextOrNull })
  )
  const ledgers = yield* warehouse.rows(
    sql`${about("ledgers with schools")}SELECT table_name AS name FROM duckdb_columns() WHERE NOT internal AND column_name = '_school' AND (${joined(
      pipelines.map((pipeline) => sql`starts_with(table_name, ${`ledger_${pipeline}_`})`),
      " OR "
    )})`,
    Schema.Struct({ name: Text })
  )
  const schools =
    ledgers.length === 0
      ? []
      : yield* warehouse.rows(
          joined(
            ledgers.map((row) => sql`SELECT DISTINCT _school AS id FROM ${quoted(row.name)} WHERE _school IS NOT NULL`),
            " UNION "
          ),
          Schema.Struct({ id: Text })
        )
  return {
    sessions: new Set(sessions.flatMap((row) => [row.id, row.title ?? ""])),
    schools: new Set(schools.map((row) => row.id))
  }
})

/** A school or session that a freeze names and that the last read did not hold: it freezes nothing by that name. */
export interface UnknownPlace {
  readonly at: SourceRange
  readonly say: string
  readonly hint: string
  /** Whether others of its kind are known, so that this one is a mistake and not merely yet to come. */
  readonly isMistake: boolean
}

/** The schools and sessions that freezes of a pipeline name and that nobody read. */
export const unknownInFreezes = Effect.fn("gradebook.unknown-in-freezes")(function* (
  definition: Definition
): Doing<ReadonlyArray<UnknownPlace>, WarehouseError, Warehouse> {
  const freezes = definition.load.gates.freezes.filter((one) => one.schools.length + one.sessions.length > 0)
  if (freezes.length === 0) return []
  const known = yield* knownPlaces(definition)
  const unknown = (at: SourceRange, what: string, name: string, those: ReadonlySet<string>): UnknownPlace => ({
    at,
    say: `no ${what} ${name} was read: the freeze holds nothing by it`,
    hint:
      those.size === 0
        ? `nothing is known of any ${what} yet: run the pipelines that this one uses`
        : suggestion(name, those) || `sessions and schools are named by SIS id, sessions also by title`,
    isMistake: those.size > 0
  })
  return freezes.flatMap(({ at, schools, sessions }) => [
    ...schools.filter((one) => !known.schools.has(one)).map((one) => unknown(at, "school", one, known.schools)),
    ...sessions
      .filter((one) => !known.sessions.has(one) && !known.sessions.has(one.toLowerCase()))
      .map((one) => unknown(at, "academic session", one, known.sessions))
  ])
})
