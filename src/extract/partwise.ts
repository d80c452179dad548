import * as Effect from "effect/Effect"
import { rowDigest } from "../core/digest.ts"
import { type CollectionContract, digestColumn } from "../core/ports/contracts.ts"
import type { RunClock } from "../core/run-clock.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { about, joined, name as quoted, type Sql, sql, timestamp } from "../core/sql.ts"
import { made, named } from "../core/table.ts"
import type { DatasetDefinition, DatasetParts, Definition } from "../pipeline/definition.ts"
import { datasetTable } from "../pipeline/relations.ts"
import { freshName, heldTable, leftFingerprint, partTableName, readTableName, scopeOf, unreadOf } from "./tables.ts"

/**
 * A dataset whose source is read part by part. What a part held when it was last read is kept in two durable tables of the
 * dataset, so that a part that cannot be read, or need not be, stays as it was:
 *
 * `read_P_D`  the records, with their faults, and since when they are as they are; grain: one row per record
 * `part_P_D`  what is known of each part: the fingerprint of the rows that named it, when it was last read, and when whole
 */
export interface PartwiseDataset {
  readonly definition: Definition
  readonly dataset: DatasetDefinition
  readonly parts: DatasetParts
  readonly contract: CollectionContract
  /** Column of the records that names their part. */
  readonly partColumn: string
}

export const readTableOf = (definition: Definition, dataset: string): Sql =>
  quoted(readTableName(definition.name, dataset))
export const readTable = ({ definition, dataset }: PartwiseDataset): Sql => readTableOf(definition, dataset.name)
export const partTableOf = (definition: Definition, dataset: string): Sql =>
  quoted(partTableName(definition.name, dataset))
export const partTable = ({ definition, dataset }: PartwiseDataset): Sql => partTableOf(definition, dataset.name)

/** Parts that the run is about; grain: one row per part. */
export const scopeTable = (dataset: string): Sql => named(scopeOf(dataset))

/** Parts of a dataset that were to be read in this run and were not (id, is_late); grain: one row per part, null = unknown which. */
export const unreadTable = (dataset: string): Sql => named(unreadOf(dataset))

/**
 * Takes what was landed under the fresh name of a dataset into what is kept of it: each record takes the place of its own,
 * and the kept ones for which the condition `gone` holds go. A record that came as it stood is as it is since then.
 */
export const takeInStatements = (partwise: PartwiseDataset, gone: Sql, clock: RunClock): ReadonlyArray<Sql> => {
  const kept = readTable(partwise)
  const fresh = quoted(datasetTable(freshName(partwise.dataset.name)))
  const key = quoted(partwise.contract.key)
  const columns = joined([...partwise.contract.columns.map((column) => quoted(column.name)), sql`_fault`], ", ")
  const content = (of: string) => rowDigest(partwise.contract.columns.map(digestColumn), of)
  return [
    sql`${made(heldTable)}
SELECT ${key} AS key, ${content("kept")} AS content, _since FROM ${kept} AS kept WHERE ${key} IN (SELECT ${key} FROM ${fresh})`,
    sql`DELETE FROM ${kept} WHERE ${gone}`,
    sql`DELETE FROM ${kept} WHERE ${key} IN (SELECT ${key} FROM ${fresh})`,
    sql`INSERT INTO ${kept} (${columns}, _since) SELECT ${columns}, coalesce(held._since, ${timestamp(clock.now)})
FROM ${fresh} AS fresh LEFT JOIN held ON held.key = fresh.${key} AND held.content = ${content("fresh")}`
  ]
}

/** Whether the parts are named by those of another dataset, of which some may not have been read. */
export const isBelowParts = (
  { definition, parts }: PartwiseDataset,
  contracts: ReadonlyMap<string, CollectionContract>
): boolean => {
  const from = definition.datasets.find(({ name }) => name === parts.relation)
  return from?.parts != null && contracts.get(from.endpoint)?.part !== undefined
}

/** Notes the parts that the pipeline is about no more, so that one that comes back counts as new. */
export const noteLeft = (partwise: PartwiseDataset): Effect.Effect<void, WarehouseError, Warehouse> =>
  Effect.flatMap(Warehouse, (warehouse) =>
    warehouse.execute(
      sql`${about(`parts of ${partwise.dataset.name} that the pipeline has left`)}UPDATE ${partTable(partwise)} SET fingerprint = ${leftFingerprint} WHERE fingerprint <> ${leftFingerprint} AND id NOT IN (SELECT id FROM ${scopeTable(partwise.dataset.name)})`
    )
  )
