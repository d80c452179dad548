import * as Effect from "effect/Effect"
import { afterEach, beforeEach, expect, it } from "vitest"
import { writerLayer } from "../../../src/adapters/brightspace/writer.ts"
import { TargetWriter } from "../../../src/core/ports/target.ts"
import { unit } from "./fake-records.ts"
import { type FakeTenant, startTenant } from "./fake-tenant.ts"
import { refused, step, write } from "./writing.ts"

let tenant: FakeTenant
beforeEach(async () => {
  tenant = await startTenant()
  tenant.orgUnits.set("30", unit({ name: "Algebra", type: 2 }))
  tenant.orgUnits.set("31", unit({ name: "Biology", type: 2 }))
  tenant.orgUnits.set("50", unit({ name: "Fall", type: 5 }))
  tenant.orgUnits.set("51", unit({ name: "Spring", type: 5 }))
  tenant.orgUnits.set(
    "60",
    unit({ name: "1 Algebra", code: "Hart_Iris", type: 3, parents: ["30", "50"], html: "<p>Hello</p>", localeId: 4 })
  )
  tenant.orgUnits.set("70", unit({ name: "1 Algebra", code: "Hart_Iris", type: 7, parents: ["60"], html: "Room 4" }))
  tenant.sectionsSetUp.set("60", { AutoEnroll: false })
})
afterEach(() => tenant.close())

const fields = {
  name: "2 Algebra",
  code: "Hart_Jo",
  template: "30",
  semester: "50",
  start_date: "2026-08-17 05:00:00",
  end_date: null,
  is_active: null
}
const offering = step({ resource: "course_offering", action: "create", fields })
const held = { ...fields, name: "1 Algebra", code: "Hart_Iris", start_date: null, is_active: "true" }
const change = step({ ...offering, action: "update", remoteId: "60", fields: held, before: held })

it("creates an active offering of its template in its semester", async () => {
  const [created] = await write(tenant.connection(), [offering])
  expect(tenant.orgUnits.get(created?.remoteId ?? "")).toMatchObject({
    name: "2 Algebra",
    parents: ["30", "50"],
    isActive: true,
    start: "2026-08-17T05:00:00.000Z"
  })
  expect(tenant.calls()).toEqual(["POST /courses/"])
})

it("makes an inactive offering on tenants whose create cannot say so", async () => {
  tenant.supported = { lp: ["1.49"], bfp: ["1.0"] }
  const [created] = await write(tenant.connection(), [{ ...offering, fields: { ...fields, is_active: "false" } }])
  expect(created).toMatchObject({ wrote: true, leftAlone: [] })
  expect(tenant.orgUnits.get(created?.remoteId ?? "")?.isActive).toBe(false)
})

it("does not lose an offering that was made but could not be made inactive", async () => {
  tenant.supported = { lp: ["1.49"], bfp: ["1.0"] }
  tenant.intercept = ({ method }) => (method === "PUT" ? { status: 403, body: {} } : null)
  const [created] = await write(tenant.connection(), [{ ...offering, fields: { ...fields, is_active: "false" } }])
  expect(created).toMatchObject({ wrote: true, leftAlone: ["is_active"] })
})

it("changes a name and gives everything else back as it was; sends nothing when nothing differs", async () => {
  const rename = { ...change, fields: { ...held, name: "1 Algebra A" }, changed: ["name"] }
  const results = await write(tenant.connection(), [rename, rename])
  expect(results.map(({ wrote }) => wrote)).toEqual([true, false])
  expect(tenant.orgUnits.get("60")).toMatchObject({ name: "1 Algebra A", html: "<p>Hello</p>", localeId: 4 })
  expect(tenant.calls()).toEqual(["GET /courses/60", "PUT /courses/60", "GET /courses/60"])
})

it("takes two spellings of one instant for the same", async () => {
  Object.assign(tenant.orgUnits.get("60") ?? {}, { start: "2026-08-17T05:00:00.000Z" })
  const same = { ...change, fields: { ...held, start_date: "2026-08-17 05:00:00+00" }, changed: ["start_date"] }
  expect(await write(tenant.connection(), [same])).toMatchObject([{ wrote: false }])
})

it("moves to another template and semester by way of the parents", async () => {
  const move = {
    ...change,
    fields: { ...held, template: "31", semester: "51" },
    before: { ...held, template: null, semester: null },
    changed: ["template", "semester"]
  }
  expect(await write(tenant.connection(), [move, move])).toMatchObject([{ wrote: true }, { wrote: false }])
  expect(tenant.orgUnits.get("60")?.parents).toEqual(["31", "51"])
})

it("ends a move that was cut short between its two requests", async () => {
  Object.assign(tenant.orgUnits.get("60") ?? {}, { parents: ["30", "51", "50"] })
  const move = {
    ...change,
    fields: { ...held, semester: "51" },
    before: { ...held, semester: null },
    changed: ["semester"]
  }
  expect(await write(tenant.connection(), [move, move])).toMatchObject([{ wrote: true }, { wrote: false }])
  expect(tenant.orgUnits.get("60")?.parents).toEqual(["30", "51"])
})

