import type { PlanFile } from "./plan.ts"

/** How far a plan reaches, in words: a part of it is not all, and a plan without steps is not always good news. */

/** To what a plan was narrowed, for its head; null of a plan of everything. */
export const partSays = ({ part }: PlanFile): string | null =>
  part === undefined ? null : `ONLY ${partInWords(part)}: nothing else was looked at`

/** Why a plan has no steps. */
export const noStepsSay = ({ part, undo }: PlanFile): string => {
  if (undo !== null) return "No changes: nothing can be taken back."
  if (part !== undefined) return `No changes of ${partInWords(part)}.`
  return "No changes: the target stands as the source wants it."
}

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
