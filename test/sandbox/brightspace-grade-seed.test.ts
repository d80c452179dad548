import { beforeEach, describe, expect, it } from "vitest"
import { bo, controlOf, course, grades, le, namesOf, objectsOf, scoreOf, semester } from "./grade-rehearsal.ts"
import { gradeScopes, rehearse, seedCourse, type Tenant, tenantOf } from "./rehearsal.ts"

const sandbox = rehearse()
const control = controlOf(sandbox)
const score = scoreOf(sandbox)

let tenant: Tenant
beforeEach(async () => {
  tenant = await tenantOf(sandbox(), gradeScopes)
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
