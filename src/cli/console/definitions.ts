import * as Effect from "effect/Effect"
import { basename } from "node:path"
import { type StoreError, textOnDisk } from "../../core/ports/disk.ts"
import type { Diagnostic } from "../../core/diagnostics.ts"
import type { Definition } from "../../pipeline/definition.ts"
import type { Installation, Installations } from "../../pipeline/access-settings.ts"
import { pipelineNameIn } from "../../pipeline/name-in.ts"
import { takesGrades } from "../../pipeline/serving.ts"
import { type Busy, busy, NotFound } from "../../service/http/contract/errors.ts"
import { Adapters, type AdaptersService } from "../adapters.ts"
import { pipelinesIn, stampOfFolder } from "../jobs.ts"
import { stampOfSwitches } from "../switches.ts"
import { chosenPipelineFiles, installationsOf, loadPipelineFile, type Workspace } from "../workspace.ts"
import { tell } from "../../core/told.ts"

/** A pipeline file of the workspace as it is now. */
export interface KnownPipeline {
  readonly path: string
  /** The file as people call it: within the workspace. */
  readonly file: string
  /** Null where the file does not even say its name. */
  readonly name: string | null
  readonly text: string
  /** Null where it is not valid. */
  readonly definition: Definition | null
  readonly problems: ReadonlyArray<Diagnostic>
}

/** The definitions of a workspace, read again where a file has changed. */
export interface Definitions {
  readonly stamp: Effect.Effect<string, StoreError>
  readonly pipelines: Effect.Effect<ReadonlyArray<KnownPipeline>, Busy>
  readonly definition: (name: string) => Effect.Effect<Definition, NotFound | Busy>
  /** The pipelines that take grades to the SIS: one, or one for each school, say. */
  readonly exporting: Effect.Effect<ReadonlyArray<Definition>, Busy>
  /** The installation that a connection leads to, by its id; of a connection that is not there, none of the others'. */
  readonly installation: Effect.Effect<(connection: string) => Installation["id"], Busy>
}

export const definitionsOf = (workspace: Workspace, adapters: AdaptersService): Definitions => {
  let known: { readonly stamp: string; readonly pipelines: ReadonlyArray<KnownPipeline> } | null = null
  let led: { readonly stamp: string; readonly to: Installations | null } | null = null
  const reading = Effect.unsafeMakeSemaphore(1)
  const stamp = Effect.zipWith(
    stampOfFolder(pipelinesIn(workspace)),
    stampOfSwitches(workspace),
    (files, set) => `${files}\n${set}`
  )
  const pipelines = reading.withPermits(1)(
    Effect.gen(function* () {
      const before = yield* stamp
      if (known?.stamp === before) return known.pipelines
      const paths = yield* Effect.orElseSucceed(chosenPipelineFiles(workspace, []), () => [])
      const found = yield* Effect.forEach(paths, (path) => knownPipeline(workspace, path))
      known = { stamp: before, pipelines: found }
      return found
    }).pipe(
      Effect.provideService(Adapters, adapters),
      Effect.mapError(() => busy(tell("refused.no-pipelines", {})))
    )
  )
  const installation = reading.withPermits(1)(
    Effect.gen(function* () {
      const before = yield* stamp
      if (led?.stamp !== before) led = { stamp: before, to: yield* installationsOf(workspace) }
      const { to } = led
      return (connection: string) => to?.get(connection)?.id ?? `connection ${connection}`
    }).pipe(
      Effect.provideService(Adapters, adapters),
      Effect.mapError(() => busy(tell("refused.no-pipelines", {})))
    )
  )
  return {
    stamp,
    installation,
    pipelines,
    definition: (name) =>
      Effect.flatMap(pipelines, (all) => {
        const found = all.find((one) => one.name === name)?.definition ?? null
        return found === null
          ? Effect.fail(new NotFound({ message: "there is no such pipeline, or it is not valid" }))
          : Effect.succeed(found)
      }),
    exporting: Effect.map(pipelines, (all) =>
      all.flatMap(({ definition }) => (definition !== null && takesGrades(definition) ? [definition] : []))
    )
  }
}

const knownPipeline = (workspace: Workspace, path: string) =>
  Effect.gen(function* () {
    const text = (yield* textOnDisk("read the pipeline", path)) ?? ""
    const name = pipelineNameIn(text)
    const loaded = yield* loadPipelineFile(workspace, path).pipe(
      Effect.map(({ definition, warnings }) => ({ definition, problems: warnings })),
      Effect.catchTag("DefinitionInvalid", ({ diagnostics }) =>
        Effect.succeed({ definition: null, problems: diagnostics })
      )
    )
    const known: KnownPipeline = {
      path,
      file: `pipelines/${basename(path)}`,
      name: name === "" ? null : name,
      text,
      ...loaded
    }
    return known
  })
