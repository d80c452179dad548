import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Diagnostic } from "../core/diagnostics.ts"
import { loadEngine } from "../core/engine.ts"
import { canonicalJson, sha256 } from "../core/hash.ts"
import { learnedZones, learnZone } from "../core/zone-data.ts"
import type { Definition } from "./definition.ts"
import type { SourceFile } from "./source-file.ts"

/**
 * Store of proofs of definitions: binding every expression takes longer than most commands, and gives the
 * same answer as long as nothing that goes into it is another. One text per pipeline; to lose it costs that time alone.
 */
export interface ProofStore {
  /** The text kept for a pipeline; null where there is none, or none that can be read. */
  readonly read: (pipeline: string) => string | null
  readonly keep: (pipeline: string, text: string) => void
}

/** The key of what was proven, and what the engine said of the definition's time zones while it was. */
const Proof = Schema.parseJson(
  Schema.Struct({
    key: Schema.String,
    zones: Schema.Array(
      Schema.Tuple(Schema.String, Schema.Array(Schema.Struct({ from: Schema.Number, minutes: Schema.Number })))
    )
  })
)

/**
 * Digest of all that decides how binding ends: the definition, with the collections that it may read, the engine, the build of
 * the code that binds, and the year, around which zones are asked for. Null where that build cannot be told from another, as
 * when run from its sources: then every expression is bound each time.
 */
export const proofKey = (definition: Definition, now: number, build: string | null): string | null => {
  if (build === null) return null
  const year = new Date(now).getUTCFullYear()
  return sha256(canonicalJson([build, loadEngine().version(), year, definition]))
}

/** Whether this very definition was proven before; its time zones are known from then on. */
export const wasProven = (store: ProofStore, pipeline: string, key: string): boolean => {
  const kept = Schema.decodeOption(Proof)(store.read(pipeline) ?? "")
  if (kept._tag === "None" || kept.value.key !== key) return false
  for (const [zone, changes] of kept.value.zones) learnZone(zone, changes)
  return true
}

/** Keeps that a definition was proven. */
export const keepProof = (store: ProofStore, definition: Definition, key: string): void => {
  const { schedule, timezone } = definition
  const zones = learnedZones([timezone, ...(schedule === null ? [] : [schedule.timezone])])
  store.keep(definition.name, Schema.encodeSync(Proof)({ key, zones }))
}

/** Doubts about the definitions without a mistake that this process bound last, by a digest of all that decides them. */
const boundLast = new Map<string, ReadonlyArray<Diagnostic>>()
const mostBound = 64

/**
 * Gives all that `bind` finds in a definition. One command loads some definitions several times, and a service as often as it is asked: what
 * this process has bound a moment ago, of a file that reads the same to the last character, and in which it found no mistake,
 * it does not bind again.
 */
export const boundOnce = <E>(
  source: Pick<SourceFile, "file" | "lines">,
  definition: Definition,
  now: number,
  bind: Effect.Effect<ReadonlyArray<Diagnostic>, E>
): Effect.Effect<ReadonlyArray<Diagnostic>, E> =>
  Effect.suspend(() => {
    const key = sha256(canonicalJson([source.file, source.lines, new Date(now).getUTCFullYear(), definition]))
    const known = boundLast.get(key)
    if (known !== undefined) return Effect.succeed(known)
    return Effect.tap(bind, (problems) => {
      if (problems.some(({ severity }) => severity === "error")) return
      boundLast.set(key, problems)
      const [oldest] = boundLast.keys()
      if (boundLast.size > mostBound && oldest !== undefined) boundLast.delete(oldest)
    })
  })
