import { changes } from "../state/change-set.ts"
import * as Effect from "effect/Effect"
import { loadedBuild } from "../core/ports/loaded-build.ts"
import { planIdOf } from "../core/plan-id.ts"
import { isWhole, type PlanPart } from "../core/plan-part.ts"
import { foldName } from "../core/fold.ts"
import { sql } from "../core/sql.ts"
import { type Completeness, withDoubts } from "../extract/completeness.ts"
import { rowsOfPlan } from "../load/bulk/rows.ts"
import { livesOnItsDays, localMoment, rehearsalDays, stopAtGates } from "../load/gates.ts"
import type { Definition } from "../pipeline/definition.ts"
import { entityHash } from "../pipeline/entity-hash.ts"
import type { PlanFile } from "../plan/plan.ts"
import { removalsIn } from "../plan/removals.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import { Source, type SourceError } from "../core/ports/source.ts"
import { type TargetError, TargetReader } from "../core/ports/target.ts"
import type { StoreError } from "../core/ports/disk.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { findExisting } from "../snapshot/adopt.ts"
import { compare } from "../snapshot/change.ts"
import { findEdits } from "../snapshot/edits.ts"
import { freeze } from "../snapshot/freeze.ts"
import { leaveOut } from "../snapshot/leave-out.ts"
import { narrow, PartUnknown } from "../snapshot/narrow.ts"
import { countQuarantined } from "../snapshot/quarantined.ts"
import { noteReturned, noteWrittenByOthers } from "../snapshot/returned.ts"
import { findReachingDown } from "../snapshot/reaching-down.ts"
import { findRekeys } from "../snapshot/rekey.ts"
import { findPipelineChanges, rememberPipelineChanges } from "../guards/holds/pipeline-changes.ts"
import { refuseTablesOfOthers, type TablesTaken } from "../guards/holds/others-tables.ts"
import { prepareTables } from "../state/tables.ts"
import { type ExpectationFailed, transform } from "../transform/transform.ts"
import { keepSessions } from "../extract/academic-sessions.ts"
import { keepWhatHangsOnUnread } from "../snapshot/unread.ts"
import { doubtsOfRows } from "../transform/doubts.ts"
import { endingFailed } from "../state/end-failed.ts"
import { findFailedBefore } from "../history/failed-before.ts"
import { sourceReadOf } from "../history/source-read.ts"
import { keepRowOutcomes } from "../history/row-outcomes.ts"
import { noteFreedTitles } from "../gradebook/previous-titles.ts"
import { unknownInFreezes } from "../gradebook/freeze-places.ts"
import { type KeptRead, keepRead, type ReadUnavailable, restoreRead, unreadableReads } from "../extract/kept-reads.ts"
import { listNotRead } from "../extract/not-read.ts"
import { askGuards, releasedIn } from "./night.ts"
import { letThroughAgain } from "./let-through-again.ts"
import { candidateTable, datasetTable } from "../pipeline/relations.ts"
import { dropViews, takeIn } from "../extract/earlier-reads.ts"
import { forgetLastNight, type LastNight, readLastNight } from "../snapshot/last-night.ts"
import { changeCounts, otherwise, remember, rememberRest, restOn } from "../snapshot/rest.ts"
import { letThrough, readBaseline } from "../guards/holds/baseline.ts"
import { type ReadProgress, readSource } from "../extract/read-source.ts"
import { releaseApproved } from "../guards/holds/release.ts"
import { beginRun, endRun, numberedLast } from "../state/runs.ts"
import { keepSkipped } from "../state/skipped.ts"
import { planCounts } from "./plan-counts.ts"
import { writeSummary } from "./summary.ts"
import { withoutTrace } from "../state/without-trace.ts"
import { type MadePlan, makePlanFolder, writePlan } from "./write-plan.ts"
import type { RunClock } from "../core/run-clock.ts"
import { checkNames, namesOf, rolesOf, type TargetMismatch } from "../transform/target-names.ts"
import { guardsOf, loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import { givingWay } from "../pipeline/giving-way.ts"
import { goesOn } from "../pipeline/references.ts"
import type { Doing } from "../core/doing.ts"

export type PlanStage = "ask the target" | "read" | "take kept rows" | "transform" | "compare" | "write the plan"

export interface PlanProgress {
  readonly stage: (stage: PlanStage) => void
  readonly read: (progress: ReadProgress) => void
}

/**
 * The flow from source to plan. It has no client that can write to the target: the compiler refuses one here.
 * Whatever it fails with, the target and the ledger are as they were.
 */
export const makePlan = Effect.fn("run.plan")(function* ({
  definition,
  clock,
  part,
  progress,
  askedBy = null,
  full = false
}: {
  readonly definition: Definition
  readonly clock: RunClock
  readonly part: PlanPart
  readonly progress: PlanProgress
  readonly askedBy?: string | null
  /** Whether everything is to be computed, though it may all be as on an earlier night. */
  readonly full?: boolean
}): Doing<
  MadePlan,
  | SourceError
  | WarehouseError
  | StoreError
  | ExpectationFailed
  | TargetError
  | TargetMismatch
  | PartUnknown
  | TablesTaken,
  Source | TargetReader | Warehouse
> {
  const contracts = new Map([...(yield* Source).contracts, ...definition.used])
  const loaded = definition.load.entities.map(({ entity }) => entity)
  const partwise = definition.datasets.flatMap(({ name, parts }) => (parts === null ? [] : [name]))
  yield* refuseTablesOfOthers(definition.name, loaded, partwise)
  let run = yield* beginRun({
    kind: "plan",
    pipeline: definition.name,
    plan: null,
    asOf: clock.asOf,
    now: clock.now,
    askedBy
  })
  const last = goesOn(definition) ? yield* readLastNight(definition.name, yield* build) : null
  // A night that is computed whole is landed anew too.
  const isWholeNight = full || (last !== null && last.rested + 1 >= definition.fullEvery)
  const earlier = isWholeNight ? [] : (last?.reads ?? [])
  const noBase = full
    ? "everything is read and computed, as was asked"
    : isWholeNight
      ? `everything is read and computed every ${definition.fullEvery} nights (extract.full_every)`
      : last === null
        ? "no night before is there to go on from: it is the first of this build, or the last one was not proven whole"
        : null
  const read = readSource({
    definition,
    contracts,
    clock,
    part,
    earlier,
    known: last?.reads ?? [],
    noBase,
    onProgress: progress.read
  })
  // Whoever exported meanwhile has compared what stands before this run does.
  const numbered = Effect.map(
    Effect.suspend(() => numberedLast(run)),
    (number) => (run = number)
  )
  const rows = { contracts, read, numbered, fromRun: null, last, isWholeNight }
  return yield* planRun({ definition, clock, part, progress, rows }).pipe(
    Effect.tap((planned) => endPlanned(run, planned)),
    // Rows that are kept and cannot be read would stop the next night as well: it lands everything anew.
    Effect.tapError((error) =>
      last !== null && error._tag === "WarehouseError" ? Effect.ignore(forgetLastNight(definition.name)) : Effect.void
    ),
    endingFailed(() => run, null)
  )
})

/**
 * As `makePlan`, with today's pipeline over the rows of an earlier run, and without any trace in the state but the run
 * itself: the plan is for looking at, and is marked so that `apply` refuses it.
 */
export const makeWhatIf = Effect.fn("run.what-if")(function* ({
  definition,
  collections,
  kept,
  clock,
  part,
  progress
}: {
  readonly definition: Definition
  readonly collections: ReadonlyMap<string, CollectionContract>
  readonly kept: KeptRead
  readonly clock: RunClock
  readonly part: PlanPart
  readonly progress: PlanProgress
}): Doing<
  MadePlan,
  | SourceError
  | ReadUnavailable
  | WarehouseError
  | StoreError
  | ExpectationFailed
  | TargetError
  | TargetMismatch
  | PartUnknown,
  TargetReader | Warehouse
> {
  const contracts = new Map([...collections, ...definition.used])
  const read = restoreRead(definition, contracts, clock, kept)
  const run = yield* beginRun({
    kind: "what-if",
    pipeline: definition.name,
    plan: null,
    asOf: clock.asOf,
    now: clock.now
  })
  const rows = { contracts, read, numbered: Effect.succeed(run), fromRun: kept.run, last: null, isWholeNight: true }
  return yield* withoutTrace(planRun({ definition, clock, part, progress, rows })).pipe(
    Effect.tap((planned) => endPlanned(run, planned)),
    endingFailed(run, null)
  )
})

/** The source of a plan's rows: the connection, or an earlier run's read. */
interface RowsOfPlan<E, R> {
  readonly contracts: ReadonlyMap<string, CollectionContract>
  readonly read: Effect.Effect<ReadonlyArray<Completeness>, E, R>
  /** The number of the run, asked for before anything is compared: those who write what is compared have had their turn. */
  readonly numbered: Effect.Effect<number, WarehouseError, Warehouse>
  readonly fromRun: number | null
  /** The night that this one may rest on. */
  readonly last: LastNight | null
  /** Whether everything is computed in any case; where there is a night to rest on, the two are compared. */
  readonly isWholeNight: boolean
}

/** The build that this module belongs to, which imports all that decides what becomes of records. */
const build = loadedBuild(import.meta.url)

/** A plan, with what its run is remembered by. */
type Planned = MadePlan & { readonly report: Readonly<Record<string, unknown>> }

const endPlanned = (run: number, { plan, report }: Planned): Effect.Effect<void, WarehouseError, Warehouse> =>
  endRun(run, plan.holds.length > 0 ? "held" : "done", plan.plan_id, report)

const planRun = Effect.fn("run.plan-stages")(function* <E, R>({
  definition,
  clock,
  part,
  progress,
  rows
}: {
  readonly definition: Definition
  readonly clock: RunClock
  readonly part: PlanPart
  readonly progress: PlanProgress
  readonly rows: RowsOfPlan<E, R>
}) {
  const target = yield* TargetReader
  // First, because it takes a second and a target that does not answer would waste the whole read.
  progress.stage("ask the target")
  const description = yield* (yield* Warehouse).sharing.away(target.describe)

  progress.stage(rows.fromRun === null ? "read" : "take kept rows")
  yield* dropViews(datasetTable, candidateTable)
  const received = yield* rows.read

  if (rows.fromRun === null) yield* Effect.zipRight(noteFreedTitles(definition), noteWrittenByOthers(definition))

  progress.stage("transform")
  const cascading = description.roles.filter((role) => role.isCascading).flatMap((role) => namesOf(role).map(foldName))
  const night = { build: yield* build, definition, contracts: rows.contracts, clock, part, read: received, cascading }
  const foreseen = yield* restOn(rows.last, night)
  const resting = rows.isWholeNight || foreseen === null || rows.last === null ? null : { ...rows.last, foreseen }
  if (resting === null) {
    yield* dropViews(candidateTable)
    yield* takeIn(received.flatMap(({ keptBy, proof }) => (keptBy === null ? [] : [proof.dataset])))
  }
  const transformed = resting?.transformed ?? (yield* transform(definition, rows.contracts, clock))
  const run = yield* rows.numbered
  const read = resting === null ? withDoubts(received, yield* doubtsOfRows(definition, transformed)) : received
  const doubts = read.flatMap(({ proof, doubts }) =>
    doubts.map((doubt) => ({ dataset: proof.dataset, say: `${proof.dataset}: ${doubt}` }))
  )
  const roles = resting?.roles ?? (yield* rolesOf(definition))
  yield* checkNames(definition, description, roles)

  const daysAway = rehearsalDays(clock.now, clock.asOf, definition.timezone)
  const isTrial = daysAway !== 0 && rows.fromRun === null && (yield* livesOnItsDays(definition))
  return yield* Effect.gen(function* () {
    progress.stage("compare")
    yield* prepareTables(loadedEntitiesOf(definition))
    const compared = resting === null ? yield* compare(definition, cascading) : changeCounts(resting, resting.foreseen)
    yield* keepWhatHangsOnUnread(definition)
    const { counts: differing, unsure } = yield* findRekeys(definition, compared)
    const unknownScopes = yield* narrow(definition, changes, part)
    if (unknownScopes.length > 0) return yield* new PartUnknown({ detail: unknownScopes.join("; ") })
    const leftOut = yield* leaveOut(definition, description.switchedOff)
    const unknown = [...(yield* findExisting(definition)), ...(yield* findReachingDown(definition, cascading))]
    const edits = yield* findEdits(definition)
    unknown.push(...edits.unknown)
    const counts = differing.map((count) => {
      const returned = edits.returned.get(count.entity) ?? 0
      return { ...count, present: count.present + returned, unchanged: count.unchanged + returned }
    })
    const hashes = new Map(definition.load.entities.map(({ entity }) => [entity, entityHash(definition, entity)]))
    const pipelineChanges = yield* findPipelineChanges(definition.name, hashes)
    const baseline = yield* readBaseline(definition.name)
    const placed = yield* askGuards(definition, counts, { doubts, edits, unsure, baseline, pipelineChanges })
    const again = yield* letThroughAgain(definition, placed.holds)
    const { approvals, holds } = yield* releaseApproved(releasedIn(definition), changes, again.holds, clock.now)
    yield* stopAtGates(definition, changes, localMoment(new Date(clock.now), definition.timezone, daysAway))
    // A rehearsal of another day says nothing of what a night usually brings, nor of what an edit brings about tonight.
    const isBaseline = doubts.length === 0 && isWhole(part) && daysAway === 0

    progress.stage("write the plan")
    yield* givingWay(definition)
    const steps = yield* changes.count(sql`true`)
    let quarantine = resting?.quarantine ?? []
    let quarantined: ReadonlyMap<string, number>
    let check: PlanFile["self_check"]
    if (resting === null) {
      yield* forgetLastNight(definition.name)
      yield* keepSkipped(definition.name)
      quarantine = yield* keepRowOutcomes(definition, rows.contracts, run)
      quarantined = yield* countQuarantined(definition, new Set(quarantine.map((one) => one.entity)))
      const frozen = doubts.length === 0 ? yield* freeze(definition, run) : []
      if (foreseen !== null && rows.last !== null) {
        const computed = { transformed, quarantine, counts: compared, steps, frozen }
        check = { run: rows.last.run, differing: otherwise(rows.last, foreseen, computed) }
      }
    } else {
      quarantined = new Map(resting.foreseen.map((one) => [one.entity, one.quarantined]))
    }
    const rested = read.some(({ delta, keptBy }) => keptBy !== null || (delta?.since ?? null) !== null)
      ? (rows.last?.rested ?? 0) + 1
      : 0
    if (doubts.length === 0) {
      if (resting === null) yield* keepSessions(definition)
      yield* noteReturned(definition)
      if (rows.fromRun === null && !isTrial) {
        yield* keepRead({ definition, contracts: rows.contracts, clock, run, read })
        yield* resting === null
          ? remember(night, { run, rested, transformed, counts: compared, quarantine, roles })
          : rememberRest(night, resting, run)
      }
    }
    unknown.push(...(yield* unreadableReads))
    for (const { hint, say } of yield* unknownInFreezes(definition)) unknown.push(`${say}: ${hint}`)
    const notRead = rows.fromRun === null ? yield* listNotRead(definition, read) : undefined
    const planId = planIdOf(definition.name, clock.asOf, run)
    const folder = yield* makePlanFolder(planId)
    const { plan } = yield* writePlan({
      definition,
      clock,
      planId,
      folder,
      particulars: {
        run,
        ...(rows.fromRun === null ? {} : { from_run: rows.fromRun }),
        ...(isWhole(part) ? {} : { part }),
        undo: null,
        source: read.map((one) => sourceReadOf(one, transformed.accounts)),
        counts: (yield* planCounts(definition, counts)).map((count) => {
          const stay = quarantined.get(count.entity) ?? 0
          return stay === 0 ? count : { ...count, quarantined: stay }
        }),
        guards: guardsOf(definition),
        holds,
        approvals,
        quarantine,
        warnings: [
          ...transformed.warnings,
          ...leftOut.map((one) => ({ ...one, rule: "switched-off" })),
          ...placed.warnings,
          ...again.warnings,
          ...(yield* findFailedBefore(definition.name))
        ],
        skipped: transformed.skipped,
        ...(notRead === undefined ? {} : { not_read: notRead }),
        ...(description.rows === undefined
          ? {}
          : { as_rows: yield* rowsOfPlan(loadedEntitiesOf(definition), description.rows, changes.table) }),
        ...(resting === null ? {} : { rests_on: resting.run }),
        ...(check === undefined ? {} : { self_check: check }),
        unknown,
        summary: yield* writeSummary(definition, run, folder)
      }
    })
    if (isBaseline) {
      const waiting = holds.flatMap((hold) => (hold.guard === "pipeline_changed" ? [hold.id] : []))
      yield* rememberPipelineChanges({ pipeline: definition.name, hashes, run, pipelineChanges, holds: waiting })
    }
    const report = {
      proven: doubts.length === 0,
      ...(isWhole(part) ? {} : { part }),
      rows: Object.fromEntries(read.map((one) => [one.proof.dataset, one.landing.kept])),
      steps: plan.steps.count,
      removals: removalsIn(plan),
      held: holds.reduce((sum, hold) => sum + hold.steps, 0),
      // Records in quarantine are counted of everything, and not of the part.
      ...(isWhole(part) ? { quarantined: quarantine.reduce((sum, one) => sum + one.rows, 0) } : {}),
      proofs: read.map((one) => one.proof),
      ...(isBaseline ? { let_through: yield* letThrough(counts) } : {})
    }
    return { plan, folder, report } satisfies Planned
  }).pipe((planned) => (isTrial ? withoutTrace(planned) : planned))
})
