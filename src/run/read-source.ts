import * as Effect from "effect/Effect"
import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { type Completeness, judgeCompleteness } from "../extract/completeness.ts"
import { landCollection } from "../extract/land.ts"
import type { PlanPart } from "../core/plan-part.ts"
import type { DatasetDefinition, Definition } from "../pipeline/definition.ts"
import { isReadFromSource } from "../pipeline/walk.ts"
import type { CollectionContract } from "../ports/contracts.ts"
import { Source, SourceError } from "../ports/source.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { clockStatement, type RunClock } from "../transform/transform.ts"
import { readParts } from "./read-parts.ts"
import { openTables } from "./own-tables.ts"
import { listRuns } from "./runs.ts"
import { openUsedLedgers } from "./used-ledgers.ts"

export interface ReadProgress {
  readonly dataset: string
  readonly rows: number
  readonly total: number | null
}

/**
 * Reads every dataset of a definition into tables, one after the other. Fails when one cannot be read, or holds fewer
 * rows than it must; until then nothing but page files, temporary tables and what is kept of parts was touched. Page
 * files are removed when all has landed.
 */
export const readSource: (
  definition: Definition,
  contracts: ReadonlyMap<string, CollectionContract>,
  clock: RunClock,
  part: PlanPart,
  onProgress: (progress: ReadProgress) => void
) => Effect.Effect<ReadonlyArray<Completeness>, SourceError | WarehouseError, Source | Warehouse> = Effect.fn(
  "run.read-source"
)(function* (
  definition: Definition,
  contracts: ReadonlyMap<string, CollectionContract>,
  clock: RunClock,
  part: PlanPart,
  onProgress: (progress: ReadProgress) => void
) {
  const source = yield* Source
  const warehouse = yield* Warehouse
  yield* warehouse.execute(clockStatement(clock))
  yield* openUsedLedgers(definition)
  yield* openTables(definition)
  const earlier = yield* rowsOfLastGoodRun(definition.name)
  const read: Array<Completeness> = []
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
    const one =
      dataset.parts === null
        ? yield* readDataset(dataset, contract, earlier.get(dataset.name) ?? null, onRows)
        : yield* readParts(definition, dataset, dataset.parts, contracts, clock, part, onRows)
    if (one.landing.kept < dataset.minRows) {
      return yield* new SourceError({
        reason: "Incomplete",
        connection: source.connection,
        request: dataset.endpoint,
        detail: `${one.landing.kept} rows, where at least ${dataset.minRows} are expected`,
        hint: "Nothing was planned or written"
      })
    }
    read.push(one)
  }
  return read
})

const readDataset = Effect.fn("run.read-dataset")(function* (
  dataset: DatasetDefinition,
  contract: CollectionContract,
  rowsOfLastGoodRun: number | null,
  onProgress: (rows: number, total: number | null) => void
) {
  const source = yield* Source
  const warehouse = yield* Warehouse
  const directory = join(warehouse.folders.pages, dataset.name)
  yield* Effect.promise(async () => {
    await rm(directory, { recursive: true, force: true })
    await mkdir(directory, { recursive: true, mode: 0o700 })
  })
  const pages = yield* source.read({
    dataset: dataset.name,
    endpoint: dataset.endpoint,
    filter: dataset.filter,
    fields: dataset.fields,
    directory,
    onProgress
  })
  const landing = yield* landCollection(dataset.name, contract, pages.files)
  yield* Effect.promise(() => rm(directory, { recursive: true, force: true }))
  return judgeCompleteness(pages.proof, landing, rowsOfLastGoodRun)
})

/** Rows per dataset of the newest plan whose source was proven complete. */
const rowsOfLastGoodRun = Effect.fn("run.last-good")(function* (pipeline: string) {
  const runs = yield* listRuns(200)
  const good = runs.find((run) => run.kind === "plan" && run.pipeline === pipeline && run.report["proven"] === true)
  const rows = (good?.report["rows"] ?? {}) as Record<string, number>
  return new Map(Object.entries(rows))
})
