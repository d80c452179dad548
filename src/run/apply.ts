import * as Data from "effect/Data"
import { steps } from "../state/change-set.ts"
import * as Effect from "effect/Effect"
import { join, resolve } from "node:path"
import { isPlanId } from "../core/plan-id.ts"
import { isWhole, type PlanPart, samePart, wholePlan } from "../core/plan-part.ts"
import { ApplyCutOff } from "../core/ports/cut-off.ts"
import { execute } from "../load/execute.ts"
import type { Execution, ExecutionProgress, Extent } from "../load/execution.ts"
import { type LocalMoment, localMoment, rehearsalDays } from "../load/gates.ts"
import { findClass } from "../extract/used-classes.ts"
import { leaveToOthersAtWork, noteSections } from "../state/apply-sections.ts"
import type { Definition, Gates } from "../pipeline/definition.ts"
import { differingPieces } from "../pipeline/pieces.ts"
import { isProblem, openPlan } from "../plan/encode.ts"
import type { ApprovalUse, PlanFile } from "../plan/plan.ts"
import { Journal, type JournalError } from "../core/ports/journal.ts"
import type { TargetReader, TargetWriter } from "../core/ports/target.ts"
import { ifThere, onDisk, sha256OfFile, type StoreError, textOnDisk, writeOwnFile } from "../core/ports/disk.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { narrowPlan } from "../snapshot/narrow.ts"
import { readSteps } from "../state/steps-file.ts"
import { prepareTables } from "../state/tables.ts"
import { listApprovals, noteReleased } from "../guards/holds/approvals.ts"
import { findEditedSince } from "./edited-since.ts"
import { endingFailed } from "../state/end-failed.ts"
import { movedSince, restoredSince } from "../history/moved.ts"
import { releasedIn } from "./night.ts"
import { releaseApprovedSince, releaseAsBefore } from "../guards/holds/release.ts"
import { tallyExport } from "../gradebook/exports.ts"
import { beginRun, endRun, lastAskedBy, listRuns } from "../state/runs.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { tell } from "../core/told.ts"

export type { ExecutionProgress, Extent } from "../load/execution.ts"

/** The plan is not carried out, and nothing was sent. */
export class PlanRefused extends Data.TaggedError("PlanRefused")<{
  readonly reason:
    "Missing" | "Altered" | "WhatIf" | "Expired" | "Used" | "Stale" | "OtherDefinition" | "Withdrawn" | "UnknownPart"
  readonly plan: string
  readonly detail: string
}> {
  override get message(): string {
    return `plan ${this.plan} is refused: ${this.detail}`
  }
}

export interface Applied {
  readonly plan: PlanFile
  readonly run: number
  readonly execution: Execution
  /** Steps that wait for approval still. */
  readonly held: number
  /** Approvals by which steps went that the plan had held. */
  readonly approvals: ReadonlyArray<ApprovalUse>
  /** Longest time for which the command did not give way to exports and approvals, in milliseconds; null of what goes beside a run. */
  readonly longestTurn: number | null
}

/** Reads a plan by id out of the folder of plans, or by its own folder or file, and proves that nobody changed it. */
export const readPlan = Effect.fn("run.read-plan")(function* (
  plansFolder: string,
  id: string
): Doing<{ readonly plan: PlanFile; readonly folder: string }, PlanRefused | StoreError> {
  const isPath = /[/\\]/.test(id)
  const folder = isPath ? id.replace(/[/\\]plan\.json$/, "") : join(plansFolder, id)
  const refuse = (reason: PlanRefused["reason"], detail: string): PlanRefused =>
    new PlanRefused({ reason, plan: id, detail })
  const text = isPath || isPlanId(id) ? yield* textOnDisk("read the plan", join(folder, "plan.json")) : null
  if (text === null)
    return yield* refuse("Missing", "there is no such plan, or no longer; `rollbook history` lists them")
  const opened = openPlan(text)
  if (isProblem(opened)) return yield* refuse("Altered", opened.say)
  const file = join(folder, opened.steps.file)
  const steps = yield* onDisk("read the steps of the plan", file, (disk) => ifThere(sha256OfFile(disk, file)))
  if (steps === null) return yield* refuse("Missing", `its steps file ${opened.steps.file} is gone`)
  if (steps !== opened.steps.sha256) return yield* refuse("Altered", "its steps were changed after it was made")
  return { plan: opened, folder }
})

