import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { about, joined, name as quoted, noRows, oneOf, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { dependenciesOf } from "../pipeline/references.ts"
import { isOnDisk, type StoreError } from "../core/ports/disk.ts"
import {
  Count,
  FieldsOrNull,
  type FieldValues,
  Text,
  TextOrNull,
  Warehouse,
  type WarehouseError
} from "../core/ports/warehouse.ts"
import { transform } from "../transform/transform.ts"
import { rootOf, towardsLoaded } from "./row-outcomes.ts"
import { type KeptRead, keptReads, restoreRead } from "../extract/kept-reads.ts"
import type { Contracts, FoundRecord } from "./records.ts"
import { condition, type Search } from "./search.ts"
import { rowOutcomeTable } from "../state/row-outcome-table.ts"
import { candidateTable } from "../pipeline/relations.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { sourceFoundTable } from "./tables.ts"
import { emptied } from "../core/table.ts"
import { tell } from "../core/told.ts"

/** A source row of which the state tells nothing, as the newest kept read has it. */
interface UntracedRow {
  readonly dataset: string
  readonly source: string
  readonly run: number
}

/** Puts the rows of all kept reads that are searched for into `source_found` (dataset, source, run), the newest of each. */
export const searchReads = Effect.fn("history.search-reads")(function* (
  definition: Definition,
  datasets: ReadonlyArray<string>,
  contracts: Contracts,
  search: Search
): Doing<void, WarehouseError | StoreError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(sql`${emptied(sourceFoundTable)}`)
  for (const kept of yield* keptReads(definition.name)) {
    for (const dataset of datasets) {
      const rows = yield* rowsOf(kept, dataset, contracts, warehouse.folders.reads)
      if (rows === null) continue
      const spoken = rows.contract.columns
        .filter((column) => column.kind === "text" && column.values === undefined)
        .map((column) => quoted(column.name))
      yield* warehouse.execute(sql`${about(`rows of ${dataset} in the read of run ${kept.run} that were asked for`)}INSERT INTO source_found SELECT ${dataset}, ${quoted(rows.contract.key)}, ${kept.run} FROM ${rows.from}
WHERE ${condition(search, spoken, spoken)} AND ${quoted(rows.contract.key)} NOT IN (SELECT source FROM source_found WHERE dataset = ${dataset})`)
    }
  }
})

/** The file of a dataset in a kept read; null where that read does not hold it. */
const rowsOf = Effect.fnUntraced(function* (kept: KeptRead, dataset: string, contracts: Contracts, folder: string) {
  const read = kept.datasets.find((one) => one.name === dataset)
  const contract = read === undefined ? undefined : contracts.collections.get(read.endpoint)
  const file = join(folder, String(kept.run), `${dataset}.parquet`)
  if (read === undefined || contract === undefined || !(yield* isOnDisk(file))) return null
  // A read of an earlier build may lack what the connector has learnt to read since.
  const columns = contract.columns.filter((column) => read.columns.includes(`${column.name} ${column.kind}`))
  return { contract: { ...contract, columns }, from: sql`read_parquet(${file})` }
})

/** A row with its columns, nulls left out, lists as JSON text; as the newest read that holds it has it. */
export const readRow = Effect.fn("history.read-row")(function* (
  definition: Definition,
  contracts: Contracts,
  dataset: string,
  source: string
): Doing<{ readonly run: number; readonly columns: FieldValues } | null, WarehouseError | StoreError, Warehouse> {
  const warehouse = yield* Warehouse
  for (const kept of yield* keptReads(definition.name)) {
    const rows = yield* rowsOf(kept, dataset, contracts, warehouse.folders.reads)
    if (rows === null) continue
    const columns = rows.contract.columns.map((column) => {
      const name = quoted(column.name)
      const isList = ["refs", "texts", "records"].includes(column.kind)
      return sql`${column.name}: ${isList ? sql`to_json(${name})::VARCHAR` : sql`CAST(${name} AS VARCHAR)`}`
    })
    const [row] = yield* warehouse.rows(
      sql`${about(`the row of ${dataset} that was read last`)}SELECT to_json({${joined(columns, ", ")}})::VARCHAR AS columns FROM ${rows.from} WHERE ${quoted(rows.contract.key)} = ${source}`,
      Schema.Struct({ columns: FieldsOrNull })
    )
    if (row !== undefined) return { run: kept.run, columns: withoutNulls(row.columns) }
  }
  return null
})

/** The fields of a record that are not null. */
export const withoutNulls = (fields: FieldValues | null): FieldValues =>
  Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== null))

const Untraced = Schema.Struct({ dataset: Text, source: Text, run: Count })

/**
 * Finds the records that came of rows in `source_found`, of which no ledger, snapshot or row outcome tells by their own id:
 * records under another key, or nothing, with the reason. Of what is wanted the state does not keep from which row it came,
 * and of what a rule left out nothing at all: the pipeline as it is now is carried out once more over those rows.
 */
export const recordsOfRows = Effect.fn("history.records-of-rows")(function* (
  definition: Definition,
  contracts: Contracts,
  limit: number
): Doing<ReadonlyArray<FoundRecord>, WarehouseError | StoreError, Warehouse> {
  const warehouse = yield* Warehouse
  const known = loadedEntitiesOf(definition).flatMap(({ load, tables }) =>
    [tables.ledger, tables.snapshot, tables.history].map(
      (table) => sql`SELECT ${rootOf(definition, load.entity)} AS dataset, key AS source FROM ${quoted(table)}`
    )
  )
  const untraced = yield* warehouse.rows(
    sql`${about("rows of which the state tells nothing by their id")}SELECT * FROM source_found ANTI JOIN (SELECT dataset, source FROM ${quoted(rowOutcomeTable(definition.name))}) AS row_outcome USING (dataset, source)
ANTI JOIN (${joined(known, " UNION ALL ")}) AS known USING (dataset, source) ORDER BY dataset, source LIMIT ${Math.trunc(limit)}`,
    Untraced
  )
  const found: Array<FoundRecord> = []
  for (const kept of yield* keptReads(definition.name)) {
    const mine = untraced.filter((row) => row.run === kept.run)
    if (mine.length > 0) found.push(...(yield* carriedOutAgain(definition, contracts, kept, mine)))
  }
  return found
})