it("leaves a semester that a person chose", async () => {
  const untouched = { ...change, fields: { ...held, name: "1 Algebra A" }, changed: ["name"] }
  Object.assign(tenant.orgUnits.get("60") ?? {}, { parents: ["30", "51"] })
  const kept = { ...untouched, overwrite: { semester: "if_ours" as const } }
  expect(await write(tenant.connection(), [kept])).toMatchObject([{ wrote: true, leftAlone: ["semester"] }])
  expect(tenant.orgUnits.get("60")?.parents).toEqual(["30", "51"])
})

it("deactivates once, and brings back what was deactivated or recycled", async () => {
  const away = { ...change, action: "deactivate" as const }
  const back = { ...change, action: "restore" as const, overwrite: { is_active: "if_ours" as const } }
  const results = await write(tenant.connection(), [away, away, back])
  expect(results.map(({ wrote }) => wrote)).toEqual([true, false, true])
  expect(tenant.orgUnits.get("60")).toMatchObject({ isActive: true, html: "<p>Hello</p>" })
  expect(tenant.calls().filter((call) => call === "PUT /courses/60")).toHaveLength(2)
  await write(tenant.connection(), [{ ...change, action: "delete" }])
  expect(tenant.orgUnits.get("60")?.recycled).toBe(true)
  expect(await write(tenant.connection(), [back])).toMatchObject([{ wrote: true }])
  expect(tenant.orgUnits.get("60")?.recycled).toBe(false)
})

it("finds its offering again after a lost answer, and not one in another semester", async () => {
  tenant.intercept = ({ method }) => (method === "POST" ? "cut" : null)
  expect((await refused(tenant.connection(), offering)).reason).toBe("AnswerLost")
  tenant.intercept = null
  const [found] = await write(tenant.connection(), [offering], "reconcile")
  expect(found?.wrote).toBe(false)
  const [other] = await write(
    tenant.connection(),
    [{ ...offering, fields: { ...fields, semester: "51" } }],
    "reconcile"
  )
  expect(other?.wrote).toBe(true)
  expect(other?.remoteId).not.toBe(found?.remoteId)
})

const section = step({
  resource: "section",
  action: "create",
  fields: { name: "2 Algebra", code: "Hart_Jo", offering: "61" }
})

it("sets an offering's sections up once, with nobody put into them, however many are made side by side", async () => {
  tenant.orgUnits.set("61", unit({ name: "2 Algebra", type: 3, parents: ["30"] }))
  const names = ["a", "b", "c", "d"]
  await Effect.runPromise(
    Effect.flatMap(TargetWriter, (writer) =>
      Effect.forEach(names, (name) => writer.perform({ ...section, fields: { name, code: name, offering: "61" } }), {
        concurrency: 4
      })
    ).pipe(Effect.provide(writerLayer(tenant.connection(), "America/Chicago")))
  )
  expect(tenant.sectionsSetUp.get("61")).toMatchObject({ AutoEnroll: false })
  const calls = tenant.calls()
  expect(calls.filter((call) => call === "PUT /61/sections/")).toHaveLength(1)
  expect(calls.filter((call) => call === "POST /61/sections/")).toHaveLength(4)
  tenant.forget()
  await write(tenant.connection(), [section])
  expect(tenant.calls()).toEqual(["GET /61/sections/settings", "POST /61/sections/"])
})

const renamed = step({
  ...section,
  action: "update",
  remoteId: "70",
  fields: { name: "1 Algebra A", code: "Hart_Iris", offering: "60" },
  changed: ["name"]
})

it("renames a section with its description kept, recycles it and restores it", async () => {
  const results = await write(tenant.connection(), [
    renamed,
    renamed,
    { ...renamed, action: "delete" },
    { ...renamed, action: "restore" }
  ])
  expect(results.map(({ wrote }) => wrote)).toEqual([true, false, true, true])
  expect(tenant.orgUnits.get("70")).toMatchObject({ name: "1 Algebra A", html: "Room 4", recycled: false })
})

it("finds a section that was merged into another course, and refuses to move one", async () => {
  tenant.orgUnits.set("61", unit({ name: "merged", type: 3 }))
  Object.assign(tenant.orgUnits.get("70") ?? {}, { parents: ["61"] })
  expect(await write(tenant.connection(), [renamed])).toMatchObject([{ wrote: true }])
  expect(tenant.orgUnits.get("70")?.name).toBe("1 Algebra A")
  expect((await refused(tenant.connection(), { ...renamed, changed: ["offering"] })).reason).toBe("Unsupported")
})

it("finds its section again after a lost answer", async () => {
  const lost = { ...section, fields: { name: "1 Algebra", code: "Hart_Iris", offering: "60" } }
  expect(await write(tenant.connection(), [lost], "reconcile")).toEqual([
    { remoteId: "70", wrote: false, leftAlone: [] }
  ])
})
