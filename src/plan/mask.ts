import type { PlanStep } from "./plan.ts"

/** Fields that hold personal data, as `entity.field`. */
export type PersonalFields = ReadonlySet<string>

/** A step as those may see it who may not see names: no label, and `***` for every value of a personal field. */
export const maskStep = (step: PlanStep, personal: PersonalFields): PlanStep => ({
  ...step,
  label: null,
  before: maskFields(step.entity, step.before, personal),
  after: maskFields(step.entity, step.after, personal),
  edited: maskFields(step.entity, step.edited, personal)
})

/** Fields with `***` for what says something of a person. */
export const maskFields = (
  entity: string,
  fields: PlanStep["before"],
  personal: PersonalFields
): Readonly<Record<string, string | null>> | null =>
  fields === null
    ? null
    : Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [
          name,
          value !== null && personal.has(`${entity}.${name}`) ? "***" : value
        ])
      )
