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
