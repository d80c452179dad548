import { afterEach, beforeEach, expect, it } from "vitest"
import { unit, type User } from "./fake-records.ts"
import { type FakeTenant, startTenant } from "./fake-tenant.ts"
import { refused, stands, step, write } from "./writing.ts"

const iris: User = {
  OrgDefinedId: "00123",
  FirstName: "Iris",
  MiddleName: "May",
  LastName: "Hart",
  ExternalEmail: "iris@example.org",
  UserName: "iris.hart",
  IsActive: true,
  Pronouns: "she"
}

let tenant: FakeTenant
beforeEach(async () => {
  tenant = await startTenant()
  tenant.users.set("301", { ...iris })
  tenant.enrollments.set("6606/301", { role: 110, by: 1 })
  tenant.orgUnits.set("60", unit({ name: "1 Algebra", type: 3 }))
  tenant.orgUnits.set("70", unit({ name: "1 Algebra", type: 7, parents: ["60"] }))
})
afterEach(() => tenant.close())

const held = {
  first_name: "Iris",
  middle_name: null,
  last_name: "Hart",
  username: "iris.hart",
  email: "iris@example.org",
  org_defined_id: "00123",
  role: "Student",
  is_active: "true"
}
const fields = { ...held, first_name: "Jo", username: "jo.hart", email: null, org_defined_id: "00124", is_active: null }
const create = step({ resource: "user", action: "create", fields })
const change = step({ resource: "user", action: "update", remoteId: "301", fields: held, before: held })

it("creates a person with the role at the organization, and no mail", async () => {
  const [created] = await write(tenant.connection(), [create])
  const id = created?.remoteId ?? ""
  expect(tenant.users.get(id)).toMatchObject({
    FirstName: "Jo",
    OrgDefinedId: "00124",
    ExternalEmail: null,
    IsActive: true
  })
  expect(tenant.enrollments.get(`6606/${id}`)?.role).toBe(110)
  expect(tenant.calls()).toEqual(["POST /users/"])
})

it("calls a username in use a conflict, and does not repeat the name", async () => {
  const error = await refused(tenant.connection(), { ...create, fields: { ...fields, username: "iris.hart" } })
  expect(error.reason).toBe("Conflict")
  expect(error.message).toBe(
    "brightspace: POST /d2l/api/lp/1.59/users/ (HTTP 400): a name or code is already in use there, or it contradicts what stands"
  )
  expect(error.said).toBe("The username … is already in use.")
})

it("changes a name and keeps what is not ours; sends nothing when nothing differs", async () => {
  const rename = { ...change, fields: { ...held, last_name: "Heart" }, changed: ["last_name"] }
  expect((await write(tenant.connection(), [rename, rename])).map(({ wrote }) => wrote)).toEqual([true, false])
  expect(tenant.users.get("301")).toEqual({ ...iris, LastName: "Heart" })
  expect(tenant.calls()).toEqual(["GET /users/301", "PUT /users/301", "GET /users/301"])
})

it("changes a role by one enrollment in the organization", async () => {
  await write(tenant.connection(), [{ ...change, fields: { ...held, role: "teacher" }, changed: ["role"] }])
  expect(tenant.enrollments.get("6606/301")?.role).toBe(111)
  expect(tenant.calls()).toEqual(["POST /enrollments/"])
})

it("leaves a role that a person gave", async () => {
  tenant.enrollments.set("6606/301", { role: 112, by: 5 })
  const teacher = {
    ...change,
    fields: { ...held, role: "Teacher" },
    changed: ["role"],
    overwrite: { role: "if_ours" as const }
  }
  expect(await write(tenant.connection(), [teacher])).toMatchObject([{ wrote: false, leftAlone: ["role"] }])
  tenant.enrollments.set("6606/301", { role: 110, by: 5 })
  expect(await write(tenant.connection(), [teacher])).toMatchObject([{ wrote: true, leftAlone: [] }])
})

