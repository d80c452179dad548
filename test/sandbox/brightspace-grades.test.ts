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
  value
} from "./grade-rehearsal.ts"
import { call, gradeScopes, rehearse, type Reply, seedCourse, type Tenant, tenantOf, text } from "./rehearsal.ts"

const sandbox = rehearse()
const control = controlOf(sandbox)
const score = scoreOf(sandbox)

let tenant: Tenant
beforeEach(async () => {
  tenant = await tenantOf(sandbox(), gradeScopes)
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
