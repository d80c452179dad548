import { textTable } from "../core/text-table.ts"
import type { Definition } from "../pipeline/definition.ts"
import { type IsPersonal, maskFields, personalByContract } from "../plan/mask.ts"
import type { SentStep } from "../history/sent.ts"

/** The fields of a person's record that may be shown without `--reveal`. */
export interface Discretion {
  readonly reveal: boolean
  readonly isPersonal: IsPersonal
  /** Entities with personal fields: their labels may hold names. */
  readonly named: ReadonlySet<string>
}

/** The fields of a definition's loaded entities that are shown, and those that are masked. */
export const discretionOf = (definition: Definition, reveal: boolean): Discretion => {
  const contracts = new Map(
    definition.load.entities.map(({ entity, resource }) => [entity, definition.resources.get(resource)?.fields ?? []])
  )
  const named = [...contracts].flatMap(([entity, fields]) => (fields.some((field) => field.personal) ? [entity] : []))
  return { reveal, isPersonal: personalByContract(contracts), named: new Set(named) }
}

/** A step as it may be shown. */
export const discreet = (step: SentStep, { isPersonal, named, reveal }: Discretion): SentStep => {
  if (reveal) return step
  return {
    ...step,
    said: null,
    key: step.person === null ? step.key : "***",
    label: named.has(step.entity) || step.person !== null ? null : step.label,
    of: step.of !== null && named.has(step.of.entity) ? null : step.of,
    person: step.person === null ? null : "***",
    personName: null,
    fields: maskFields(
      step.entity,
      step.fields,
      (of, field, value) => isPersonal(of, field, value) || value === step.person
    )
  }
}

/** Steps of an apply for people, a line each: what failed and what was stopped first, with the reason. */
export const sentTable = (steps: ReadonlyArray<SentStep>): ReadonlyArray<string> => {
  const people = steps.some((step) => step.person !== null)
  return textTable(
    [
      ["", "", "what", ...(people ? ["student", "score"] : []), "why"],
      ...steps.map((step) => [
        `${step.outcome}${step.outcome === "done" && !step.wrote ? " (stood so)" : ""}`,
        `${step.action} ${step.entity}`,
        step.of?.label ?? named(step),
        ...(people ? [studentOf(step), scoreOf(step)] : []),
        step.outcome === "stopped"
          ? (step.detail ?? "")
          : [step.reason, step.detail, inWords(step.said)].filter(Boolean).join(": ")
      ])
    ],
    "words"
  )
}

/** The words of the other side, told apart from those about it. */
export const inWords = (said: string | null): string | null => (said === null ? null : `it said "${said}"`)

/** The key tells records with one label apart; of a record about a person it may hold who that is, and is masked. */
const named = ({ key, label, person }: SentStep): string =>
  label === null ? key : person === null ? `${key} (${label})` : label

/** The score of a record that has one, or, without, what it is instead. */
const scoreOf = ({ fields }: SentStep): string => fields?.["score"] ?? fields?.["score_status"] ?? ""

const studentOf = ({ person, personName }: SentStep): string =>
  personName === null ? (person ?? "") : `${personName} (${person ?? ""})`
