import { type PlanAction, planActions, type PlanFile, removalActions } from "./plan.ts"

/** Removals of one entity by one action. */
export interface RemovalCount {
  readonly entity: string
  readonly action: PlanAction
  readonly steps: number
}

/** Removals of a plan, by entity and action; empty when it takes nothing away. */
export const removalCounts = (plan: Pick<PlanFile, "counts">): ReadonlyArray<RemovalCount> =>
  plan.counts.flatMap((count) =>
    planActions
      .filter((action) => removalActions.has(action) && (count.actions[action] ?? 0) > 0)
      .map((action) => ({ entity: count.entity, action, steps: count.actions[action] ?? 0 }))
  )

/** Steps of a plan that take something away. */
export const removalsIn = (plan: Pick<PlanFile, "counts">): number =>
  removalCounts(plan).reduce((sum, one) => sum + one.steps, 0)
