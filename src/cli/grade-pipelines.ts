import * as Effect from "effect/Effect"
import { takesGrades } from "../pipeline/serving.ts"
import { UsageError } from "./exit.ts"
import { chosenPipelineFiles, loadPipeline, loadPipelineFile, type Workspace } from "./workspace.ts"

/** The pipeline that is named, or else all of the workspace that take grades to the SIS: one at least. */
export const gradePipelines = (workspace: Workspace, named: string | null) =>
  Effect.gen(function* () {
    if (named !== null) return [(yield* loadPipeline(workspace, named)).definition] as const
    const files = yield* chosenPipelineFiles(workspace, [])
    const [invalid, valid] = yield* Effect.partition(files, (file) => loadPipelineFile(workspace, file))
    const [first, ...others] = valid.flatMap(({ definition }) => (takesGrades(definition) ? [definition] : []))
    if (first !== undefined) return [first, ...others] as const
    return yield* (
      invalid[0] ??
      new UsageError({
        detail: "no pipeline of this workspace takes grades to the SIS",
        hint: "--workspace names another one"
      })
    )
  })

/** The complaint that one of several pipelines is to be named; `words`: the command, with PIPELINE where the name goes. */
export const nameOneOf = (
  why: string,
  pipelines: ReadonlyArray<{ readonly name: string }>,
  words: string
): UsageError =>
  new UsageError({
    detail: `${why}: ${pipelines.map(({ name }) => name).join(", ")}`,
    hint: `name one of them, as in ${words.replace("PIPELINE", pipelines[0]?.name ?? "PIPELINE")}`
  })