it("names a role that the tenant does not have, and writes nothing", async () => {
  const error = await refused(tenant.connection(), { ...create, fields: { ...fields, role: "Studnt" } })
  expect(error.message).toContain('the tenant has no role "Studnt". did you mean Student?')
  expect(tenant.calls()).toEqual([])
})

it("adopts a person: what is as wanted is not sent, a protected field that differs stays, the role is looked at", async () => {
  const adopt = step({ resource: "user", action: "adopt", remoteId: "301", fields: held })
  expect(await write(tenant.connection(), [adopt])).toEqual([{ remoteId: "301", wrote: false, leftAlone: [] }])
  expect(tenant.calls()).toEqual(["GET /users/301", "GET /enrollments/orgUnits/6606/users/301"])
  const other = {
    ...adopt,
    fields: { ...held, first_name: "Iri", email: "i@example.org", role: "Teacher" },
    // What a plan found there is not what rollbook wrote.
    before: held,
    overwrite: { email: "if_ours" as const }
  }
  expect(await write(tenant.connection(), [other])).toMatchObject([{ wrote: true, leftAlone: ["email"] }])
  expect(tenant.users.get("301")).toEqual({ ...iris, FirstName: "Iri" })
  expect(tenant.enrollments.get("6606/301")?.role).toBe(111)
})

it("deactivates once, and brings back whatever the policy", async () => {
  const away = { ...change, action: "deactivate" as const }
  expect((await write(tenant.connection(), [away, away])).map(({ wrote }) => wrote)).toEqual([true, false])
  expect(tenant.users.get("301")?.IsActive).toBe(false)
  expect(tenant.calls().filter((call) => call.startsWith("PUT"))).toEqual(["PUT /users/301/activation"])
  const back = { ...change, action: "restore" as const, overwrite: { is_active: "never" as const } }
  expect(await write(tenant.connection(), [back])).toMatchObject([{ wrote: true, leftAlone: [] }])
  expect(tenant.users.get("301")).toEqual(iris)
})

it("finds its person again after a lost answer, and not a namesake", async () => {
  tenant.intercept = ({ method }) => (method === "POST" ? "cut" : null)
  expect((await refused(tenant.connection(), create)).reason).toBe("AnswerLost")
  tenant.intercept = null
  expect(await write(tenant.connection(), [create], "reconcile")).toMatchObject([{ wrote: false }])
  expect(tenant.users.size).toBe(2)
  const namesake = { ...create, fields: { ...fields, username: "iris.hart" } }
  await expect(write(tenant.connection(), [namesake], "reconcile")).rejects.toThrow(/in use/)
})

const enroll = step({
  resource: "enrollment",
  action: "create",
  fields: { org_unit: "60", user: "301", role: "Student" }
})

it("enrolls and changes a role with exactly one request", async () => {
  const results = await write(tenant.connection(), [
    enroll,
    {
      ...enroll,
      action: "update",
      remoteId: "60/301",
      fields: { ...enroll.fields, role: "Teacher" },
      changed: ["role"]
    }
  ])
  expect(results.map(({ remoteId }) => remoteId)).toEqual(["60/301", "60/301"])
  expect(tenant.enrollments.get("60/301")?.role).toBe(111)
  expect(tenant.calls()).toEqual(["POST /enrollments/", "POST /enrollments/"])
})

it.each<[string, unknown]>([
  ["nothing", undefined],
  ["an empty object", {}],
  ["another person's enrollment", { OrgUnitId: 60, UserId: 302, RoleId: 110, IsCascading: false }],
  ["another role", { OrgUnitId: 60, UserId: 301, RoleId: 112, IsCascading: false }],
  ["another place", { OrgUnitId: 61, UserId: 301, RoleId: 110, IsCascading: false }]
])("does not believe an enrollment that is answered with %s, unless it stands", async (_, body) => {
  tenant.intercept = ({ method, path }) =>
    method === "POST" && path === "/enrollments/" ? { status: 200, ...(body === undefined ? {} : { body }) } : null
  const error = await refused(tenant.connection(), enroll)
  expect(error).toMatchObject({ reason: "Malformed", status: 200 })
  expect(error.message).toContain("POST /d2l/api/lp/1.59/enrollments/")
  tenant.enrollments.set("60/301", { role: 110, by: 1 })
  expect((await write(tenant.connection(), [enroll]))[0]).toMatchObject({ wrote: true, isProven: true })
})

