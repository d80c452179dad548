import type { PlanStep } from "./plan.ts"

/** Whether a field of an entity, or a column of a dataset, may say something of a person. */
export type IsPersonal = (of: string, field: string) => boolean

export interface ContractField {
  readonly name: string
  readonly personal?: boolean
}

/**
 * Personal is what its contract calls so, and whatever has no contract: a field that a pipeline makes for itself may hold
 * a name. `contracts` by entity or dataset.
 */
export const personalByContract = (contracts: ReadonlyMap<string, ReadonlyArray<ContractField>>): IsPersonal => {
  const impersonal = new Set(
    [...contracts].flatMap(([of, fields]) =>
      fields.filter((field) => field.personal !== true).map((field) => `${of}.${field.name}`)
    )
  )
  return (of, field) => !impersonal.has(`${of}.${field}`)
}

/** A step as those may see it who may not see names: no label, and `***` for every value of a personal field. */
export const maskStep = (step: PlanStep, isPersonal: IsPersonal): PlanStep => ({
  ...step,
  label: null,
  before: maskFields(step.entity, step.before, isPersonal),
  after: maskFields(step.entity, step.after, isPersonal),
  edited: maskFields(step.entity, step.edited, isPersonal)
})

/** Fields with `***` for what says something of a person. */
export const maskFields = (
  of: string,
  fields: PlanStep["before"],
  isPersonal: IsPersonal
): Readonly<Record<string, string | null>> | null =>
  fields === null
    ? null
    : Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [name, value !== null && isPersonal(of, name) ? "***" : value])
      )
