import type { GradebookRows } from "../../memory/source.ts"

/** A score as a teacher gives it; `excused` with or without points. */
export type Score =
  | number
  | null
  | "excused"
  | {
      readonly points?: number | null
      readonly out_of?: number | null
      readonly comment?: string
      readonly at?: string
      readonly excused?: boolean
    }

/** A grade item as a teacher sees it. What is left out is as in most stories. */
export interface TeacherItem {
  readonly id: number
  readonly name?: string
  readonly description?: string
  readonly type?: string
  readonly points?: number | null
  readonly category?: "tests" | "practice" | null
  readonly session?: "fall" | "spring" | "other" | "untold" | null
  readonly hidden?: boolean
  /** The section of its course for which it is, by its id in Brightspace. */
  readonly section?: string
  /** The dates of its activity; an activity without a date is `{}`. */
  readonly activity?: { readonly due?: string; readonly end?: string } | null
  /** By the first name of the student. */
  readonly scores?: Readonly<Record<string, Score>>
}

export interface TeacherCourse {
  readonly active?: boolean
  readonly starts?: string | null
  readonly ends?: string | null
  /** Whether the category `tests` goes to the SIS. */
  readonly exported?: boolean
}

/** The org unit of the one course of every story. */
export const course = "7001"

/** Ids of people in Brightspace; mo is known there alone, tess teaches. */
export const userIds: Readonly<Record<string, string>> = {
  ada: "301",
  cal: "302",
  dee: "303",
  eli: "304",
  tess: "310",
  mo: "390"
}

/** What the roster pipeline has in Brightspace. Eli has an account and is in no class any more. */
export const roster = {
  course_offering: [
    { key: "c1", remote_id: course, label: "1200 1 English 9", _school: "s1", _section: "c1", term_end: "2026-12-31" }
  ],
  semester: [
    { key: "t1", remote_id: "6700", label: "Fall", start_date: "2026-08-01", end_date: "2026-12-31" },
    { key: "t2", remote_id: "6701", label: "Spring", start_date: "2027-01-05", end_date: "2027-05-28" }
  ],
  user: [
    { key: "s21", remote_id: "301", label: "student s21" },
    { key: "s22", remote_id: "302", label: "student s22" },
    { key: "s23", remote_id: "303", label: "student s23" },
    { key: "s24", remote_id: "304", label: "student s24" },
    { key: "t11", remote_id: "310", label: "teacher t11" }
  ],
  enrollment: [
    { key: "c1/s21", org_unit: "course_offering:c1", user: "user:s21", remote_id: "e1", role: "Student" },
    { key: "c1/s22", org_unit: "course_offering:c1", user: "user:s22", remote_id: "e2", role: "Student" },
    { key: "c1/s23", org_unit: "course_offering:c1", user: "user:s23", remote_id: "e3", role: "Student" },
    { key: "c1/t11", org_unit: "course_offering:c1", user: "user:t11", remote_id: "e4", role: "Teacher" }
  ]
}

const categories = { tests: "9", practice: "8" }
const sessions = { fall: "6700", spring: "6701", other: "6799", untold: null }

/** The grade book as the adapter reads it. `at` is when scores were saved, where a score does not say. */
export const rowsOf = (items: ReadonlyArray<TeacherItem>, about: TeacherCourse, at: string): GradebookRows => {
  const scores = items.flatMap((item) =>
    Object.entries(item.scores ?? {}).map(([who, score]) => ({
      item,
      userId: userIds[who] ?? who,
      score:
        score === "excused"
          ? { excused: true }
          : typeof score === "object" && score !== null
            ? score
            : { points: score }
    }))
  )
  const row = (item: TeacherItem) => ({ RecordId: `${course}/${item.id}`, OrgUnitId: course, Id: String(item.id) })
  return {
    courses: [
      {
        RecordId: course,
        OrgUnitId: course,
        IsActive: about.active ?? true,
        StartDate: about.starts ?? null,
        EndDate: about.ends ?? null
      }
    ],
    categories: Object.values(categories).map((id) => ({ RecordId: `${course}/${id}`, OrgUnitId: course, Id: id })),
    category_settings: Object.values(categories).map((id) => ({
      RecordId: `${course}/${id}`,
      OrgUnitId: course,
      Id: id,
      ExportToSIS: id === categories.tests && (about.exported ?? true),
      IsTold: true
    })),
    items: items.map((item) => ({
      ...row(item),
      Name: item.name ?? `Essay ${item.id}`,
      Description: item.description ?? null,
      GradeType: item.type ?? "Numeric",
      CategoryId: item.category === null ? null : categories[item.category ?? "tests"],
      MaxPoints: item.points === undefined ? 20 : item.points,
      IsHidden: item.hidden ?? false
    })),
    item_settings: items.map((item) => ({
      ...row(item),
      AcademicSessionOrgUnitId: item.session === null ? null : sessions[item.session ?? "fall"],
      SectionOrgUnitId: item.section ?? null,
      IsTold: item.session !== "untold"
    })),
    activities: items.flatMap((item) =>
      item.activity == null
        ? []
        : [
            {
              RecordId: `${course}/dropbox/${item.id}`,
              OrgUnitId: course,
              Tool: "dropbox",
              ToolItemId: String(item.id),
              GradeObjectId: String(item.id),
              DueDate: item.activity.due ?? null,
              EndDate: item.activity.end ?? null
            }
          ]
    ),
    values: scores.flatMap(({ item, score, userId }) =>
      score.points === undefined && score.comment === undefined
        ? []
        : [
            {
              RecordId: `${course}/${item.id}/${userId}`,
              OrgUnitId: course,
              UserId: userId,
              GradeObjectId: String(item.id),
              PointsNumerator: score.points ?? null,
              PointsDenominator:
                score.out_of === undefined ? (item.points === undefined ? 20 : item.points) : score.out_of,
              Comments: score.comment ?? null,
              LastModified: score.at ?? at
            }
          ]
    ),
    exemptions: scores.flatMap(({ item, score, userId }) =>
      score.excused === true
        ? [
            {
              RecordId: `${course}/${item.id}/${userId}`,
              OrgUnitId: course,
              ItemRecordId: `${course}/${item.id}`,
              GradeObjectId: String(item.id),
              UserId: userId
            }
          ]
        : []
    )
  }
}
