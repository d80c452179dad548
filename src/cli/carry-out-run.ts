import * as Effect from "effect/Effect"
import type { PlanPart } from "../core/plan-part.ts"
import type { RunClock } from "../core/run-clock.ts"
import type { MadePlan } from "../run/write-plan.ts"
import { exitCodes } from "../core/exit-codes.ts"
import { EndedWith } from "./exit.ts"
import { applyPipeline, planPipeline, takeUpInterrupted } from "./flow.ts"
import type { Progress } from "./progress.ts"
import type { LoadedPipeline, Workspace } from "./workspace.ts"

/** A run, for whoever asks for it: what was interrupted is settled, and then the pipeline is planned and applied. */
export const carryOutRun = ({
  askedBy,
  clock,
  full = false,
  onPlanned = () => Effect.void,
  part,
  pipeline,
  progress,
  say,
  workspace
}: {
  readonly workspace: Workspace
  readonly pipeline: Pick<LoadedPipeline, "definition" | "written">
  readonly clock: RunClock
  readonly part: PlanPart
  readonly askedBy: string | null
  readonly full?: boolean
  /** Makes what shows how it goes on, for each thing that is done. */
  readonly progress: () => Progress
  readonly say: (text: string) => Effect.Effect<void>
  readonly onPlanned?: (made: MadePlan) => Effect.Effect<void>
}) =>
  Effect.gen(function* () {
    // An interrupted apply is not finished unasked: how its steps ended is found out, and the plan is made anew.
    const settle = Effect.gen(function* () {
      for (;;) {
        const settled = yield* takeUpInterrupted(workspace, "begun", progress())
        if (settled === null) return
        yield* say(
          `Plan ${settled.plan.plan_id} had been interrupted: it is known now how its ${settled.execution.done + settled.execution.failed} steps ended.`
        )
        if (settled.execution.notReached > 0) return yield* new EndedWith({ code: exitCodes.targetFailed })
      }
    })
    yield* settle
    const made = yield* planPipeline({
      workspace,
      definition: pipeline.definition,
      clock,
      part,
      progress: progress(),
      askedBy,
      full
    })
    yield* onPlanned(made)
    // An export that was taken in meanwhile may have left steps of which it does not know how they ended.
    yield* settle
    const applied = yield* applyPipeline({
      workspace,
      plan: made.plan.plan_id,
      pipeline,
      admittedBy: askedBy === null ? "nightly" : "on_demand",
      clock,
      part,
      extent: "everything",
      progress: progress(),
      askedBy
    })
    return { made, applied }
  })
