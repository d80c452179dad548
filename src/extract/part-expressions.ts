import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, name as quoted, type Sql, sql, written } from "../core/sql.ts"
import { fails, tryToCompute } from "../core/tried.ts"
import type { Definition, DatasetDefinition, DatasetParts, NewsDefinition, SqlText } from "../pipeline/definition.ts"
import { newsOf } from "../pipeline/references.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import { isOfValues, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { datasetTable, faultsTable } from "../pipeline/relations.ts"
import type { Doing } from "../core/doing.ts"

/**
 * The expressions by which the parts of a dataset are found, `id`, `when`, `again_when` and those of `again_with` and
 * `whole_with`, and what happens where one cannot be computed of a record. The record that should have named a part goes
 * to quarantine and its part counts as not read; where it cannot be known whether a part is to be read again, it is.
 */

/** How an expression stands in a statement. The table `run` is in reach. */
export interface Reading {
  readonly value: (text: SqlText) => Sql
  /** A condition that holds where it cannot be computed. */
  readonly holdsUnlessFalse: (text: SqlText) => Sql
  /** Whether it cannot be computed; null where it always can. */
  readonly fails: (text: SqlText) => Sql | null
}

const asWritten: Reading = { value: written, holdsUnlessFalse: written, fails: () => null }

const tried: Reading = {
  value: ({ sql: text }) => written({ sql: tryToCompute(text) }),
  holdsUnlessFalse: ({ sql: text }) =>
    sql`(${written({ sql: fails(text) })} OR ${written({ sql: tryToCompute(text) })})`,
  fails: ({ sql: text }) => written({ sql: fails(text) })
}

/**
 * Carries out statements with expressions as they are written, and where one cannot be computed of some record, all of
 * them with every expression tried. Gives whether that was so.
 */
export const carryOut = Effect.fn("extract.carry-out")(function* (
  statements: (reading: Reading) => ReadonlyArray<Sql>
): Doing<boolean, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const all = (reading: Reading): Effect.Effect<void, WarehouseError> =>
    Effect.forEach(statements(reading), (one) => warehouse.execute(one), { discard: true })
  return yield* all(asWritten).pipe(
    Effect.as(false),
    Effect.catchIf(isOfValues, (error) =>
      // An expression that is not to blame makes the second try fail as well: then the first error is told.
      all(tried).pipe(
        Effect.mapError(() => error),
        Effect.as(true)
      )
    )
  )
})

/** Records of which an expression cannot be computed. */
export interface Uncomputed {
  /** The relation whose records they are. */
  readonly relation: string
  readonly records: ReadonlyArray<{
    readonly key: string | null
    /** The part that the record names; null where that is what cannot be computed. */
    readonly part: string | null
  }>
  /** Whether they should have named a part, and named none: they are turned away. */
  readonly isTurnedAway: boolean
  /** Why a record is turned away. */
  readonly reason: string
  /** The same of all of them, with what follows. No value is said. */
  readonly say: string
}

const RecordOfPart = Schema.Struct({ key: TextOrNull, part: TextOrNull })

/** Finds, per expression of a dataset's parts, the records of which it cannot be computed. `kept` holds the dataset's own records. */
export const findUncomputed = Effect.fn("extract.find-uncomputed")(function* ({
  definition,
  dataset,
  parts,
  contracts,
  keptTable
}: {
  readonly definition: Definition
  readonly dataset: DatasetDefinition
  readonly parts: DatasetParts
  readonly contracts: ReadonlyMap<string, CollectionContract>
  readonly keptTable: (dataset: string) => Sql
}): Doing<ReadonlyArray<Uncomputed>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const found: Array<Uncomputed> = []
  for (const one of expressionsOf(dataset, parts, keptTable)) {
    const endpoint = definition.datasets.find(({ name }) => name === one.relation)?.endpoint ?? ""
    const key = quoted(contracts.get(endpoint)?.key ?? "key")
    const alias = quoted(one.alias)
    const records = yield* warehouse.rows(
      sql`${about(`records of ${one.relation} of which an expression cannot be computed; grain: one row per record`)}SELECT CAST(${alias}.${key} AS VARCHAR) AS key, ${one.part === null ? null : sql`CAST(${tried.value(one.part)} AS VARCHAR)`} AS part
FROM ${one.table} AS ${alias} CROSS JOIN run WHERE ${tried.fails(one.text)} ORDER BY key`,
      RecordOfPart
    )
    if (records.length === 0) continue
    const { column, file, line } = one.text.at
    const place = `${file}:${line}:${column}`
    const keys = records.slice(0, 3).map((record) => record.key ?? "one without an id")
    const more = records.length > keys.length ? ` and ${records.length - keys.length} more` : ""
    found.push({
      relation: one.relation,
      records,
      isTurnedAway: one.isTurnedAway,
      reason: `${place} cannot be computed of this record of ${one.relation}: its values do not fit, or TRY_CAST is missing`,
      say: `${place} cannot be computed of ${keys.join(", ")}${more} of ${one.relation}, so that ${one.consequence}: where text may be no number or date, write TRY_CAST(… AS …)`
    })
  }
  return found
})

interface Expression {
  readonly text: SqlText
  readonly relation: string
  readonly table: Sql
  readonly alias: string
  /** The expression of the part that the record names; null where that is asked for itself. */
  readonly part: SqlText | null
  readonly isTurnedAway: boolean
  readonly consequence: string
}

const expressionsOf = (
  { mode, name }: DatasetDefinition,
  parts: DatasetParts,
  keptTable: (dataset: string) => Sql
): ReadonlyArray<Expression> => {
  const naming = {
    relation: parts.relation,
    table: quoted(datasetTable(parts.relation)),
    alias: parts.alias,
    isTurnedAway: true
  }
  const deciding = { part: null, isTurnedAway: false }
  return [
    { ...naming, text: parts.id, part: null, consequence: `it is not known which parts of ${name} these are` },
    ...(parts.when === null
      ? []
      : [{ ...naming, text: parts.when, part: parts.id, consequence: `their parts of ${name} are not read` }]),
    ...(mode.kind !== "kept" || mode.againWhen === null
      ? []
      : [
          {
            ...deciding,
            text: mode.againWhen,
            relation: name,
            table: keptTable(name),
            alias: "kept",
            consequence: "their parts are read again on every run"
          }
        ]),
    ...newsOf({ mode }).map((news: NewsDefinition) => ({
      ...deciding,
      text: news.id,
      relation: news.relation,
      table: keptTable(news.relation),
      alias: news.alias,
      consequence: `they count as news of every part of ${name}`
    }))
  ]
}

/** Puts the records that should have named a part of a dataset into its quarantine. */
export const turnAway = Effect.fn("extract.turn-away")(function* (
  dataset: string,
  uncomputed: ReadonlyArray<Uncomputed>
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  for (const { reason, records } of uncomputed.filter((one) => one.isTurnedAway)) {
    yield* warehouse.append(
      faultsTable(dataset),
      records.map(({ key }) => [key, "not-computed", reason])
    )
  }
})
