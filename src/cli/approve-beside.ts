import * as Effect from "effect/Effect"
import { dirname } from "node:path"
import { approvalsSocket } from "../core/ports/own-socket.ts"
import { listApprovals } from "../guards/holds/approvals.ts"
import type { PlanFile } from "../plan/plan.ts"
import { type ApprovalRequest, ApprovalRefused, type Approved } from "../run/approve.ts"
import { Adapters } from "./adapters.ts"
import { readingLayer } from "./flow.ts"
import { noteOthersName } from "./in-the-name-of.ts"
import { note } from "./output.ts"
import { serviceHere } from "./through-service.ts"
import type { Workspace } from "./workspace.ts"

/** A run gives way within moments; only where it does not, whoever waits is told why. */
const patience = "2 seconds"

/**
 * Gives an approval to the run at work, as the console does, by the service where one runs: it stands as soon as that run gives
 * way. Null where nothing takes it in.
 */
export const approveBeside = (workspace: Workspace, plan: PlanFile, request: ApprovalRequest, at: string) =>
  Effect.gen(function* () {
    const service = yield* serviceHere(workspace)
    const socket =
      service === null
        ? approvalsSocket(dirname(workspace.stateFile))
        : service.approvals === true
          ? service.commands
          : null
    if (socket === null) return null
    const { handOverApproval } = yield* Adapters
    const { approvedBy: by, evenUnproven, expiresAt, holds, schools, sections, steps, why } = request
    const asked = { plan: plan.plan_id, pipeline: plan.pipeline, holds, schools, sections, steps }
    const waits = yield* Effect.fork(
      Effect.delay(note("A run is at work: this is approved as soon as that gives way."), patience)
    )
    const ended = yield* handOverApproval(socket, { ...asked, by, why, at, expiresAt, evenUnproven })
    yield* waits.interruptAsFork(waits.id())
    if (ended === null) return null
    yield* noteOthersName(workspace)
    if ("refused" in ended) {
      const { detail, reason } = ended.refused
      return yield* new ApprovalRefused({ reason: reason as ApprovalRefused["reason"], plan: plan.plan_id, detail })
    }
    const { alreadyCarriedOut, because, byHold, followers, id, waiting } = ended.given
    const all = yield* Effect.provide(listApprovals(plan.plan_id), readingLayer(workspace))
    const approval = all.find((one) => one.id === id)
    if (approval === undefined) return null
    return {
      approval,
      plan,
      byHold: byHold.flatMap(({ hold, steps: of }) =>
        plan.holds.flatMap((one) => (one.id === hold ? [{ hold: one, steps: of }] : []))
      ),
      followers,
      carriedOut: alreadyCarriedOut,
      waiting,
      because
    } satisfies Approved
  })
