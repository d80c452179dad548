import { utcMinute } from "../core/clock.ts"
import type { PlanFile } from "./plan.ts"
import { number } from "../core/number.ts"

/**
 * The parts that a plan could not read and goes on without, a sentence for each dataset; said last, because it is
 * easily missed.
 */
export const notReadSentences = ({ not_read }: Pick<PlanFile, "not_read">): ReadonlyArray<string> =>
  (not_read ?? []).map(({ dataset, late, more, parts, places, say, since }) => {
    const where = places.length === 0 ? "" : ` of ${places.join(", ")}${more > 0 ? ` and ${number(more)} more` : ""}`
    const left = late > 0 ? ` (${number(late)} because the minutes for them were over)` : ""
    const known =
      since === null ? "some of it was never read" : `what is known of it is of ${utcMinute(since)} or older`
    return `${dataset}: ${number(parts)} ${parts === 1 ? "part" : "parts"}${where} not read${left}; ${known}, and nothing is sent on it. ${say}`
  })

/** Whether something failed to be read, and not merely was left for another run. */
export const isReadFailed = ({ not_read }: Pick<PlanFile, "not_read">): boolean =>
  (not_read ?? []).some(({ late, parts }) => parts > late)
