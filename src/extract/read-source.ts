import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Completeness, judgeCompleteness, type KnownBefore } from "./completeness.ts"
import { landCollection } from "./land.ts"
import type { PlanPart } from "../core/plan-part.ts"
import type { DatasetDefinition, Definition } from "../pipeline/definition.ts"
import { isReadFromSource } from "../pipeline/references.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import { Source, SourceError } from "../core/ports/source.ts"
import type { StoreError } from "../core/ports/disk.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { fetchPages, type FetchedPages } from "./fetch-pages.ts"
import { lastProbe } from "./behaviour.ts"
import { type EarlierRead, landedBy, openEarlier } from "./earlier-reads.ts"
import { openTables } from "./own-tables.ts"
import { deltaDue } from "./delta-due.ts"
import { readDelta, wholeRead } from "./read-delta.ts"
import { readParts } from "./read-parts.ts"
import { listRuns } from "../state/runs.ts"
import { openUsedLedgers } from "./used-ledgers.ts"
import { type RunClock } from "../core/run-clock.ts"
import { clockStatement } from "../core/run-clock.ts"
import type { Doing } from "../core/doing.ts"

export interface ReadProgress {
  readonly dataset: string
  readonly rows: number
  readonly total: number | null
}

/**
 * Reads every dataset of a definition into tables, or takes the rows of an earlier run where the same records came; while
 * one lands, the next is already asked for. Fails when one cannot be read, or holds fewer rows than it must; until then
 * nothing but page files, temporary tables and what is kept of parts was touched. Page files are removed when their dataset
 * has landed.
 */
export const readSource = Effect.fn("extract.read-source")(function* ({
  definition,
  contracts,
  clock,
  part,
  earlier = [],
  known = [],
  noBase = null,
  onProgress
}: {
  readonly definition: Definition
  readonly contracts: ReadonlyMap<string, CollectionContract>
  readonly clock: RunClock
  readonly part: PlanPart
  /** Datasets as earlier runs landed them; rows are taken from there where the same records come. */
  readonly earlier?: ReadonlyArray<EarlierRead>
  /**
   * Datasets as the last run read them, whether or not their rows may be taken: they tell whether a source says what
   * changed.
   */
  readonly known?: ReadonlyArray<EarlierRead>
  /** Why no dataset may go on from what is kept of it, where its mode is delta; null where it may. */
  readonly noBase?: string | null
  readonly onProgress: (progress: ReadProgress) => void
}): Doing<ReadonlyArray<Completeness>, SourceError | WarehouseError | StoreError, Source | Warehouse> {
  const source = yield* Source
  const warehouse = yield* Warehouse
  yield* warehouse.execute(clockStatement(clock, definition.timezone))
  yield* openUsedLedgers(definition)
  yield* openTables(definition)
  const rowsBefore = yield* rowsOfLastGoodRun(definition.name)
  const probe = yield* lastProbe(definition.source)
  const probed = new Map(probe?.collections.map((one) => [one.endpoint, one]))
  const read: Array<Completeness> = []
  let landing: Effect.Effect<
    ReadonlyArray<Completeness>,
    SourceError | WarehouseError | StoreError,
    Source | Warehouse
  > = Effect.succeed([])
  for (const dataset of definition.datasets) {
    if (!isReadFromSource(dataset)) continue
    const contract = contracts.get(dataset.endpoint)
    if (contract === undefined) {
      return yield* new SourceError({
        reason: "Refused",
        connection: source.connection,
        request: dataset.endpoint,
        detail: "this connection has no such collection"
      })
    }
    const onRows = (rows: number, total: number | null): void => onProgress({ dataset: dataset.name, rows, total })
    if (dataset.parts === null) {
      const before = {
        earlier,
        onRows,
        rowsOfLastGoodRun: rowsBefore.get(dataset.name) ?? null,
        probed: probed.get(dataset.endpoint) ?? null
      }
      const { changes } = source
      const { mode } = dataset
      if (mode.kind !== "delta" || changes === undefined) {
        const { sha256: wholeBefore = null, tagged = null } =
          known.find((one) => one.landing.dataset === dataset.name) ?? {}
        const how = landedBy(dataset.name, contract, warehouse.engineVersion)
        const isKept = earlier.some((one) => one.landing.dataset === dataset.name && one.landedBy === how)
        const asked = { wholeBefore, ...(tagged !== null && { before: tagged, unlessSame: isKept }) }
        const [fetched, landed] = yield* Effect.all([fetchPages(dataset, asked, onRows), landing], { concurrency: 2 })
        read.push(...landed)
        landing = land(dataset, contract, fetched, before)
        continue
      }
      const due = yield* deltaDue({ changes, clock, contract, dataset, earlier, mode, noBase })
      const outcome =
        due.kind === "whole"
          ? { ...due, fetched: null }
          : yield* readDelta({ changes, clock, contract, dataset, due, mode, onRows })
      if (outcome.kind === "read") {
        read.push(...(yield* landing), yield* unlessTooFew(dataset, outcome.read))
        landing = Effect.succeed([])
        continue
      }
      const fetch = outcome.fetched === null ? fetchPages(dataset, {}, onRows) : Effect.succeed(outcome.fetched)
      const [fetched, landed] = yield* Effect.all([fetch, landing], { concurrency: 2 })
      read.push(...landed)
      landing = Effect.map(land(dataset, contract, fetched, before), (landed) =>
        landed.map((one) => ({ ...one, delta: wholeRead({ changes, clock, dataset, mode }, one.proof, outcome.why) }))
      )
    } else {
      // Its parts are named by what landed before.
      read.push(...(yield* landing))
      landing = Effect.succeed([])
      const whole = yield* readParts({
        definition,
        dataset,
        parts: dataset.parts,
        contracts,
        clock,
        narrowed: part,
        onProgress: onRows
      })
      read.push(yield* unlessTooFew(dataset, whole))
    }
  }
  return [...read, ...(yield* landing)]
})

