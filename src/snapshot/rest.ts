import * as Effect from "effect/Effect"
import type { Doing } from "../core/doing.ts"
import { join } from "node:path"
import { canonicalJson, sha256 } from "../core/hash.ts"
import { isWhole, type PlanPart } from "../core/plan-part.ts"
import type { RunClock } from "../core/run-clock.ts"
import type { Definition } from "../pipeline/definition.ts"
import { goesOn, isReadFromSource } from "../pipeline/references.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { noteHeldOn, standsAsWritten, type StandingCounts } from "./as-written.ts"
import type { ChangeCounts } from "./change.ts"
import type { Frozen } from "./freeze.ts"
import { makeOwnFolder, namesIn, onDisk, removeAll, type StoreError } from "../core/ports/disk.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import { prepareTables } from "../state/tables.ts"
import { clockBound, isWithin } from "../transform/clock-bound.ts"
import { entityStatement } from "../transform/entity.ts"
import { keepForLedgers, ledgerReaders, sameByLedgers } from "../transform/ledger-readers.ts"
import type { Transformed } from "../transform/transform.ts"
import { type LastNight, rememberNight } from "./last-night.ts"

/**
 * Whether a night can rest on the rows of an earlier one: where all that they were made from is the same, so are they, and
 * nothing is computed. The same are the definition, the engine, the records of every dataset as they came, what the rules
 * see of the clock and of the ledgers; and at the target stands what was wanted then. Whatever is not known to be the same
 * makes a night on which everything is computed.
 */

/** A dataset as it was read: what came, and how it became rows; null where that is not told. */
interface ReadOfNight {
  readonly proof: { readonly dataset: string }
  readonly landing: LastNight["reads"][number]["landing"]
  readonly proven: boolean
  readonly sha256: string | null
  readonly landedBy: string | null
  readonly delta: LastNight["reads"][number]["delta"]
  readonly tagged: LastNight["reads"][number]["tagged"]
}

/** The input of a night that must be as it was for its rows to stand. */
export interface Night {
  readonly build: string | null
  readonly definition: Definition
  readonly contracts: ReadonlyMap<string, CollectionContract>
  readonly clock: RunClock
  readonly part: PlanPart
  readonly read: ReadonlyArray<ReadOfNight>
  /** The target's roles that reach down by themselves. */
  readonly cascading: ReadonlyArray<string>
}

/** When the pipeline runs, its tests, and how much of reads is kept how long make no other rows; what is offered is in `contracts`. */
const recipeOf = ({ contracts, definition }: Night, engineVersion: string): string =>
  sha256(
    canonicalJson([
      engineVersion,
      { ...definition, schedule: null, tests: [], keepReads: 0, fullEvery: 0, collections: null, used: null },
      contracts,
      definition.entities.map((entity) => entityStatement(definition, entity, contracts))
    ])
  )

const readsOf = ({ definition, read }: Night): LastNight["reads"] | null => {
  const reads = definition.datasets.filter(isReadFromSource).map(({ name }) => {
    const one = read.find(({ proof }) => proof.dataset === name)
    if (one === undefined || one.sha256 === null || one.landedBy === null) return null
    const { landedBy, landing, sha256, tagged } = one
    return { sha256, landedBy, run: 0, landing, delta: goOnFrom(one.delta), tagged }
  })
  return reads.includes(null) ? null : reads.filter((one) => one !== null)
}

/** A read that an earlier build kept says nothing of it. */
const goOnFrom = (delta: ReadOfNight["delta"] | undefined): LastNight["reads"][number]["delta"] =>
  delta == null ? null : { asked: delta.asked, cursor: delta.cursor, wholeAt: delta.wholeAt }

const asRead = (reads: LastNight["reads"]): string =>
  canonicalJson(reads.map(({ landedBy, landing, sha256 }) => ({ landedBy, landing, sha256 })))

/** The counts of a night that comes to what the record says, and to no step; null where it may come to anything else. */
export const restOn = Effect.fn("snapshot.rest-on")(function* (
  record: LastNight | null,
  night: Night
): Doing<ReadonlyArray<StandingCounts> | null, WarehouseError, Warehouse> {
  const { cascading, clock, contracts, definition, part, read } = night
  if (record === null || record.folder === null || !isWhole(part)) return null
  const warehouse = yield* Warehouse
  const reads = readsOf(night)
  const isSame =
    reads !== null &&
    asRead(reads) === asRead(record.reads) &&
    read.every((one) => one.proven) &&
    record.recipe === recipeOf(night, warehouse.engineVersion) &&
    isWithin(record.clock, record.asOf, clock) &&
    canonicalJson(record.cascading) === canonicalJson(cascading)
  if (!isSame) return null
  yield* prepareTables(loadedEntitiesOf(definition))
  return (yield* sameByLedgers(definition, contracts, join(warehouse.folders.reads, record.folder)))
    ? yield* standsAsWritten(definition)
    : null
})

