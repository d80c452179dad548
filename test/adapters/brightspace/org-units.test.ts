import { afterEach, beforeEach, expect, it } from "vitest"
import { problem } from "./fake-answers.ts"
import { unit } from "./fake-records.ts"
import { type FakeTenant, startTenant } from "./fake-tenant.ts"
import { refused, stands, step, write } from "./writing.ts"

let tenant: FakeTenant
beforeEach(async () => {
  tenant = await startTenant()
  tenant.orgUnits.set("10", unit({ name: "Oak District", code: "D1", type: 102 }))
  tenant.orgUnits.set("20", unit({ name: "Elm School", code: "S1", type: 101, parents: ["10"] }))
  tenant.orgUnits.set("21", unit({ name: "Ash School", code: "S2", type: 101, parents: ["10"] }))
  tenant.orgUnits.set("30", unit({ name: "Algebra", code: "ALG", type: 2, parents: ["20"] }))
})
afterEach(() => tenant.close())

const school = step({
  resource: "org_unit",
  type: "School",
  action: "create",
  fields: { name: "Fir School", code: "S3", parent: "10" }
})

it("creates an org unit of a named type under its parent, and under the organization where it has none", async () => {
  const [one, other] = await write(tenant.connection(), [
    school,
    step({ ...school, type: "semester", fields: { name: "Fall", code: "F26", parent: null } })
  ])
  expect(tenant.orgUnits.get(one?.remoteId ?? "")).toMatchObject({ name: "Fir School", type: 101, parents: ["10"] })
  expect(tenant.orgUnits.get(other?.remoteId ?? "")).toMatchObject({ name: "Fall", type: 5, parents: ["6606"] })
  expect(one?.wrote).toBe(true)
})

it("names a type that the tenant does not have, and writes nothing", async () => {
  const error = await refused(tenant.connection(), { ...school, type: "Scool" })
  expect(error.reason).toBe("Misconfigured")
  expect(error.message).toContain('the tenant has no org unit type "Scool". did you mean School?')
  expect(tenant.calls()).toEqual([])
})

it("reads back from the recycle bin what was put into it, where the bin shows anything", async () => {
  const gone = step({ resource: "org_unit", action: "delete", remoteId: "50", fields: {} })
  let bin: ReadonlyArray<string> = ["50"]
  let isThere = true
  tenant.intercept = ({ path }) =>
    path === "/orgstructure/recyclebin/"
      ? {
          status: 200,
          body: {
            PagingInfo: { Bookmark: null, HasMoreItems: false },
            Items: bin.map((id) => ({ Identifier: id, Name: "", Code: "" }))
          }
        }
      : path === "/orgstructure/50"
        ? isThere
          ? {
              status: 200,
              body: { Identifier: "50", Name: "", Code: "", Path: "/", Type: { Id: 3, Code: "", Name: "" } }
            }
          : { status: 404 }
        : null
  const looked = () => stands(tenant.connection(), gone, "50")
  expect(await looked()).toBe(true)
  bin = ["51"]
  expect(await looked()).toBe(false)
  isThere = false
  expect(await looked()).toBe(true)
  bin = []
  expect(await looked()).toBeNull()
})

it("renames with the path it read, and sends nothing when the tenant stands as wanted", async () => {
  const rename = step({
    ...school,
    action: "update",
    remoteId: "20",
    fields: { name: "Elm Academy", code: "S1", parent: "10" },
    before: { name: "Elm School", code: "S1", parent: "10" },
    changed: ["name"]
  })
  const results = await write(tenant.connection(), [rename, rename])
  expect(results.map(({ wrote }) => wrote)).toEqual([true, false])
  expect(tenant.orgUnits.get("20")).toMatchObject({ name: "Elm Academy", path: "/content/Elm School/" })
  expect(tenant.calls()).toEqual(["GET /orgstructure/20", "PUT /orgstructure/20", "GET /orgstructure/20"])
})

it("leaves alone what a policy protects, and says which", async () => {
  const byHand = { name: "Elm by hand", code: "S1" }
  Object.assign(tenant.orgUnits.get("20") ?? {}, byHand)
  const update = step({
    ...school,
    action: "update",
    remoteId: "20",
    fields: { name: "Elm Academy", code: "S1b", parent: "10" },
    before: { name: "Elm School", code: "S1", parent: "10" },
    changed: ["name", "code"],
    overwrite: { name: "if_ours", code: "if_ours" }
  })
  expect(await write(tenant.connection(), [update])).toMatchObject([{ wrote: true, leftAlone: ["name"] }])
  expect(tenant.orgUnits.get("20")).toMatchObject({ name: "Elm by hand", code: "S1b" })
  const never = { ...update, overwrite: { name: "never" as const } }
  expect(await write(tenant.connection(), [never])).toMatchObject([{ wrote: false, leftAlone: ["name"] }])
})

it("moves a template by adding the new school before it takes the old one away, and leaves other parents", async () => {
  tenant.orgUnits.set("40", unit({ name: "Maths", type: 104 }))
  Object.assign(tenant.orgUnits.get("30") ?? {}, { parents: ["20", "40"] })
  const move = step({
    resource: "course_template",
    action: "update",
    remoteId: "30",
    fields: { name: "Algebra", code: "ALG", parent: "21" },
    before: { name: "Algebra", code: "ALG", parent: null },
    changed: ["parent"]
  })
  expect(await write(tenant.connection(), [move])).toMatchObject([{ wrote: true }])
  expect(tenant.orgUnits.get("30")?.parents).toEqual(["40", "21"])
  expect(tenant.calls()).toEqual([
    "GET /orgstructure/30/parents/",
    "POST /orgstructure/30/parents/",
    "GET /orgstructure/21",
    "DELETE /orgstructure/30/parents/20"
  ])
})

