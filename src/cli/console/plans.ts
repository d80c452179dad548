import * as Effect from "effect/Effect"
import { instantNow } from "../../core/clock.ts"
import { canonicalJson } from "../../core/hash.ts"
import { tell } from "../../core/told.ts"
import { type Approval, approvedSteps, listApprovals } from "../../guards/holds/approvals.ts"
import { isUnproven } from "../../guards/holds/release.ts"
import { pageOfSteps } from "../../history/step-index.ts"
import { maskStep } from "../../plan/mask.ts"
import { inShort } from "../../plan/in-short.ts"
import type { PlanFile, PlanStep } from "../../plan/plan.ts"
import { fieldChanges, schoolChanges } from "../../plan/report.ts"
import type { PlanSummary } from "../../plan/summary.ts"
import { type Busy, type NotFound, refused } from "../../service/http/contract/errors.ts"
import type { AskedApproval } from "../../service/approvals.ts"
import type {
  ApprovalAskedView,
  ApprovalView,
  ApprovalWanted,
  PlanReview,
  StepPage,
  StepsWanted,
  StepView
} from "../../service/http/contract/plans.ts"
import { told } from "../../service/http/contract/told.ts"
import type { Asking, DeskService } from "../../service/http/desk.ts"
import { Adapters } from "../adapters.ts"
import { personalInPlans } from "../reports.ts"
import type { Approvals } from "./approvals.ts"
import { openPlanOf } from "./opened-plans.ts"
import { readsOf } from "./reads.ts"
import type { Room } from "./room.ts"
import { asAnswer } from "./room.ts"
import { filterOf } from "./step-filter.ts"

/** Approvals that the holds of a plan were given. */
export const approvalsOf = (room: Room, plan: string): Effect.Effect<ReadonlyArray<Approval>, Busy | NotFound> =>
  room.read(`approvals of ${plan}`, listApprovals(plan), [])

/** Steps of a plan that wait for somebody's decision still. */
export const waitingSteps = (room: Room, plan: PlanFile, now: string): Effect.Effect<number, Busy | NotFound> =>
  Effect.map(room.read(`approved of ${plan.plan_id}`, approvedSteps(plan.plan_id), []), (approved) => {
    const held = plan.holds.reduce((sum, hold) => sum + hold.steps, 0)
    return approved.reduce((left, { steps, until }) => (until > now ? left - steps : left), held)
  })

export const reviewOf = (room: Room, given: Approvals, id: string): Effect.Effect<PlanReview, NotFound | Busy> =>
  Effect.gen(function* () {
    const { plan, summary } = yield* openPlanOf(room, id)
    const approvals = yield* approvalsOf(room, plan.plan_id)
    const now = yield* instantNow
    const zone = yield* Effect.match(room.definition(plan.pipeline), {
      onFailure: () => "UTC",
      onSuccess: ({ timezone }) => timezone
    })
    const short = inShort(plan, summary)
    const place = ({ added, changed, held, id, name, removed, school }: PlanSummary["courses"][number]) => ({
      id,
      name: name ?? id,
      school,
      removed,
      added,
      changed,
      held
    })
    return {
      plan: plan.plan_id,
      pipeline: plan.pipeline,
      run: plan.run,
      zone,
      created_at: plan.created_at,
      expires_at: plan.expires_at,
      as_of: plan.as_of,
      is_open: plan.from_run === undefined && now <= plan.expires_at,
      verdict: short.verdict,
      held: plan.holds.reduce((sum, hold) => sum + hold.steps, 0),
      waiting: yield* waitingSteps(room, plan, now),
      part: plan.part ?? null,
      people: short.people.map(told),
      schools_in_short: short.bySchool,
      schools_left_out: short.schoolsLeftOut,
      holds: plan.holds.map((hold) => ({
        id: hold.id,
        guard: hold.guard,
        entity: hold.entity,
        school: hold.school,
        section: hold.section,
        limit: hold.limit,
        value: hold.value,
        steps: hold.steps,
        say: told(hold.say),
        details: (hold.details ?? []).map(told),
        unproven: isUnproven(hold),
        can_be_approved: hold.guard !== "unknown"
      })),
      approvals: approvals.map(approvalView),
      asked: given.of(plan.plan_id).map(askedView),
      counts: plan.counts.map(({ actions, entity, held, unchanged }) => ({
        entity,
        actions: Object.fromEntries(Object.entries(actions).map(([action, steps]) => [action, steps ?? 0])),
        held,
        unchanged
      })),
      doubts: plan.source.flatMap(({ dataset, doubts }) => doubts.map((say) => ({ dataset, say: told(say) }))),
      reads: yield* readsOf(room, plan),
      not_read: (plan.not_read ?? []).map(({ dataset, parts, since }) => ({ dataset, parts, since })),
      unknown: plan.unknown.map(told),
      gates: plan.gates.map(({ gate, say, steps }) => ({ gate, say, steps })),
      quarantined: plan.quarantine.reduce((sum, { rows }) => sum + rows, 0),
      steps: plan.steps.count,
      schools: summary === null ? [] : schoolChanges(summary).map((school) => ({ ...school, school: school.id })),
      courses: (summary?.courses ?? []).map(place),
      sections: (summary?.sections ?? []).map((section) => ({
        ...place(section),
        course: section.course,
        before: section.before,
        after: section.after,
        after_without_held: section.afterWithoutHeld
      }))
    }
  })

