import { beforeEach, describe, expect, it } from "vitest"
import {
  call,
  idOf,
  makeCourse,
  offering,
  person,
  rehearse,
  type Reply,
  root,
  sectionSettings,
  type Tenant,
  tenantOf,
  text
} from "./rehearsal.ts"

const sandbox = rehearse()
let tenant: Tenant

beforeEach(async () => {
  tenant = await tenantOf(sandbox())
})

const lp = "/lp/1.59"
const roles = { student: 110, teacher: 109, guardian: 112, relative: 113, districtAdministrator: 114 }
const make = (userName: string, more: Record<string, unknown> = {}): Promise<Reply> =>
  tenant.post(`${lp}/users/`, person(userName, more))
const enroll = (OrgUnitId: number, UserId: number, RoleId: number): Promise<Reply> =>
  tenant.post(`${lp}/enrollments/`, { OrgUnitId, UserId, RoleId })
const itemsOf = (reply: Reply): ReadonlyArray<Record<string, unknown>> =>
  (reply.body as { Items: ReadonlyArray<Record<string, unknown>> }).Items

describe("users", () => {
  it("are found in three shapes", async () => {
    const ada = idOf(await make("ada", { ExternalEmail: "ada@district.example" }))
    await make("ada2", { OrgDefinedId: "id-ada" })
    expect((await tenant.get(`${lp}/users/?userName=ADA`)).body).toMatchObject({ UserId: ada, UserName: "ada" })
    expect((await tenant.get(`${lp}/users/?userName=nobody`)).status).toBe(404)
    expect((await tenant.get(`${lp}/users/?orgDefinedId=id-ada`)).body).toHaveLength(2)
    expect((await tenant.get(`${lp}/users/?orgDefinedId=nobody`)).body).toEqual([])
    expect((await tenant.get(`${lp}/users/?externalEmail=ada@district.example`)).body).toMatchObject([{ UserId: ada }])
    expect(itemsOf(await tenant.get(`${lp}/users/`))).toHaveLength(4)
  })

  it.each([
    ["no last name", { LastName: "" }],
    ["no first name", { FirstName: " " }],
    ["no user name", { UserName: "" }],
    ["a last name of 65 characters", { LastName: "x".repeat(65) }],
    ["a user name in use, in another case", { UserName: "Sandbox.Service" }],
    ["a role that the tenant lacks", { RoleId: 1 }],
    ["a role that is text", { RoleId: "110" }],
    ["no word on the welcome email", { SendCreationEmail: undefined }]
  ])("are not made with %s", async (_, more) => {
    const reply = await make("ada", more)
    expect(reply.status).toBe(400)
    expect((await tenant.get(`${lp}/users/?userName=ada`)).status).toBe(404)
  })

  it("change as a whole, without their role", async () => {
    const id = idOf(await make("ada"))
    const { RoleId, IsActive, SendCreationEmail, ...block } = person("ada", { LastName: "Vance" })
    expect([RoleId, IsActive, SendCreationEmail]).toEqual([110, true, false])
    expect((await tenant.put(`${lp}/users/${id}`, block)).status).toBe(400)
    const changed = await tenant.put(`${lp}/users/${id}`, {
      ...block,
      UserName: "ada.vance",
      Activation: { IsActive: false }
    })
    expect(changed.body).toMatchObject({ LastName: "Vance", UserName: "ada.vance", Activation: { IsActive: false } })
    expect((await tenant.get(`${lp}/users/?userName=ada`)).status).toBe(404)
    await tenant.put(`${lp}/users/${id}/activation`, { IsActive: true })
    expect((await tenant.get(`${lp}/users/${id}/activation`)).body).toEqual({ IsActive: true })
    expect(itemsOf(await tenant.get(`${lp}/enrollments/orgUnits/${root}/users/?roleId=110`))).toHaveLength(1)
    await enroll(root, id, roles.teacher)
    expect(itemsOf(await tenant.get(`${lp}/enrollments/orgUnits/${root}/users/?roleId=110`))).toHaveLength(0)
    expect((await tenant.remove(`${lp}/users/${id}`)).status).toBe(200)
    expect((await tenant.get(`${lp}/users/${id}`)).status).toBe(404)
  })

  it("have roles of the tenant", async () => {
    expect((await tenant.get(`${lp}/roles/`)).body).toContainEqual(
      expect.objectContaining({ Identifier: "114", DisplayName: "District Administrator", IsCascading: true })
    )
  })
})

