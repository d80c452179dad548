import * as Data from "effect/Data"
import { steps } from "../state/change-set.ts"
import * as Effect from "effect/Effect"
import type { StoreError } from "../core/ports/disk.ts"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { about, joined, type Sql, sql, texts } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { Hold, PlanFile } from "../plan/plan.ts"
import { Count, Json, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { readSteps } from "../state/steps-file.ts"
import { prepareTables } from "../state/tables.ts"
import { inScope, nameScopes } from "../snapshot/narrow.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import { bringHome, PlanRefused, readPlan } from "./apply.ts"
import { type Approval, keepApproval, listApprovals, prepareApprovals } from "../guards/holds/approvals.ts"
import { releasedIn } from "./night.ts"
import { isUnproven, releaseApproved } from "../guards/holds/release.ts"
import type { Doing } from "../core/doing.ts"
import { carriedOutTable, chosenStepTable } from "./tables.ts"
import { made } from "../core/table.ts"
import { tell } from "../core/told.ts"
import { outcomesOf } from "../state/outcomes.ts"

/** Nothing was approved. */
export class ApprovalRefused extends Data.TaggedError("ApprovalRefused")<{
  readonly reason: "NothingHeld" | "NoSuchHold" | "Unknown" | "Unproven" | "TooLong" | "NothingChosen" | "CarriedOut"
  readonly plan: string
  readonly detail: string
}> {
  override get message(): string {
    return `nothing of plan ${this.plan} was approved: ${this.detail}`
  }
}

/** A request to approve: which steps, by whom and why. */
export interface ApprovalRequest {
  /** Ids of holds; null = all that can be approved. */
  readonly holds: ReadonlyArray<string> | null
  /** By SIS id or by name; empty lists filter nothing. */
  readonly schools: ReadonlyArray<string>
  readonly sections: ReadonlyArray<string>
  /** Single steps by their place in the plan; empty filters nothing. */
  readonly steps: ReadonlyArray<number>
  readonly approvedBy: string
  readonly why: string
  /** ISO instant; null = as long as the plan is good. */
  readonly expiresAt: string | null
  readonly evenUnproven: boolean
  /**
   * ISO instant at which it was given, by which it is known again: carried out once more, it is the approval that stands. Absent:
   * the moment at which it is carried out, and one of its own.
   */
  readonly givenAt?: string
}

/** An approval that was just given. */
export interface Approved {
  readonly approval: Approval
  readonly plan: PlanFile
  /** Steps approved, by hold. */
  readonly byHold: ReadonlyArray<{ readonly hold: Hold; readonly steps: number }>
  /** Those of these steps that are removals following from another chosen one, under a hold that was not chosen. */
  readonly followers: number
  /** Steps chosen that were left out, since a run carried them out already. */
  readonly carriedOut: number
  /** Steps approved that wait all the same, for others that are held; why, for ten of them. */
  readonly waiting: number
  readonly because: ReadonlyArray<string>
}

/**
 * Approves operations that a plan holds, by what they are: the plan itself, where it is not used yet, and every later
 * one release exactly those. A plan that was carried out has its held steps open still, so that it can be approved too.
 * Steps of which it is not known what they would do are never approved; what a doubtful read holds only when asked for.
 */
export const approvePlan = Effect.fn("run.approve")(function* (
  id: string,
  definition: Definition,
  request: ApprovalRequest,
  now: string
): Doing<Approved, PlanRefused | ApprovalRefused | WarehouseError | StoreError, Warehouse> {
  const warehouse = yield* Warehouse
  const { plan, folder: given } = yield* readPlan(warehouse.folders.plans, id)
  if (plan.from_run !== undefined) {
    return yield* new PlanRefused({
      reason: "WhatIf",
      plan: plan.plan_id,
      detail: tell("refused.what-if", { run: plan.from_run, pipeline: plan.pipeline })
    })
  }
  if (now > plan.expires_at) {
    return yield* new PlanRefused({
      reason: "Expired",
      plan: plan.plan_id,
      detail: tell("refused.expired", { at: plan.expires_at })
    })
  }
  const holds = yield* chooseHolds(plan, request)
  const expiresAt = yield* chooseExpiry(plan, request, now)
  const folder = yield* bringHome(given, join(warehouse.folders.plans, plan.plan_id), plan.plan_id)
  yield* readSteps(join(folder, plan.steps.file))
  yield* prepareTables(loadedEntitiesOf(definition))
  yield* nameScopes(definition, steps)
  yield* chooseSteps(plan, holds, request)
  const { runs, steps: carriedOut } = yield* leaveOutCarriedOut(plan)
  const byHold = yield* chosenByHold(plan)
  const standing = yield* givenBefore(plan, request)
  if (standing === null && byHold.length === 0 && carriedOut > 0) {
    return yield* refuse(plan, "CarriedOut", tell("refused.carried-out", { runs: runs.join(", ") }))
  }
  if (standing === null && byHold.length === 0) {
    return yield* refuse(plan, "NothingChosen", yield* whyNothing(plan, holds, request))
  }
  const { approvedBy, evenUnproven, givenAt: approvedAt = now, why } = request
  const wish = { pipeline: plan.pipeline, plan: plan.plan_id, holds: holds.map((hold) => hold.id), approvedBy, why }
  const approval =
    standing ?? (yield* keepApproval({ ...wish, approvedAt, expiresAt, evenUnproven }, chosenStepTable.name))
  const { approvals } = yield* releaseApproved(releasedIn(definition), steps, plan.holds, now)
  const use = approvals.find((one) => one.id === approval.id)
  return {
    approval,
    plan,
    byHold,
    followers: byHold.filter(({ hold }) => !holds.includes(hold)).reduce((sum, { steps }) => sum + steps, 0),
    carriedOut,
    waiting: use?.held_again ?? 0,
    because: use?.because ?? []
  }
})

/** The approval that stands already, where whoever asked for it did not hear of it. */
const givenBefore = (plan: PlanFile, { approvedBy, givenAt }: ApprovalRequest) =>
  givenAt === undefined
    ? Effect.succeed(null)
    : Effect.map(
        listApprovals(plan.plan_id),
        (all) => all.find((one) => one.approvedBy === approvedBy && one.approvedAt === givenAt) ?? null
      )

/** The approvals of a plan after they were taken back. */
export interface Withdrawn {
  readonly withdrawn: ReadonlyArray<Approval>
  /** Approvals of which nothing is left to withdraw: all their steps were carried out. */
  readonly carriedOut: ReadonlyArray<Approval>
}

/** Withdraws what was approved of a plan and is not carried out yet. */
export const withdrawApprovals = Effect.fn("run.withdraw")(function* (
  id: string,
  now: string
): Doing<Withdrawn, PlanRefused | WarehouseError | StoreError, Warehouse> {
  const warehouse = yield* Warehouse
  const { plan } = yield* readPlan(warehouse.folders.plans, id)
  const open = (yield* listApprovals(plan.plan_id)).filter((one) => one.withdrawnAt === null && one.expiresAt > now)
  const carriedOut = open.filter((one) => one.carriedOut >= one.steps)
  const withdrawn = open.filter((one) => one.carriedOut < one.steps)
  yield* warehouse.execute(
    sql`UPDATE approval SET withdrawn_at = ${now} WHERE list_contains(${texts(withdrawn.map((one) => one.id))}, 'approval-' || approval)`
  )
  return { withdrawn, carriedOut }
})

const refuse = (plan: PlanFile, reason: ApprovalRefused["reason"], detail: string): ApprovalRefused =>
  new ApprovalRefused({ reason, plan: plan.plan_id, detail })

const idsOf = (holds: ReadonlyArray<Hold>): string => holds.map((hold) => hold.id).join(", ")

const saidOf = (holds: ReadonlyArray<Hold>): string => holds.map((hold) => `${hold.id}: ${hold.say}`).join("; ")

const chooseHolds = Effect.fn("run.choose-holds")(function* (plan: PlanFile, request: ApprovalRequest) {
  if (plan.holds.length === 0) return yield* refuse(plan, "NothingHeld", tell("refused.nothing-held", {}))
  const named = request.holds
  const chosen = named === null ? plan.holds : plan.holds.filter((hold) => named.includes(hold.id))
  const missing = (named ?? []).filter((id) => !plan.holds.some((hold) => hold.id === id))
  if (missing.length > 0) {
    return yield* refuse(
      plan,
      "NoSuchHold",
      tell("refused.no-such-hold", { holds: missing.join(", "), others: idsOf(plan.holds) })
    )
  }
  const known = chosen.filter((hold) => hold.guard !== "unknown")
  if (known.length === 0 || (named !== null && known.length < chosen.length)) {
    const unknown = chosen.filter((hold) => hold.guard === "unknown")
    return yield* refuse(plan, "Unknown", `${tell("refused.unknown", {})} ${saidOf(unknown)}`)
  }
  const doubtful = known.filter(isUnproven)
  if (doubtful.length === 0 || request.evenUnproven) return known
  const proven = known.filter((hold) => !isUnproven(hold))
  if (named !== null || proven.length === 0) {
    return yield* refuse(plan, "Unproven", `${tell("refused.unproven", {})} ${saidOf(doubtful)}`)
  }
  return proven
})

const chooseExpiry = (
  plan: PlanFile,
  request: ApprovalRequest,
  now: string
): Effect.Effect<string, ApprovalRefused> => {
  const { expiresAt } = request
  if (expiresAt === null) return Effect.succeed(plan.expires_at)
  if (expiresAt > plan.expires_at) {
    return Effect.fail(refuse(plan, "TooLong", `the plan itself is only good until ${plan.expires_at}`))
  }
  return expiresAt <= now
    ? Effect.fail(refuse(plan, "TooLong", `${expiresAt} is over already`))
    : Effect.succeed(expiresAt)
}

/** Why nothing was chosen: a named hold may have nothing of a school or section where another one has. */
const whyNothing = Effect.fn("run.why-nothing")(function* (
  plan: PlanFile,
  holds: ReadonlyArray<Hold>,
  request: ApprovalRequest
) {
  yield* chooseSteps(plan, plan.holds, request)
  const others = (yield* chosenByHold(plan)).map(({ hold, steps }) => `${hold.id} (${steps})`)
  const isPlace = request.steps.length === 0
  if (others.length === 0) return tell(isPlace ? "refused.nothing-of-place" : "refused.nothing-of-choice", {})
  const places = { holds: idsOf(holds), others: others.join(", ") }
  return tell(isPlace ? "refused.other-hold-of-place" : "refused.other-hold-of-choice", places)
})

/** Fills `chosen_step`: the held steps chosen, and the removals without which they cannot be carried out. */
const chooseSteps = Effect.fn("run.choose-steps")(function* (
  plan: PlanFile,
  holds: ReadonlyArray<Hold>,
  request: ApprovalRequest
) {
  const warehouse = yield* Warehouse
  const unknown = plan.holds.filter((hold) => hold.guard === "unknown").map((hold) => hold.id)
  const within = (column: "school" | "section", wanted: ReadonlyArray<string>): Sql =>
    joined(
      inScope(column, wanted).map((condition) => sql` AND ${condition}`),
      ""
    )
  const among = (seqs: ReadonlyArray<number>): Sql =>
    seqs.length === 0 ? sql`` : sql` AND list_contains(${texts(seqs.map(String))}, CAST(seq AS VARCHAR))`
  yield* warehouse.execute(sql`${about("held steps to be approved; grain: one row per step")}${made(chosenStepTable)} SELECT * FROM ${steps.table}
WHERE list_contains(${texts(holds.map((hold) => hold.id))}, hold) AND action <> 'unknown'${within("school", request.schools)}${within("section", request.sections)}${among(request.steps)};
INSERT INTO chosen_step SELECT * FROM ${steps.table}
WHERE hold IS NOT NULL AND NOT list_contains(${texts(unknown)}, hold) AND seq NOT IN (SELECT seq FROM chosen_step)
  AND implied_by IN (SELECT entity || ':' || key FROM chosen_step)`)
})

/** Takes out of `chosen_step` what a run did since the plan was made; gives how many steps, and the runs. */
const leaveOutCarriedOut = Effect.fn("run.leave-out-carried-out")(function* (plan: PlanFile) {
  const warehouse = yield* Warehouse
  yield* prepareApprovals
  const [done] = yield* warehouse.rows(
    sql`${about("chosen steps whose records were written since the plan was made")}${made(carriedOutTable)}
SELECT chosen_step.seq, max(outcome.run) AS run FROM chosen_step JOIN ${outcomesOf(plan.pipeline)} AS outcome USING (entity, key)
WHERE outcome.run > ${plan.run} AND outcome.outcome = 'done' GROUP BY chosen_step.seq;
DELETE FROM chosen_step WHERE seq IN (SELECT seq FROM carried_out);
SELECT count(*) AS steps, to_json(list_sort(list_distinct(list(run))))::VARCHAR AS runs FROM carried_out`,
    CarriedOut
  )
  return {
    steps: done?.steps ?? 0,
    runs: done?.runs ?? []
  }
})

const CarriedOut = Schema.Struct({ steps: Count, runs: Schema.NullOr(Json(Schema.Array(Schema.Number))) })

const chosenByHold = Effect.fn("run.chosen-by-hold")(function* (plan: PlanFile) {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`SELECT hold, count(*) AS steps FROM chosen_step GROUP BY hold`,
    Schema.Struct({ hold: Text, steps: Count })
  )
  const steps = new Map(rows.map((row) => [row.hold, row.steps]))
  return plan.holds.flatMap((hold) => {
    const chosen = steps.get(hold.id) ?? 0
    return chosen === 0 ? [] : [{ hold, steps: chosen }]
  })
})
