import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isAddition, isRemoval, isUpdate } from "../state/actions.ts"
import { changes } from "../state/change-set.ts"
import { about, name, sql } from "../core/sql.ts"
import type { Amounts, Asked, Night, Referring, WatchedEntity } from "../guards/guard.ts"
import { scopeNames } from "../guards/scopes.ts"
import type { Definition } from "../pipeline/definition.ts"
import { datasetsOf, joinedDatasetsOf, originOf } from "../pipeline/references.ts"
import { Count, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import type { ChangeCounts } from "../snapshot/change.ts"
import type { Edits } from "../snapshot/edits.ts"
import type { UnsureRekeys } from "../snapshot/rekey.ts"
import { baselineOf, type Baseline } from "../guards/holds/baseline.ts"
import { type PlacedHolds, placeHolds } from "../guards/holds/place.ts"
import type { ReleasedPipeline } from "../guards/holds/release.ts"
import { noteNameConflictsByLedger } from "../snapshot/name-conflicts.ts"
import { isWaiting, type EntityPipelineChange } from "../guards/holds/pipeline-changes.ts"
import { candidateTable, desiredView } from "../pipeline/relations.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"

/** Why a dataset may not have been read whole, in words. */
export interface SourceDoubt {
  readonly dataset: string
  readonly say: string
}

/** Facts that guards weigh besides the change set itself. */
export interface Circumstances {
  readonly doubts: ReadonlyArray<SourceDoubt>
  readonly edits: Edits
  readonly unsure: ReadonlyArray<UnsureRekeys>
  readonly baseline: Baseline
  readonly pipelineChanges: ReadonlyArray<EntityPipelineChange>
}

/** The entities that are written, as far as what waits for what needs them; what is referred to first. */
export const referringIn = (definition: Definition): ReadonlyArray<Referring> =>
  loadedEntitiesOf(definition).map(referring)

const referring = ({ name: entity, refs, tables }: LoadedEntity): Referring => ({
  name: entity,
  refs,
  ledger: name(tables.ledger)
})

/** A pipeline as releasing sees it. */
export const releasedIn = (definition: Definition): ReleasedPipeline => ({
  name: definition.name,
  entities: referringIn(definition)
})

/** Asks the guards about a plan in the making, and withholds what they trip over. */
export const askGuards = Effect.fn("run.ask-guards")(function* (
  definition: Definition,
  counts: ReadonlyArray<ChangeCounts>,
  circumstances: Circumstances
): Doing<PlacedHolds, WarehouseError, Warehouse> {
  yield* noteNameConflictsByLedger(definition)
  const night = yield* nightOf(definition, counts, circumstances)
  return yield* placeHolds(night, {
    ...definition.load.people,
    guards: (entity) => definition.load.entities.find((one) => one.entity === entity)?.guards ?? null
  })
})

/** The view of a plan in the making that guards are given. */
export const nightOf = Effect.fn("run.night")(function* (
  definition: Definition,
  counts: ReadonlyArray<ChangeCounts>,
  circumstances: Circumstances
): Doing<Night, WarehouseError, Warehouse> {
  const amounts = yield* sumUp(counts)
  const loaded = loadedEntitiesOf(definition)
  const entities = loaded.map((entity) => watched(entity, definition, amounts, circumstances))
  const measured = new Map<string, unknown>()
  const once = <A>(what: string, measure: Asked<A>): Asked<A> =>
    Effect.suspend(() =>
      measured.has(what)
        ? Effect.succeed(measured.get(what) as A)
        : Effect.tap(measure, (found) => Effect.sync(() => measured.set(what, found)))
    )
  return {
    entities,
    doubts: circumstances.doubts.map((doubt) => doubt.say),
    goodRuns: circumstances.baseline.runs,
    once,
    names: once("names", scopeNames(entities))
  }
})

const sums = { steps: Count, gone: Count, added: Count, changed: Count, rekeyed: Count, unknown: Count }
const Sums = Schema.Struct({ entity: Text, ...sums })

/** Counts of each entity, by name. */
const sumUp = Effect.fn("run.sums")(function* (counts: ReadonlyArray<ChangeCounts>) {
  const warehouse = yield* Warehouse
  const found = yield* warehouse.rows(
    sql`${about("sums of the change; grain: one row per entity that has steps")}SELECT entity, count(*) AS steps, count(*) FILTER (${isRemoval}) AS gone, count(*) FILTER (${isAddition}) AS added,
  count(*) FILTER (${isUpdate}) AS changed, count(*) FILTER (action = 'rekey') AS rekeyed, count(*) FILTER (action = 'unknown') AS unknown FROM ${changes.table} GROUP BY entity`,
    Sums
  )
  return (entity: string): Amounts => {
    const count = counts.find((one) => one.entity === entity)
    const { entity: _, ...sum } = found.find((one) => one.entity === entity) ?? { entity, ...none }
    return { ...sum, present: count?.present ?? 0, desired: count?.desired ?? 0 }
  }
})

const none = { steps: 0, gone: 0, added: 0, changed: 0, rekeyed: 0, unknown: 0 }

const watched = (
  entity: LoadedEntity,
  definition: Definition,
  amounts: (entity: string) => Amounts,
  { doubts, edits, baseline, pipelineChanges, unsure }: Circumstances
): WatchedEntity => {
  const { load, tables } = entity
  const lineage = datasetsOf(definition, load.entity)
  const joins = joinedDatasetsOf(definition, load.entity)
  const edit = pipelineChanges.find((one) => one.entity === load.entity)
  return {
    ...referring(entity),
    tables: {
      snapshot: name(tables.snapshot),
      history: name(tables.history),
      candidates: name(candidateTable(load.entity)),
      desired: name(desiredView(load.entity))
    },
    amounts: amounts(load.entity),
    matchExisting: load.matchExisting,
    unique: load.unique,
    upstream: definition.load.entities.flatMap((other) =>
      joins.has(originOf(definition, other.entity)) ? [other.entity] : []
    ),
    doubts: doubts.filter((doubt) => lineage.has(doubt.dataset)).map((doubt) => doubt.say),
    edits:
      load.onTargetEdit !== "hold" ? "not held" : edits.notLookedFor.has(load.entity) ? "not looked for" : "looked for",
    baseline: (runs) => baselineOf(baseline, load.entity, runs),
    unsure: unsure.find((one) => one.entity === load.entity) ?? null,
    pipelineChange:
      edit === undefined ? null : { ...edit, steps: edit.isFirst ? sql`true` : isWaiting(definition.name) }
  }
}