it("does not believe a person who was made without an id", async () => {
  tenant.intercept = ({ method, path }) =>
    method === "POST" && path === "/users/"
      ? { status: 200, body: { ...iris, UserId: "", Activation: { IsActive: true } } }
      : null
  expect((await refused(tenant.connection(), create)).reason).toBe("AnswerLost")
})

it("reads back what no answer proves", async () => {
  const rename = { ...change, fields: { ...held, last_name: "Heart" }, changed: ["last_name"] }
  const away = step({ resource: "user", action: "deactivate", remoteId: "301", fields: held, before: held })
  const left = step({ resource: "enrollment", action: "unenroll", remoteId: "60/301", fields: { role: "Student" } })
  const inSection = step({ resource: "section_enrollment", action: "create", fields: { section: "70", user: "301" } })
  const looked = async () => [
    await stands(tenant.connection(), rename, "301"),
    await stands(tenant.connection(), away, "301"),
    await stands(tenant.connection(), left, "60/301"),
    await stands(tenant.connection(), inSection, "70/301")
  ]
  tenant.enrollments.set("60/301", { role: 110, by: 1 })
  expect(await looked()).toEqual([false, false, false, false])
  tenant.users.set("301", { ...iris, LastName: "Heart", IsActive: false })
  tenant.enrollments.delete("60/301")
  tenant.enrollments.set("70/301", { role: 110, by: 1 })
  expect(await looked()).toEqual([true, true, true, true])
  tenant.intercept = ({ path }) => (path === "/versions/" ? null : { status: 403 })
  expect(await looked()).toEqual([null, null, null, null])
})

it("reads back who left a section, which shows its own people apart from those above", async () => {
  const left = step({ resource: "section_enrollment", action: "unenroll", remoteId: "70/301", fields: {} })
  let people: ReadonlyArray<number> | undefined = [301, 302]
  tenant.intercept = ({ path }) =>
    path === "/60/sections/70" ? { status: 200, body: { SectionId: 70, Enrollments: people } } : null
  // The place above shows in the section as well.
  tenant.enrollments.set("70/301", { role: 110, by: 1 })
  expect(await stands(tenant.connection(), left, "70/301")).toBe(false)
  people = [302]
  expect(await stands(tenant.connection(), left, "70/301")).toBe(true)
  people = undefined
  expect(await stands(tenant.connection(), left, "70/301")).toBeNull()
})

it.each([
  ["bfp", "/relationships/401", (child: number) => ({ ParentUserId: 401, ChildUserId: child })],
  ["auditor", "/auditing/auditors/401/auditees/", (child: number) => ({ Identifier: String(child) })]
] as const)("reads a relationship back by the route %s, as far as the tenant shows any", async (name, route, one) => {
  const relate = step({ resource: "parent_relationship", action: "create", fields: { parent: "401", student: "301" } })
  const remove = { ...relate, action: "delete" as const, remoteId: "401/301" }
  const connection = tenant.connection({
    relationships: { route: name, parentField: "ParentUserId", childField: "ChildUserId" }
  })
  const looked = async (listed: ReadonlyArray<unknown>) => {
    tenant.intercept = ({ path }) => (path === route ? { status: 200, body: listed } : null)
    return [await stands(connection, relate, "401/301"), await stands(connection, remove, "401/301")]
  }
  expect(await looked([one(301), one(302)])).toEqual([true, false])
  expect(await looked([one(302)])).toEqual([false, true])
  // Nothing to be seen, and fields of other names, say nothing.
  expect(await looked([])).toEqual([null, null])
  expect(await looked([{ Parent: 401, Child: 302 }])).toEqual([null, null])
})

