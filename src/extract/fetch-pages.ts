import * as Effect from "effect/Effect"
import { join } from "node:path"
import type { DatasetDefinition } from "../pipeline/definition.ts"
import { type CollectionPages, type CollectionRequest, Source, type SourceError } from "../core/ports/source.ts"
import { makeOwnFolder, onDisk, removeAll, type StoreError } from "../core/ports/disk.ts"
import { Warehouse } from "../core/ports/warehouse.ts"
import type { Doing } from "../core/doing.ts"

/** The pages that were fetched of a dataset. */
export interface FetchedPages {
  readonly pages: CollectionPages
  /** Removes the page files. */
  readonly discard: Effect.Effect<void, StoreError>
}

/**
 * Reads a dataset into page files, in a folder of its own where nothing of an earlier run lies; of one that is read part
 * by part, the given parts; of one that is read by delta, what was modified since.
 */
export const fetchPages = Effect.fn("extract.fetch")(function* (
  dataset: DatasetDefinition,
  parts: Pick<
    CollectionRequest,
    "scopes" | "since" | "wasReadBefore" | "minutes" | "before" | "unlessSame" | "wholeBefore"
  >,
  onProgress: CollectionRequest["onProgress"]
): Doing<FetchedPages, SourceError | StoreError, Source | Warehouse> {
  const source = yield* Source
  const warehouse = yield* Warehouse
  const directory = join(warehouse.folders.pages, dataset.name)
  yield* onDisk("make room for what is read", directory, (disk) =>
    Effect.zipRight(removeAll(disk, directory), makeOwnFolder(disk, directory))
  )
  // Whoever shares the state goes on meanwhile: what takes the time here is the source.
  const pages = yield* warehouse.sharing.away(
    source.read({
      dataset: dataset.name,
      endpoint: dataset.endpoint,
      filter: dataset.filter,
      fields: dataset.fields,
      ...parts,
      directory,
      onProgress
    })
  )
  return { pages, discard: onDisk("remove what was read", directory, (disk) => removeAll(disk, directory)) }
})
