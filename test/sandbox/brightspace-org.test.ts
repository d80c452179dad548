import { beforeEach, describe, expect, it } from "vitest"
import {
  idOf,
  makeCourse,
  offering,
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
const unit = (more: Record<string, unknown> = {}): Promise<Reply> =>
  tenant.post(`${lp}/orgstructure/`, {
    Type: 102,
    Name: "Cedar Hollow High School",
    Code: "0110",
    Parents: [root],
    ...more
  })
const codesOf = (reply: Reply): ReadonlyArray<unknown> => {
  const body = reply.body as ReadonlyArray<Record<string, unknown>> | { Items: ReadonlyArray<Record<string, unknown>> }
  return ("Items" in body ? body.Items : body).map((one) => one["Code"])
}
const without = (body: Record<string, unknown>, name: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(body).filter(([key]) => key !== name))

describe("org units", () => {
  it("know the organization and its types", async () => {
    expect((await tenant.get(`${lp}/organization/info`)).body).toEqual({
      Identifier: "6606",
      Name: "Sandbox Academy",
      TimeZone: "America/Chicago"
    })
    expect((await tenant.get(`${lp}/outypes/semester`)).body).toMatchObject({ Id: 5, Name: "Semester" })
    const made = await tenant.post(`${lp}/outypes/`, { Code: "Campus", Name: "Campus", Description: "", SortOrder: 1 })
    expect(made.body).toMatchObject({ Id: 104, Permissions: { CanEdit: true } })
    const renamed = { Code: "Campus", Name: "Site", Description: "", SortOrder: 1 }
    expect((await tenant.post(`${lp}/outypes/104`, renamed)).body).toMatchObject({ Name: "Site" })
    expect((await tenant.post(`${lp}/outypes/3`, renamed)).status).toBe(403)
  })

  it("are found by parts of code and name, and by the whole", async () => {
    await unit()
    await unit({ Name: "Annex", Code: "0110-A", Type: 101 })
    const find = async (query: string): Promise<ReadonlyArray<unknown>> =>
      codesOf(await tenant.get(`${lp}/orgstructure/?${query}`))
    expect(await find("orgUnitCode=0110")).toEqual(["0110", "0110-A"])
    expect(await find("exactOrgUnitCode=0110")).toEqual(["0110"])
    expect(await find("orgUnitName=annex")).toEqual(["0110-A"])
    expect(await find("exactOrgUnitName=annex")).toEqual([])
    expect(await find("orgUnitType=102&orgUnitCode=0110")).toEqual(["0110"])
  })

  it.each<readonly [string, Record<string, unknown>]>([
    ["an empty name", { Name: " " }],
    ["a name that is too long", { Name: "x".repeat(129) }],
    ["an empty code", { Code: "" }],
    ["a code that is too long", { Code: "x".repeat(51) }],
    ...[..."\\:*?\"<>|'#,%&"].map((mark) => [`a code with ${mark}`, { Code: `a${mark}b` }] as const),
    ["a type of which offerings are made", { Type: 3 }],
    ["a type that does not exist", { Type: 999 }],
    ["parents that are text", { Parents: [String(root)] }]
  ])("are not made with %s", async (_, more) => {
    const reply = await unit(more)
    expect(reply.status).toBe(400)
    expect(reply.headers.get("content-type")).toContain("application/problem+json")
  })

  it("share no code within a type, and stand under what is there", async () => {
    await unit()
    const second = await unit({ Name: "Another" })
    expect([second.status, second.text.includes("in use")]).toEqual([400, true])
    expect((await unit({ Type: 101 })).status).toBe(200)
    expect((await unit({ Code: "0120", Parents: [1] })).status).toBe(404)
  })

  it("are renamed only with their path", async () => {
    const id = idOf(await unit())
    const before = (await tenant.get(`${lp}/orgstructure/${id}`)).body as Record<string, unknown>
    const renamed = { ...before, Name: "Renamed", Code: "0111" }
    const refused = await tenant.put(`${lp}/orgstructure/${id}`, without(renamed, "Path"))
    expect([refused.status, refused.text.includes("Path is missing")]).toEqual([400, true])
    expect((await tenant.put(`${lp}/orgstructure/${id}`, renamed)).body).toMatchObject({
      Name: "Renamed",
      Code: "0111"
    })
    expect(codesOf(await tenant.get(`${lp}/orgstructure/?exactOrgUnitCode=0110`))).toEqual([])
  })

  it("move in the tree by bare numbers, never under themselves", async () => {
    const district = idOf(await unit({ Type: 101, Code: "4711" }))
    const school = idOf(await unit())
    expect((await tenant.post(`${lp}/orgstructure/${school}/parents/`, district)).status).toBe(200)
    expect((await tenant.remove(`${lp}/orgstructure/${school}/parents/${root}`)).status).toBe(200)
    expect((await tenant.remove(`${lp}/orgstructure/${school}/parents/${root}`)).status).toBe(404)
    expect(codesOf(await tenant.get(`${lp}/orgstructure/${district}/children/`))).toEqual(["0110"])
    expect(codesOf(await tenant.get(`${lp}/orgstructure/${school}/ancestors/`))).toEqual(["sandbox", "4711"])
    expect(codesOf(await tenant.get(`${lp}/orgstructure/${root}/descendants/paged/?ouTypeId=102`))).toEqual(["0110"])
    expect((await tenant.post(`${lp}/orgstructure/${school}/children/`, district)).status).toBe(400)
    expect((await tenant.post(`${lp}/orgstructure/${school}/children/`, { id: district })).status).toBe(400)
    await tenant.remove(`${lp}/orgstructure/${district}/children/${school}`)
    expect(codesOf(await tenant.get(`${lp}/orgstructure/orphans/`))).toEqual(["0110"])
  })

  it("come in pages that a bookmark continues", async () => {
    for (const code of ["a", "b", "c"]) await unit({ Code: code })
    await fetch(`${sandbox().brightspaceUrl}/sandbox/settings`, {
      method: "PUT",
      body: JSON.stringify({ pageSize: 2 })
    })
    const first = (await tenant.get(`${lp}/orgstructure/?orgUnitType=102`)).body as {
      PagingInfo: { Bookmark: string; HasMoreItems: boolean }
    }
    expect(first.PagingInfo.HasMoreItems).toBe(true)
    const second = await tenant.get(`${lp}/orgstructure/?orgUnitType=102&bookmark=${first.PagingInfo.Bookmark}`)
    expect(codesOf(second)).toEqual(["c"])
    expect(second.body).toMatchObject({ PagingInfo: { HasMoreItems: false } })
  })

  it("vanish into the recycle bin with their sections, and come back", async () => {
    const { course, section } = await makeCourse(tenant)
    const bin = `${lp}/orgstructure/recyclebin`
    expect((await tenant.post(`${bin}/${course}/recycle`)).status).toBe(200)
    for (const path of [`courses/${course}`, `orgstructure/${course}`, `orgstructure/${section}`]) {
      expect((await tenant.get(`${lp}/${path}`)).status, path).toBe(404)
    }
    expect(codesOf(await tenant.get(`${bin}/`))).toEqual(["Quill_Ada"])
    expect((await tenant.post(`${bin}/${course}/restore`)).status).toBe(200)
    expect((await tenant.get(`${lp}/orgstructure/${section}`)).status).toBe(200)
    expect((await tenant.post(`${bin}/${course}/restore`)).status).toBe(404)
    await tenant.post(`${bin}/${course}/recycle`)
    expect((await tenant.remove(`${bin}/${course}`)).status).toBe(200)
    expect((await tenant.post(`${bin}/${course}/restore`)).status).toBe(404)
    expect((await tenant.post(`${bin}/${root}/recycle`)).status).toBe(403)
  })
})

describe("course offerings", () => {
  it.each([
    [
      "1.46",
      [
        "Name",
        "Code",
        "Path",
        "CourseTemplateId",
        "SemesterId",
        "StartDate",
        "EndDate",
        "Description",
        "CanSelfRegister"
      ],
      ["LocaleId", "IsActive"]
    ],
    ["1.54", ["LocaleId", "ForceLocale", "ShowAddressBook"], ["IsActive"]],
    ["1.59", ["LocaleId", "IsActive"], []]
  ])("of lp %s demand their fields", async (version, demanded, optional) => {
    const { template } = await makeCourse(tenant)
    const body = offering(template, { Code: "X" })
    for (const name of demanded) {
      const reply = await tenant.post(`/lp/${version}/courses/`, without(body, name))
      expect([reply.status, reply.text.includes(`${name} is missing`)], name).toEqual([400, true])
    }
    for (const [index, name] of optional.entries()) {
      expect(
        (await tenant.post(`/lp/${version}/courses/`, without({ ...body, Code: `X${index}` }, name))).status,
        name
      ).toBe(200)
    }
  })

  it("carry their template and semester, which only the tree changes", async () => {
    const { template } = await makeCourse(tenant)
    const semester = idOf(await unit({ Type: 5, Name: "Semester 1", Code: "S1" }))
    const made = await tenant.post(`${lp}/courses/`, offering(template, { Code: "X", SemesterId: semester }))
    expect(made.body).toMatchObject({
      CourseTemplate: { Identifier: String(template), Code: "1200" },
      Semester: { Identifier: String(semester), Name: "Semester 1" },
      Department: null
    })
    const id = idOf(made)
    const changed = { ...offering(template), Code: "Y", IsActive: false, StartDate: "2026-08-01T05:00:00.000Z" }
    expect((await tenant.put(`${lp}/courses/${id}`, changed)).status).toBe(200)
    await tenant.remove(`${lp}/orgstructure/${id}/parents/${semester}`)
    expect((await tenant.get(`${lp}/courses/${id}`)).body).toMatchObject({
      Code: "Y",
      IsActive: false,
      StartDate: "2026-08-01T05:00:00.000Z",
      Semester: null
    })
    expect((await tenant.put(`${lp}/courses/${id}`, without(changed, "ForceLocale"))).status).toBe(400)
  })

  it.each([
    ["a template that is none", { CourseTemplateId: root }, 400],
    ["a semester that is none", { SemesterId: root }, 400],
    ["a date without milliseconds", { StartDate: "2026-08-01T05:00:00Z" }, 400],
    ["a description that is plain text", { Description: "none" }, 400],
    ["a code in use", { Code: "Quill_Ada" }, 409],
    ["a forbidden character", { Code: "O'Neil_Maeve" }, 400]
  ])("are not made with %s", async (_, more, status) => {
    const { template } = await makeCourse(tenant)
    const reply = await tenant.post(`${lp}/courses/`, offering(template, { Code: "X", ...more }))
    expect([reply.status, reply.headers.get("content-type")]).toEqual([status, expect.stringContaining("problem+json")])
  })

  it("go for good, and templates only when they have none", async () => {
    const { template, course, section } = await makeCourse(tenant)
    expect((await tenant.remove(`${lp}/coursetemplates/${template}`)).status).toBe(400)
    expect((await tenant.remove(`${lp}/courses/${course}`)).status).toBe(200)
    expect((await tenant.get(`${lp}/orgstructure/${section}`)).status).toBe(404)
    const gone = await tenant.get(`${lp}/courses/${course}`)
    expect([gone.status, gone.text.includes("<h1>Errors:</h1>")]).toEqual([404, true])
    expect((await tenant.put(`${lp}/coursetemplates/${template}`, { Name: "English", Code: "1201" })).status).toBe(200)
    expect((await tenant.get(`${lp}/coursetemplates/${template}`)).body).toMatchObject({
      Name: "English",
      Code: "1201"
    })
    expect((await tenant.remove(`${lp}/coursetemplates/${template}`)).status).toBe(200)
  })
})

describe("sections", () => {
  it("are set up before they are made", async () => {
    const { template } = await makeCourse(tenant)
    const course = idOf(await tenant.post(`${lp}/courses/`, offering(template, { Code: "X" })))
    const info = { Name: "X 1", Code: "X", Description: text("") }
    for (const reply of [
      await tenant.get(`${lp}/${course}/sections/settings`),
      await tenant.get(`${lp}/${course}/sections/`),
      await tenant.post(`${lp}/${course}/sections/`, info)
    ]) {
      expect(reply).toMatchObject({ status: 404, body: { Errors: [{ Message: "Sections have not been set up." }] } })
    }
    expect((await tenant.put(`${lp}/${course}/sections/`, without(sectionSettings, "AutoEnroll"))).status).toBe(400)
    expect((await tenant.put(`${lp}/${course}/sections/`, sectionSettings)).status).toBe(200)
    expect((await tenant.get(`${lp}/${course}/sections/settings`)).body).toEqual(sectionSettings)
    const made = await tenant.post(`${lp}/${course}/sections/`, info)
    expect(made.body).toEqual({
      SectionId: idOf(made),
      Name: "X 1",
      Code: "X",
      Description: { Text: "", Html: null },
      Enrollments: []
    })
    expect((await tenant.post(`${lp}/${course}/sections/`, info)).status).toBe(409)
    const renamed = await tenant.put(`${lp}/${course}/sections/${idOf(made)}`, { ...info, Name: "X 2" })
    expect(renamed.body).toMatchObject({ Name: "X 2" })
    expect((await tenant.get(`${lp}/${course}/sections/`)).body).toHaveLength(1)
    expect((await tenant.remove(`${lp}/${course}/sections/${idOf(made)}`)).status).toBe(200)
    expect((await tenant.get(`${lp}/${course}/sections/${idOf(made)}`)).status).toBe(404)
  })

  it("may carry the code of their offering, and that of a section elsewhere only where a tenant lets them", async () => {
    const { template, course } = await makeCourse(tenant)
    const other = idOf(await tenant.post(`${lp}/courses/`, offering(template, { Code: "X" })))
    await tenant.put(`${lp}/${other}/sections/`, sectionSettings)
    const info = { Name: "same", Code: "Quill_Ada", Description: text("") }
    expect((await tenant.post(`${lp}/${other}/sections/`, info)).status).toBe(409)
    await fetch(`${sandbox().brightspaceUrl}/sandbox/settings`, {
      method: "PUT",
      body: JSON.stringify({ uniqueSectionCodes: false })
    })
    expect((await tenant.post(`${lp}/${other}/sections/`, info)).status).toBe(200)
    expect((await tenant.get(`${lp}/${course}/sections/`)).body).toMatchObject([{ Code: "Quill_Ada" }])
  })
})
