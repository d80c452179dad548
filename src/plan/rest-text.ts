import type { PlanFile } from "./plan.ts"

/**
 * Says that a plan's rows were not computed this night, or how they compared when they were computed nevertheless; null
 * where there is nothing to say.
 */
export const restSays = ({ rests_on, self_check }: Pick<PlanFile, "rests_on" | "self_check">): string | null => {
  if (rests_on !== undefined) {
    return `Nothing that the plan is made from has changed since run ${rests_on}: its rows stand, and none was computed.`
  }
  if (self_check === undefined) return null
  const { differing, run } = self_check
  return differing.length === 0
    ? `Self-check: nothing has changed since run ${run}, everything was computed nevertheless, and came out the same.`
    : `SELF-CHECK FAILED: nothing seemed to have changed since run ${run}, and yet this came out otherwise when everything was computed: ${differing.join(", ")}. This plan is what was computed. Please report it, and set extract.full_every: 1 until it is mended.`
}
