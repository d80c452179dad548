import * as Effect from "effect/Effect"
import type { Definition } from "../pipeline/definition.ts"
import { keptReads, unreadableReads } from "../extract/kept-reads.ts"
import { findRecords, type FoundRecord } from "../history/records.ts"
import type { Search } from "../history/search.ts"
import { chosenPipelineFiles, loadPipeline, loadPipelineFile, type Workspace } from "./workspace.ts"

/** Records of one pipeline that a search found. */
export interface Found {
  readonly definition: Definition
  readonly records: ReadonlyArray<FoundRecord>
}

/** The pipeline named, or all of the workspace. */
export const searchedPipelines = (workspace: Workspace, pipeline: string | null) =>
  Effect.gen(function* () {
    if (pipeline !== null) return [(yield* loadPipeline(workspace, pipeline)).definition]
    const files = yield* chosenPipelineFiles(workspace, [])
    const loaded = yield* Effect.forEach(files, (file) => loadPipelineFile(workspace, file))
    return loaded.map(({ definition }) => definition)
  })

/** Searches each pipeline; those in which nothing was found are left out. */
export const searchPipelines = (definitions: ReadonlyArray<Definition>, search: (definition: Definition) => Search) =>
  Effect.gen(function* () {
    const found: Array<Found> = []
    for (const definition of definitions) {
      const records = yield* findRecords(definition, definition, search(definition))
      if (records.length > 0) found.push({ definition, records })
    }
    return found
  })

/** The reads in which something was looked for and not found, in words, so that it is known what that proves. */
export const whereItWasLookedFor = (definitions: ReadonlyArray<Definition>) =>
  Effect.gen(function* () {
    const reads = yield* Effect.forEach(definitions, (definition) => keptReads(definition.name))
    const runs = reads.flatMap((kept) => (kept[0] === undefined ? [] : [kept[0].run]))
    const read =
      runs.length === 0
        ? "and no read is kept whose rows could tell more"
        : `nor does it stand in the rows of run ${runs.join(" or ")}, the last ${runs.length === 1 ? "read that is" : "reads that are"} kept`
    const unreadable = yield* unreadableReads
    return `no record known by that was ever planned, written or turned away, ${[read, ...unreadable].join("; ")}`
  })
