import type { PlanFile } from "./plan.ts"

/** What a plan that takes a run back does not take back, for people; no lines for any other plan. */
export const undoLines = ({ pipeline, undo }: PlanFile): ReadonlyArray<string> => {
  if (undo === null) return []
  const lines = [`UNDO of run ${undo.run}, which carried out plan ${undo.plan}`]
  for (const one of undo.not_undone) {
    const more = one.steps > one.keys.length ? ` and ${one.steps - one.keys.length} more` : ""
    lines.push(
      `  ${one.partly ? "in part:  " : "not undone:"} ${one.action} of ${one.steps} ${one.entity}: ${one.why} (${one.keys.join(", ")}${more})`
    )
  }
  if (undo.not_undone.length === 0) lines.push("  everything is taken back")
  return [...lines, `  ${whatFollows(pipeline)}`, ""]
}

/** What must be known of an undo before and after it is carried out. */
export const whatFollows = (pipeline: string): string =>
  `The next plan of ${pipeline} would do it all again, unless the source or the pipeline is changed before.`
