import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import type { Diagnostic } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import { type StoreError, textOnDisk } from "../core/ports/disk.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import { decodePipeline } from "./decode.ts"
import type { Definition } from "./definition.ts"
import type { Installations } from "./access-settings.ts"
import { filesNaming, type NamingFile } from "./name-in.ts"
import { PipelineFile, type WrittenPipeline } from "./schema.ts"
import { type Environment, fillIn, readSourceFile, type SourceFile } from "./source-file.ts"
import type { Doing } from "../core/doing.ts"

/**
 * The columns of a ledger that every entity has, before its own fields. `presence`: present; kept = still there and no
 * longer wanted; gone = switched off, which only the pipeline that did it sees.
 */
const ledgerColumns = ["key", "remote_id", "label", "school", "section", "presence"] as const

/** A definition as far as its own file tells it, and what lies beside it in its folder. `problems` is added to. */
export interface AmongOthers {
  readonly folder: string
  readonly beside: ReadonlyArray<NamingFile>
  readonly definition: Definition
  readonly environment: Environment
  readonly source: SourceFile
  readonly problems: Array<Diagnostic>
  /** To which installations the connections lead; null where nothing is known of them. */
  readonly installations: Effect.Effect<Installations | null>
}

/**
 * The columns of the entities that a definition uses of other pipelines, or of itself, by `pipeline.entity`. The other
 * pipeline is looked for in the same folder; of it only the form counts, so that a mistake in it is told where it is.
 */
export const usedEntities = Effect.fn("pipeline.uses")(function* (
  among: AmongOthers
): Doing<ReadonlyMap<string, CollectionContract>, StoreError> {
  const { folder, beside, definition, environment, source, problems } = among
  const contracts = new Map<string, CollectionContract>()
  const others = new Map<string, Definition | null>([[definition.name, definition]])
  for (const { mode, name, at } of definition.datasets) {
    if (mode.kind !== "ledger") continue
    if (!others.has(mode.pipeline)) {
      const files = filesNaming(beside, mode.pipeline)
      if (files.length > 1) {
        problems.push(source.diagnostic(at, `more than one file is the pipeline ${mode.pipeline}: ${files.join(", ")}`))
      }
      const [file] = files
      const read = file === undefined ? null : yield* readSibling(join(folder, file), environment)
      others.set(mode.pipeline, read)
      if (read === null) {
        const [message, hint] =
          file === undefined
            ? ["beside this one", suggestion(mode.pipeline, new Set(beside.flatMap((one) => one.name || [])))]
            : ["in this folder that could be read", "`rollbook validate` says what is wrong with the others"]
        problems.push(
          source.diagnostic(["uses", mode.pipeline], `there is no pipeline ${mode.pipeline} ${message}`, {
            hint,
            key: true
          })
        )
      }
    }
    const other = others.get(mode.pipeline) ?? null
    const loaded = other?.load.entities.map((load) => load.entity) ?? []
    if (other !== null && !loaded.includes(mode.entity)) {
      problems.push(
        source.diagnostic(at, `the pipeline ${mode.pipeline} writes no ${mode.entity} to its target`, {
          hint: suggestion(mode.entity, loaded)
        })
      )
    }
    const fields = other?.entities.find((entity) => entity.name === mode.entity)?.fields ?? []
    contracts.set(name, {
      endpoint: name,
      pageKeys: [],
      key: "key",
      modified: null,
      // If an entity has a field of that name too, the place that the ledger keeps is meant.
      columns: [...new Set([...ledgerColumns, ...fields.map((field) => field.name)])].map((column) => ({
        name: column,
        kind: "text"
      }))
    })
  }
  yield* refuseOtherInstallation(others, among)
  return contracts
})

/**
 * Refuses a source that is another installation than the one in which another pipeline wrote what is used of it: it would be asked
 * for by ids that name other courses and other people there.
 */
const refuseOtherInstallation = Effect.fnUntraced(function* (
  others: ReadonlyMap<string, Definition | null>,
  { definition, source, problems, installations }: AmongOthers
) {
  const elsewhere = [...others.values()].flatMap((other) =>
    other === null || other === definition || other.load.connection === definition.source ? [] : [other]
  )
  if (elsewhere.length === 0) return
  const known = yield* installations
  const asked = known?.get(definition.source)
  for (const { load, name } of elsewhere) {
    const written = known?.get(load.connection)
    // One of which the address is not known here may well be the other.
    if (!asked?.address || !written?.address || asked.id === written.id) continue
    problems.push(
      source.diagnostic(
        ["extract", "connection"],
        `${definition.source} is another installation than ${load.connection}, to which the pipeline ${name} writes what is used here`,
        { hint: `ids of the one name other courses and people in the other: connection: ${load.connection}` }
      )
    )
  }
})

/** Another pipeline's form, by its file; null where there is none, or one with mistakes, which are told where they are. */
export const readSibling = Effect.fnUntraced(function* (path: string, environment: Environment) {
  const text = yield* textOnDisk("read the pipeline that is used", path)
  if (text === null) return null
  const sibling = readSourceFile(path, text)
  const filled = fillIn({ source: sibling, value: sibling.value, environment, path: [], problems: [] })
  const raw = Schema.decodeUnknownEither(PipelineFile)(filled)
  return Either.isRight(raw)
    ? decodePipeline({
        source: sibling,
        written: filled as WrittenPipeline,
        raw: raw.right,
        problems: [],
        resources: new Map()
      })
    : null
})
