/** Which part of a plan is wanted; every list that is not empty narrows the choice. Schools and sections by SIS id or by name. */
export interface PlanPart {
  readonly entities: ReadonlyArray<string>
  readonly schools: ReadonlyArray<string>
  readonly sections: ReadonlyArray<string>
}

export const wholePlan: PlanPart = { entities: [], schools: [], sections: [] }

export const isWhole = (part: PlanPart): boolean =>
  part.entities.length === 0 && part.schools.length === 0 && part.sections.length === 0
