import * as Effect from "effect/Effect"
import { join } from "node:path"
import { isPlanId } from "../../core/plan-id.ts"
import { namesIn, onDisk, stampOfFiles } from "../../core/ports/disk.ts"
import type { PlanFile } from "../../plan/plan.ts"
import type { PlanSummary } from "../../plan/summary.ts"
import { readPlan } from "../../run/apply.ts"
import { readSummary } from "../../run/summary.ts"
import { NotFound } from "../../service/http/contract/errors.ts"
import type { Room } from "./room.ts"

/** A plan as it lies on disk, with its summary. */
export interface OpenedPlan {
  readonly plan: PlanFile
  readonly folder: string
  readonly summary: PlanSummary | null
  /** Changes with every change of a file of the plan. */
  readonly stamp: string
}

const noPlan = new NotFound({ message: "there is no such plan, or it was changed after it was made" })

/** So many are kept. */
const mostKept = 20

/**
 * Opens a plan by its id; what is no plan's name is looked for nowhere. The last ones are kept, each for as long as its files
 * lie there as they were before they were proven to be those of the plan.
 */
export const openPlanOf = (
  { plans, workspace }: Pick<Room, "plans" | "workspace">,
  id: string
): Effect.Effect<OpenedPlan, NotFound> =>
  Effect.gen(function* () {
    if (!isPlanId(id)) return yield* noPlan
    const stamp = yield* stampOf(join(workspace.plansFolder, id))
    const kept = plans.get(id)
    if (kept?.stamp === stamp) return kept
    plans.delete(id)
    const { folder, plan } = yield* Effect.mapError(readPlan(workspace.plansFolder, id), () => noPlan)
    const summary = yield* Effect.orElseSucceed(readSummary(plan, folder), () => null)
    const opened = { plan, folder, summary, stamp }
    if (plans.size >= mostKept) plans.delete(plans.keys().next().value ?? "")
    plans.set(id, opened)
    return opened
  })

const stampOf = (folder: string): Effect.Effect<string, NotFound> =>
  onDisk("list the files of the plan", folder, (disk) => namesIn(disk, folder)).pipe(
    Effect.flatMap((names) => stampOfFiles(folder, names)),
    Effect.mapError(() => noPlan)
  )