/** An apply of this plan was interrupted: nothing else may be planned or applied before it is known how it ended. */
export class RunInterrupted extends Data.TaggedError("RunInterrupted")<{ readonly plan: string }> {
  override get message(): string {
    return `the apply of plan ${this.plan} was interrupted. \`rollbook resume\` finishes it; \`rollbook resume --begun-only\` only ends the steps that were begun`
  }
}

/** Fails when an interrupted apply waits. */
export const refuseWhileInterrupted: Effect.Effect<void, RunInterrupted | JournalError, Journal> = Effect.gen(
  function* () {
    const journal = yield* Journal
    const [plan] = yield* journal.unfinished
    if (plan !== undefined) return yield* new RunInterrupted({ plan })
  }
)

/**
 * Carries out a plan: proven unaltered, not expired, not used, and made for the ledger as it stands. A plan whose apply
 * was interrupted is taken up where it was left, by its own choice of steps; what is known to be done is not sent again,
 * and where nobody asks for it by name, it is still for whoever asked first.
 */
export const applyPlan = Effect.fn("run.apply")(function* ({
  id,
  definition,
  now,
  part,
  extent,
  gates = Effect.succeed(definition.load.gates),
  onProgress,
  askedBy = null
}: {
  readonly id: string
  readonly definition: Definition
  readonly now: string
  readonly part: PlanPart
  readonly extent: Extent
  /** As they are set at the moment of asking; absent, those of the definition. */
  readonly gates?: Effect.Effect<Gates>
  readonly onProgress: (progress: ExecutionProgress) => void
  readonly askedBy?: string | null
}): Doing<
  Applied,
  PlanRefused | RunInterrupted | ApplyCutOff | WarehouseError | StoreError | JournalError,
  Warehouse | TargetReader | TargetWriter | Journal
> {
  const warehouse = yield* Warehouse
  const { plan, folder: given } = yield* readPlan(warehouse.folders.plans, id)
  const [interrupted] = yield* (yield* Journal).unfinished
  if (interrupted !== undefined && interrupted !== plan.plan_id) return yield* new RunInterrupted({ plan: interrupted })
  const resumed = interrupted !== undefined
  yield* prepareTables(loadedEntitiesOf(definition))
  yield* admit({ plan, definition, now, resumed, extent })
  const folder = yield* bringHome(given, join(warehouse.folders.plans, plan.plan_id), plan.plan_id)
  yield* readSteps(join(folder, plan.steps.file))
  if (extent === "everything") yield* refuseStale(plan, definition, resumed)
  if (!resumed) yield* refuseWithdrawn(plan)
  const { approvals, holds } = resumed
    ? yield* releaseAsBefore(plan)
    : yield* releaseApprovedSince(releasedIn(definition), plan, now)
  const held = holds.reduce((sum, hold) => sum + hold.steps, 0)
  const narrowed = yield* rememberPart(folder, part, resumed)
  // A plan that was narrowed to this part holds nothing else.
  const isThePlansOwn = !resumed && samePart(narrowed, plan.part ?? wholePlan)
  // A plan is good for one apply: a misspelt part, or one of which it has nothing, must not use it up without a step.
  const unfit = isThePlansOwn ? [] : yield* narrowPlan(definition, steps, narrowed, resumed ? plan.plan_id : null)
  if (!resumed && unfit.length > 0) {
    return yield* new PlanRefused({ reason: "UnknownPart", plan: plan.plan_id, detail: unfit.join("; ") })
  }
  if (extent === "everything") yield* findEditedSince(definition, resumed ? yield* doneBefore(plan) : [])
  // There before the run is: a plan that counts as used can always be resumed.
  yield* Effect.scoped((yield* Journal).open(plan.plan_id))
  const asked = askedBy ?? (resumed ? yield* lastAskedBy(plan.plan_id) : null)
  const run = yield* beginRun({
    kind: "apply",
    pipeline: plan.pipeline,
    plan: plan.plan_id,
    asOf: plan.as_of,
    now,
    askedBy: asked
  })
  const reported = narrowed.sections.length > 0 ? narrowed : (plan.part ?? narrowed)
  if (!resumed) {
    yield* noteSections(run, plan.pipeline, yield* sectionsOf(definition, reported))
    yield* leaveToOthersAtWork(run, plan.pipeline)
  }
  const execution = yield* Effect.zipRight(
    noteReleased(plan.plan_id, run),
    execute({
      definition,
      plan: plan.plan_id,
      run,
      extent,
      gates,
      moment: yield* momentOf(plan, definition, now),
      onProgress
    })
  ).pipe(endingFailed(run, plan.plan_id, "interrupted"))
  const longestTurn = warehouse.sharing.isGuest ? null : Math.round(warehouse.sharing.longestTurn())
  const outcome = execution.failed > 0 || execution.notReached > 0 ? "target_failed" : held > 0 ? "held" : "done"
  yield* tallyExport(definition, run, reported).pipe(
    Effect.flatMap((sent) =>
      endRun(run, outcome, plan.plan_id, {
        ...execution,
        ...(isWhole(reported) ? {} : { part: reported }),
        held,
        sent,
        ...(longestTurn === null ? {} : { longestTurn })
      })
    ),
    Effect.zipRight(execution.notReached === 0 ? (yield* Journal).close(plan.plan_id) : Effect.void),
    Effect.mapError((by) => new ApplyCutOff({ plan: plan.plan_id, by })),
    endingFailed(run, plan.plan_id, "interrupted")
  )
  return { plan, run, execution, held, approvals, longestTurn }
})

