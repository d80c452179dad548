import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Diagnostic, renderDiagnostics } from "../../core/diagnostics.ts"
import type { DefinitionInvalid } from "../../pipeline/source-file.ts"
import type { Adapters } from "../adapters.ts"
import { EndedWith } from "../exit.ts"
import { exitCodes } from "../../core/exit-codes.ts"
import { checkFrozenPlaces } from "../frozen-places.ts"
import { nextRunText, schedulerOf } from "../next-run.ts"
import { pipelineFileNames, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { readSwitches, switchesInWords } from "../switches.ts"
import {
  chosenPipelineFiles,
  installationsOf,
  loadPipelineFile,
  loadServiceSettings,
  loadWorkspaceConnections,
  openWorkspace,
  shownPath,
  type Workspace,
  workspaceConnection
} from "../workspace.ts"
import type { StoreError } from "../../core/ports/disk.ts"
import { described } from "./described.ts"

export const validate = Command.make("validate", { ...workspaceOptions, files: pipelineFileNames }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const chosen = yield* chosenPipelineFiles(workspace, given.files)
    const pipelines = yield* Effect.forEach(chosen, (file) =>
      loadPipelineFile(workspace, file, "anew").pipe(
        Effect.flatMap(({ definition, warnings }) =>
          Effect.map(checkFrozenPlaces(workspace, definition, file), (unknown) => [...warnings, ...unknown])
        ),
        Effect.catchTag("DefinitionInvalid", (error) => Effect.succeed(error.diagnostics))
      )
    )
    const found = [
      ...(yield* checkConnections(workspace)),
      ...(yield* checkService(workspace)),
      ...causesFirst(pipelines)
    ]
    const errors = found.filter((one) => one.severity === "error").length
    if (given.json) yield* printJson({ files: chosen.map(shownPath), errors, diagnostics: found })
    else if (found.length > 0) yield* print(renderDiagnostics(found))
    yield* note(
      `${chosen.length} ${chosen.length === 1 ? "pipeline" : "pipelines"} checked: ${errors} errors, ${found.length - errors} warnings`
    )
    for (const line of yield* setBeside(workspace, chosen)) yield* note(line)
    yield* note(nextRunText(yield* schedulerOf(workspace)))
    if (errors > 0) return yield* new EndedWith({ code: exitCodes.invalidDefinition })
  })
).pipe(
  described(
    "Check pipeline files: their form, every name, every expression against the declared columns. Needs no network.",
    ["rollbook validate", "rollbook validate pipelines/roster.yaml --json"]
  )
)

/** The switches that were set in the console beside the files of the pipelines. */
const setBeside = (workspace: Workspace, files: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const all = yield* readSwitches(workspace)
    if (Object.keys(all).length === 0) return []
    const loaded = yield* Effect.forEach(files, (file) => Effect.option(loadPipelineFile(workspace, file)))
    return loaded.flatMap((one) => (Option.isSome(one) ? switchesInWords(one.value.definition, all) : []))
  }).pipe(Effect.catchAll((error) => Effect.succeed([error.message])))

/** A mistake in one pipeline makes others complain that use it: what they say comes last. */
const causesFirst = (pipelines: ReadonlyArray<ReadonlyArray<Diagnostic>>): ReadonlyArray<Diagnostic> => {
  const follows = (found: ReadonlyArray<Diagnostic>): boolean =>
    found.some((one) => /^there is no pipeline .* that could be read$/.test(one.message))
  return [...pipelines.filter((found) => !follows(found)), ...pipelines.filter(follows)].flat()
}

/** Complaints about the connections. */
const checkConnections = (workspace: Workspace): Effect.Effect<ReadonlyArray<Diagnostic>, never, Adapters> =>
  Effect.gen(function* () {
    const connections = yield* loadWorkspaceConnections(workspace)
    const problems = yield* Effect.forEach(connections.keys(), (name) =>
      Effect.flip(workspaceConnection(connections, name)).pipe(
        Effect.map((error) => error.diagnostics.map(asWarningWhereUnset)),
        Effect.orElseSucceed((): ReadonlyArray<Diagnostic> => [])
      )
    )
    return problems.flat()
  }).pipe(Effect.catchAll((error: DefinitionInvalid) => Effect.succeed(error.diagnostics)))

/** Complaints about `service.yaml`, in the same way. */
const checkService = (workspace: Workspace): Effect.Effect<ReadonlyArray<Diagnostic>, StoreError, Adapters> =>
  Effect.flatMap(installationsOf(workspace), (installations) => loadServiceSettings(workspace, installations)).pipe(
    Effect.as<ReadonlyArray<Diagnostic>>([]),
    Effect.catchTag("DefinitionInvalid", (error) => Effect.succeed(error.diagnostics.map(asWarningWhereUnset)))
  )

/** A variable that is not set, or empty, is a warning here, since it may be set where rollbook runs. */
const asWarningWhereUnset = (one: Diagnostic): Diagnostic =>
  /is not set$|cannot be read$|^(?!the key ).* is missing$|^no private key/.test(one.message)
    ? { ...one, severity: "warning" }
    : one
