import * as Effect from "effect/Effect"
import type { Definition } from "../pipeline/definition.ts"
import { type Contracts, findRecords, type RecordName, type Search } from "../run/records.ts"
import { Adapters } from "./adapters.ts"
import { chosenPipelineFiles, loadPipeline, loadPipelineFile, type Workspace } from "./workspace.ts"

/** Records of one pipeline that a search found. */
export interface Found {
  readonly definition: Definition
  readonly records: ReadonlyArray<RecordName>
}

export const knownContracts: Effect.Effect<Contracts, never, Adapters> = Effect.gen(function* () {
  const adapters = yield* Adapters
  return { collections: yield* adapters.collections, resources: yield* adapters.resources }
})

/** The pipeline named, or all of the workspace. */
export const searchedPipelines = (workspace: Workspace, pipeline: string | null) =>
  Effect.gen(function* () {
    if (pipeline !== null) return [(yield* loadPipeline(workspace, pipeline)).definition]
    const files = yield* chosenPipelineFiles(workspace, [])
    const loaded = yield* Effect.forEach(files, (file) => loadPipelineFile(workspace, file))
    return loaded.map(({ definition }) => definition)
  })

/** Searches each pipeline; those in which nothing was found are left out. */
export const searchPipelines = (
  definitions: ReadonlyArray<Definition>,
  contracts: Contracts,
  search: (definition: Definition) => Search
) =>
  Effect.gen(function* () {
    const found: Array<Found> = []
    for (const definition of definitions) {
      const records = yield* findRecords(definition, contracts, search(definition))
      if (records.length > 0) found.push({ definition, records })
    }
    return found
  })