/** The sections of a part by id, under whichever name it has them. */
const sectionsOf = (definition: Definition, part: PlanPart) =>
  Effect.forEach(part.sections, (name) => Effect.map(findClass(definition, name), (found) => found?.section ?? name))

/** Sequence numbers of the steps that an interrupted apply is known to have done: nothing is asked about them again. */
const doneBefore = Effect.fn("run.done-before")(function* ({ plan_id }: PlanFile) {
  const { content } = yield* Effect.scoped((yield* Journal).open(plan_id))
  return [...content.outcomes.values()].flatMap(({ outcome, sequence }) => (outcome === "done" ? [sequence] : []))
})

/**
 * The local moment, going on from the start of the apply. A plan made for another day than that on which it was made is a
 * rehearsal: its day counts.
 */
const momentOf = (plan: PlanFile, definition: Definition, now: string): Effect.Effect<() => LocalMoment> =>
  Effect.map(Effect.clock, (clock) => {
    const days = rehearsalDays(plan.created_at, plan.as_of, definition.timezone)
    const begun = clock.unsafeCurrentTimeNanos()
    const passed = (): number => Number(clock.unsafeCurrentTimeNanos() - begun) / 1e6
    let told: { readonly minute: number; readonly moment: LocalMoment } | null = null
    return () => {
      const instant = Date.parse(now) + passed()
      // It is told to the minute, and asked for at each step.
      const minute = Math.floor(instant / 60_000)
      if (told?.minute !== minute) told = { minute, moment: localMoment(new Date(instant), definition.timezone, days) }
      return told.moment
    }
  })

/** The remedy where a plan is refused: what an interrupted apply began is ended first. */
const instead = (isBegun: boolean) => (isBegun ? "`rollbook resume --begun-only`, then plan again" : "Plan again")