export const stepsOf = (
  room: Room,
  id: string,
  wanted: StepsWanted,
  { reveals, who }: Asking
): Effect.Effect<StepPage, NotFound | Busy> =>
  Effect.gen(function* () {
    const opened = yield* openPlanOf(room, id)
    const { plan, summary } = opened
    const isPersonal = yield* Effect.provideService(personalInPlans(plan), Adapters, room.adapters)
    if (reveals) yield* room.note(who, tell("trail.reveal-steps", {}), [plan.plan_id])
    const shown = (step: PlanStep): PlanStep => (reveals ? step : maskStep(step, isPersonal))
    const { limit = 50, offset = 0, ...filter } = wanted
    const { matching, steps } = yield* Effect.flatMap(room.steps.get(opened), (index) =>
      pageOfSteps(index, { ...filterOf(filter, summary, shown), offset, limit }, canonicalJson([filter, reveals]))
    ).pipe(Effect.mapError(asAnswer))
    return { matching, steps: steps.map((step) => stepView(shown(step))) }
  })

const stepView = (step: PlanStep): StepView => ({
  seq: step.seq,
  entity: step.entity,
  key: step.key,
  action: step.action,
  reason: told(step.reason),
  label: step.label,
  school: step.school,
  section: step.section,
  changes: fieldChanges(step).map((change) => ({ ...change, standing: change.standing ?? null })),
  hold: step.hold,
  approval: step.approval,
  gate: step.gate,
  implied_by: step.implied_by
})

export const approveOf = (
  { approvals, room }: { readonly room: Room; readonly approvals: Approvals },
  id: string,
  wanted: ApprovalWanted,
  { asker, who }: Asking
): ReturnType<DeskService["approve"]> =>
  Effect.gen(function* () {
    const { plan } = yield* openPlanOf(room, id)
    yield* room.note(who, tell("trail.approve", {}), [plan.plan_id])
    const ended = yield* approvals.give({
      plan: plan.plan_id,
      pipeline: plan.pipeline,
      holds: wanted.holds ?? null,
      schools: wanted.schools ?? [],
      sections: wanted.sections ?? [],
      steps: wanted.steps ?? [],
      by: who,
      why: wanted.why,
      evenUnproven: wanted.even_unproven ?? false,
      asker
    })
    if ("at" in ended) return { waits: askedView(ended) }
    if ("refused" in ended) return yield* refused(ended.refused.reason, ended.refused.detail)
    const { alreadyCarriedOut, because, byHold, followers, waiting, ...approval } = ended.given
    return {
      approval: approvalView(approval),
      by_hold: byHold,
      followers,
      already_carried_out: alreadyCarriedOut,
      waiting,
      because
    }
  })

const askedView = ({ at, by, holds, id, refused: reason, why }: AskedApproval): ApprovalAskedView => ({
  id,
  asked_by: by,
  asked_at: at,
  holds,
  why,
  reason: reason === null ? null : told(reason.detail)
})

const approvalView = (
  one: Omit<Approval, "pipeline" | "plan" | "evenUnproven" | "setHash" | "runs">
): ApprovalView => ({
  id: one.id,
  holds: one.holds,
  approved_by: one.approvedBy,
  approved_at: one.approvedAt,
  expires_at: one.expiresAt,
  withdrawn_at: one.withdrawnAt,
  why: one.why,
  steps: one.steps,
  carried_out: one.carriedOut
})
