import * as Effect from "effect/Effect"
import { join } from "node:path"
import type { Doing } from "../core/doing.ts"
import type { CollectionContract, ColumnContract } from "../core/ports/contracts.ts"
import { makeOwnFolder, onDisk, removeAll, type StoreError } from "../core/ports/disk.ts"
import { type ListedCollection, type ListedSource, type Listing, Listings } from "../core/ports/listings.ts"
import { Source } from "../core/ports/source.ts"
import { countRows, isOfValues, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import type { RunClock } from "../core/run-clock.ts"
import { about, all, joined, name as quoted, type Sql, sql, timestamp } from "../core/sql.ts"
import { made, named } from "../core/table.ts"
import { tell } from "../core/told.ts"
import type { DatasetDefinition } from "../pipeline/definition.ts"
import { newsOf } from "../pipeline/references.ts"
import { datasetTable } from "../pipeline/relations.ts"
import type { ListedRead } from "./completeness.ts"
import { landCollection } from "./land.ts"
import { knownUntil, landListings, listedTable } from "./listings.ts"
import { type PartwiseDataset, partTable, readTable, scopeTable, takeInStatements, unreadTable } from "./partwise.ts"
import { freshName, listedPartTable, listedRecordTable } from "./tables.ts"

/**
 * Parts of a dataset that need not be asked for whole, because the source lists all of them in files that it makes itself. What
 * the files tell is taken into what is kept, as of the instant at which they were made: the state is then as if every such
 * part had been read whole at that instant, and whatever reads on from there does as ever.
 *
 * A file knows less than the source does, and is older. So a part is taken out of the files only where nothing speaks against
 * that; any other is asked for as if there were no files:
 *
 * - it was asked for after they were made: what is known of it is newer, and may have been sent on;
 * - what is kept of it was changed later than the files say, or it was read whole without a record that they tell;
 * - they do not tell all of it, as a text that is cut;
 * - the records on which its own hang stand otherwise now.
 */
export interface ListedParts {
  /** Null where no part was taken out of listings. */
  readonly read: ListedRead | null
  /** Why not, and what was left out; in words for people. */
  readonly warnings: ReadonlyArray<string>
  /** Requests that were sent for the listings. */
  readonly requests: number
}

export const nothingListed: ListedParts = { read: null, warnings: [], requests: 0 }

const [hour, day] = [3_600_000, 86_400_000]

/** Takes the parts that listings tell of out of them. No failure of it stops the run: everything is asked for then. */
export const takeListed = Effect.fn("extract.take-listed")(function* (
  partwise: PartwiseDataset,
  clock: RunClock
): Doing<ListedParts, WarehouseError | StoreError, Source | Warehouse> {
  const source = yield* Source
  const { dataset, definition } = partwise
  const collection = source.listed?.listings.collection(dataset.endpoint) ?? null
  if (source.listed === undefined || collection === null || dataset.mode.kind !== "delta") return nothingListed
  if ((yield* countRows(sql`FROM ${scopeTable(dataset.name)}`)) === 0) return nothingListed
  const sentBefore = source.requestsSent()
  const without = (warning: string): ListedParts => ({
    read: null,
    warnings: [warning],
    requests: source.requestsSent() - sentBefore
  })
  const others = newsOf(dataset).map(({ relation }) => definition.datasets.find((one) => one.name === relation))
  if (others.some((one) => one?.endpoint !== collection.hangsOn.endpoint)) return without(tell("listed.other-news", {}))
  const landed = yield* landListings(collection.listings).pipe(
    Effect.provideService(Listings, source.listed.listings),
    Effect.either
  )
  if (landed._tag === "Left") {
    const error = landed.left
    if (error._tag === "StoreError" || (error._tag === "WarehouseError" && !isOfValues(error))) return yield* error
    return without(`${tell("listed.not-read", {})} ${error.message}`)
  }
  const listings = landed.right
  const known = knownUntil(listings)
  // A clock of the source that is ahead must not make a part look as if it were read after now.
  const until = known < clock.now ? known : clock.now
  const { mode } = dataset
  const age = Date.parse(clock.now) - Date.parse(until)
  if (age >= mode.wholeEveryDays * day) return without(tell("listed.too-old", { at: until, days: mode.wholeEveryDays }))
  const doubts = listings.flatMap(({ doubt, form }) =>
    doubt === null ? [] : [`${tell("listed.gap", { name: form.name })} ${doubt}`]
  )
  yield* gather({ partwise, collection, listings, until, others })
  const told = yield* countRows(sql`FROM ${named(listedRecordTable)}`)
  if (told === 0 && (yield* countRows(sql`FROM ${readTable(partwise)}`)) > 0) return without(tell("listed.empty", {}))
  const parts = yield* countRows(sql`FROM ${named(listedPartTable)}`)
  if (parts > 0) yield* takeIn(partwise, collection, until, clock)
  const left = (yield* countRows(sql`FROM ${scopeTable(dataset.name)}`)) - parts
  return {
    read: parts === 0 ? null : { asOf: until, parts, isAsked: isAsked(source.listed, age) },
    warnings: [...doubts, ...(left === 0 ? [] : [tell("listed.left", { parts: left })])],
    requests: source.requestsSent() - sentBefore
  }
})

const isAsked = ({ askAfterHours }: ListedSource, age: number): boolean => age >= askAfterHours * hour

interface Gathering {
  readonly partwise: PartwiseDataset
  readonly collection: ListedCollection
  readonly listings: ReadonlyArray<Listing>
  readonly until: string
  /** The datasets on whose records those of this one hang. */
  readonly others: ReadonlyArray<DatasetDefinition | undefined>
}

/** Makes the two tables: the records that the listings tell, and the parts against which nothing speaks. */
const gather = Effect.fn("extract.gather-listed")(function* ({
  collection,
  listings,
  others,
  partwise,
  until
}: Gathering) {
  const warehouse = yield* Warehouse
  const { contract, dataset, partColumn } = partwise
  const table = (name: string): Sql => {
    const found = listings.find(({ form }) => form.name === name)
    if (found === undefined) throw new Error(`the listing ${name} was not asked for`)
    return listedTable(found)
  }
  const [kept, parts, records] = [readTable(partwise), partTable(partwise), named(listedRecordTable)]
  const [key, part, modified] = [quoted(contract.key), quoted(partColumn), quoted(contract.modified ?? "")]
  const columns = joined(
    contract.columns.map((column) => quoted(column.name)),
    ", "
  )
  yield* warehouse.execute(sql`${about(`what the source lists of ${dataset.name}; grain: one row per record`)}${made(listedRecordTable)}
SELECT ${columns} FROM (${collection.select(table)}) AS listed WHERE ${part} IN (SELECT id FROM ${scopeTable(dataset.name)})`)
  const unfit = [
    sql`SELECT id FROM (${collection.untold(table)})`,
    ...others.flatMap((one) =>
      one === undefined
        ? []
        : [
            sql`SELECT id FROM (${collection.hangsOn.differs(quoted(datasetTable(one.name)), table)})`,
            // Nobody knows of one that was not read now; where it is not known which that was, all are meant.
            sql`SELECT coalesce(unread.id, scope.id) AS id FROM ${unreadTable(one.name)} AS unread CROSS JOIN ${scopeTable(dataset.name)} AS scope WHERE unread.id IS NULL OR unread.id = scope.id`
          ]
    ),
    // The kept record is newer than the listed one.
    sql`SELECT kept.${part} FROM ${kept} AS kept JOIN ${records} AS listed USING (${key}) WHERE listed.${modified} IS NULL AND kept.${modified} IS NOT NULL OR kept.${modified} > listed.${modified}`,
    sql`SELECT kept.${part} FROM ${kept} AS kept ANTI JOIN ${records} AS listed USING (${key}) WHERE kept.${modified} > ${timestamp(until)}`,
    // Read whole without it after it was modified.
    sql`SELECT listed.${part} FROM ${records} AS listed JOIN ${parts} AS part ON part.id = listed.${part} ANTI JOIN ${kept} AS kept ON kept.${key} = listed.${key} WHERE coalesce(listed.${modified} <= part.whole_at, true)`
  ]
  yield* warehouse.execute(sql`${about(`parts of ${dataset.name} of which the listings tell all; grain: one row per part`)}${made(listedPartTable)}
WITH unfit(id) AS (${joined(unfit, "\nUNION ALL\n")})
SELECT scope.id, scope.fingerprint FROM ${scopeTable(dataset.name)} AS scope LEFT JOIN ${parts} AS part ON part.id = scope.id
WHERE (part.id IS NULL OR (part.read_at <= ${timestamp(until)} AND part.whole_at <= ${timestamp(until)}))
  AND scope.id NOT IN (SELECT id FROM unfit WHERE id IS NOT NULL)`)
})

/**
 * Takes the records of these parts into what is kept. One that is kept as it is listed stays: what was asked for is told to
 * more digits, and its texts as they are. The others land as what is asked for does.
 */
const takeIn = Effect.fn("extract.take-in-listed")(function* (
  partwise: PartwiseDataset,
  collection: ListedCollection,
  until: string,
  clock: RunClock
) {
  const warehouse = yield* Warehouse
  const { contract, dataset, partColumn } = partwise
  const [key, part] = [quoted(contract.key), quoted(partColumn)]
  const [parts, records] = [named(listedPartTable), named(listedRecordTable)]
  const folder = join(warehouse.folders.pages, `listed_${dataset.name}`)
  const path = join(folder, "page.json")
  const columns = joined(
    contract.columns.map((column) => sql`${asSent(column)} AS ${quoted(column.name)}`),
    ", "
  )
  const from = sql`FROM ${records} AS listed JOIN ${parts} AS part ON part.id = listed.${part} LEFT JOIN ${readTable(partwise)} AS kept ON kept.${key} = listed.${key}
WHERE ${isOther(contract, collection.decimals)}`
  yield* onDisk("make room for what is listed", folder, (disk) =>
    Effect.zipRight(removeAll(disk, folder), makeOwnFolder(disk, folder))
  )
  const rows = yield* countRows(from)
  yield* warehouse.execute(
    sql`${about(`what is listed of ${dataset.name} otherwise than it is kept`)}COPY (SELECT ${columns} ${from}) TO ${path} (FORMAT json)`
  )
  yield* landCollection(freshName(dataset.name), contract, [{ path, rows }])
  yield* onDisk("remove what was listed", folder, (disk) => removeAll(disk, folder))
  const gone = sql`${part} IN (SELECT id FROM ${parts}) AND ${key} NOT IN (SELECT ${key} FROM ${records})`
  yield* warehouse.transaction([
    ...takeInStatements(partwise, gone, clock),
    sql`DELETE FROM ${partTable(partwise)} WHERE id IN (SELECT id FROM ${parts})`,
    sql`INSERT INTO ${partTable(partwise)} SELECT id, fingerprint, ${timestamp(until)}, ${timestamp(until)} FROM ${parts}`
  ])
})

/** A value as a source sends it. */
const asSent = ({ kind, name }: ColumnContract): Sql => {
  const value = sql`listed.${quoted(name)}`
  return kind === "timestamp" ? sql`strftime(${value}, '%Y-%m-%dT%H:%M:%S.%gZ')` : value
}

/** Whether a listed record is another than the kept one. Where both say when it was modified, and the same, texts are not compared. */
const isOther = (contract: CollectionContract, decimals: number): Sql => {
  const pair = ({ name }: ColumnContract): readonly [Sql, Sql] => [
    sql`listed.${quoted(name)}`,
    sql`kept.${quoted(name)}`
  ]
  const numbers = contract.columns
    .filter(({ kind }) => kind === "number")
    .map(pair)
    .map(([listed, kept]) => sql`round(${listed}, ${decimals}) IS NOT DISTINCT FROM round(${kept}, ${decimals})`)
  const others = contract.columns
    .filter(({ kind }) => kind !== "number")
    .map(pair)
    .map(([listed, kept]) => sql`${listed} IS NOT DISTINCT FROM ${kept}`)
  const modified = quoted(contract.modified ?? "")
  return sql`kept.${quoted(contract.key)} IS NULL OR kept._fault IS NOT NULL OR NOT (${all(numbers)} AND (coalesce(listed.${modified} = kept.${modified}, false) OR ${all(others)}))`
}