/** The counts as `compare` gives them. */
export const changeCounts = (
  { transformed }: LastNight,
  standing: ReadonlyArray<StandingCounts>
): ReadonlyArray<ChangeCounts> =>
  standing.map(({ desired, entity, keptThoughGone, present, unchanged }) => ({
    entity,
    desired,
    present,
    unchanged,
    covered: (transformed.entities.find((one) => one.entity === entity)?.kept ?? 0) - desired,
    keptThoughGone
  }))

/** A computed night, as far as it is remembered. */
export interface Computed {
  readonly run: number
  /** Nights in a row, with this one, since all that was read was landed. */
  readonly rested: number
  readonly transformed: Transformed
  readonly counts: ReadonlyArray<ChangeCounts>
  readonly quarantine: LastNight["quarantine"]
  readonly roles: LastNight["roles"]
}

/** Remembers a night whose read was proven whole, after all that it froze and kept. */
export const remember = Effect.fn("snapshot.remember")(function* (
  night: Night,
  { counts, quarantine, rested, roles, run, transformed }: Computed
): Doing<void, WarehouseError | StoreError, Warehouse> {
  const { cascading, clock, definition } = night
  const warehouse = yield* Warehouse
  const reads = readsOf(night)
  const rests = goesOn(definition) && reads !== null
  const folder = `made-${definition.name}-${run}`
  const path = join(warehouse.folders.reads, folder)
  const { reads: home } = warehouse.folders
  yield* onDisk("keep the rows that were made", path, (disk) =>
    Effect.gen(function* () {
      const previous = new RegExp(`^made-${definition.name}-\\d+$`)
      for (const name of yield* namesIn(disk, home)) {
        if (previous.test(name)) yield* removeAll(disk, join(home, name))
      }
      if (rests) yield* makeOwnFolder(disk, path)
    })
  )
  if (!rests) return
  yield* noteHeldOn(definition, counts)
  const readers = new Set(ledgerReaders(definition))
  const others = definition.entities.filter((entity) => !readers.has(entity))
  const rows = reads.reduce((sum, { landing }) => sum + landing.kept, 0)
  yield* rememberNight(definition.name, {
    run,
    build: night.build,
    recipe: recipeOf(night, warehouse.engineVersion),
    asOf: clock.asOf,
    clock: yield* clockBound(definition, others, clock),
    rested,
    reads: reads.map((one) => ({ ...one, run })),
    folder: (yield* keepForLedgers(definition, transformed.entities, path, Math.max(10_000, rows / 5))) ? folder : null,
    transformed,
    quarantine,
    roles,
    cascading
  })
})

/** Remembers that one more night rested on the record, under which run its rows are kept now, and what the next read goes on from. */
export const rememberRest = (night: Night, record: LastNight, run: number) =>
  rememberNight(night.definition.name, {
    ...record,
    rested: record.rested + 1,
    reads: (readsOf(night) ?? record.reads).map((one) => ({ ...one, run }))
  })

/** Differences between a night on which everything was computed and its record, in a word each; empty where there are none. */
export const otherwise = (
  record: LastNight,
  foreseen: ReadonlyArray<StandingCounts>,
  computed: Pick<Computed, "transformed" | "quarantine" | "counts"> & {
    readonly steps: number
    readonly frozen: ReadonlyArray<Frozen>
  }
): ReadonlyArray<string> => {
  const pairs: ReadonlyArray<readonly [string, unknown, unknown]> = [
    ["rows of entities", record.transformed, computed.transformed],
    ["quarantine", record.quarantine, computed.quarantine],
    ["records that stand", changeCounts(record, foreseen), computed.counts],
    ["steps", 0, computed.steps],
    ["snapshot", 0, computed.frozen.reduce((sum, one) => sum + one.entered + one.changed + one.left, 0)]
  ]
  return pairs.flatMap(([what, was, is]) => (canonicalJson(was) === canonicalJson(is) ? [] : [what]))
}
