import * as Effect from "effect/Effect"
import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { type Completeness, judgeCompleteness } from "../extract/completeness.ts"
import { landCollection } from "../extract/land.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Source, SourceError } from "../ports/source.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { listRuns } from "./runs.ts"

export interface ReadProgress {
  readonly dataset: string
  readonly rows: number
  readonly total: number | null
}

/**
 * Reads every dataset of a definition into tables, one after the other. Fails when one cannot be read, or holds fewer
 * rows than it must; until then nothing but page files and temporary tables was touched. Page files are removed when
 * all has landed.
 */
export const readSource: (
  definition: Definition,
  onProgress: (progress: ReadProgress) => void
) => Effect.Effect<ReadonlyArray<Completeness>, SourceError | WarehouseError, Source | Warehouse> = Effect.fn(
  "run.read-source"
)(function* (definition: Definition, onProgress: (progress: ReadProgress) => void) {
  const source = yield* Source
  const warehouse = yield* Warehouse
  const earlier = yield* rowsOfLastGoodRun(definition.name)
  const read: Array<Completeness> = []
  for (const dataset of definition.datasets) {
    const contract = source.contracts.get(dataset.endpoint)
    if (contract === undefined) {
      return yield* new SourceError({
        reason: "Refused",
        connection: source.connection,
        request: dataset.endpoint,
        detail: "this connection has no such collection"
      })
    }
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
      onProgress: (rows, total) => onProgress({ dataset: dataset.name, rows, total })
    })
    const landing = yield* landCollection(dataset.name, contract, pages.files)
    if (landing.kept < dataset.minRows) {
      return yield* new SourceError({
        reason: "Incomplete",
        connection: source.connection,
        request: dataset.endpoint,
        detail: `${landing.kept} rows, where at least ${dataset.minRows} are expected`,
        hint: "Nothing was planned or written"
      })
    }
    read.push(judgeCompleteness(pages.proof, landing, earlier.get(dataset.name) ?? null))
    yield* Effect.promise(() => rm(directory, { recursive: true, force: true }))
  }
  return read
})

/** Rows per dataset of the newest plan whose source was proven complete. */
const rowsOfLastGoodRun = Effect.fn("run.last-good")(function* (pipeline: string) {
  const runs = yield* listRuns(200)
  const good = runs.find((run) => run.kind === "plan" && run.pipeline === pipeline && run.report["proven"] === true)
  const rows = (good?.report["rows"] ?? {}) as Record<string, number>
  return new Map(Object.entries(rows))
})