interface BeforeLanding extends KnownBefore {
  readonly earlier: ReadonlyArray<EarlierRead>
  readonly onRows: (rows: number, total: number | null) => void
}

/** Reads the page files of a dataset into its table, and judges whether it is all there. */
const land = Effect.fn("extract.land-dataset")(function* (
  dataset: DatasetDefinition,
  contract: CollectionContract,
  fetched: FetchedPages,
  { earlier, onRows, ...before }: BeforeLanding
) {
  let { discard, pages } = fetched
  const { engineVersion } = yield* Warehouse
  const same = earlier.find((one) => one.landing.dataset === dataset.name && one.sha256 === pages.sha256)
  const how = landedBy(dataset.name, contract, engineVersion)
  const isKept = same?.landedBy === how && (yield* openEarlier(dataset.name, contract, same.run))
  // Nothing was sent because nothing changed, and what was kept cannot be opened.
  if (pages.proof.notModified === true && !isKept) ({ discard, pages } = yield* fetchPages(dataset, {}, onRows))
  const landing =
    same !== undefined && isKept ? same.landing : yield* landCollection(dataset.name, contract, pages.files)
  yield* discard
  return [
    yield* unlessTooFew(dataset, {
      ...judgeCompleteness(pages.proof, landing, before),
      sha256: pages.sha256 ?? null,
      landedBy: how,
      keptBy: isKept ? same.run : null,
      tagged: pages.tagged ?? null
    })
  ]
})

const unlessTooFew = Effect.fn("extract.enough-rows")(function* (dataset: DatasetDefinition, read: Completeness) {
  if (read.landing.kept >= dataset.minRows) return read
  const { connection } = yield* Source
  return yield* new SourceError({
    reason: "Incomplete",
    connection,
    request: dataset.endpoint,
    detail: `${read.landing.kept} rows, where at least ${dataset.minRows} are expected`,
    hint: "Nothing was planned or written"
  })
})

const rowsByDataset = Schema.decodeUnknownOption(Schema.Record({ key: Schema.String, value: Schema.Number }))

/** Rows per dataset of the newest plan whose source was proven complete. */
const rowsOfLastGoodRun = Effect.fn("extract.last-good")(function* (pipeline: string) {
  const good = (yield* listRuns(200, { kind: "plan", pipeline })).find((run) => run.report["proven"] === true)
  return new Map(Object.entries(Option.getOrElse(rowsByDataset(good?.report["rows"]), () => ({}))))
})
