import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Doing } from "../core/doing.ts"
import { about, joined, name as quoted, oneOf, type Sql, sql, written } from "../core/sql.ts"
import type { RunClock } from "../core/run-clock.ts"
import { candidateTable, datasetTable } from "../pipeline/relations.ts"
import type { Definition, EntityDefinition, SqlText } from "../pipeline/definition.ts"
import { Json, Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { type ClockUse, clockUse } from "./clock-use.ts"
import { expressionsIn } from "./uncomputed.ts"

/**
 * How long what some entities say of the clock goes on over the same rows. An expression that does nothing with the day of
 * the run but to compare it with days in its rows answers the same until the next of these days comes.
 */
export interface ClockBound {
  /** Whether they look at the moment of the run, so that no other run sees the same. */
  readonly asksNow: boolean
  /** ISO date: the first day on which one may answer otherwise; null = none is in sight. */
  readonly until: string | null
}

/** Whether what was made under one clock holds under another. Days before the one it was made on are never vouched for. */
export const isWithin = (bound: ClockBound, madeOn: string, clock: RunClock): boolean =>
  !bound.asksNow &&
  (clock.asOf === madeOn || (clock.asOf > madeOn && (bound.until === null || clock.asOf < bound.until)))

/** Until when the given entities, whose tables stand, answer as they did under the clock in the table `run`. */
export const clockBound = Effect.fn("transform.clock-bound")(function* (
  definition: Definition,
  entities: ReadonlyArray<EntityDefinition>,
  clock: RunClock
): Doing<ClockBound, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const asked = entities.flatMap((entity) =>
    expressionsIn(entity, definition)
      .filter(({ sql }) => /\b(?:run|as_of|now)\b/i.test(sql))
      .map((text) => ({ entity, text }))
  )
  if (asked.length === 0) return { asksNow: false, until: null }
  const together = joined(
    asked.map(({ text }) => written(text)),
    ", "
  )
  const [trees] = yield* warehouse.rows(
    sql`SELECT json_serialize_sql(${sql`SELECT ${together}`.text}) AS tree`,
    Schema.Struct({ tree: Json(Trees) })
  )
  const expressions = trees?.tree.statements[0]?.node.select_list
  const uses = asked.map(({ entity, text }, index) => ({
    entity,
    use: clockUse(expressions?.[index], isOrder(entity, text))
  }))
  if (uses.some(({ use }) => use.asksNow)) return { asksNow: true, until: null }
  const days = daysAsked(definition, uses)
  const types = yield* typesOf(days.map(({ table }) => table))
  const queries = days.flatMap(({ column, table }) => {
    const own = types.filter((one) => one.table === table)
    return column === null
      ? own
          .filter(({ type }) => /\b(?:DATE|TIMESTAMP)/.test(type) && !isDay(type))
          .map((one) => nestedDays(table, one.column))
      : own.some((one) => one.column === column && isDay(one.type))
        ? [sql`SELECT CAST(${quoted(column)} AS DATE) AS day FROM ${quoted(table)}`]
        : [null]
  })
  // Compared with something that is no day of a row: nobody knows when it turns.
  if (uses.some(({ use }) => !use.isKnown) || queries.includes(null)) return { asksNow: false, until: clock.asOf }
  const known = queries.filter((query) => query !== null)
  if (known.length === 0) return { asksNow: false, until: null }
  const [next] = yield* warehouse.rows(
    sql`${about("the next day on which a rule may answer otherwise")}SELECT strftime(min(CASE WHEN day > as_of THEN day ELSE day + 1 END), '%Y-%m-%d') AS until
FROM (${joined(known, "\n  UNION ALL ")}) CROSS JOIN run WHERE day >= as_of AND isfinite(day)`,
    Schema.Struct({ until: TextOrNull })
  )
  return { asksNow: false, until: next?.until ?? null }
})

const Trees = Schema.Struct({
  statements: Schema.Array(Schema.Struct({ node: Schema.Struct({ select_list: Schema.Array(Schema.Unknown) }) }))
})

const isOrder = ({ pick }: EntityDefinition, text: SqlText): boolean => pick?.orderBy.includes(text) ?? false

const isDay = (type: string): boolean => /^(?:DATE|TIMESTAMP(?: WITH TIME ZONE)?)$/.test(type)

/** A column of days; null = the days in lists and structs of the table. */
interface Days {
  readonly table: string
  readonly column: string | null
}

/** Columns of days that are compared with the day of the run. A name that is no relation's gives a column that is not there. */
const daysAsked = (
  definition: Definition,
  uses: ReadonlyArray<{ readonly entity: EntityDefinition; readonly use: ClockUse }>
): ReadonlyArray<Days> => {
  const found = new Map<string, Days>()
  const add = (relation: string, column: string | null): void => {
    const table = definition.entities.some((one) => one.name === relation)
      ? candidateTable(relation)
      : datasetTable(relation)
    found.set(JSON.stringify([table, column]), { table, column })
  }
  for (const { entity, use } of uses) {
    const relations = [
      { alias: entity.from.alias, relation: entity.from.relation },
      ...entity.alsoFrom.map((relation) => ({ alias: entity.from.alias, relation })),
      ...entity.joins
    ]
    for (const [alias, column] of use.columns) {
      const own = relations.filter((one) => one.alias === alias)
      for (const { relation } of own) add(relation, column)
      if (own.length === 0) add(`${entity.name} has no ${alias}`, column)
    }
    if (use.asksMembers) for (const { relation } of relations) add(relation, null)
  }
  return [...found.values()]
}

const typesOf = Effect.fn("transform.types")(function* (tables: ReadonlyArray<string>) {
  const warehouse = yield* Warehouse
  return yield* warehouse.rows(
    sql`SELECT table_name AS table, column_name AS column, data_type AS type FROM duckdb_columns() WHERE NOT internal AND table_name IN (${oneOf(tables)})`,
    Schema.Struct({ table: Text, column: Text, type: Text })
  )
})

/** Every day in a column of lists or structs, and whatever looks like one. */
const nestedDays = (table: string, column: string): Sql =>
  sql`SELECT TRY_CAST(unnest(regexp_extract_all(CAST(${quoted(column)} AS VARCHAR), ${isoDay})) AS DATE) AS day FROM ${quoted(table)}`

const isoDay = String.raw`\d{4}-\d\d-\d\d`
