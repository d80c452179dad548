/**
 * Which part of a plan is wanted; every list that is not empty narrows the choice. Schools, sections and academic sessions
 * by SIS id or by name.
 */
export interface PlanPart {
  readonly entities: ReadonlyArray<string>
  readonly schools: ReadonlyArray<string>
  readonly sections: ReadonlyArray<string>
  readonly sessions: ReadonlyArray<string>
}

export const wholePlan: PlanPart = { entities: [], schools: [], sections: [], sessions: [] }

export const isWhole = (part: PlanPart): boolean =>
  Object.values(part).every((list: ReadonlyArray<string>) => list.length === 0)

/** Whether two choices are the same, in whatever order they name what they name. */
export const samePart = (one: PlanPart, other: PlanPart): boolean => written(one) === written(other)

const written = ({ entities, schools, sections, sessions }: PlanPart): string =>
  JSON.stringify([entities, schools, sections, sessions].map((list) => list.toSorted()))
