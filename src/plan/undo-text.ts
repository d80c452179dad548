import type { PlanFile } from "./plan.ts"
import { number } from "../core/number.ts"

/** The parts of a run that an undo does not take back, and what follows; nothing for any other plan. */
export const undoSentences = (plan: PlanFile): ReadonlyArray<string> => {
  const { undo } = plan
  if (undo === null) return []
  const follows = whatFollows(plan)
  return [
    ...undo.not_undone.map((one) => {
      const more = one.steps > one.keys.length ? ` and ${number(one.steps - one.keys.length)} more` : ""
      return `${one.partly ? "in part" : "not undone"}: ${one.action} of ${number(one.steps)} ${one.entity}: ${one.why} (${one.keys.join(", ")}${more})`
    }),
    ...(undo.not_undone.length === 0 ? ["Everything is taken back."] : []),
    ...(follows === null ? [] : [follows])
  ]
}

/** The same under its heading. */
export const undoLines = (plan: PlanFile): ReadonlyArray<string> =>
  plan.undo === null ? [] : [undoHeading(plan.undo), ...undoSentences(plan).map((one) => `  ${one}`), ""]

export const undoHeading = (undo: { readonly run: number; readonly plan: string }): string =>
  `UNDO of run ${undo.run}, which carried out plan ${undo.plan}`

/**
 * Facts about an undo that people need before and after it is carried out; null where it does nothing, and for any
 * other plan.
 */
export const whatFollows = ({ pipeline, steps, undo }: PlanFile): string | null => {
  if (undo === null || steps.count === 0) return null
  return undo.brings_back === true
    ? `What run ${undo.run} took back stands again after it, and the next plan of ${pipeline} leaves it so.`
    : `The next plan of ${pipeline} would do it all again, unless the source or the pipeline is changed before.`
}
