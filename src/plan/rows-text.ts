import { number } from "../core/number.ts"
import type { PlanFile } from "./plan.ts"

/** Says which way the steps of a plan go, where there are two, and what that means; empty where there is one. */
export const rowsSay = ({ as_rows }: Pick<PlanFile, "as_rows">): ReadonlyArray<string> => {
  if (as_rows === undefined || as_rows.steps === 0) return []
  const { at, format, settle_hours, shared_names, steps, wait_minutes } = as_rows
  const many = number(steps)
  if (steps < at) {
    return [
      `Way: all steps are sent one by one. ${many} could go as rows (${format}), which is done from ${number(at)}.`
    ]
  }
  return [
    `Way: up to ${many} steps go as rows (${format}), and the rest one by one. Of rows nobody says how they ended: the apply looks for them for ${wait_minutes} min. What does not show by then is unknown, is not sent again, and is looked for by the next run; after ${settle_hours} h it has failed.`,
    ...(shared_names === 0
      ? []
      : [
          `Not as rows: ${number(shared_names)} codes, ids or usernames are those of several records, and steps that name a record by them are sent one by one.`
        ])
  ]
}
