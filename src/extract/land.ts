import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { rowDigest } from "../core/digest.ts"
import { about, joined, name as quoted, sql } from "../core/sql.ts"
import { type CollectionContract, digestColumn } from "../core/ports/contracts.ts"
import type { PageFile } from "../core/ports/source.ts"
import type { StoreError } from "../core/ports/disk.ts"
import { Count, countRows, isOfValues, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { holdsAStructure, isStanding } from "./contract-columns.ts"
import { landingStatement, type Reading } from "./landing-statement.ts"
import { setAside } from "./set-aside.ts"
import { datasetTable, landedTable } from "../pipeline/relations.ts"
import type { Doing } from "../core/doing.ts"
import { datasetOf, faultsOf } from "./tables.ts"
import { made } from "../core/table.ts"

/** The outcome of a collection's rows on their way into a table. All counts in rows. */
export interface Landing {
  readonly dataset: string
  /** Rows in the page files. */
  readonly read: number
  /** Rows of the dataset, one per key, faulty ones included. */
  readonly kept: number
  /** Rows turned away by the record contract; those with a key are in the dataset too, marked. */
  readonly faulty: number
  /** Rows without a key: they are in quarantine and nowhere else. */
  readonly keyless: number
  /** Copies that were equal to the row kept. */
  readonly equalDuplicates: number
  /** Copies that differed from the row kept, which is the newest. */
  readonly differingDuplicates: number
  /** Up to twenty keys of such pairs. */
  readonly differingKeys: ReadonlyArray<string>
}

/**
 * Reads page files into a temporary table, checks each row against the record contract and collapses duplicates.
 * First with the types that well-behaved servers send, which is fastest; where a value does not fit them, once more
 * with every value read as it stands; where the engine refuses a page, once more without the records that it refuses.
 * Grain: one row per key.
 */
export const landCollection = Effect.fn("extract.land")(function* (
  dataset: string,
  contract: CollectionContract,
  files: ReadonlyArray<PageFile>
): Doing<Landing, WarehouseError | StoreError, Warehouse> {
  const warehouse = yield* Warehouse
  const load = (reading: Reading): Effect.Effect<void, WarehouseError> =>
    warehouse.execute(landingStatement(dataset, contract, files, reading))
  const asItStands = Effect.catchIf(load("tolerant"), isOfValues, () =>
    Effect.zipRight(setAside(contract, files), load("mended"))
  )
  yield* load("typed").pipe(
    // A name twice is told by the types alone: read as it stands, the first value would pass.
    Effect.catchIf(
      (error) => files.length > 0 && isOfValues(error),
      (error) => (isRefused(error) ? Effect.zipRight(setAside(contract, files), load("mended")) : asItStands)
    )
  )
  // A text that begins like a structure may be one: only where all is read as it stands, it is known.
  if (yield* holdsStructures(dataset)) yield* asItStands
  return yield* collapse(dataset, contract)
})

const isRefused = ({ detail, reason }: WarehouseError): boolean =>
  reason === "Malformed" || /duplicate key/i.test(detail)

const holdsStructures = (dataset: string): Effect.Effect<boolean, WarehouseError, Warehouse> =>
  Effect.map(
    countRows(
      sql`FROM ${quoted(landedTable(dataset))} WHERE ${holdsAStructure}`,
      about(`texts of ${dataset} that may be structures`)
    ),
    (rows) => rows > 0
  )

const Counts = Schema.Struct({ read: Count, keyed: Count, keys: Count, faulty: Count })
const Differing = Schema.Struct({ key: Text, differing: Count })

/** Collapses duplicates and counts; the landed rows stand in `landed_<dataset>`. */
const collapse = Effect.fn("extract.collapse")(function* (dataset: string, contract: CollectionContract) {
  const warehouse = yield* Warehouse
  const landed = quoted(landedTable(dataset))
  const table = quoted(datasetTable(dataset))
  const key = quoted(contract.key)
  const [counts] = yield* warehouse.rows(
    sql`${about(`counts of ${landed.text}`)}SELECT count(*) AS read, count(${key}) AS keyed, count(DISTINCT ${key}) AS keys,
  count(*) FILTER (_fault IS NOT NULL) AS faulty FROM ${landed}`,
    Counts
  )
  const { faulty, keyed, keys, read } = counts ?? { read: 0, keyed: 0, keys: 0, faulty: 0 }
  let differing: ReadonlyArray<string> = []
  let differingDuplicates = 0
  if (keyed === keys) {
    yield* warehouse.execute(
      read === keyed
        ? sql`ALTER TABLE ${landed} RENAME TO ${table}`
        : sql`${made(datasetOf(dataset, contract))} SELECT * FROM ${landed} WHERE ${key} IS NOT NULL`
    )
  } else {
    const columns = contract.columns.filter((column) => column.name !== contract.modified)
    const sameness = sql`hash(${rowDigest(columns.map(digestColumn))}, _fault)`
    const newest = [
      ...(contract.modified === null ? [] : [sql`${quoted(contract.modified)} DESC NULLS LAST`]),
      // Unless something says which is newer, a mark of deletion takes nobody out.
      ...(contract.standing === undefined ? [] : [sql`${isStanding(contract.standing)} DESC NULLS LAST`]),
      sql`_sameness`
    ]
    yield* warehouse.execute(sql`${about(`${table.text}: ${landed.text}, one row per key, the newest of those that differ`)}${made(datasetOf(dataset, contract))}
WITH marked AS (SELECT *, ${sameness} AS _sameness FROM ${landed} WHERE ${key} IS NOT NULL)
SELECT * EXCLUDE (_sameness) FROM marked
QUALIFY row_number() OVER (PARTITION BY ${key} ORDER BY ${joined(newest, ", ")}) = 1`)
    const pairs = yield* warehouse.rows(
      sql`${about(`keys of ${landed.text} whose copies differ`)}SELECT ${key} AS key, count(DISTINCT ${sameness}) - 1 AS differing FROM ${landed}
WHERE ${key} IS NOT NULL GROUP BY ALL HAVING differing > 0 ORDER BY key`,
      Differing
    )
    differing = pairs.slice(0, 20).map((row) => row.key)
    differingDuplicates = pairs.reduce((sum, row) => sum + row.differing, 0)
  }
  yield* warehouse.execute(sql`${about(`quarantine of ${dataset}: rows that do not fit the record contract`)}${made(faultsOf(dataset))}
SELECT ${key} AS key, _fault.rule AS rule, _fault.say AS say FROM ${read === keyed && keyed === keys ? table : landed}
WHERE _fault IS NOT NULL`)
  return {
    dataset,
    read,
    kept: keys,
    faulty,
    keyless: read - keyed,
    equalDuplicates: keyed - keys - differingDuplicates,
    differingDuplicates,
    differingKeys: differing
  }
})
