/** Types of grade objects by name, as the API numbers them. */
export const gradeTypes = {
  Numeric: 1,
  PassFail: 2,
  SelectBox: 3,
  Text: 4,
  Calculated: 5,
  Formula: 6,
  FinalCalculated: 7,
  FinalAdjusted: 8
} as const
export type GradeType = keyof typeof gradeTypes

export interface GradeObject {
  readonly id: number
  readonly type: GradeType
  name: string
  shortName: string
  /** 0 and null both say that there is none. */
  categoryId: number | null
  description: string
  gradeSchemeId: number | null
  weight: number | null
  associatedTool: AssociatedTool | null
  isHidden: boolean
  /** Null where the type has none: text, and formulas without one. */
  maxPoints: number | null
  canExceedMaxPoints: boolean
  isBonus: boolean
  excludeFromFinalGrade: boolean
  /** Kept, with its values, until it is restored. */
  isDeleted: boolean
  export: ItemExport
  /** By user, people who have left the course included. */
  readonly values: Map<number, GradeValue>
  /** Users. */
  readonly exemptions: Set<number>
}

export interface AssociatedTool {
  readonly ToolId: number
  readonly ToolItemId: number
}

/** Settings of the integration about a grade object. */
export interface ItemExport {
  readonly AcademicSessionOrgUnitId: number | null
  readonly EndOfCourse: boolean
  readonly PowerSchoolGradeType: 0 | 1 | 2 | null
  readonly SectionOrgUnitId: number | null
}

export interface GradeValue {
  /** Null = cleared. */
  readonly points: number | null
  /** The maximum when the score was given. */
  readonly outOf: number | null
  readonly displayed: string
  readonly comment: string
  readonly privateComment: string
  /** UTC instants. */
  readonly lastModified: string
  readonly releasedDate: string | null
  readonly modifiedBy: number
}

export interface GradeCategory {
  readonly id: number
  readonly name: string
  readonly shortName: string
  readonly canExceedMax: boolean
  readonly excludeFromFinalGrade: boolean
  readonly startDate: string | null
  readonly endDate: string | null
  readonly weight: number | null
  readonly maxPoints: number | null
  readonly autoPoints: boolean | null
  readonly weightDistributionType: number | null
  readonly numberOfHighestToDrop: number | null
  readonly numberOfLowestToDrop: number | null
  exportToSis: boolean
  sessionId: number | null
}

export type Tool = "dropbox" | "quiz" | "discussion"

/** An assignment folder, a quiz or a discussion topic. */
export interface Activity {
  /** Unique in its tool only: two tools may give the same. */
  readonly id: number
  readonly tool: Tool
  name: string
  /** The grade object that it feeds. */
  readonly gradeObjectId: number
  due: string | null
  end: string | null
}

export interface GradebookSetup {
  readonly GradingSystem: "Points" | "Weighted" | "Formula"
  readonly IsNullGradeZero: boolean
  readonly DefaultGradeSchemeId: number
}

/** The grade book of one course offering, with the activities that feed it. */
export interface Gradebook {
  readonly objects: Map<number, GradeObject>
  readonly categories: Map<number, GradeCategory>
  readonly activities: Array<Activity>
  setup: GradebookSetup
}

/** By course offering; made when it is first asked for. */
export interface Gradebooks {
  readonly byOrgUnit: Map<number, Gradebook>
  /** Next id of grade objects and categories. */
  nextId: number
  readonly nextActivityId: Record<Tool, number>
}

export const makeGradebooks = (): Gradebooks => ({
  byOrgUnit: new Map(),
  nextId: 40_001,
  nextActivityId: { dropbox: 501, quiz: 501, discussion: 501 }
})
