import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Doing } from "../../core/doing.ts"
import type { RowFormat, RowKind, RowWriter } from "../../core/ports/bulk.ts"
import { countRows, Json, Text, Warehouse, type WarehouseError } from "../../core/ports/warehouse.ts"
import { about, joined, name as quoted, type Sql, sql } from "../../core/sql.ts"
import { alike } from "../../core/kept-text.ts"
import type { LoadedEntity } from "../../pipeline/loaded-entities.ts"
import { steps } from "../../state/change-set.ts"
import { pageSteps } from "../send-steps.ts"
import { befallsAll, type Walk } from "../walk.ts"

/**
 * Rows know records by names alone. One that the target has given to a record of somebody else names that one too, or
 * instead: its work would land there, and a look for what was to be made would find it. So the target is asked for every
 * name before the first row that has it. Where it shows a record that no ledger knows by it, or shows none where a ledger
 * knows one, which somebody has renamed then, no row has that name: such steps go one by one, as does what refers to their
 * records.
 */

/** Places of the cells that hold names, by the field whose values they are. */
const nameCells = ({ cells, resource }: RowKind, { names }: RowFormat) =>
  cells.flatMap((cell, index) =>
    "text" in cell ||
    !names.some(
      ({ field, resources }) => field === cell.field && (cell.of !== undefined || resources.includes(resource))
    )
      ? []
      : [{ field: cell.field, value: sql`cells[${index + 1}]` }]
  )

/**
 * Takes the rows of an entity out of an upload whose names are not those of their records alone, and notes them in `shared_name`.
 * Gives how many rows those are. A connection that fails ends the walk; a name that cannot be asked for goes by itself.
 */
export const leaveSharedNames = Effect.fn("load.leave-shared-names")(function* ({
  concurrency,
  entities,
  entity,
  format,
  giveWay,
  kind,
  rows,
  upload,
  walk
}: {
  readonly concurrency: number
  readonly entities: ReadonlyArray<LoadedEntity>
  readonly entity: LoadedEntity
  readonly format: RowFormat
  readonly giveWay: Effect.Effect<unknown, WarehouseError, Warehouse>
  readonly kind: RowKind
  readonly rows: RowWriter
  readonly upload: number
  readonly walk: Walk
}): Doing<number, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const cells = nameCells(kind, format)
  if (cells.length === 0) return 0
  const ofEntity = sql`upload = ${upload} AND starts_with(name, ${`${entity.name}:`})`
  const asked = yield* warehouse.rows(
    sql`${about(`names in rows of ${entity.name} that were not asked for yet; grain: one row per field and value`)}SELECT named.field, named.value, ${alike(sql`named.value`)} AS alike, to_json(coalesce(list(DISTINCT known.remote_id) FILTER (known.remote_id IS NOT NULL), []))::VARCHAR AS known,
  bool_or(step.seq IS NOT NULL) AS written
FROM (${joined(
      cells.map(
        ({ field, value }) => sql`SELECT DISTINCT ${field} AS field, ${value} AS value FROM handed WHERE ${ofEntity}`
      ),
      " UNION "
    )}) AS named LEFT JOIN (${ledgerNames(entities, format)}) AS known ON known.field = named.field AND known.value = ${alike(sql`named.value`)}
LEFT JOIN ${steps.table} AS step ON step.entity || ':' || step.key = known.name AND step.after IS NOT NULL
WHERE named.value IS NOT NULL AND (named.field, named.value) NOT IN (SELECT (field, value) FROM asked_name) GROUP BY ALL ORDER BY ALL`,
    NameRow
  )
  const others: Array<typeof NameRow.Type> = []
  for (let from = 0; from < asked.length && walk.stoppedBy() === null; from += pageSteps) {
    const page = asked.slice(from, from + pageSteps)
    yield* Effect.forEach(
      page,
      (one) =>
        walk.stoppedBy() !== null
          ? Effect.void
          : Effect.match(rows.named(one.field, one.value), {
              onSuccess: (found) => {
                const isFound = one.written || one.known.every((id) => found.includes(id))
                if (!isFound || found.some((id) => !one.known.includes(id))) others.push(one)
              },
              onFailure: (error) => {
                if (befallsAll(error)) walk.stop(error.message)
                else others.push(one)
              }
            }),
      { concurrency, discard: true }
    )
    yield* warehouse.append(
      "asked_name",
      page.map(({ field, value }) => [field, value])
    )
    yield* giveWay
  }
  if (others.length === 0) return 0
  yield* warehouse.append(
    "shared_name",
    others.map(({ alike: value, field }) => [field, value])
  )
  const left = sql`${ofEntity} AND (${joined(
    cells.map(({ field, value }) => sql`${alike(value)} IN (SELECT value FROM shared_name WHERE field = ${field})`),
    " OR "
  )})`
  const count = yield* countRows(sql`FROM handed WHERE ${left}`)
  yield* warehouse.execute(sql`${about("rows whose names others have")}DELETE FROM handed WHERE ${left}`)
  return count
})

/** `alike`: the value as it is compared. `written`: its record has a step of its own, so that what was listed before may not show it yet. */
const NameRow = Schema.Struct({
  field: Text,
  value: Text,
  alike: Text,
  known: Json(Schema.Array(Schema.String)),
  written: Schema.Boolean
})

/** The names of what stands by the ledgers. */
const ledgerNames = (entities: ReadonlyArray<LoadedEntity>, { names }: RowFormat): Sql =>
  joined(
    names.flatMap(({ field, resources }) =>
      entities
        .filter((one) => resources.includes(one.load.resource) && one.fields.includes(field))
        .map(
          ({ name: entity, tables }) =>
            sql`SELECT ${field} AS field, ${alike(quoted(field))} AS value, ${`${entity}:`} || key AS name, remote_id FROM ${quoted(tables.ledger)} WHERE presence IN ('present', 'kept')`
        )
    ),
    " UNION ALL ",
    sql`SELECT NULL::VARCHAR AS field, NULL::VARCHAR AS value, NULL::VARCHAR AS name, NULL::VARCHAR AS remote_id`
  )
