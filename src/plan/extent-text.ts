import type { PlanFile } from "./plan.ts"
import { number } from "../core/number.ts"

/** How far a plan reaches, in words: a part of it is not all, and a plan without steps is not always good news. */

/** To what a plan was narrowed, for its head; null of a plan of everything. */
export const partSays = ({ part }: PlanFile): string | null =>
  part === undefined ? null : `ONLY ${partInWords(part)}: nothing else was looked at`

/** Why a plan has no steps. */
export const noStepsSay = (plan: PlanFile): string => {
  const { part, quarantine, undo } = plan
  if (undo !== null) return "No changes: nothing can be taken back."
  if (part !== undefined) return `No changes of ${partInWords(part)}.`
  return quarantinedIn(plan) === 0 && quarantine.length === 0
    ? "No changes: the target stands as the source wants it."
    : "No changes: what is not in quarantine stands as the source wants it."
}

/** How many records stay as they are for being in quarantine; null where there are none, and of a plan of a part. */
export const quarantinedSays = (plan: PlanFile): string | null => {
  const records = quarantinedIn(plan)
  if (records === 0 || plan.part !== undefined) return null
  return records === 1
    ? "1 record that stands is in quarantine and stays as it is"
    : `${number(records)} records that stand are in quarantine and stay as they are`
}

const quarantinedIn = ({ counts }: PlanFile): number => counts.reduce((sum, count) => sum + (count.quarantined ?? 0), 0)

/** "Nothing is held": of a plan of a part, nothing of that part. */
export const nothingIs = ({ part }: PlanFile, what: string): string =>
  `Nothing ${part === undefined ? "" : "of it "}is ${what}.`

const partInWords = (part: NonNullable<PlanFile["part"]>): string =>
  [
    { what: "entity", names: part.entities },
    { what: "school", names: part.schools },
    { what: "section", names: part.sections },
    { what: "session", names: part.sessions }
  ]
    .flatMap(({ names, what }) => (names.length === 0 ? [] : [`${what} ${names.join(" or ")}`]))
    .join(", ")
