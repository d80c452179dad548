import type { PlanFile } from "./plan.ts"

/** The sentence that a reader of a what-if needs first; null of a plan that can be carried out. */
export const whatIfSays = (plan: PlanFile): string | null =>
  plan.from_run === undefined
    ? null
    : `WHAT IF: over the rows that run ${plan.from_run} read; this plan is to look at and cannot be applied`
