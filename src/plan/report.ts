import * as Arr from "effect/Array"
import { number } from "../core/number.ts"
import { type PlanAction, type PlanFile, type PlanStep, removalActions } from "./plan.ts"
import type { PlanSummary } from "./summary.ts"

/**
 * A plan with all that a report of it is made from. Whoever builds it masks the steps first (`maskStep`): a renderer shows all
 * it is given.
 */
export interface PlanReport {
  readonly plan: PlanFile
  /** Null where the plan was made without one: places and earlier runs are left out then. */
  readonly summary: PlanSummary | null
  /** A sample of the steps, removals first. */
  readonly steps: ReadonlyArray<PlanStep>
  /** Steps of the plan that match `filteredTo`, in the sample or not. */
  readonly matching: number
  /** To what the steps are filtered, in words: "school 12, action delete"; null = not at all. */
  readonly filteredTo: string | null
  /** Approvals of its holds since it was made, a sentence each. */
  readonly approvedSince: ReadonlyArray<string>
  /** Whether values of personal fields and labels of people are there. */
  readonly revealed: boolean
}

/** One field of a step as it was and as it would be; null = none. */
export interface FieldChange {
  readonly field: string
  readonly before: string | null
  readonly after: string | null
  /** The value that somebody gave it at the target since it was last written; left out where nobody did. */
  readonly standing?: string | null
}

/** The fields worth showing of a step: what differs, what a create sets, what a removal takes away, what was edited. */
export const fieldChanges = (step: PlanStep): ReadonlyArray<FieldChange> => {
  const planned = plannedChanges(step)
  const edited = step.edited ?? {}
  const others = Object.keys(edited).filter((field) => !planned.some((one) => one.field === field))
  return [
    ...planned,
    ...others.map((field) => ({ field, before: step.before?.[field] ?? null, after: step.after?.[field] ?? null }))
  ].map((one) => (one.field in edited ? { ...one, standing: edited[one.field] ?? null } : one))
}

/**
 * The hold that withholds a step, and the gate that was closed for it; or the approval that released it. Empty where it
 * goes.
 */
export const standingOf = (step: PlanStep): string =>
  [step.hold, step.approval, step.gate === null ? null : `stopped: ${step.gate}`]
    .filter((one) => one !== null)
    .join(", ")

const plannedChanges = (step: PlanStep): ReadonlyArray<FieldChange> => {
  const { before, after } = step
  if (after === null) {
    return Object.entries(before ?? {}).flatMap(([field, value]) =>
      value === null ? [] : [{ field, before: value, after: null }]
    )
  }
  return step.changed
    .map((field) => ({ field, before: before?.[field] ?? null, after: after[field] ?? null }))
    .filter((one) => one.before !== null || one.after !== null)
}

/**
 * Removals to show where not all have room: rare kinds first, since a course that goes weighs more than the enrollments
 * that go with it, and of no kind more than its share.
 */
export const leadingRemovals = (steps: ReadonlyArray<PlanStep>, room: number): ReadonlyArray<PlanStep> => {
  const removals = steps.filter((step) => removalActions.has(step.action))
  const kinds = Object.values(Arr.groupBy(removals, (step) => `${step.action} ${step.entity}`))
  let left = room
  return kinds
    .sort((a, b) => a.length - b.length)
    .flatMap((kind, index) => {
      const shown = kind.slice(0, Math.floor(left / (kinds.length - index)))
      left -= shown.length
      return shown
    })
}

/** Steps of one school, by what they do to people there. */
export interface SchoolChange {
  /** SIS id; null = of no school. */
  readonly id: string | null
  readonly name: string
  readonly removed: number
  readonly added: number
  readonly changed: number
  readonly held: number
}

/** Schools that the plan touches, those that lose most first. */
export const schoolChanges = (summary: PlanSummary): ReadonlyArray<SchoolChange> => {
  const names = new Map(summary.schools.map((school) => [school.id, school.name]))
  const schools = new Map<string | null, { removed: number; added: number; changed: number; held: number }>()
  for (const { school, action, steps, held } of summary.changes) {
    const sums = schools.get(school) ?? { removed: 0, added: 0, changed: 0, held: 0 }
    schools.set(school, sums)
    sums[kindOf(action)] += steps
    sums.held += held
  }
  return [...schools]
    .map(([id, sums]) => ({ id, name: id === null ? "of no school" : (names.get(id) ?? id), ...sums }))
    .sort((a, b) => b.removed - a.removed || b.added + b.changed - a.added - a.changed || (a.name < b.name ? -1 : 1))
}

/** Whether an action takes away, gives, or does something else; of any action by name. */
export const kindOf = (action: string): "removed" | "added" | "changed" =>
  removalActions.has(action as PlanAction)
    ? "removed"
    : action === "create" || action === "restore"
      ? "added"
      : "changed"

/** Names of schools and sections by SIS id, as far as the summary knows them. */
export const placeNames = (
  summary: PlanSummary | null
): { readonly school: (id: string | null) => string; readonly section: (id: string | null) => string } => {
  const named = (places: ReadonlyArray<{ readonly id: string; readonly name: string | null }>) => {
    const names = new Map(places.map((place) => [place.id, place.name]))
    return (id: string | null): string => (id === null ? "" : (names.get(id) ?? id))
  }
  return { school: named(summary?.schools ?? []), section: named(summary?.sections ?? []) }
}

/** Which gates were closed when the plan was made, and how many steps each would stop. */
export const gateSentences = (plan: PlanFile): ReadonlyArray<string> =>
  plan.gates.map((gate) => `${gate.gate}: ${gate.say} (${stepsInWords(gate.steps)})`)

/** A count of steps in words. */
export const stepsInWords = (count: number): string => (count === 1 ? "1 step" : `${number(count)} steps`)
