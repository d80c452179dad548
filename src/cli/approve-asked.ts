import * as Effect from "effect/Effect"
import { instantNow } from "../core/clock.ts"
import type { StoreError } from "../core/ports/disk.ts"
import type { ApprovalAsked, ApprovalEnded } from "../core/ports/runner.ts"
import type { Warehouse, WarehouseError } from "../core/ports/warehouse.ts"
import type { Definition } from "../pipeline/definition.ts"
import { approvePlan } from "../run/approve.ts"

/** Carries an approval out that somebody gave in the console, in the state that is at hand: beside a run, or by itself. */
export const approveAsked = (
  definition: Definition,
  asked: ApprovalAsked
): Effect.Effect<ApprovalEnded, WarehouseError | StoreError, Warehouse> =>
  Effect.gen(function* () {
    const { at, by, evenUnproven, expiresAt = null, holds, plan, schools, sections, steps, why } = asked
    const request = { holds, schools, sections, steps, why, evenUnproven, approvedBy: by, givenAt: at, expiresAt }
    const {
      approval,
      because,
      byHold,
      carriedOut: alreadyCarriedOut,
      followers,
      waiting
    } = yield* approvePlan(plan, definition, request, yield* instantNow)
    return {
      given: {
        id: approval.id,
        holds: approval.holds,
        approvedBy: approval.approvedBy,
        why: approval.why,
        approvedAt: approval.approvedAt,
        expiresAt: approval.expiresAt,
        withdrawnAt: approval.withdrawnAt,
        steps: approval.steps,
        byHold: byHold.map((one) => ({ hold: one.hold.id, steps: one.steps, of: one.hold.steps })),
        carriedOut: approval.carriedOut,
        followers,
        alreadyCarriedOut,
        waiting,
        because
      }
    }
  }).pipe(
    Effect.catchTags({
      ApprovalRefused: ({ detail, reason }) => Effect.succeed({ refused: { reason, detail } }),
      PlanRefused: ({ detail, reason }) => Effect.succeed({ refused: { reason, detail } })
    })
  )
