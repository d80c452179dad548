import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Either from "effect/Either"
import { join } from "node:path"
import { rowDigest, setDigest } from "../core/digest.ts"
import { about, name as quoted, type Sql, sql } from "../core/sql.ts"
import type { Completeness } from "./completeness.ts"
import type { DatasetDefinition, Definition } from "../pipeline/definition.ts"
import { isReadFromSource } from "../pipeline/references.ts"
import { type CollectionContract, digestColumn } from "../core/ports/contracts.ts"
import type { SourceError } from "../core/ports/source.ts"
import {
  isUnfinished,
  makeOwnFolder,
  onDisk,
  removeWhole,
  type StoreError,
  unfinished,
  writeOwnFile
} from "../core/ports/disk.ts"
import { Count, countRows, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { keptRows } from "./earlier-reads.ts"
import { openTables } from "./own-tables.ts"
import { openUsedLedgers } from "./used-ledgers.ts"
import { type RunClock } from "../core/run-clock.ts"
import { clockStatement } from "../core/run-clock.ts"
import { datasetTable, faultsTable } from "../pipeline/relations.ts"
import type { Doing } from "../core/doing.ts"
import { datasetOf, faultsOf } from "./tables.ts"
import { made } from "../core/table.ts"

/** The rows of an earlier run cannot be taken again; nothing was planned. */
export class ReadUnavailable extends Data.TaggedError("ReadUnavailable")<{
  /** `NotKept`: no such read lies in the workspace. `OtherRequest`: it does not hold what today's pipeline asks for. */
  readonly reason: "NotKept" | "OtherRequest"
  readonly detail: string
}> {
  override get message(): string {
    return this.detail
  }
}

/** A dataset as it was asked for, and by what its rows are told from those of another read. */
interface KeptDataset {
  readonly name: string
  readonly endpoint: string
  readonly filter: string | null
  readonly fields: ReadonlyArray<string>
  /** `name kind` of each column. */
  readonly columns: ReadonlyArray<string>
  readonly fingerprint: string
}

/** A proven read whose rows lie in the workspace, one Parquet file per dataset. */
export interface KeptRead {
  readonly run: number
  readonly pipeline: string
  readonly asOf: string
  /** ISO instant of the run. */
  readonly readAt: string
  readonly engineVersion: string
  readonly datasets: ReadonlyArray<KeptDataset>
  readonly read: ReadonlyArray<Completeness>
}

const manifest = "read.json"

/**
 * Keeps the landed rows of a read that was proven whole, and drops the oldest beyond `keep_reads`. A dataset that is
 * as the read before had it is linked, not written again, so that a quiet night costs next to nothing.
 * Rows taken from an earlier read are linked without being looked at.
 */
export const keepRead = Effect.fn("extract.keep-read")(function* ({
  definition,
  contracts,
  clock,
  run,
  read
}: {
  readonly definition: Definition
  readonly contracts: ReadonlyMap<string, CollectionContract>
  readonly clock: RunClock
  readonly run: number
  readonly read: ReadonlyArray<Completeness>
}): Doing<void, WarehouseError | StoreError, Warehouse> {
  const warehouse = yield* Warehouse
  const { reads } = warehouse.folders
  const earlier = yield* keptReads(definition.name)
  if (definition.keepReads > 0) {
    const beingMade = unfinished(join(reads, String(run)))
    yield* onDisk("keep the rows that were read", beingMade, (disk) => makeOwnFolder(disk, beingMade))
    const datasets: Array<KeptDataset> = []
    for (const dataset of definition.datasets) {
      const contract = contracts.get(dataset.endpoint)
      if (contract === undefined || !isReadFromSource(dataset)) continue
      const keptBy = read.find((one) => one.proof.dataset === dataset.name)?.keptBy ?? null
      datasets.push(yield* keepDataset(dataset, contract, beingMade, { last: earlier[0] ?? null, keptBy }))
    }
    const kept: KeptRead = {
      run,
      pipeline: definition.name,
      asOf: clock.asOf,
      readAt: clock.now,
      engineVersion: warehouse.engineVersion,
      datasets,
      // Tags belong to the last night alone: they are one a page, and no other night is asked for by them.
      read: read.map((one) => ({ ...one, tagged: null }))
    }
    yield* onDisk("keep the rows that were read", beingMade, (disk) =>
      Effect.zipRight(
        writeOwnFile(disk, join(beingMade, manifest), JSON.stringify(kept)),
        disk.rename(beingMade, join(reads, String(run)))
      )
    )
  }
  const dropped = earlier.slice(Math.max(0, definition.keepReads - 1)).map((old) => String(old.run))
  yield* onDisk("remove the rows of earlier runs", reads, (disk) =>
    Effect.gen(function* () {
      // Half-written leftovers of a killed run go too: whoever holds the state is alone.
      const halves = (yield* disk.readDirectory(reads)).filter(isUnfinished)
      for (const name of [...dropped, ...halves]) yield* removeWhole(disk, join(reads, name))
    })
  )
})

/** The reads of a pipeline that are kept, newest first. One whose manifest cannot be read is left out: `unreadableReads`. */
export const keptReads = (pipeline: string): Effect.Effect<ReadonlyArray<KeptRead>, StoreError, Warehouse> =>
  Effect.map(readManifests, (found) =>
    found
      .flatMap((one) => (Either.isRight(one) && one.right.pipeline === pipeline ? [one.right] : []))
      .sort((a, b) => b.run - a.run)
  )

/** Reads that lie in the workspace and cannot be used, in words; of which pipeline they are is not known. */
export const unreadableReads: Effect.Effect<ReadonlyArray<string>, StoreError, Warehouse> = Effect.suspend(() =>
  Effect.map(readManifests, (found) => found.flatMap((one) => (Either.isLeft(one) ? [one.left] : [])))
)

const readManifests = Effect.gen(function* () {
  const { reads } = (yield* Warehouse).folders
  const what = "look for the rows of earlier runs"
  const runs = yield* onDisk(what, reads, (disk) =>
    Effect.map(disk.readDirectory(reads), (names) => names.filter((name) => /^\d+$/.test(name)))
  )
  return yield* Effect.forEach(runs, (run) => {
    const file = join(reads, run, manifest)
    return onDisk(what, file, (disk) =>
      Effect.flatMap(disk.readFileString(file), (text) =>
        Effect.try(() => {
          const kept = JSON.parse(text) as Partial<KeptRead> | null
          if (typeof kept?.pipeline !== "string" || !Array.isArray(kept.datasets)) throw new Error("no manifest")
          return kept as KeptRead
        })
      )
    ).pipe(
      Effect.mapError(
        ({ detail }) =>
          `the rows of run ${run} are kept and cannot be used: ${detail}. Remove that folder, or restore it`
      ),
      Effect.either
    )
  })
})

/** One kept read by the number of its run, or the newest. */
export const keptRead = Effect.fn("extract.kept-read")(function* (
  pipeline: string,
  run: number | "last"
): Doing<KeptRead, ReadUnavailable | StoreError, Warehouse> {
  const kept = yield* keptReads(pipeline)
  const chosen = run === "last" ? kept[0] : kept.find((one) => one.run === run)
  if (chosen !== undefined) return chosen
  const known =
    kept.length === 0
      ? `No read of ${pipeline} is kept yet: the next \`rollbook plan ${pipeline}\` whose source is proven whole keeps one, unless extract.keep_reads is 0`
      : `Kept are the rows of run ${kept.map((one) => one.run).join(" and ")}`
  const unreadable = yield* unreadableReads
  return yield* new ReadUnavailable({
    reason: "NotKept",
    detail: `${run === "last" ? "there are no rows to go back to" : `the rows of run ${run} are not kept`}. ${[known, ...unreadable].join(". ")}`
  })
})

/** Makes the datasets of a definition out of a kept read, as landing would leave them, and gives that read's proof. */
export const restoreRead = Effect.fn("extract.restore-read")(function* (
  definition: Definition,
  contracts: ReadonlyMap<string, CollectionContract>,
  clock: RunClock,
  kept: KeptRead
): Doing<ReadonlyArray<Completeness>, WarehouseError | SourceError | ReadUnavailable, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(clockStatement(clock, definition.timezone))
  // The ledgers of other pipelines were not read: they are taken as they stand.
  yield* openUsedLedgers(definition)
  yield* openTables(definition)
  const proofs: Array<Completeness> = []
  for (const dataset of definition.datasets) {
    if (!isReadFromSource(dataset)) continue
    const refuse = (detail: string): ReadUnavailable =>
      new ReadUnavailable({
        reason: "OtherRequest",
        detail: `the rows of run ${kept.run} will not do for today's pipeline: ${detail}. Plan without --from-run`
      })
    const was = kept.datasets.find((one) => one.name === dataset.name)
    const proof = kept.read.find((one) => one.proof.dataset === dataset.name)
    const contract = contracts.get(dataset.endpoint)
    if (was === undefined || proof === undefined || contract === undefined) {
      return yield* refuse(`it did not read ${dataset.name}`)
    }
    const asked = (one: Pick<DatasetDefinition, "endpoint" | "filter" | "fields">): string =>
      JSON.stringify([one.endpoint, one.filter, one.fields])
    if (asked(was) !== asked(dataset)) return yield* refuse(`${dataset.name} is asked for in another way now`)
    if (columnsOf(contract).some((column) => !was.columns.includes(column))) {
      return yield* refuse(`${dataset.name} had other columns`)
    }
    if (proof.landing.kept < dataset.minRows) {
      return yield* refuse(
        `${dataset.name} holds ${proof.landing.kept} rows, and at least ${dataset.minRows} are expected`
      )
    }
    const rows = keptRows(join(warehouse.folders.reads, String(kept.run)), dataset.name, contract)
    yield* warehouse.execute(sql`${about(`${dataset.name} as run ${kept.run} read it; grain: one row per key`)}${made(datasetOf(dataset.name, contract))}
${rows.rows};
${made(faultsOf(dataset.name))}
${rows.faults}`)
    // They are in a table of their own here, wherever that run had them from.
    proofs.push({ ...proof, keptBy: null })
  }
  return proofs
})

