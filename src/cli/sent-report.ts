import * as Effect from "effect/Effect"
import { textTable } from "../core/text-table.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { SentStep } from "../run/sent.ts"
import { Adapters } from "./adapters.ts"

/** What may be shown of a person's record without `--reveal`: nothing that the target's contract calls personal. */
export interface Discretion {
  readonly reveal: boolean
  /** Entities with personal fields: their labels may hold names. */
  readonly personal: ReadonlyMap<string, ReadonlySet<string>>
}

/** The personal fields of each loaded entity of a definition; entities without any are left out. */
export const discretionOf = (definition: Definition, reveal: boolean): Effect.Effect<Discretion, never, Adapters> =>
  Effect.gen(function* () {
    const adapters = yield* Adapters
    const resources = yield* adapters.resources
    const personal = definition.load.entities.flatMap(({ entity, resource }) => {
      const fields = (resources.get(resource)?.fields ?? []).filter((field) => field.personal === true)
      return fields.length === 0 ? [] : [[entity, new Set(fields.map((field) => field.name))] as const]
    })
    return { reveal, personal: new Map(personal) }
  })

/** A step as it may be shown. */
export const discreet = (step: SentStep, { personal, reveal }: Discretion): SentStep => {
  if (reveal) return step
  const hidden = personal.get(step.entity)
  const isPersonal = hidden !== undefined || step.person !== null
  return {
    ...step,
    key: step.person === null ? step.key : "***",
    label: isPersonal ? null : step.label,
    of: step.of !== null && personal.has(step.of.entity) ? null : step.of,
    person: step.person === null ? null : "***",
    personName: null,
    fields:
      step.fields === null
        ? null
        : Object.fromEntries(
            Object.entries(step.fields).map(([name, value]) => [
              name,
              value !== null && (hidden?.has(name) === true || (step.person !== null && value === step.person))
                ? "***"
                : value
            ])
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
        step.of?.label ?? step.label ?? step.key,
        ...(people ? [studentOf(step), scoreOf(step)] : []),
        step.outcome === "stopped" ? (step.detail ?? "") : [step.reason, step.detail].filter(Boolean).join(": ")
      ])
    ],
    "words"
  )
}

/** The score of a record that has one, or, without, what it is instead. */
const scoreOf = ({ fields }: SentStep): string => fields?.["score"] ?? fields?.["score_status"] ?? ""

const studentOf = ({ person, personName }: SentStep): string =>
  personName === null ? (person ?? "") : `${personName} (${person ?? ""})`
