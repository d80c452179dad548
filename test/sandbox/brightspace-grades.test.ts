import { beforeEach, describe, expect, it } from "vitest"
import { call, gradeScopes, rehearse, type Reply, seedCourse, type Tenant, tenantOf, text } from "./rehearsal.ts"

const sandbox = rehearse()
const le = "/le/1.95"
/** The first org units and users that are made have these ids. */
const [semester, course, section] = [6700, 6702, 6703]
const [ada, bo, cy] = [30_001, 30_002, 30_003]
const grades = `${le}/${course}/grades`

let tenant: Tenant
beforeEach(async () => {
  tenant = await tenantOf(sandbox(), gradeScopes)
})

const control = (path: string, method = "GET", body?: unknown): Promise<Reply> =>
  call(`${sandbox().brightspaceUrl}${path}`, { method, body })
const settings = async (changed: object): Promise<void> => {
  expect((await control("/sandbox/settings", "PUT", changed)).status).toBe(200)
}
const score = async (given: Record<string, unknown>): Promise<void> => {
  const reply = await control("/sandbox/score", "PUT", { course: "E1", item: "Essay", user: "77", ...given })
  expect(reply.status, reply.text).toBe(204)
}
const namesOf = (reply: Reply): ReadonlyArray<unknown> =>
  (reply.body as ReadonlyArray<{ Name: string }>).map((one) => one.Name)
const objectsOf = (reply: Reply): ReadonlyArray<Record<string, unknown>> =>
  (reply.body as { Objects: ReadonlyArray<Record<string, unknown>> }).Objects
const nextOf = (reply: Reply): string | null => (reply.body as { Next: string | null }).Next
const idOf = (reply: Reply): number => (reply.body as { Id: number }).Id
const detailOf = (reply: Reply): unknown => [reply.status, (reply.body as { detail?: string } | null)?.detail]

const numeric = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  Name: "Essay",
  ShortName: "",
  GradeType: "Numeric",
  CategoryId: null,
  Description: text("Two pages"),
  GradeSchemeId: null,
  MaxPoints: 20,
  CanExceedMaxPoints: false,
  IsBonus: false,
  ExcludeFromFinalGradeCalculation: false,
  AssociatedTool: null,
  ...more
})
const category = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  Name: "Writing",
  ShortName: "W",
  CanExceedMax: false,
  ExcludeFromFinalGrade: false,
  StartDate: null,
  EndDate: null,
  Weight: null,
  MaxPoints: null,
  AutoPoints: null,
  WeightDistributionType: null,
  NumberOfHighestToDrop: null,
  NumberOfLowestToDrop: null,
  ...more
})
const value = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  Comments: text(""),
  PrivateComments: text(""),
  GradeObjectType: 1,
  PointsNumerator: 17,
  ...more
})

