import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { basename, dirname } from "node:path"
import { buildOf } from "../core/build.ts"
import type { Diagnostic } from "../core/diagnostics.ts"
import { zoneDoubt } from "../core/zone-data.ts"
import type { StoreError } from "../core/ports/disk.ts"
import type { BindError } from "./bind-engine.ts"
import { bindExpressions } from "./bind.ts"
import { checkNames } from "./check.ts"
import { checkTests } from "./check-tests.ts"
import { decodePipeline } from "./decode.ts"
import { refuseUnknownGuards } from "./decode-load.ts"
import type { Definition } from "./definition.ts"
import { filesNaming, namingFilesIn } from "./name-in.ts"
import { pipelineJsonSchema } from "./json-schema.ts"
import { boundOnce, keepProof, proofKey, wasProven } from "./proof.ts"
import type { Offer } from "./offer.ts"
import { refuseTwoRosters } from "./one-roster.ts"
import { readYamlFile, stopOn } from "./read-file.ts"
import { resolve } from "./resolve.ts"
import { refuseUnknownBefore } from "./schedule.ts"
import { PipelineFile, type RawPipeline, type WrittenPipeline } from "./schema.ts"
import { readTables } from "./tables.ts"
import { refuseSharedTables } from "./shared-tables.ts"
import { usedEntities } from "./uses.ts"
import { DefinitionInvalid, type Environment, fillIn, type SourceFile } from "./source-file.ts"
import { validateForm } from "./validate.ts"
import type { Doing } from "../core/doing.ts"

export interface LoadedDefinition {
  readonly definition: Definition
  readonly warnings: ReadonlyArray<Diagnostic>
}

/**
 * Reads a pipeline file and proves it: form, names, every expression. `shownAs` is how messages call the file.
 * Fails with every mistake found, not only the first.
 */
export const loadDefinition = Effect.fn("pipeline.load")(function* (
  path: string,
  shownAs: string,
  offer: Offer,
  environment: Environment
): Doing<LoadedDefinition, DefinitionInvalid | StoreError | BindError> {
  const source = yield* readYamlFile(path, shownAs)
  const problems: Array<Diagnostic> = []
  const filled = fillIn({
    source,
    value: source.value,
    environment: ofPipelines(environment, offer.secrets),
    path: [],
    problems
  })
  const raw = yield* decoded(source, filled)
  const decodedForm = decodePipeline({
    source,
    written: filled as WrittenPipeline,
    raw,
    problems,
    resources: resourcesOf(raw.load.connection, offer)
  })
  refuseUnknownGuards(source, raw, problems)
  const folder = dirname(path)
  const beside = yield* namingFilesIn(folder)
  const others = filesNaming(beside, decodedForm.name).filter((file) => file !== basename(path))
  refuseNameTwice(others, decodedForm.name, source, problems)
  refuseUnknownBefore(beside, decodedForm, source, problems)
  const { definition: own, tables } = yield* readTables(path, decodedForm, source, problems)
  const amongOthers = {
    folder,
    beside,
    definition: own,
    environment: ofPipelines(environment, offer.secrets),
    source,
    problems,
    installations: offer.installations ?? Effect.succeed(null)
  }
  yield* refuseSharedTables(amongOthers)
  const used = new Map([...(yield* usedEntities(amongOthers)), ...tables])
  checkNames(source, own, { ...offer, collections: new Map([...offer.collections, ...used]) }, problems)
  const named = resolve(own, offer, used)
  checkTests(source, named, problems)
  refuseTwoRosters(source, named, problems)
  yield* stopOn(problems)
  const doubts = yield* prove(source, named, environment)
  // Only who has every definition proven anew is told of warnings.
  if (environment.proofs === undefined) problems.push(...doubts)
  const doubt = environment.proofs === undefined ? zoneDoubt(named.timezone, yield* Clock.currentTimeMillis) : null
  if (doubt !== null) {
    const hint = "every date and time here is told by the engine's; a newer Node may agree with it, or know better"
    problems.push(source.diagnostic(["timezone"], doubt, { hint, severity: "warning" }))
  }
  return { definition: named, warnings: problems }
})

/** The resources that can be written to a connection. An unknown connection is reported elsewhere. */
const resourcesOf = (connection: string, offer: Offer): Offer["resources"] =>
  offer.connections?.get(connection)?.resources ?? offer.resources

/** The build of this module, which imports everything that decides how binding ends. */
const build = buildOf(import.meta.url)

/** Binds every expression, unless this very definition was proven before. Gives what is doubtful and no mistake. */
const prove = Effect.fnUntraced(function* (source: SourceFile, definition: Definition, { proofs }: Environment) {
  const now = yield* Clock.currentTimeMillis
  const key = proofs === undefined ? null : proofKey(definition, now, build)
  if (proofs !== undefined && key !== null && wasProven(proofs, definition.name, key)) return []
  const problems = yield* boundOnce(source, definition, now, bindExpressions(source, definition))
  yield* stopOn(problems)
  if (proofs !== undefined && key !== null) keepProof(proofs, definition, key)
  return problems
})

/**
 * The environment that a pipeline may be filled from: it is shown to people as it is, and its text goes into statements
 * and messages.
 */
const ofPipelines = (environment: Environment, secrets: ReadonlySet<string> = new Set()): Environment => ({
  ...environment,
  refuses: (kind, name) =>
    kind === "file"
      ? "a pipeline reads no files into its text"
      : secrets.has(name) || /SECRET|PASSWORD|PASSWD|CREDENTIAL|(PRIVATE|API|VENDOR)_?KEY$|TOKEN$/i.test(name)
        ? `${name} is a secret, and a pipeline is shown to people`
        : null
})

/** State is kept by the pipeline's name: of two files with one name, either would take what the other made for its own. */
const refuseNameTwice = (
  others: ReadonlyArray<string>,
  name: string,
  source: SourceFile,
  problems: Array<Diagnostic>
): void => {
  if (others.length > 0) {
    problems.push(
      source.diagnostic(["pipeline"], `${others.join(" and ")} beside it is the pipeline ${name} too`, {
        hint: "give one of them another name, or move it out of this folder"
      })
    )
  }
}

const strictly = { onExcessProperty: "error" } as const

/**
 * A decoded file. Where it cannot be decoded, the JSON Schema of its form tells each mistake at its place: to compile that
 * takes longer than all else here, and a file without mistakes has no need of it.
 */
const decoded = (source: SourceFile, filled: unknown): Effect.Effect<RawPipeline, DefinitionInvalid> =>
  Either.match(Schema.decodeUnknownEither(PipelineFile, strictly)(filled), {
    onLeft: (error) => {
      const said = validateForm(source, pipelineJsonSchema())
      return Effect.fail(
        new DefinitionInvalid({ diagnostics: said.length > 0 ? said : [source.diagnostic([], error.message)] })
      )
    },
    onRight: (value) => Effect.succeed(value)
  })