const admit = Effect.fn("run.admit")(function* ({
  plan,
  definition,
  now,
  resumed,
  extent
}: {
  readonly plan: PlanFile
  readonly definition: Definition
  readonly now: string
  readonly resumed: boolean
  readonly extent: Extent
}) {
  const refuse = (reason: PlanRefused["reason"], detail: string): PlanRefused =>
    new PlanRefused({ reason, plan: plan.plan_id, detail })
  if (plan.from_run !== undefined) {
    const { from_run: run, pipeline } = plan
    return yield* refuse("WhatIf", tell("refused.what-if-apply", { run, pipeline }))
  }
  if (plan.definition_hash !== definition.hash && extent !== "begun") {
    const pieces = differingPieces(plan.definition_pieces, definition.pieces)
    const edited = `the pipeline ${definition.name} was edited since${pieces.length === 0 ? "" : ` (${pieces.join(", ")})`}`
    return yield* refuse("OtherDefinition", `${edited}. ${instead(resumed)}`)
  }
  if (Date.parse(now) > Date.parse(plan.expires_at) && extent !== "begun") {
    return yield* refuse(
      "Expired",
      resumed
        ? `it was good until ${plan.expires_at}. ${instead(true)}`
        : tell("refused.expired-apply", { at: plan.expires_at })
    )
  }
  if (resumed) return
  const used = (yield* listRuns(10_000)).find((run) => run.kind === "apply" && run.plan === plan.plan_id)
  if (used !== undefined) return yield* refuse("Used", `it was carried out by run ${used.run}. Plan again`)
})

/** The plan holds for the target and the source that it was made for; what moved since is named, as far as it is known. */
const refuseStale = Effect.fn("run.refuse-stale")(function* (plan: PlanFile, definition: Definition, resumed: boolean) {
  const moved = (yield* restoredSince(plan)) ?? (resumed ? null : yield* movedSince(plan, definition))
  if (moved === null) return
  return yield* new PlanRefused({ reason: "Stale", plan: plan.plan_id, detail: `${moved}. ${instead(resumed)}` })
})

/** A plan may rest on an approval that was taken back since, or that this workspace never had. */
const refuseWithdrawn = Effect.fn("run.refuse-withdrawn")(function* (plan: PlanFile) {
  const standing = new Set((yield* listApprovals(null)).filter((one) => one.withdrawnAt === null).map((one) => one.id))
  const gone = plan.approvals.filter((one) => one.steps > 0 && !standing.has(one.id))
  if (gone.length > 0) {
    const which = gone.map((one) => `${one.id}, on which ${one.steps} of its steps rest`).join("; ")
    return yield* new PlanRefused({
      reason: "Withdrawn",
      plan: plan.plan_id,
      detail: `an approval was withdrawn: ${which}. Plan again`
    })
  }
})

/**
 * The engine may read plans out of the workspace alone: one that lies elsewhere is copied there first, and never over
 * another one of its name. Gives the folder in which it lies then.
 */
export const bringHome = (given: string, home: string, plan: string): Effect.Effect<string, PlanRefused | StoreError> =>
  Effect.gen(function* () {
    if (resolve(given) === resolve(home)) return home
    const textIn = (folder: string) => textOnDisk("read the plan", join(folder, "plan.json"))
    const standing = yield* textIn(home)
    if (standing === null) {
      yield* onDisk("copy the plan", home, (disk) => disk.copy(given, home, { overwrite: true }))
      return home
    }
    if (standing === (yield* textIn(given))) return home
    return yield* new PlanRefused({
      reason: "Altered",
      plan,
      detail: `another plan of this name lies in ${home}. Move that one away if it is done with`
    })
  })

/** The part that an apply is narrowed to, kept beside the plan: taken up again, it is that of its beginning. */
export const rememberPart = (folder: string, part: PlanPart, resumed: boolean): Effect.Effect<PlanPart, StoreError> =>
  Effect.gen(function* () {
    const file = join(folder, "part.json")
    if (resumed) {
      const text = yield* textOnDisk("read the part that the apply is narrowed to", file)
      if (text === null) return wholePlan
      return yield* onDisk("read the part that the apply is narrowed to", file, () =>
        Effect.try(() => JSON.parse(text) as PlanPart)
      )
    }
    yield* onDisk("keep the part that the apply is narrowed to", file, (disk) =>
      writeOwnFile(disk, file, JSON.stringify(part))
    )
    return part
  })
