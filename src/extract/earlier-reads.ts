import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { sha256 } from "../core/hash.ts"
import type { Doing } from "../core/doing.ts"
import { about, joined, name as quoted, type Sql, sql } from "../core/sql.ts"
import { made } from "../core/table.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import type { TaggedRead } from "../core/ports/source.ts"
import { Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { type candidateTable, datasetTable, faultsTable, landedTable } from "../pipeline/relations.ts"
import type { DeltaRead } from "./completeness.ts"
import type { Landing } from "./land.ts"
import { landingStatement } from "./landing-statement.ts"

/** A dataset as an earlier run landed it, and where its rows are kept. */
export interface EarlierRead {
  /** sha256 of the records as they came. */
  readonly sha256: string
  /** sha256 of how records become rows: `landedBy`. */
  readonly landedBy: string
  /** Number of the run under which the rows lie in the folder of reads. */
  readonly run: number
  readonly landing: Landing
  /** The point from which a later delta read goes on; absent or null of other modes. */
  readonly delta?: Pick<DeltaRead, "asked" | "cursor" | "wholeAt"> | null
  /** The tags by which a later read is compared, and asked for; absent or null where there are none. */
  readonly tagged?: TaggedRead | null
}

/** sha256 of all that decides which rows records become: the record contract, its statement, the engine. */
export const landedBy = (dataset: string, contract: CollectionContract, engineVersion: string): string =>
  sha256(JSON.stringify([engineVersion, contract, landingStatement(dataset, contract, [], "mended")]))

/** The rows of a dataset that are kept in a folder, with the columns of its contract, and its faults. */
export const keptRows = (
  folder: string,
  dataset: string,
  { columns }: CollectionContract
): { readonly rows: Sql; readonly faults: Sql } => {
  const names = columns.map((column) => quoted(column.name))
  return {
    rows: sql`SELECT ${joined(names, ", ")}, _fault FROM read_parquet(${join(folder, `${dataset}.parquet`)})`,
    faults: sql`SELECT * FROM read_parquet(${join(folder, `${dataset}.faults.parquet`)})`
  }
}

/**
 * Makes a dataset of the rows that an earlier run landed out of the same records, as landing would leave it; false where
 * they cannot be read. The rows stay where they are: who reads the dataset reads them.
 */
export const openEarlier = Effect.fn("extract.open-earlier")(function* (
  dataset: string,
  contract: CollectionContract,
  run: number
): Doing<boolean, never, Warehouse> {
  const warehouse = yield* Warehouse
  const kept = keptRows(join(warehouse.folders.reads, String(run)), dataset, contract)
  const table = quoted(datasetTable(dataset))
  const open =
    warehouse.execute(sql`${about(`${dataset} as run ${run} read it; grain: one row per key`)}DROP TABLE IF EXISTS ${table};
CREATE OR REPLACE TEMP VIEW ${table} AS ${kept.rows};
${made({ name: faultsTable(dataset), grain: "one row per fault" })} ${kept.faults}`)
  return yield* open.pipe(
    Effect.as(true),
    Effect.catchAll(() => Effect.as(Effect.ignore(warehouse.execute(sql`DROP VIEW IF EXISTS ${table}`)), false))
  )
})

/** Puts the rows of such datasets into tables of their own, for statements that read them again and again. */
export const takeIn = Effect.fn("extract.take-in")(function* (
  datasets: ReadonlyArray<string>
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  for (const dataset of datasets) {
    const table = quoted(datasetTable(dataset))
    const copy = quoted(landedTable(dataset))
    yield* warehouse.execute(sql`${about(`${dataset} out of the rows that are kept; grain: one row per key`)}${made({ name: landedTable(dataset), grain: "one row per key" })} FROM ${table};
DROP VIEW ${table};
ALTER TABLE ${copy} RENAME TO ${table}`)
  }
})

/**
 * Takes away the views that stand for tables of datasets, or of entities, as an earlier night of the same connection may have
 * left them: where a view stands, no table can be made.
 */
export const dropViews = Effect.fn("extract.drop-views")(function* (
  ...of: ReadonlyArray<typeof datasetTable | typeof candidateTable>
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const views = yield* warehouse.rows(
    sql`${about("views that stand for tables")}SELECT view_name AS name FROM duckdb_views() WHERE temporary AND NOT internal AND (${joined(
      of.map((called) => sql`starts_with(view_name, ${called("")})`),
      " OR "
    )})`,
    Schema.Struct({ name: Text })
  )
  const drops = views.map(({ name }) => sql`DROP VIEW ${quoted(name)}`)
  if (drops.length > 0) yield* warehouse.execute(joined(drops, ";\n"))
})