describe("enrollments", () => {
  it("are made once, and change their role when made again", async () => {
    const { course } = await makeCourse(tenant)
    const ada = idOf(await make("ada"))
    expect(await enroll(course, ada, roles.student)).toMatchObject({
      status: 200,
      body: { OrgUnitId: course, UserId: ada, RoleId: roles.student, IsCascading: false }
    })
    await enroll(course, ada, roles.teacher)
    expect(itemsOf(await tenant.get(`${lp}/enrollments/orgUnits/${course}/users/`))).toMatchObject([
      { User: { Identifier: String(ada), OrgDefinedId: "id-ada" }, Role: { Id: roles.teacher, Name: "Teacher" } }
    ])
    expect(itemsOf(await tenant.get(`${lp}/enrollments/users/${ada}/orgUnits/?orgUnitTypeId=3`))).toMatchObject([
      { OrgUnit: { Id: course, Code: "Quill_Ada" }, IsCascading: false, EnrolledByUserId: 169 }
    ])
    expect((await enroll(1, ada, roles.student)).status).toBe(404)
    expect((await enroll(course, 1, roles.student)).status).toBe(404)
    expect((await enroll(course, ada, 1)).status).toBe(400)
  })

  it("in sections come after those in the offering, and end with them", async () => {
    const { course, section } = await makeCourse(tenant)
    const ada = idOf(await make("ada"))
    const intoSection = (): Promise<Reply> =>
      tenant.post(`${lp}/${course}/sections/${section}/enrollments/`, { UserId: ada })
    expect((await intoSection()).status).toBe(400)
    expect((await enroll(section, ada, roles.student)).status).toBe(400)
    await enroll(course, ada, roles.student)
    expect((await intoSection()).status).toBe(200)
    expect((await intoSection()).status).toBe(200)
    expect((await tenant.get(`${lp}/${course}/sections/${section}`)).body).toMatchObject({ Enrollments: [ada] })
    expect((await tenant.remove(`${lp}/enrollments/orgUnits/${section}/users/${ada}`)).status).toBe(200)
    expect((await tenant.get(`${lp}/enrollments/orgUnits/${course}/users/${ada}`)).status).toBe(200)
    await intoSection()
    expect((await tenant.remove(`${lp}/enrollments/users/${ada}/orgUnits/${course}`)).body).toMatchObject({
      RoleId: 110
    })
    expect((await tenant.get(`${lp}/${course}/sections/${section}`)).body).toMatchObject({ Enrollments: [] })
    expect((await tenant.remove(`${lp}/enrollments/orgUnits/${course}/users/${ada}`)).status).toBe(404)
    expect((await tenant.remove(`${lp}/enrollments/orgUnits/${root}/users/${ada}`)).status).toBe(403)
  })

  it("enroll by themselves where the offering says so", async () => {
    const { template } = await makeCourse(tenant)
    const course = idOf(await tenant.post(`${lp}/courses/`, offering(template, { Code: "X" })))
    await tenant.put(`${lp}/${course}/sections/`, { ...sectionSettings, AutoEnroll: true })
    await tenant.post(`${lp}/${course}/sections/`, { Name: "X 1", Code: "X", Description: text("") })
    const ada = idOf(await make("ada"))
    await enroll(course, ada, roles.student)
    expect((await tenant.get(`${lp}/${course}/sections/`)).body).toMatchObject([{ Enrollments: [ada] }])
  })

  it("of a cascading role count in everything below", async () => {
    const { school, course } = await makeCourse(tenant)
    const ada = idOf(await make("ada", { RoleId: 117 }))
    await enroll(school, ada, roles.districtAdministrator)
    expect((await tenant.get(`${lp}/enrollments/orgUnits/${course}/users/${ada}`)).body).toMatchObject({
      OrgUnitId: course,
      IsCascading: true
    })
    const rows = itemsOf(await tenant.get(`${lp}/enrollments/users/${ada}/orgUnits/?orgUnitTypeId=2,3`))
    expect(rows).toMatchObject([
      { OrgUnit: { Code: "1200" }, IsCascading: true },
      { OrgUnit: { Code: "Quill_Ada" }, IsCascading: true }
    ])
    expect((await tenant.remove(`${lp}/enrollments/orgUnits/${course}/users/${ada}`)).status).toBe(404)
  })

  it("hide with a recycled org unit and come back with it", async () => {
    const { course } = await makeCourse(tenant)
    const ada = idOf(await make("ada"))
    await enroll(course, ada, roles.student)
    const courses = async (): Promise<number> =>
      itemsOf(await tenant.get(`${lp}/enrollments/users/${ada}/orgUnits/?orgUnitTypeId=3`)).length
    await tenant.post(`${lp}/orgstructure/recyclebin/${course}/recycle`)
    expect(await courses()).toBe(0)
    expect((await enroll(course, ada, roles.student)).status).toBe(404)
    await tenant.post(`${lp}/orgstructure/recyclebin/${course}/restore`)
    expect(await courses()).toBe(1)
  })
})

