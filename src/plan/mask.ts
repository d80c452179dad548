import type { PlanStep } from "./plan.ts"

/** Whether the value of a field of an entity, or of a column of a dataset, may say something of a person. */
export type IsPersonal = (of: string, field: string, value: string) => boolean

export interface ContractField {
  readonly name: string
  readonly personal?: boolean
}

/**
 * Personal is what its contract calls so, and whatever has no contract, for a field that a pipeline makes for itself may
 * hold a name; but a day is none. `contracts` by entity or dataset.
 */
export const personalByContract = (contracts: ReadonlyMap<string, ReadonlyArray<ContractField>>): IsPersonal => {
  const known = new Map(
    [...contracts].flatMap(([of, fields]) =>
      fields.map((field) => [`${of}.${field.name}`, field.personal === true] as const)
    )
  )
  return (of, field, value) => known.get(`${of}.${field}`) ?? !/^\d{4}-\d{2}-\d{2}$/.test(value)
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
        Object.entries(fields).map(([name, value]) => [
          name,
          value !== null && isPersonal(of, name, value) ? "***" : value
        ])
      )
