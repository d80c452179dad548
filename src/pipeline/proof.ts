import * as Schema from "effect/Schema"
import { buildOf } from "../core/build.ts"
import { loadEngine } from "../core/engine.ts"
import { canonicalJson, sha256 } from "../core/hash.ts"
import { learnedZones, learnZone } from "../core/zone-data.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import type { Definition } from "./definition.ts"

/**
 * Where it is kept that a definition was proven: binding every expression takes longer than most commands, and gives the
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

const build = buildOf(import.meta.url)

/**
 * Digest of all that decides how binding ends: the definition, what its connections offer, the engine, this build, and the
 * year, around which zones are asked for. Null where the build cannot be told from another, as when run from its sources.
 */
export const proofKey = (
  definition: Definition,
  collections: ReadonlyMap<string, CollectionContract>,
  now: number,
  of: string | null = build
): string | null => {
  if (of === null) return null
  const year = new Date(now).getUTCFullYear()
  return sha256(canonicalJson([of, loadEngine().version(), year, definition, collections]))
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