describe("relationships", () => {
  it("join a guardian and a student, and nobody else", async () => {
    const child = idOf(await make("child"))
    const guardian = idOf(await make("guardian", { RoleId: roles.guardian }))
    const relative = idOf(await make("relative", { RoleId: roles.relative }))
    const pair = (ParentUserId: number): unknown => [{ ParentUserId, ChildUserId: child }]
    const path = "/bfp/1.0/relationships/"
    expect((await tenant.put(path, pair(relative))).status).toBe(400)
    expect((await tenant.put(path, [{ ParentId: guardian, ChildId: child }])).status).toBe(400)
    expect((await tenant.put(path, pair(1))).status).toBe(404)
    expect(
      (
        await tenant.put(
          path,
          Array.from({ length: 1001 }, () => ({ ParentUserId: guardian, ChildUserId: child }))
        )
      ).status
    ).toBe(400)
    for (let time = 0; time < 2; time++) expect((await tenant.put(path, pair(guardian))).status).toBe(200)
    expect((await tenant.get(`${path}${child}`)).body).toEqual(pair(guardian))
    expect((await tenant.remove(path, pair(guardian))).status).toBe(200)
    expect((await tenant.get(`${path}${child}`)).body).toEqual([])
  })

  it("join auditors and auditees by bare numbers", async () => {
    const child = idOf(await make("child"))
    const auditor = idOf(await make("auditor"))
    const path = `/le/1.95/auditing/auditors/${auditor}/auditees/`
    expect((await tenant.post(path, { id: child })).status).toBe(400)
    expect((await tenant.post(path, child)).status).toBe(200)
    expect((await tenant.get(path)).body).toMatchObject([{ Identifier: String(child) }])
    expect((await tenant.get(`/le/1.95/auditing/auditees/${child}`)).body).toMatchObject([
      { Identifier: String(auditor) }
    ])
    expect((await tenant.remove(path, child)).status).toBe(200)
    expect((await tenant.remove(path, child)).status).toBe(404)
  })
})

describe("what stands in the tenant", () => {
  const control = (path: string, init = {}): Promise<Reply> => call(`${sandbox().brightspaceUrl}${path}`, init)
  const byHand = {
    orgUnits: [
      { type: "School", name: "<b>Hollow</b>", code: "0110" },
      { type: "Course Template", name: "English", code: "1200", parents: ["0110"] },
      { type: "Course Offering", name: "English 1", code: "E1", parents: ["1200"] },
      { type: "Section", name: "English 1", code: "E1-1", parents: ["E1"] }
    ],
    users: [
      { orgDefinedId: "77", userName: "bo", firstName: "Bo", lastName: "<script>alert(1)</script>", role: "Teacher" }
    ],
    enrollments: [{ user: "77", orgUnit: "E1", role: "Teacher" }]
  }
  const seed = (body: unknown = byHand): Promise<Reply> => control("/sandbox/seed", { method: "POST", body })

  it("may have been put there by somebody else", async () => {
    expect((await seed()).status).toBe(204)
    const [bo] = (await tenant.get(`${lp}/users/?orgDefinedId=77`)).body as ReadonlyArray<{ UserId: number }>
    expect(itemsOf(await tenant.get(`${lp}/enrollments/users/${bo?.UserId}/orgUnits/?orgUnitTypeId=3`))).toMatchObject([
      { OrgUnit: { Code: "E1" }, EnrolledByUserId: 170 }
    ])
    expect((await seed({ enrollments: [{ user: "nobody", orgUnit: "E1", role: "Teacher" }] })).status).toBe(400)
    expect((await seed({ people: [] })).status).toBe(400)
  })

  it("is told with ids, and without them in a form that two runs share", async () => {
    await seed()
    expect((await control("/sandbox/state")).body).toMatchObject({
      orgUnits: [
        { id: root },
        { code: "0110", parentCodes: ["sandbox"], type: "School" },
        {},
        { code: "E1" },
        { code: "E1-1" }
      ],
      enrollments: expect.arrayContaining([expect.objectContaining({ role: "Teacher", enrolledBy: 170 })]),
      sectionEnrollments: []
    })
    const digest = (await control("/sandbox/state?digest=1")).text
    expect(digest).toContain('"Section|E1/E1-1":{"name":"English 1","parents":["Course Offering|E1"]}')
    expect(digest).toContain('"Course Offering|E1 · 77 · Teacher"')
    expect(digest).not.toMatch(/67\d\d|300\d\d/)
    await control("/sandbox/reset", { method: "POST" })
    await make("someone")
    await tenant.remove(`${lp}/users/30001`)
    await seed()
    expect((await control("/sandbox/state?digest=1")).text).toBe(digest)
  })

  it("is shown on a page where names are text", async () => {
    await seed()
    const page = await control("/")
    expect(page.headers.get("content-type")).toContain("text/html")
    expect(page.text).toContain("&lt;b&gt;Hollow&lt;/b&gt; <code>0110</code>")
    expect(page.text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;, Bo")
    expect(page.text).not.toContain("<script")
    expect(page.text).not.toMatch(/(src|href)="http/)
  })

  it("is logged by route, without ids, queries or names", async () => {
    await seed()
    await tenant.get(`${lp}/users/?orgDefinedId=77`)
    await tenant.get(`${lp}/users/30001`)
    const log = await control("/sandbox/requests?last=2")
    expect(log.body).toMatchObject({ last: [{ route: "/d2l/api/lp/:version/users/", outcome: 200 }, { outcome: 200 }] })
    expect(log.text).not.toMatch(/30001|77|Bo/)
  })
})