it("takes a refused second enrollment with the same role for the one wanted", async () => {
  tenant.enrollments.set("60/301", { role: 110, by: 1 })
  tenant.intercept = ({ method }) => (method === "POST" ? { status: 409, body: {} } : null)
  expect(await write(tenant.connection(), [enroll])).toMatchObject([{ remoteId: "60/301", wrote: false }])
  const teacher = { ...enroll, fields: { ...enroll.fields, role: "Teacher" } }
  expect((await refused(tenant.connection(), teacher)).reason).toBe("Conflict")
})

const leave = { ...enroll, action: "unenroll" as const, remoteId: "60/301" }

it("ends an enrollment of its own, and finds it ended the second time", async () => {
  for (const other of ["61", "62", "63"]) tenant.enrollments.set(`${other}/301`, { role: 110, by: 5 })
  tenant.enrollments.set("60/301", { role: 110, by: 1 })
  expect((await write(tenant.connection(), [leave, leave])).map(({ wrote }) => wrote)).toEqual([true, false])
  expect(tenant.enrollments.has("60/301")).toBe(false)
})

it("leaves an enrollment that a person made, and ends one of which the tenant does not say who made it", async () => {
  // It stands on the second page of the person's enrollments.
  for (const other of ["61", "62"]) tenant.enrollments.set(`${other}/301`, { role: 110, by: 1 })
  tenant.enrollments.set("60/301", { role: 110, by: 5 })
  expect(await write(tenant.connection(), [leave])).toMatchObject([{ wrote: false, leftAlone: ["enrolled by hand"] }])
  expect(tenant.enrollments.has("60/301")).toBe(true)
  tenant.enrollments.set("60/301", { role: 110, by: null })
  expect(await write(tenant.connection(), [leave])).toMatchObject([{ wrote: true }])
})

it("enrolls in a section through the offering that its enrollment names, and leaves it as an org unit", async () => {
  const inSection = step({
    resource: "section_enrollment",
    action: "create",
    fields: { section: "70", user: "301", enrollment: "60/301" }
  })
  expect((await refused(tenant.connection(), inSection)).reason).toBe("Invalid")
  tenant.forget()
  const [, entered, left] = await write(tenant.connection(), [
    enroll,
    inSection,
    { ...inSection, action: "unenroll", remoteId: "70/301" }
  ])
  expect(entered).toMatchObject({ remoteId: "70/301", wrote: true })
  expect(left?.wrote).toBe(true)
  expect(tenant.calls().slice(0, 2)).toEqual(["POST /enrollments/", "POST /60/sections/70/enrollments/"])
  expect(tenant.enrollments.has("70/301")).toBe(false)
  expect(tenant.enrollments.has("60/301")).toBe(true)
})

it("writes a relationship by the chosen route, or refuses where they are off", async () => {
  const relate = step({ resource: "parent_relationship", action: "create", fields: { parent: "401", student: "301" } })
  const remove = { ...relate, action: "delete" as const, remoteId: "401/301" }
  const route = (name: "bfp" | "auditor" | "off") =>
    tenant.connection({ relationships: { route: name, parentField: "ParentUserId", childField: "ChildUserId" } })
  for (const [name, path] of [
    ["bfp", "PUT /relationships/"],
    ["auditor", "POST /auditing/auditors/401/auditees/"]
  ] as const) {
    tenant.forget()
    expect(await write(route(name), [relate])).toMatchObject([{ remoteId: "401/301", wrote: true }])
    expect([...tenant.relationships]).toEqual(["401/301"])
    expect(tenant.calls()).toEqual([path])
    expect(await write(route(name), [remove])).toMatchObject([{ wrote: true }])
    expect([...tenant.relationships]).toEqual([])
  }
  tenant.forget()
  for (const one of [relate, remove]) expect((await refused(route("off"), one)).reason).toBe("Unsupported")
  expect(tenant.calls()).toEqual([])
})

it("refuses what Brightspace has no way to do", async () => {
  expect((await refused(tenant.connection(), { ...change, action: "delete" })).reason).toBe("Unsupported")
  expect((await refused(tenant.connection(), { ...enroll, resource: "line_item" })).reason).toBe("Unsupported")
})
