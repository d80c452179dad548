import { beforeEach, describe, expect, it } from "vitest"
import {
  ada,
  bo,
  category,
  controlOf,
  course,
  cy,
  detailOf,
  grades,
  idOf,
  le,
  namesOf,
  nextOf,
  numeric,
  objectsOf,
  scoreOf,
  section,
  semester
} from "./grade-rehearsal.ts"
import { gradeScopes, rehearse, seedCourse, type Tenant, tenantOf } from "./rehearsal.ts"

const sandbox = rehearse()
const control = controlOf(sandbox)
const score = scoreOf(sandbox)
const settings = async (changed: object): Promise<void> => {
  expect((await control("/sandbox/settings", "PUT", changed)).status).toBe(200)
}

let tenant: Tenant
beforeEach(async () => {
  tenant = await tenantOf(sandbox(), gradeScopes)
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
