import type { StepKind, StepWindow } from "../../history/step-index.ts"
import { type PlanStep, removalActions } from "../../plan/plan.ts"
import type { PlanSummary } from "../../plan/summary.ts"
import type { StepsWanted } from "../../service/http/contract/plans.ts"

/**
 * The steps of a plan that somebody wants to see, as a window on its index. Words are looked for in what is shown: who may not see
 * a name does not find by it either.
 */
export const filterOf = (
  { action, course, entity, held, hold, school, section, words = "" }: Omit<StepsWanted, "limit" | "offset">,
  summary: PlanSummary | null,
  shown: (step: PlanStep) => PlanStep
): Pick<StepWindow, "isWanted" | "ofKind" | "texts"> => {
  const texts = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
  const sections = new Set(
    (summary?.sections ?? []).flatMap((one) => (course !== undefined && one.course === course ? [one.id] : []))
  )
  const isWithin = (one: Pick<PlanStep, "section">): boolean =>
    course === undefined || (one.section !== null && sections.has(one.section))
  const isOfKind = (kind: StepKind): boolean =>
    (action === undefined || removalActions.has(kind.action) === (action === "removals")) &&
    (school === undefined || kind.school === school) &&
    (section === undefined || kind.section === section) &&
    (entity === undefined || kind.entity === entity) &&
    (held === undefined || (kind.hold !== null) === held) &&
    (hold === undefined || kind.hold === hold)
  return {
    ofKind: (kind) => isOfKind(kind) && ((texts.length === 0 && isWithin(kind)) || "by what it says"),
    isWanted: (step) =>
      (isWithin(step) || step.key === course) && texts.every((text) => textOf(shown(step)).includes(text)),
    // Stars are shown for a hidden value, and stand in no file. A course is known by its id, or by those of its sections.
    texts:
      texts.length > 0 || course === undefined ? texts.filter((text) => !text.includes("*")) : [course.toLowerCase()]
  }
}

const textOf = ({ after, before, key, label, reason }: PlanStep): string =>
  [key, label ?? "", reason, ...Object.values(before ?? {}), ...Object.values(after ?? {})].join(" ").toLowerCase()