describe("grade objects", () => {
  beforeEach(() => seedCourse(sandbox()))

  it("are made, listed, read, changed and deleted", async () => {
    const made = await tenant.post(`${grades}/`, numeric())
    expect(made).toMatchObject({ status: 200 })
    const id = idOf(made)
    expect(made.body).toEqual({
      Id: id,
      Name: "Essay",
      ShortName: "",
      GradeType: "Numeric",
      GradeObjectTypeId: 1,
      CategoryId: null,
      Description: { Text: "Two pages", Html: "<p>Two pages</p>" },
      GradeSchemeId: null,
      GradeSchemeUrl: null,
      Weight: null,
      AssociatedTool: null,
      IsHidden: false,
      MaxPoints: 20,
      CanExceedMaxPoints: false,
      IsBonus: false,
      ExcludeFromFinalGradeCalculation: false
    })
    expect((await tenant.get(`${grades}/${id}`)).body).toEqual(made.body)
    const changed = await tenant.put(`${grades}/${id}`, numeric({ Name: "Essay one", GradeSchemeId: 2, Weight: 10 }))
    expect(changed.body).toMatchObject({
      Id: id,
      Name: "Essay one",
      Weight: 10,
      GradeSchemeUrl: `/d2l/api/le/1.95/${course}/grades/schemes/2`
    })
    expect(namesOf(await tenant.get(`${grades}/`))).toEqual(["Essay one"])
    expect((await tenant.remove(`${grades}/${id}`)).status).toBe(200)
    expect((await tenant.get(`${grades}/`)).body).toEqual([])
    expect((await tenant.get(`${grades}/${id}`)).status).toBe(404)
    expect((await tenant.remove(`${grades}/${id}`)).status).toBe(404)
  })

  it("are of four types when the API makes them, and text has no points", async () => {
    const { CanExceedMaxPoints: _, ...pointed } = numeric()
    const { MaxPoints: _1, IsBonus: _2, ExcludeFromFinalGradeCalculation: _3, GradeSchemeId: _4, ...bare } = pointed
    const create = (body: object): Promise<Reply> => tenant.post(`${grades}/`, body)
    expect((await create({ ...pointed, Name: "Pass", GradeType: "PassFail" })).status).toBe(200)
    expect((await create({ ...pointed, Name: "Letter", GradeType: "SelectBox", GradeSchemeId: 2 })).status).toBe(200)
    const written = await create({ ...bare, Name: "Remark", GradeType: "Text" })
    expect(written.status).toBe(200)
    expect(written.body).not.toHaveProperty("MaxPoints")
    for (const GradeType of ["Calculated", "Formula", "FinalCalculated", "FinalAdjusted", "Category"]) {
      expect((await create(numeric({ Name: GradeType, GradeType }))).status, GradeType).toBe(400)
    }
  })

  it.each([
    ["an empty name", { Name: " " }, "Name is empty."],
    ["a long name", { Name: "x".repeat(129) }, "Name is longer than 128 characters."],
    ["a name with a comma", { Name: "Essay, first" }, "Name holds a character that is not allowed."],
    ["a name that is in use", { Name: "Quiz" }, "The name is already in use."],
    ["a category that is none", { CategoryId: 9 }, "CategoryId is not the id of a category."],
    ["a scheme that is none", { GradeSchemeId: 9 }, "GradeSchemeId is not the id of a scheme."]
  ])("are refused with %s", async (_, more, detail) => {
    await tenant.post(`${grades}/`, numeric({ Name: "Quiz" }))
    expect(detailOf(await tenant.post(`${grades}/`, numeric(more)))).toEqual([400, detail])
  })

  it("are refused without points, and keep their type", async () => {
    expect((await tenant.post(`${grades}/`, numeric({ MaxPoints: 0 }))).status).toBe(400)
    const id = idOf(await tenant.post(`${grades}/`, numeric()))
    const { CanExceedMaxPoints: _, ...passFail } = numeric({ GradeType: "PassFail" })
    expect(detailOf(await tenant.put(`${grades}/${id}`, passFail))).toEqual([
      400,
      "The type of a grade object cannot be changed."
    ])
  })

  it("take a weight from le 1.89 on", async () => {
    const made = await tenant.post(`/le/1.88/${course}/grades/`, numeric({ Weight: 10 }))
    expect(made.body).toMatchObject({ Weight: null })
  })

  it("come back under their id, with their values, when they are restored", async () => {
    const id = idOf(await tenant.post(`${grades}/`, numeric()))
    await score({ points: 17 })
    const restore = (): Promise<Reply> => control(`/sandbox/gradebook/${course}/items/${id}/restore`, "POST")
    expect((await restore()).status).toBe(404)
    const before = (await tenant.get(`${grades}/${id}/values/${ada}`)).body
    await tenant.remove(`${grades}/${id}`)
    expect((await tenant.get(`${grades}/${id}/values/${ada}`)).status).toBe(404)
    expect(objectsOf(await tenant.get(`${grades}/values/`))).toEqual([])
    const anew = idOf(await tenant.post(`${grades}/`, numeric()))
    expect(anew).not.toBe(id)
    expect((await restore()).status).toBe(400)
    await tenant.remove(`${grades}/${anew}`)
    expect((await restore()).status).toBe(204)
    expect(namesOf(await tenant.get(`${grades}/`))).toEqual(["Essay"])
    expect((await tenant.get(`${grades}/${id}/values/${ada}`)).body).toEqual(before)
  })

  it("are nowhere but in course offerings", async () => {
    expect((await tenant.get(`${le}/${section}/grades/`)).status).toBe(404)
    expect((await tenant.get(`${le}/9/grades/`)).status).toBe(404)
  })
})

describe("grade categories", () => {
  beforeEach(() => seedCourse(sandbox()))

  it("are made with what is in them, and leave it behind when they are deleted", async () => {
    const made = await tenant.post(`${grades}/categories/`, category())
    const id = idOf(made)
    expect(made.body).toEqual({ Id: id, Grades: [], ...category() })
    const item = idOf(await tenant.post(`${grades}/`, numeric({ CategoryId: id })))
    expect((await tenant.get(`${grades}/categories/`)).body).toMatchObject([{ Id: id, Grades: [{ Id: item }] }])
    expect((await tenant.get(`${grades}/categories/${id}`)).body).toMatchObject({ Grades: [{ Id: item }] })
    expect((await tenant.remove(`${grades}/categories/${id}`)).status).toBe(200)
    expect((await tenant.get(`${grades}/categories/${id}`)).status).toBe(404)
    expect((await tenant.get(`${grades}/${item}`)).body).toMatchObject({ CategoryId: 0 })
  })

  it("have no route that changes them, and names of their own", async () => {
    const id = idOf(await tenant.post(`${grades}/categories/`, category()))
    expect((await tenant.put(`${grades}/categories/${id}`, category({ Name: "x" }))).status).toBe(404)
    expect((await tenant.post(`${grades}/categories/`, category())).status).toBe(400)
    expect((await tenant.post(`${grades}/categories/`, { Name: "Other" })).status).toBe(400)
  })
})