const carriedOutAgain = (
  definition: Definition,
  contracts: Contracts,
  kept: KeptRead,
  rows: ReadonlyArray<UntracedRow>
) =>
  Effect.gen(function* () {
    const all = new Map([...contracts.collections, ...definition.used])
    const clock = { asOf: kept.asOf, now: kept.readAt }
    yield* restoreRead(definition, all, clock, kept)
    yield* transform(definition, all, clock)
    const found: Array<FoundRecord> = []
    for (const row of rows) found.push(...(yield* becameOf(definition, row)))
    return found
  }).pipe(
    // The error that stops it may hold values of people; the plan over those rows says it in its own words.
    Effect.catchAll(() =>
      Effect.succeed(
        rows.map((row) =>
          ofRow(
            row,
            `and what became of it is not known: the pipeline as it is now cannot be carried out over those rows, and \`rollbook plan ${definition.name} --from-run ${row.run}\` says why`
          )
        )
      )
    )
  )

/**
 * The rows from which records under keys of their own come, a place whose key is made of class and person: of the newest
 * read that is kept, by the pipeline as it is now. Empty where that cannot be carried out over it.
 */
export const rowsOfRecords = Effect.fn("history.rows-of-records")(function* (
  definition: Definition,
  contracts: Contracts,
  records: ReadonlyArray<{ readonly entity: string; readonly key: string }>
): Doing<ReadonlyArray<{ readonly dataset: string; readonly source: string }>, WarehouseError | StoreError, Warehouse> {
  const entities = definition.entities.filter(({ name }) => records.some(({ entity }) => entity === name))
  const [kept] = yield* keptReads(definition.name)
  if (kept === undefined || entities.length === 0) return []
  const warehouse = yield* Warehouse
  const all = new Map([...contracts.collections, ...definition.used])
  const clock = { asOf: kept.asOf, now: kept.readAt }
  return yield* Effect.gen(function* () {
    yield* restoreRead(definition, all, clock, kept)
    yield* transform(definition, all, clock)
    const rows = yield* Effect.forEach(entities, ({ name }) => {
      const keys = records.flatMap(({ entity, key }) => (entity === name ? [key] : []))
      return Effect.map(
        warehouse.rows(
          sql`${about(`rows of which some ${name} were made`)}SELECT DISTINCT _source AS source FROM ${quoted(candidateTable(name))}
WHERE _turned IS NULL AND _source IS NOT NULL AND key IN (${oneOf(keys)}) ORDER BY source`,
          Schema.Struct({ source: Text })
        ),
        (found) => found.map((row) => ({ dataset: rootOf(definition, name), source: row.source }))
      )
    })
    return rows.flat()
  }).pipe(Effect.catchAll(() => Effect.succeed([])))
})

const Became = Schema.Struct({ entity: Text, key: TextOrNull, kept: Schema.Boolean, say: TextOrNull })

/** The records that a row became; where there are none, the row itself with the reason. */
const becameOf = Effect.fn("history.became-of")(function* (definition: Definition, row: UntracedRow) {
  const warehouse = yield* Warehouse
  const candidates = definition.entities.filter((entity) => rootOf(definition, entity.name) === row.dataset)
  const loaded = new Set(definition.load.entities.map((load) => load.entity))
  const became = yield* warehouse.rows(
    sql`${about(`what became of one row of ${row.dataset}`)}${joined(
      candidates.map(
        ({ name }) =>
          sql`SELECT ${name} AS entity, key, _turned IS NULL AS kept, _turned.say AS say FROM ${quoted(candidateTable(name))} WHERE _source = ${row.source}`
      ),
      " UNION ALL ",
      noRows({ entity: "VARCHAR", key: "VARCHAR", kept: "BOOLEAN", say: "VARCHAR" })
    )}`,
    Became
  )
  const kept = became.filter((one) => one.kept && loaded.has(one.entity))
  if (kept.length > 0) {
    return kept.map(({ entity, key }): FoundRecord => ({ entity, key: key ?? "", source: row.source, read: null }))
  }
  const turned = became.find((one) => !one.kept)
  return [ofRow(row, turned?.say ?? notWanted(definition, row.dataset))]
})

/** Why a row became nothing that no entity turned away: a `where` on its way left it out. */
const notWanted = (definition: Definition, dataset: string): string => {
  const considering = towardsLoaded(definition, dataset)
  const leavingOut = considering.filter((name) =>
    definition.entities.some((entity) => entity.name === name && entity.where !== null)
  )
  if (considering.length > 0)
    return tell("record.not-wanted", { entity: (leavingOut.length > 0 ? leavingOut : considering).join(" or ") })
  const using = definition.entities.filter((entity) => dependenciesOf(entity).includes(dataset)).map(({ name }) => name)
  return `and nothing that is written is made of rows of ${dataset}${using.length === 0 ? "" : `, which are looked up by ${using.join(", ")}`}`
}

const ofRow = ({ dataset, run, source }: UntracedRow, say: string): FoundRecord => ({
  entity: dataset,
  key: source,
  source,
  read: { run, say }
})
