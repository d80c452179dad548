import type { PlanFile } from "./plan.ts"
import { number } from "./report.ts"

/** What a plan that takes a run back does not take back, and what follows; nothing for any other plan. */
export const undoSentences = ({ pipeline, undo }: PlanFile): ReadonlyArray<string> => {
  if (undo === null) return []
  return [
    ...undo.not_undone.map((one) => {
      const more = one.steps > one.keys.length ? ` and ${number(one.steps - one.keys.length)} more` : ""
      return `${one.partly ? "in part" : "not undone"}: ${one.action} of ${number(one.steps)} ${one.entity}: ${one.why} (${one.keys.join(", ")}${more})`
    }),
    ...(undo.not_undone.length === 0 ? ["Everything is taken back."] : []),
    whatFollows(pipeline)
  ]
}

/** The same under its heading. */
export const undoLines = (plan: PlanFile): ReadonlyArray<string> =>
  plan.undo === null ? [] : [undoHeading(plan.undo), ...undoSentences(plan).map((one) => `  ${one}`), ""]

export const undoHeading = (undo: { readonly run: number; readonly plan: string }): string =>
  `UNDO of run ${undo.run}, which carried out plan ${undo.plan}`

/** What must be known of an undo before and after it is carried out. */
export const whatFollows = (pipeline: string): string =>
  `The next plan of ${pipeline} would do it all again, unless the source or the pipeline is changed before.`