it("adopts an org unit: under the wanted parent already, its other parents stay; elsewhere, it moves", async () => {
  const adopt = step({
    ...school,
    action: "adopt",
    remoteId: "20",
    fields: { name: "Elm School", code: "S1", parent: "10" }
  })
  Object.assign(tenant.orgUnits.get("20") ?? {}, { parents: ["6606", "10"] })
  Object.assign(tenant.orgUnits.get("21") ?? {}, { parents: ["6606"] })
  const results = await write(tenant.connection(), [
    adopt,
    { ...adopt, remoteId: "21", fields: { name: "Ash School", code: "S2", parent: "10" } }
  ])
  expect(results.map(({ wrote }) => wrote)).toEqual([false, true])
  expect(tenant.orgUnits.get("20")?.parents).toEqual(["6606", "10"])
  expect(tenant.orgUnits.get("21")?.parents).toEqual(["10"])
})

it("recycles, finds it gone the second time, and restores it with its new name", async () => {
  const gone = step({
    ...school,
    action: "delete",
    remoteId: "20",
    fields: { name: "Elm School", code: "S1", parent: "10" }
  })
  expect((await write(tenant.connection(), [gone, gone])).map(({ wrote }) => wrote)).toEqual([true, false])
  expect(tenant.orgUnits.get("20")?.recycled).toBe(true)
  const back = { ...gone, action: "restore" as const, fields: { ...gone.fields, name: "Elm again" } }
  expect(await write(tenant.connection(), [back, back])).toMatchObject([{ wrote: true }, { wrote: false }])
  expect(tenant.orgUnits.get("20")).toMatchObject({ name: "Elm again", recycled: false })
})

it("creates, renames and recycles templates", async () => {
  const fields = { name: "Biology", code: "BIO", parent: "20" }
  const [created] = await write(tenant.connection(), [step({ resource: "course_template", action: "create", fields })])
  const remoteId = created?.remoteId ?? ""
  expect(tenant.orgUnits.get(remoteId)).toMatchObject({ name: "Biology", type: 2, parents: ["20"] })
  const rename = step({
    resource: "course_template",
    action: "update",
    remoteId,
    fields: { ...fields, name: "Biology 1" },
    before: fields,
    changed: ["name"]
  })
  const results = await write(tenant.connection(), [rename, rename, { ...rename, action: "delete" }])
  expect(results.map(({ wrote }) => wrote)).toEqual([true, false, true])
  expect(tenant.orgUnits.get(remoteId)).toMatchObject({ name: "Biology 1", recycled: true })
  expect(tenant.calls().filter((call) => call.startsWith("PUT"))).toHaveLength(1)
})

it("says that a record to be changed is gone", async () => {
  const error = await refused(tenant.connection(), {
    ...school,
    action: "update",
    remoteId: "999",
    changed: ["name"]
  })
  expect(error.reason).toBe("NotFound")
  expect(error.message).toContain("It is gone, or hidden from the role")
})

it("calls a code in use a conflict, without adopting who has it", async () => {
  const error = await refused(tenant.connection(), {
    ...school,
    fields: { name: "Elm School", code: "S1", parent: "10" }
  })
  expect(error.reason).toBe("Conflict")
  expect(tenant.calls()).toEqual(["POST /orgstructure/"])
})

it("does not send a create again whose answer was lost; later it finds its record and makes no other", async () => {
  tenant.intercept = ({ method }) => (method === "POST" ? "cut" : null)
  expect((await refused(tenant.connection(), school)).reason).toBe("AnswerLost")
  expect(tenant.calls()).toEqual(["POST /orgstructure/"])
  tenant.intercept = null
  const [found] = await write(tenant.connection(), [school], "reconcile")
  expect(tenant.orgUnits.get(found?.remoteId ?? "")).toMatchObject({ name: "Fir School" })
  expect([...tenant.orgUnits.values()].filter(({ code }) => code === "S3")).toHaveLength(1)
})

it("creates in the end what was never carried out, and does not take a record that differs for its own", async () => {
  const [created] = await write(tenant.connection(), [school], "reconcile")
  expect(created?.wrote).toBe(true)
  const elsewhere = { ...school, fields: { name: "Fir School", code: "S3", parent: null } }
  await expect(write(tenant.connection(), [elsewhere], "reconcile")).rejects.toThrow(/in use/)
  const namesake = { ...school, fields: { name: "Fir", code: "S3", parent: "10" } }
  await expect(write(tenant.connection(), [namesake], "reconcile")).rejects.toThrow(/in use/)
  const template = step({
    resource: "course_template",
    action: "create",
    fields: { name: "Algebra", code: "ALG", parent: "20" }
  })
  expect(await write(tenant.connection(), [template], "reconcile")).toMatchObject([{ remoteId: "30", wrote: false }])
})

it("a create whose answer is lost while it is looked for is looked for and sent again: there is one record in the end", async () => {
  const instead: Array<"cut" | ReturnType<typeof problem>> = [problem(502, "Bad gateway"), "cut"]
  tenant.intercept = ({ method }) => (method === "POST" ? (instead.shift() ?? null) : null)
  const [found] = await write(tenant.connection(), [school], "reconcile")
  expect(found?.wrote).toBe(false)
  expect(tenant.orgUnits.get(found?.remoteId ?? "")).toMatchObject({ name: "Fir School" })
  expect([...tenant.orgUnits.values()].filter(({ code }) => code === "S3")).toHaveLength(1)
  expect(tenant.calls().filter((call) => call.startsWith("POST"))).toHaveLength(2)
})
