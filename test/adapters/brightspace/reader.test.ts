import * as Effect from "effect/Effect"
import { afterEach, beforeEach, expect, it } from "vitest"
import { readerLayer } from "../../../src/adapters/brightspace/reader.ts"
import { type FindRequest, TargetReader } from "../../../src/core/ports/target.ts"
import { unit } from "./fake-records.ts"
import { type FakeTenant, startTenant } from "./fake-tenant.ts"

let tenant: FakeTenant
beforeEach(async () => {
  tenant = await startTenant()
  for (const [id, name] of [
    ["301", "iris"],
    ["302", "jo"],
    ["303", "kim"]
  ] as const) {
    tenant.users.set(id, {
      OrgDefinedId: `0${id}`,
      FirstName: name,
      MiddleName: null,
      LastName: "Hart",
      ExternalEmail: null,
      UserName: name,
      IsActive: id !== "303",
      Pronouns: null
    })
    tenant.orgUnits.set(id, unit({ name, code: name.toUpperCase(), type: 101 }))
  }
})
afterEach(() => tenant.close())

const find = (request: Partial<FindRequest>) =>
  Effect.runPromise(
    Effect.flatMap(TargetReader, (reader) =>
      reader.find({ resource: "user", type: null, matchBy: [], wanted: [], ...request })
    ).pipe(Effect.provide(readerLayer(tenant.connection(), "America/Chicago")))
  )

it("describes the tenant: versions, root, time zone, roles with their reach, org unit types", async () => {
  const description = await Effect.runPromise(
    Effect.flatMap(TargetReader, (reader) => reader.describe).pipe(
      Effect.provide(readerLayer(tenant.connection(), "America/Chicago"))
    )
  )
  expect(description).toMatchObject({
    versions: { lp: "1.59", bfp: "1.0" },
    rootOrgUnitId: "6606",
    timezone: "America/Chicago"
  })
  expect(description.roles.filter(({ isCascading }) => isCascading)).toEqual([
    { id: "112", name: "District Administrator", code: "admin", isCascading: true }
  ])
  expect(description.orgUnitTypes).toContainEqual({ id: "101", code: "school", name: "School" })
})

it("looks few people up one by one, in both shapes of the answer, and gives each once", async () => {
  const people = await find({
    matchBy: ["org_defined_id", "username"],
    wanted: [
      { org_defined_id: "0301", username: "iris" },
      { org_defined_id: "0999", username: "Jo" },
      { org_defined_id: null, username: "nobody" }
    ]
  })
  expect(people.map(({ remoteId }) => remoteId)).toEqual(["301", "302"])
  expect(people[0]?.fields).toEqual({
    first_name: "iris",
    middle_name: null,
    last_name: "Hart",
    username: "iris",
    email: null,
    org_defined_id: "0301",
    is_active: "true"
  })
  expect(tenant.calls().every((call) => call.includes("?"))).toBe(true)
})

it("lists all people, page by page, when many are wanted or none is named", async () => {
  expect((await find({})).map(({ fields }) => fields["is_active"])).toEqual(["true", "true", "false"])
  expect(tenant.calls()).toEqual(["GET /users/", "GET /users/?bookmark=2"])
  tenant.forget()
  const wanted = Array.from({ length: 201 }, (_, index) => ({ username: `u${index}` }))
  await find({ matchBy: ["username"], wanted })
  expect(tenant.calls()).toHaveLength(2)
})

it("looks org units up by exact code or name within their type", async () => {
  const request = { resource: "org_unit", type: "school", matchBy: ["code", "name"] }
  expect(await find({ ...request, wanted: [{ code: "JO", name: "x" }] })).toEqual([
    { remoteId: "302", fields: { name: "jo", code: "JO" } }
  ])
  expect(tenant.calls()).toEqual([
    "GET /orgstructure/?orgUnitType=101&exactOrgUnitCode=JO",
    "GET /orgstructure/?orgUnitType=101&exactOrgUnitName=x"
  ])
  expect(await find({ ...request, wanted: [] })).toHaveLength(3)
  expect(await find({ resource: "course_offering", matchBy: ["code"], wanted: [{ code: "JO" }] })).toEqual([])
})

it("places offerings in their template and semester, and looks for sections in the offerings named alone", async () => {
  tenant.orgUnits.set("51", unit({ name: "English", type: 2 }))
  tenant.orgUnits.set("52", unit({ name: "Fall", type: 5 }))
  tenant.orgUnits.set("61", unit({ name: "English 1", code: "Hart_Iris", type: 3, parents: ["51", "52"] }))
  tenant.orgUnits.set("62", unit({ name: "Chess", type: 3, parents: ["51"] }))
  tenant.orgUnits.set("71", unit({ name: "English 1", code: "Hart_Iris", type: 7, parents: ["61"] }))
  const within = { matchBy: ["name", "code"], within: ["semester", "template"] }
  const offerings = await find({
    resource: "course_offering",
    ...within,
    wanted: [
      { name: "English 1", code: "x", semester: "52", template: "51" },
      { name: "y", code: "Chess", semester: null, template: null }
    ]
  })
  expect(offerings).toEqual([
    { remoteId: "61", fields: { name: "English 1", code: "Hart_Iris", template: "51", semester: "52" } },
    { remoteId: "62", fields: { name: "Chess", code: "Chess", template: "51", semester: null } }
  ])
  // Of a long list only those are read one by one that could be meant.
  tenant.forget()
  const many = Array.from({ length: 201 }, (_, index) => ({ name: `u${index}`, code: "chess" }))
  expect((await find({ resource: "course_offering", ...within, wanted: many })).map((one) => one.remoteId)).toEqual([
    "62"
  ])
  expect(tenant.calls().filter((call) => call.startsWith("GET /courses/"))).toEqual(["GET /courses/62"])
  tenant.forget()
  tenant.sectionsSetUp.set("61", {})
  const sections = await find({
    resource: "section",
    matchBy: ["name", "code"],
    within: ["offering"],
    wanted: [{ offering: "61" }, { offering: "61" }, { offering: "62" }, { offering: null }]
  })
  expect(sections).toEqual([{ remoteId: "71", fields: { name: "English 1", code: "Hart_Iris", offering: "61" } }])
  expect(tenant.calls()).toEqual(["GET /61/sections/", "GET /62/sections/"])
})

it("stops at a listing that goes round in circles", async () => {
  tenant.intercept = ({ path }) =>
    path === "/users/" ? { status: 200, body: { PagingInfo: { Bookmark: "7", HasMoreItems: true }, Items: [] } } : null
  await expect(find({})).rejects.toThrow(/read already/)
})
