import { ok, problem } from "../fake-answers.ts"
import { type Answer, type Asked, type FakeTenant, startTenant } from "../fake-tenant.ts"

/** One course of the fake tenant, with records as the API sends them. People and scores are invented. */
export interface FakeCourse {
  readonly offering: Record<string, unknown>
  readonly items: Array<Record<string, unknown>>
  readonly categories: Array<Record<string, unknown>>
  readonly values: Array<Record<string, unknown>>
  /** By grade object. */
  readonly exempt: Record<string, ReadonlyArray<string>>
  readonly folders: Array<Record<string, unknown>>
  readonly quizzes: Array<Record<string, unknown>>
  readonly topics: Array<Record<string, unknown>>
  /** By grade object; null where the tenant has no such routes. */
  sessions: Record<string, number | null> | null
  /** By category; null as above. */
  exported: Record<string, boolean> | null
}

export interface FakeGradebooks {
  readonly tenant: FakeTenant
  readonly courses: Map<string, FakeCourse>
  /** Answers in place of the tenant's, by the path below the version. */
  instead: ((asked: Asked) => Answer | "cut" | null) | null
}

export const course = (over: Partial<FakeCourse> = {}): FakeCourse => ({
  offering: { Name: "Grade 9 English", Code: "E9", IsActive: true, StartDate: null, EndDate: null },
  items: [],
  categories: [],
  values: [],
  exempt: {},
  folders: [],
  quizzes: [],
  topics: [],
  sessions: {},
  exported: {},
  ...over
})

export const item = (id: number, over: Record<string, unknown> = {}): Record<string, unknown> => ({
  Id: id,
  Name: `Essay ${id}`,
  ShortName: "",
  GradeType: "Numeric",
  CategoryId: 9,
  Description: { Text: "", Html: "" },
  GradeSchemeId: null,
  Weight: 10,
  AssociatedTool: null,
  IsHidden: false,
  MaxPoints: 20,
  CanExceedMaxPoints: false,
  IsBonus: false,
  ...over
})

export const value = (item: number, user: number, over: Record<string, unknown> = {}): Record<string, unknown> => ({
  UserId: String(user),
  OrgUnitId: "7001",
  DisplayedGrade: "87 %",
  GradeObjectIdentifier: String(item),
  GradeObjectName: `Essay ${item}`,
  GradeObjectType: 1,
  GradeObjectTypeName: "Numeric",
  Comments: { Text: "Well argued", Html: "<p>Well argued</p>" },
  PrivateComments: { Text: "only among teachers", Html: "" },
  LastModified: "2026-10-02T14:00:00.000Z",
  LastModifiedBy: "55",
  ReleasedDate: null,
  PointsNumerator: 17.5,
  PointsDenominator: 20,
  WeightedNumerator: 8.75,
  WeightedDenominator: 10,
  ...over
})

/** Pages of two values, so that two pages are few records. */
const pageSize = 2

/** A tenant whose gradebooks a test writes down. It refuses what D2L does not document. */
export const startGradebooks = async (): Promise<FakeGradebooks> => {
  const tenant = await startTenant()
  const fake: FakeGradebooks = { tenant, courses: new Map(), instead: null }

  const objects = (asked: Asked, all: ReadonlyArray<unknown>): Answer => {
    const from = Number(asked.query.get("page") ?? 0)
    const next = new URLSearchParams(asked.query)
    next.set("page", String(from + pageSize))
    const more = from + pageSize < all.length
    const at = `${tenant.url}/d2l/api/le/${asked.version}${asked.path}?${next.toString()}`
    return ok({ Next: more ? at : null, Objects: all.slice(from, from + pageSize) })
  }

  tenant.intercept = (asked) => {
    if (asked.path === "/versions/") return null
    if (asked.method !== "GET") return problem(405, "a gradebook is only read")
    const other = fake.instead?.(asked) ?? null
    if (other !== null) return other
    const offering = /^\/courses\/(\d+)$/.exec(asked.path)
    const [, ou = "", path = ""] = offering ?? /^\/(\d+)(\/.*)$/.exec(asked.path) ?? []
    const held = fake.courses.get(ou)
    if (held === undefined) return problem(404, "no such course")
    return offering === null ? answer(held, asked, path) : ok({ Identifier: ou, ...held.offering })
  }

  const answer = (held: FakeCourse, asked: Asked, path: string): Answer => {
    if (path === "/grades/") return ok(held.items)
    if (path === "/grades/categories/") return ok(held.categories)
    if (path === "/grades/values/") {
      const since = asked.query.get("modifiedSince")
      if (asked.query.get("pageSize") !== "200") return problem(400, "pageSize is 1 to 200")
      if (since !== null && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(since)) return problem(400, "not a time")
      return objects(
        asked,
        held.values.filter((one) => since === null || String(one["LastModified"]) > since)
      )
    }
    if (path === "/dropbox/folders/") return ok(held.folders)
    if (path === "/quizzes/") return objects(asked, held.quizzes)
    if (path === "/discussions/forums/") return ok([{ ForumId: 3, Name: "Weekly" }])
    if (path === "/discussions/forums/3/topics/") return ok(held.topics)
    const exempt = /^\/grades\/(\d+)\/exemptions\/$/.exec(path)?.[1]
    if (exempt !== undefined) {
      return ok((held.exempt[exempt] ?? []).map((Identifier) => ({ Identifier, DisplayName: "Iris Hart" })))
    }
    const session = /^\/grades\/(\d+)\/ipsis$/.exec(path)?.[1]
    if (session !== undefined && held.sessions !== null) {
      const id = held.sessions[session] ?? null
      return ok({
        AcademicSessionOrgUnitId: id,
        EndOfCourse: false,
        PowerSchoolGradeType: null,
        SectionOrgUnitId: null
      })
    }
    const category = /^\/grades\/categories\/(\d+)\/ipsis$/.exec(path)?.[1]
    if (category !== undefined && held.exported !== null) {
      return ok({ ExportToSIS: held.exported[category] ?? false, AcademicSessionOrgUnitId: null })
    }
    return problem(404, "no such route")
  }
  return fake
}