describe("grade values", () => {
  let id: number
  beforeEach(async () => {
    await seedCourse(sandbox())
    id = idOf(await tenant.post(`${grades}/`, numeric()))
  })

  it("are put and read", async () => {
    expect(detailOf(await tenant.get(`${grades}/${id}/values/${ada}`))).toEqual([404, "The user has no grade."])
    const put = await tenant.put(
      `${grades}/${id}/values/${ada}`,
      value({ Comments: text("Well argued"), PrivateComments: text("Ask at home") })
    )
    expect([put.status, put.text]).toEqual([200, ""])
    expect((await tenant.get(`${grades}/${id}/values/${ada}`)).body).toEqual({
      UserId: String(ada),
      OrgUnitId: String(course),
      DisplayedGrade: "17 / 20",
      GradeObjectIdentifier: String(id),
      GradeObjectName: "Essay",
      GradeObjectType: 1,
      GradeObjectTypeName: "Numeric",
      Comments: { Text: "Well argued", Html: "<p>Well argued</p>" },
      PrivateComments: { Text: "Ask at home", Html: "<p>Ask at home</p>" },
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown,
      LastModifiedBy: "169",
      ReleasedDate: null,
      PointsNumerator: 17,
      PointsDenominator: 20,
      WeightedNumerator: null,
      WeightedDenominator: null
    })
  })

  it("keep the maximum under which they were given", async () => {
    await score({ points: 10 })
    await tenant.put(`${grades}/${id}`, numeric({ MaxPoints: 40 }))
    expect((await tenant.get(`${grades}/${id}/values/${ada}`)).body).toMatchObject({
      PointsNumerator: 10,
      PointsDenominator: 20
    })
  })

  it("come by pass, by symbol and as text", async () => {
    const { CanExceedMaxPoints: _, ...pointed } = numeric()
    const put = async (type: object, given: object): Promise<Reply> => {
      const item = idOf(await tenant.post(`${grades}/`, { ...pointed, ...type }))
      const { PointsNumerator: _1, ...comments } = value()
      const reply = await tenant.put(`${grades}/${item}/values/${ada}`, { ...comments, ...given })
      return reply.status === 200 ? tenant.get(`${grades}/${item}/values/${ada}`) : reply
    }
    expect((await put({ Name: "P", GradeType: "PassFail" }, { GradeObjectType: 2, Pass: true })).body).toMatchObject({
      PointsNumerator: 20,
      DisplayedGrade: "Pass"
    })
    const letters = { GradeType: "SelectBox", GradeSchemeId: 2 }
    expect((await put({ Name: "L", ...letters }, { GradeObjectType: 3, Value: "B" })).body).toMatchObject({
      PointsNumerator: 17,
      DisplayedGrade: "B"
    })
    expect(detailOf(await put({ Name: "M", ...letters }, { GradeObjectType: 3, Value: "Z" }))).toEqual([
      400,
      "Value is not a symbol of the scheme."
    ])
    expect((await put({ Name: "T", GradeType: "Text" }, { GradeObjectType: 4, Text: "Good" })).body).toMatchObject({
      PointsNumerator: null,
      DisplayedGrade: "Good"
    })
  })

  it.each([
    ["more than the maximum", { PointsNumerator: 21 }, "PointsNumerator is more than the maximum."],
    ["another type", { GradeObjectType: 2, Pass: true }, "GradeObjectType is not the type of the grade object."]
  ])("are refused with %s", async (_, more, detail) => {
    expect(detailOf(await tenant.put(`${grades}/${id}/values/${ada}`, value(more)))).toEqual([400, detail])
  })

  it("may exceed the maximum where the item lets them", async () => {
    await tenant.put(`${grades}/${id}`, numeric({ CanExceedMaxPoints: true }))
    expect((await tenant.put(`${grades}/${id}/values/${ada}`, value({ PointsNumerator: 25 }))).status).toBe(200)
  })

  it("are for learners of the course alone, and hidden while one has left", async () => {
    expect((await tenant.put(`${grades}/${id}/values/${cy}`, value())).status).toBe(404)
    await score({ points: 17 })
    await tenant.remove(`/lp/1.59/enrollments/orgUnits/${course}/users/${ada}`)
    expect(objectsOf(await tenant.get(`${grades}/values/`))).toEqual([])
    expect((await tenant.get(`${grades}/${id}/values/${ada}`)).status).toBe(404)
    await tenant.post("/lp/1.59/enrollments/", { OrgUnitId: course, UserId: ada, RoleId: 110 })
    expect(objectsOf(await tenant.get(`${grades}/values/`))).toMatchObject([{ PointsNumerator: 17 }])
  })

  it("of an item tell who has none", async () => {
    await score({ points: 17 })
    const all = await tenant.get(`${grades}/${id}/values/`)
    expect(all.body).toMatchObject({
      Next: null,
      Objects: [
        { User: { Identifier: String(ada), OrgDefinedId: "77" }, GradeValue: { PointsNumerator: 17 } },
        { User: { Identifier: String(bo) }, GradeValue: null }
      ]
    })
    expect(objectsOf(await tenant.get(`${grades}/${id}/values/?isGraded=true`))).toHaveLength(1)
    expect(objectsOf(await tenant.get(`${grades}/${id}/values/?isGraded=false`))).toMatchObject([{ GradeValue: null }])
  })

  it("of a course come page by page, by an address on this host", async () => {
    await tenant.post(`${grades}/`, numeric({ Name: "Quiz" }))
    for (const item of ["Essay", "Quiz"]) for (const user of ["77", "78"]) await score({ item, user, points: 5 })
    const first = await tenant.get(`${grades}/values/?pageSize=3&gradeObjectTypeId=1`)
    expect(objectsOf(first).map((one) => [one["GradeObjectName"], one["UserId"], one["OrgUnitId"]])).toEqual([
      ["Essay", String(ada), String(course)],
      ["Essay", String(bo), String(course)],
      ["Quiz", String(ada), String(course)]
    ])
    const next = nextOf(first) ?? ""
    expect(next.startsWith(`${sandbox().brightspaceUrl}/d2l/api${grades}/values/?`)).toBe(true)
    expect((await call(next)).status).toBe(401)
    const second = await tenant.get(next.slice(`${sandbox().brightspaceUrl}/d2l/api`.length))
    expect(second.body).toMatchObject({ Next: null, Objects: [{ GradeObjectName: "Quiz", UserId: String(bo) }] })
    expect(objectsOf(await tenant.get(`${grades}/values/?gradeObjectTypeId=2`))).toEqual([])
    for (const query of ["pageSize=0", "pageSize=201", "pageSize=x", "bookmark=x", "modifiedSince=2026-10-01"]) {
      expect((await tenant.get(`${grades}/values/?${query}`)).status, query).toBe(400)
    }
  })

  it("of a course may be those that were modified since an instant, cleared ones too, exemptions never", async () => {
    await score({ points: 17, modified: "2026-10-01T10:00:00.000Z" })
    await score({ user: "78", points: 9, modified: "2026-10-01T12:00:00.000Z" })
    const since = async (instant: string): Promise<ReadonlyArray<unknown>> =>
      objectsOf(await tenant.get(`${grades}/values/?modifiedSince=${instant}`)).map((one) => one["UserId"])
    expect(await since("2026-10-01T10:00:00.000Z")).toEqual([String(ada), String(bo)])
    expect(await since("2026-10-01T10:00:00.001Z")).toEqual([String(bo)])
    await tenant.post(`${grades}/${id}/exemptions/${ada}`)
    expect(await since("2026-10-01T12:00:00.001Z")).toEqual([])
    await score({ points: null, modified: "2026-10-02T10:00:00.000Z" })
    expect(objectsOf(await tenant.get(`${grades}/values/?modifiedSince=2026-10-01T12:00:00.001Z`))).toMatchObject([
      { PointsNumerator: null, DisplayedGrade: "" }
    ])
  })

  it("can lead to another host or back to themselves, when that is asked for", async () => {
    await score({ points: 17 })
    const path = `${grades}/values/?pageSize=1`
    await control("/sandbox/faults", "POST", { do: "foreign_link" })
    expect(nextOf(await tenant.get(path))).toMatch(/^http:\/\/elsewhere\.invalid\//)
    expect((await tenant.get(`${grades}/`)).status).toBe(200)
    expect((await tenant.put(`${grades}/${id}/values/${ada}`, value())).status).toBe(200)
    await control("/sandbox/faults", "DELETE")
    await control("/sandbox/faults", "POST", { do: "loop_link" })
    expect(nextOf(await tenant.get(path))).toBe(`${sandbox().brightspaceUrl}/d2l/api${path}`)
  })
})

describe("exemptions", () => {
  it("are set, listed and lifted, and leave the value as it is", async () => {
    await seedCourse(sandbox())
    const id = idOf(await tenant.post(`${grades}/`, numeric()))
    await score({ points: 17 })
    const before = (await tenant.get(`${grades}/${id}/values/${ada}`)).body
    const path = `${grades}/${id}/exemptions`
    expect((await tenant.get(`${path}/`)).body).toEqual([])
    expect(detailOf(await tenant.get(`${path}/${ada}`))).toEqual([404, "The user is not exempt."])
    expect((await tenant.post(`${path}/${ada}`)).status).toBe(200)
    expect((await tenant.post(`${path}/${bo}`)).status).toBe(200)
    expect((await tenant.get(`${path}/`)).body).toMatchObject([{ OrgDefinedId: "77" }, { OrgDefinedId: "78" }])
    expect((await tenant.get(`${path}/${ada}`)).body).toMatchObject({ Identifier: String(ada) })
    expect((await tenant.get(`${grades}/${id}/values/${ada}`)).body).toEqual(before)
    expect((await tenant.get(`${grades}/exemptions/${bo}`)).body).toMatchObject({
      Items: [{ GradeObjectId: id, GradeObjectName: "Essay", GradeObjectType: 1, GradeValue: null, IsExempt: true }]
    })
    expect((await tenant.remove(`${path}/${ada}`)).status).toBe(200)
    expect((await tenant.remove(`${path}/${ada}`)).status).toBe(404)
    expect((await tenant.post(`${path}/${cy}`)).status).toBe(404)
  })
})

describe("what is exported", () => {
  let item: string
  let group: string
  const none = {
    AcademicSessionOrgUnitId: null,
    EndOfCourse: false,
    PowerSchoolGradeType: null,
    SectionOrgUnitId: null
  }
  beforeEach(async () => {
    await seedCourse(sandbox())
    item = `${grades}/${idOf(await tenant.post(`${grades}/`, numeric()))}/ipsis`
    group = `${grades}/categories/${idOf(await tenant.post(`${grades}/categories/`, category()))}/ipsis`
  })

  it("is kept for items and categories", async () => {
    expect((await tenant.get(item)).body).toEqual(none)
    expect((await tenant.get(group)).body).toEqual({ ExportToSIS: false, AcademicSessionOrgUnitId: null })
    const wanted = { ...none, AcademicSessionOrgUnitId: semester, SectionOrgUnitId: section }
    expect((await tenant.put(item, wanted)).body).toEqual(wanted)
    expect((await tenant.get(item)).body).toEqual(wanted)
    await tenant.put(group, { ExportToSIS: true, AcademicSessionOrgUnitId: null })
    expect((await tenant.get(group)).body).toEqual({ ExportToSIS: true, AcademicSessionOrgUnitId: null })
  })

  it("is refused for a session or a section that is none", async () => {
    expect((await tenant.put(item, { ...none, AcademicSessionOrgUnitId: course })).status).toBe(400)
    expect((await tenant.put(item, { ...none, SectionOrgUnitId: semester })).status).toBe(400)
    expect((await tenant.put(group, { ExportToSIS: true, AcademicSessionOrgUnitId: section })).status).toBe(400)
    expect((await tenant.put(item, { AcademicSessionOrgUnitId: null })).status).toBe(400)
  })

  it.each([
    ["is not there in a course that is not managed", "unmanagedCourses", 404],
    ["is forbidden where the caller may not manage grades", "forbiddenExports", 403]
  ])("%s", async (_, setting, status) => {
    for (const codes of [["E1"], ["*"]]) {
      await settings({ [setting]: codes })
      expect([(await tenant.get(item)).status, (await tenant.get(group)).status]).toEqual([status, status])
      expect((await tenant.put(item, none)).status).toBe(status)
    }
    await settings({ [setting]: ["E2"] })
    expect((await tenant.get(item)).status).toBe(200)
  })

  it("needs core for categories and the scope of grade objects for items", async () => {
    const narrow = await tenantOf(sandbox(), "grades:gradeobjects:read")
    expect([(await narrow.get(item)).status, (await narrow.get(group)).status]).toEqual([200, 403])
    expect((await narrow.put(item, none)).status).toBe(403)
  })
})

it("has schemes and a setup", async () => {
  await seedCourse(sandbox())
  expect((await tenant.get(`${grades}/schemes/`)).body).toMatchObject([{ Name: "Percentage" }, { Name: "Letters" }])
  expect((await tenant.get(`${grades}/schemes/2`)).body).toMatchObject({
    Ranges: expect.arrayContaining([expect.objectContaining({ Symbol: "A", PercentStart: 90 })]) as unknown
  })
  expect((await tenant.get(`${grades}/schemes/9`)).status).toBe(404)
  const setup = { GradingSystem: "Points", IsNullGradeZero: false, DefaultGradeSchemeId: 1 }
  expect((await tenant.get(`${grades}/setup/`)).body).toEqual(setup)
  expect((await tenant.put(`${grades}/setup/`, { ...setup, IsNullGradeZero: true })).status).toBe(200)
  expect((await tenant.get(`${grades}/setup/`)).body).toEqual({ ...setup, IsNullGradeZero: true })
})

describe("activities", () => {
  const due = "2026-10-16T04:59:00.000Z"
  const end = "2026-10-20T04:59:00.000Z"
  beforeEach(() =>
    seedCourse(sandbox(), {
      items: [
        { name: "Essay", type: "Numeric", maxPoints: 20, activity: { tool: "dropbox", due, end } },
        { name: "Quiz", type: "Numeric", maxPoints: 10, activity: { tool: "quiz", due } },
        { name: "Debate", type: "Numeric", maxPoints: 5, activity: { tool: "discussion", due, end } },
        { name: "Notebook", type: "Numeric", maxPoints: 5 }
      ]
    })
  )

  it("tell their dates and what they feed; ids are unique in a tool alone", async () => {
    const items = (await tenant.get(`${grades}/`)).body as ReadonlyArray<Record<string, unknown>>
    const [essay, quiz] = items.map((one) => one["Id"])
    expect(items.map((one) => one["AssociatedTool"])).toEqual([
      { ToolId: 2000, ToolItemId: 501 },
      { ToolId: 44_000, ToolItemId: 501 },
      { ToolId: 3000, ToolItemId: 501 },
      null
    ])
    const folder = {
      Id: 501,
      Name: "Essay",
      DueDate: due,
      Availability: {
        StartDate: null,
        EndDate: end,
        StartDateAvailabilityType: null,
        EndDateAvailabilityType: 1
      },
      GradeItemId: essay
    }
    expect((await tenant.get(`${le}/${course}/dropbox/folders/`)).body).toEqual([folder])
    expect((await tenant.get(`${le}/${course}/dropbox/folders/501`)).body).toEqual(folder)
    const asked = {
      QuizId: 501,
      Name: "Quiz",
      IsActive: true,
      GradeItemId: quiz,
      StartDate: null,
      EndDate: null,
      DueDate: due
    }
    expect((await tenant.get(`${le}/${course}/quizzes/`)).body).toEqual({ Next: null, Objects: [asked] })
    expect((await tenant.get(`${le}/${course}/quizzes/501`)).body).toEqual(asked)
    expect((await tenant.get(`${le}/${course}/quizzes/9`)).status).toBe(404)
    expect((await tenant.get(`${le}/${course}/discussions/forums/`)).body).toMatchObject([{ ForumId: 1 }])
    const topic = { TopicId: 501, ForumId: 1, Name: "Debate", StartDate: null, EndDate: end, ScoreOutOf: 5 }
    const topics = `${course}/discussions/forums/1/topics/`
    expect((await tenant.get(`${le}/${topics}`)).body).toEqual([{ ...topic, DueDate: due }])
    expect((await tenant.get(`/le/1.89/${topics}`)).body).toEqual([topic])
    expect((await tenant.get(`${le}/${course}/discussions/forums/2/topics/`)).status).toBe(404)
  })

  it("feed nothing while the item is deleted", async () => {
    const [essay] = (await tenant.get(`${grades}/`)).body as ReadonlyArray<{ Id: number }>
    const fed = async (): Promise<unknown> =>
      ((await tenant.get(`${le}/${course}/dropbox/folders/501`)).body as { GradeItemId: unknown }).GradeItemId
    await tenant.remove(`${grades}/${essay?.Id}`)
    expect(await fed()).toBeNull()
    await control(`/sandbox/gradebook/${course}/items/${essay?.Id}/restore`, "POST")
    expect(await fed()).toBe(essay?.Id)
  })

  it("come page by page where there are many", async () => {
    await settings({ pageSize: 1 })
    await control("/sandbox/seed", "POST", {
      gradebook: { course: "E1", items: [{ name: "Quiz 2", type: "Numeric", activity: { tool: "quiz" } }] }
    })
    const first = await tenant.get(`${le}/${course}/quizzes/`)
    expect(namesOf({ ...first, body: objectsOf(first) })).toEqual(["Quiz"])
    const second = await tenant.get((nextOf(first) ?? "").slice(`${sandbox().brightspaceUrl}/d2l/api`.length))
    expect([nextOf(second), objectsOf(second)[0]?.["Name"]]).toEqual([null, "Quiz 2"])
  })

  it.each([
    ["dropbox/folders/", "dropbox:folders:read"],
    ["quizzes/", "quizzing:quizzes:read"],
    ["discussions/forums/", "discussions:forums:readonly"],
    ["discussions/forums/1/topics/", "discussions:topics:readonly"],
    ["grades/", "grades:gradeobjects:read"],
    ["grades/categories/", "grades:gradecategories:read"],
    ["grades/values/", "grades:gradevalues:read"],
    ["grades/schemes/", "grades:gradeschemes:read"],
    ["grades/setup/", "grades:gradesettings:read"]
  ])("%s needs %s", async (path, scope) => {
    expect((await (await tenantOf(sandbox(), scope)).get(`${le}/${course}/${path}`)).status).toBe(200)
    expect(detailOf(await (await tenantOf(sandbox(), "core:*:*")).get(`${le}/${course}/${path}`))).toEqual([
      403,
      `The token lacks the scope ${scope}.`
    ])
  })

  it("and grades are empty lists where the role lacks the permission", async () => {
    await settings({ withheld: ["/grades/", "/quizzes/"] })
    expect((await tenant.get(`${grades}/`)).body).toEqual([])
    expect((await tenant.get(`${grades}/values/`)).body).toEqual({ Next: null, Objects: [] })
    expect((await tenant.get(`${le}/${course}/quizzes/`)).body).toEqual({ Next: null, Objects: [] })
    expect((await tenant.post(`${grades}/`, numeric({ Name: "New" }))).status).toBe(403)
  })
})

describe("what a teacher has done by hand", () => {
  const gradebook = {
    categories: [{ name: "Writing", exportToSis: true }],
    items: [
      { name: "Essay", type: "Numeric", maxPoints: 20, category: "Writing", session: "S1", description: "Two pages" },
      { name: "Average", type: "Formula", category: "Writing", session: "S1" },
      { name: "Sum", type: "Calculated", maxPoints: 100 },
      { name: "Final", type: "FinalCalculated", maxPoints: 100 }
    ],
    scores: [
      { item: "Essay", user: "77", points: 17.5, comment: "Well argued", privateComment: "Ask at home" },
      { item: "Essay", user: "78", points: 8, outOf: 10 },
      { item: "Average", user: "77", points: 87.5, outOf: 100 }
    ],
    exemptions: [{ item: "Average", user: "78" }]
  }

  it("is seeded: all types, sessions, categories, scores, exemptions", async () => {
    expect(await seedCourse(sandbox(), gradebook)).toMatchObject({ status: 204 })
    const items = (await tenant.get(`${grades}/`)).body as ReadonlyArray<Record<string, unknown>>
    expect(items.map((one) => [one["Name"], one["GradeType"], one["MaxPoints"]])).toEqual([
      ["Essay", "Numeric", 20],
      ["Average", "Formula", undefined],
      ["Sum", "Calculated", 100],
      ["Final", "FinalCalculated", 100]
    ])
    const [essay, average] = items.map((one) => String(one["Id"]))
    expect((await tenant.get(`${grades}/${essay}/ipsis`)).body).toMatchObject({ AcademicSessionOrgUnitId: semester })
    const [writing] = (await tenant.get(`${grades}/categories/`)).body as ReadonlyArray<{ Id: number }>
    expect((await tenant.get(`${grades}/categories/${writing?.Id}/ipsis`)).body).toMatchObject({ ExportToSIS: true })
    expect(objectsOf(await tenant.get(`${grades}/values/`))).toMatchObject([
      { PointsNumerator: 17.5, PointsDenominator: 20, Comments: { Text: "Well argued" }, LastModifiedBy: "170" },
      { PointsNumerator: 8, PointsDenominator: 10 },
      { PointsNumerator: 87.5, PointsDenominator: 100 }
    ])
    expect((await tenant.get(`${grades}/${average}/exemptions/${bo}`)).status).toBe(200)
  })

  it.each([
    [{ course: "E9" }, "course offering with the code E9"],
    [{ items: [{ name: "A", type: "Numeric", session: "E1" }] }, "semester with the code E1"],
    [{ items: [{ name: "A", type: "Numeric", category: "Tests" }] }, "no grade category Tests"],
    [{ scores: [{ item: "Tests", user: "77", points: 1 }] }, "no grade item Tests"],
    [{ scores: [{ item: "Essay", user: "90", points: 1 }] }, "no learner with the Org Defined ID 90"],
    [{ items: [{ name: "A", type: "Bonus" }] }, "Numeric"]
  ])("is refused: %j", async (more, named) => {
    await seedCourse(sandbox(), gradebook)
    const reply = await control("/sandbox/seed", "POST", { gradebook: { course: "E1", ...more } })
    expect([reply.status, reply.text]).toEqual([400, expect.stringContaining(named)])
  })

  it("goes on: a category is switched, a score changes and keeps its comments, an item is edited and deleted", async () => {
    await seedCourse(sandbox(), gradebook)
    const switched = [{ course: "E1", categories: [{ name: "Writing", exportToSis: false }] }]
    expect((await control("/sandbox/seed", "POST", { gradebook: switched })).status).toBe(204)
    expect((await tenant.get(`${grades}/categories/`)).body).toHaveLength(1)
    await score({ points: 19 })
    expect(objectsOf(await tenant.get(`${grades}/values/`))[0]).toMatchObject({
      PointsNumerator: 19,
      Comments: { Text: "Well argued" },
      PrivateComments: { Text: "Ask at home" }
    })
    const [, average] = (await tenant.get(`${grades}/`)).body as ReadonlyArray<{ Id: number }>
    const item = `/sandbox/gradebook/${course}/items/${average?.Id}`
    expect((await control(item, "PUT", { name: "Mean", maxPoints: 50, session: null, category: null })).status).toBe(
      204
    )
    expect((await tenant.get(`${grades}/${average?.Id}`)).body).toMatchObject({
      Name: "Mean",
      MaxPoints: 50,
      CategoryId: null
    })
    expect((await control(item, "PUT", { name: "Essay" })).status).toBe(400)
    expect((await control(item, "PUT", { activity: { due: null } })).status).toBe(400)
    expect((await control(item, "PUT", { title: "x" })).status).toBe(400)
    expect((await control(item, "DELETE")).status).toBe(204)
    expect((await tenant.get(`${grades}/${average?.Id}`)).status).toBe(404)
  })

  it("may move the date of an activity", async () => {
    await seedCourse(sandbox(), { items: [{ name: "Quiz", type: "Numeric", activity: { tool: "quiz" } }] })
    const [quiz] = (await tenant.get(`${grades}/`)).body as ReadonlyArray<{ Id: number }>
    const due = "2026-11-01T04:59:00.000Z"
    await control(`/sandbox/gradebook/${course}/items/${quiz?.Id}`, "PUT", { activity: { due } })
    expect((await tenant.get(`${le}/${course}/quizzes/501`)).body).toMatchObject({ DueDate: due })
  })

  it("is told with ids, without them in a form that two runs share, and on the page; private comments nowhere", async () => {
    await seedCourse(sandbox(), gradebook)
    const state = await control("/sandbox/state")
    expect(state.body).toMatchObject({
      gradebooks: [
        {
          orgUnitId: course,
          code: "E1",
          categories: [{ name: "Writing", exportToSis: true }],
          items: [{ name: "Essay", scores: 2, isDeleted: false }, { scores: 1 }, {}, {}]
        }
      ]
    })
    const digest = await control("/sandbox/state?digest=1")
    const { gradebooks } = digest.body as { gradebooks: unknown }
    expect(gradebooks).toMatchObject({
      "Course Offering|E1": {
        Essay: {
          category: "Writing",
          exportToSis: true,
          session: "S1",
          scores: { "77": { points: 17.5, outOf: 20, comment: "Well argued" }, "78": { points: 8, outOf: 10 } }
        },
        Average: { exemptions: ["78"] }
      }
    })
    expect(JSON.stringify(gradebooks)).not.toMatch(/67\d\d|300\d\d|400\d\d/)
    const page = await control("/")
    expect(page.text).toContain("4 grade items, 3 scores")
    for (const reply of [state, digest, page]) expect(reply.text).not.toContain("Ask at home")
  })

  it("goes with the course, which may be recycled first", async () => {
    await seedCourse(sandbox(), gradebook)
    await tenant.post(`/lp/1.59/orgstructure/recyclebin/${course}/recycle`)
    expect((await tenant.get(`${grades}/`)).status).toBe(404)
    expect((await control("/sandbox/state?digest=1")).body).toMatchObject({ gradebooks: {} })
    expect((await control("/sandbox/state?digest=1")).text).not.toContain("Essay")
    await tenant.post(`/lp/1.59/orgstructure/recyclebin/${course}/restore`)
    expect(namesOf(await tenant.get(`${grades}/`))).toHaveLength(4)
    await tenant.remove(`/lp/1.59/courses/${course}`)
    expect((await control("/sandbox/state")).body).toMatchObject({ gradebooks: [] })
  })
})
