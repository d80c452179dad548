import { guardsThatWeigh } from "../guards/derived.ts"
import * as Arr from "effect/Array"
import { noStepsSay } from "./extent-text.ts"
import { type PlanAction, type PlanFile, planActions } from "./plan.ts"
import { number } from "../core/number.ts"
import { schoolChanges, stepsInWords } from "./report.ts"
import type { PlanSummary } from "./summary.ts"

/** A plan for a reader who has a minute: in people and schools, and what is to be done. */
export interface InShort {
  /** One sentence: how much goes on and how much waits. */
  readonly verdict: string
  /** Effects on people, a sentence each, by the guards that count them. */
  readonly people: ReadonlyArray<string>
  /** A sentence per school, those that lose most first; none where the plan has no summary. */
  readonly schools: ReadonlyArray<string>
  /** The same as counts. */
  readonly bySchool: ReadonlyArray<SchoolInShort>
  /** Schools beyond those. */
  readonly schoolsLeftOut: number
  /** Commands that release what is held and carry it out, for the folder of the workspace; none where nothing is held. */
  readonly commands: ReadonlyArray<string>
}

/** The ways in which records are changed, as a reader takes them. */
export const verbs = [
  "taken away",
  "switched off",
  "not known what happens to",
  "added",
  "found and taken over",
  "brought back",
  "known again under a new id",
  "changed",
  "given back"
] as const
export type Verb = (typeof verbs)[number]

/** The changes of one school, in steps. */
export interface SchoolInShort {
  readonly school: string
  /** Kinds of change; those that weigh more come first. */
  readonly kinds: ReadonlyArray<{ readonly verb: Verb; readonly entity: string; readonly steps: number }>
  readonly of: number
  readonly held: number
}

const shown = { people: 4, schools: 5, kinds: 4 }

const peopleGuards = guardsThatWeigh("people")

export const inShort = (plan: PlanFile, summary: PlanSummary | null): InShort => {
  const schools = summary === null ? [] : schoolChanges(summary)
  const bySchool = schools
    .slice(0, shown.schools)
    .map(({ added, changed, held, id, name, removed }): SchoolInShort => ({
      school: name,
      kinds: kindsIn((summary?.changes ?? []).filter((change) => change.school === id)),
      of: added + changed + removed,
      held
    }))
  return {
    verdict: verdictOf(plan),
    people: plan.holds
      .filter((hold) => peopleGuards.has(hold.guard))
      .slice(0, shown.people)
      .map((hold) => hold.say),
    schools: bySchool.map(schoolSays),
    bySchool,
    schoolsLeftOut: Math.max(0, schools.length - shown.schools),
    commands: approveCommands(plan)
  }
}

/**
 * The cause for which held steps of a plan wait: somebody's approval, or, where no approval would help, an answer of
 * the target.
 */
export const heldFor = (plan: PlanFile): "for approval" | "until it is known what they would do" =>
  plan.holds.length > 0 && plan.holds.every((hold) => hold.guard === "unknown")
    ? "until it is known what they would do"
    : "for approval"

/**
 * Commands that release what a plan holds; none where that cannot be approved, nor for a plan that can never be
 * carried out.
 */
export const approveCommands = (plan: PlanFile): ReadonlyArray<string> =>
  plan.holds.every((hold) => hold.guard === "unknown") || plan.from_run !== undefined
    ? []
    : [
        `rollbook approve ${plan.plan_id} --all --why "…"`,
        plan.undo === null ? `rollbook run ${plan.pipeline}` : `rollbook apply ${plan.plan_id}`
      ]

const verdictOf = (plan: PlanFile): string => {
  const all = plan.steps.count
  if (all === 0) return noStepsSay(plan)
  const held = plan.holds.reduce((sum, hold) => sum + hold.steps, 0)
  if (held === 0) return `Nothing is held: ${all === 1 ? "the one step goes" : `all ${stepsInWords(all)} go`} on.`
  if (held === all) return `${all === 1 ? "The one step waits" : `All ${stepsInWords(all)} wait`} ${heldFor(plan)}.`
  return `${number(held)} of ${stepsInWords(all)} ${held === 1 ? "waits" : "wait"} ${heldFor(plan)}; the other ${number(all - held)} ${all - held === 1 ? "goes" : "go"} on.`
}

/** The changes of a school in a sentence. */
export const schoolSays = (one: SchoolInShort): string => `${one.school}: ${kindsSay(one.kinds)}${waiting(one)}`

const kindsIn = (changes: PlanSummary["changes"]): SchoolInShort["kinds"] =>
  inOrder.flatMap((action) =>
    changes
      .filter((change) => change.action === action)
      .toSorted((one, other) => one.steps - other.steps)
      .map(({ entity, steps }) => ({ verb: verbOf(action), entity, steps }))
  )

/** `switched off 6 course offerings, taken away 163 enrollments and 163 section enrollments`. */
const kindsSay = (kinds: SchoolInShort["kinds"]): string =>
  Object.entries(Arr.groupBy(kinds, ({ verb }) => verb))
    .map(([verb, list]) => {
      const nouns = list.slice(0, shown.kinds).map((change) => nounOf(change.entity, change.steps))
      const more = list.length > nouns.length ? [`${list.length - nouns.length} more kinds`] : []
      const said = [...nouns, ...more]
      return `${verb} ${[said.slice(0, -1).join(", "), said.at(-1)].filter((part) => part !== "").join(" and ")}`
    })
    .join(", ")

/** A course that goes weighs more than the enrollments that go with it. */
const inOrder: ReadonlyArray<PlanAction> = [
  "delete",
  "deactivate",
  ...planActions.filter((action) => action !== "delete" && action !== "deactivate")
]

const waiting = ({ held, of }: SchoolInShort): string =>
  held === 0 ? "" : held === of ? "; all of it waits" : `; ${number(held)} of the ${stepsInWords(of)} wait`

/** `course_offering` → 6 course offerings. */
const nounOf = (entity: string, count: number): string => {
  const noun = entity.replaceAll("_", " ")
  const many = /[^aeiou]y$/.test(noun)
    ? `${noun.slice(0, -1)}ies`
    : /(s|x|ch|sh)$/.test(noun)
      ? `${noun}es`
      : `${noun}s`
  return `${number(count)} ${count === 1 ? noun : many}`
}

const verbOf = (action: PlanAction): Verb => {
  switch (action) {
    case "delete":
    case "unenroll":
      return "taken away"
    case "deactivate":
      return "switched off"
    case "unknown":
      return "not known what happens to"
    case "create":
      return "added"
    case "adopt":
      return "found and taken over"
    case "restore":
      return "brought back"
    case "rekey":
      return "known again under a new id"
    case "update":
      return "changed"
    case "forget":
      return "given back"
  }
}