const columnsOf = (contract: CollectionContract): ReadonlyArray<string> =>
  contract.columns.map((column) => `${column.name} ${column.kind}`)

/** All that a landed row holds. */
const rowOf = ({ columns }: CollectionContract): Sql => sql`hash(${rowDigest(columns.map(digestColumn))}, _fault)`

/** The sum has more digits than a number can hold. */
const Sums = Schema.Struct({ rows: Count, sum: TextOrNull })

const keepDataset = Effect.fn("extract.keep-dataset")(function* (
  dataset: DatasetDefinition,
  contract: CollectionContract,
  folder: string,
  { keptBy, last }: { readonly last: KeptRead | null; readonly keptBy: number | null }
) {
  const warehouse = yield* Warehouse
  const table = quoted(datasetTable(dataset.name))
  const faults = `${dataset.name}.faults.parquet`
  const taken = keptBy === last?.run ? last?.datasets.find((one) => one.name === dataset.name) : undefined
  if (taken !== undefined && (yield* linkFile(String(keptBy), folder, `${dataset.name}.parquet`))) {
    if (!(yield* linkFile(String(keptBy), folder, faults))) {
      yield* writeParquet(quoted(faultsTable(dataset.name)), join(folder, faults))
    }
    return { ...taken, filter: dataset.filter, fields: dataset.fields }
  }
  const [sums] = yield* warehouse.rows(
    sql`${about(`what tells the rows of ${dataset.name} from those of another read`)}SELECT count(*) AS rows, ${setDigest(rowOf(contract))} AS sum FROM ${table}`,
    Sums
  )
  const kept: KeptDataset = {
    name: dataset.name,
    endpoint: dataset.endpoint,
    filter: dataset.filter,
    fields: dataset.fields,
    columns: columnsOf(contract),
    fingerprint: `${sums?.rows ?? 0} ${sums?.sum ?? null}`
  }
  const same =
    last?.engineVersion === warehouse.engineVersion &&
    last.datasets.some((one) => JSON.stringify(one) === JSON.stringify(kept))
  const name = `${dataset.name}.parquet`
  const linked =
    same && (yield* holds(join(warehouse.folders.reads, String(last.run), name), sums?.rows ?? 0))
      ? yield* linkFile(String(last.run), folder, name)
      : false
  if (!linked) yield* writeParquet(table, join(folder, name))
  yield* writeParquet(quoted(faultsTable(dataset.name)), join(folder, faults))
  return kept
})

/** Whether a file of an earlier read can be opened and says that it holds so many rows: one that cannot is not handed on. */
const holds = (file: string, rows: number): Effect.Effect<boolean, never, Warehouse> =>
  Effect.orElseSucceed(
    Effect.map(countRows(sql`FROM read_parquet(${file})`), (held) => held === rows),
    () => false
  )

/** Links a file of an earlier read into a folder; false where that cannot be done: not every file system has links. */
const linkFile = Effect.fn("extract.link-read")(function* (run: string, folder: string, name: string) {
  const old = join((yield* Warehouse).folders.reads, run, name)
  return yield* Effect.isSuccess(onDisk("link what is as before", old, (disk) => disk.link(old, join(folder, name))))
})

const writeParquet = Effect.fn("extract.write-parquet")(function* (table: Sql, file: string) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(
    sql`${about(`keep ${table.text}`)}COPY (SELECT * FROM ${table}) TO ${file} (FORMAT parquet, COMPRESSION zstd)`
  )
  yield* onDisk("keep the rows that were read", file, (disk) => disk.chmod(file, 0o600))
})
