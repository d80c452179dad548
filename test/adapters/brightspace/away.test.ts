import * as Effect from "effect/Effect"
import { beforeEach, expect, it } from "vitest"
import type { BrightspaceConnection } from "../../../src/adapters/brightspace/settings.ts"
import { writerLayer } from "../../../src/adapters/brightspace/writer.ts"
import type { RowWriter } from "../../../src/core/ports/bulk.ts"
import { TargetWriter, type WriteStep } from "../../../src/core/ports/target.ts"
import {
  call,
  connectionTo,
  rehearse,
  rosterScopes,
  seedCourse,
  type Tenant,
  tenantOf
} from "../../sandbox/rehearsal.ts"
import { step } from "./writing.ts"

const sandbox = rehearse()

let tenant: Tenant
const ids = new Map<string, string>()
const id = (name: string): string => ids.get(name) ?? ""

const itemsOf = (body: unknown) =>
  (body as { readonly Items: ReadonlyArray<{ readonly Identifier: string; readonly Type: { readonly Name: string } }> })
    .Items

beforeEach(async () => {
  await seedCourse(sandbox())
  await call(`${sandbox().brightspaceUrl}/sandbox/seed`, {
    method: "POST",
    body: { orgUnits: [{ type: "Course Offering", name: "Art", code: "A1", parents: ["T1"] }] }
  })
  tenant = await tenantOf(sandbox(), rosterScopes)
  for (const code of ["E1", "A1", "T1"]) {
    for (const one of itemsOf((await tenant.get(`/lp/1.59/orgstructure/?exactOrgUnitCode=${code}`)).body)) {
      ids.set(one.Type.Name === "Section" ? `${code} section` : code, one.Identifier)
    }
  }
  for (const orgDefinedId of ["77", "78", "90"]) {
    const { body } = await tenant.get(`/lp/1.59/users/?orgDefinedId=${orgDefinedId}`)
    ids.set(orgDefinedId, String((body as ReadonlyArray<{ readonly UserId: number }>)[0]?.UserId))
  }
  // By the connection itself, as rollbook does.
  await enroll("77", id("A1"), 110)
})

const enroll = (who: string, orgUnit: string, RoleId: number) =>
  tenant.post("/lp/1.59/enrollments/", { OrgUnitId: Number(orgUnit), UserId: Number(id(who)), RoleId })

const bulk = { sourceSystem: "1042", version: "3.0", at: 1, waitMinutes: 1, settleHours: 1 } as const

const asking = <A>(ask: (rows: RowWriter) => Effect.Effect<A, unknown>, over: Partial<BrightspaceConnection> = {}) =>
  Effect.runPromise(
    Effect.flatMap(TargetWriter, ({ rows }) => (rows === undefined ? Effect.die("no rows") : ask(rows))).pipe(
      Effect.provide(writerLayer({ ...connectionTo(sandbox()), bulk, ...over }, "America/Chicago"))
    )
  )

const leaving = (who: string, orgUnit: string, over: Partial<WriteStep> = {}): WriteStep =>
  step({
    resource: "enrollment",
    action: "unenroll",
    remoteId: `${orgUnit}/${id(who)}`,
    fields: { org_unit: orgUnit, user: id(who), role: "Student" },
    ...over
  })
const row = (child_code: string, parent_code: string, role_name = "Student") => ({
  type: "enrollment",
  action: "DELETE",
  child_code,
  role_name,
  parent_code
})

it("lets a row take away what rollbook made, as it was written, where it is named as nothing else is", async () => {
  const isLet = (one: WriteStep, named: Readonly<Record<string, string>>, over: Partial<BrightspaceConnection> = {}) =>
    asking((rows) => rows.mayEnd(one, named), over)
  const ours = leaving("77", id("A1"))
  expect(await isLet(ours, row("77", "A1"))).toBe(true)

  expect(await isLet(ours, row("78", "A1"))).toBe(false)
  expect(await isLet(ours, row("99", "A1"))).toBe(false)
  expect(await isLet(ours, row("77", "a1"))).toBe(false)
  expect(await isLet(ours, row("77", "A1", "Teacher"))).toBe(false)
  expect(await isLet({ ...ours, remoteId: `${id("A1")}/${id("78")}` }, row("77", "A1"))).toBe(false)
  // Not in it at all.
  expect(await isLet(leaving("78", id("A1")), row("78", "A1"))).toBe(false)

  // Made by hand, and by whom rows are noted under.
  await call(`${sandbox().brightspaceUrl}/sandbox/seed`, {
    method: "POST",
    body: { enrollments: [{ user: "78", orgUnit: "A1", role: "Student" }] }
  })
  const byHand = leaving("78", id("A1"))
  expect(await isLet(byHand, row("78", "A1"))).toBe(false)
  expect(await isLet(byHand, row("78", "A1"), { bulk: { ...bulk, enrolledBy: "170" } })).toBe(true)

  // One code for an offering and its section, and an offering that is called like another one.
  await enroll("78", id("E1"), 110)
  expect(await isLet(leaving("78", id("E1")), row("78", "E1"), { bulk: { ...bulk, enrolledBy: "170" } })).toBe(false)
  // A section, whose code is its own.
  await tenant.put(`/lp/1.59/${id("E1")}/sections/${id("E1 section")}`, {
    Name: "English 9",
    Code: "E1S",
    Description: { Content: "", Type: "Text" }
  })
  await tenant.post(`/lp/1.59/${id("E1")}/sections/${id("E1 section")}/enrollments/`, { UserId: Number(id("78")) })
  expect(await isLet(leaving("78", id("E1 section")), row("78", "E1S"))).toBe(false)
  // Now that the offering alone has the code.
  await tenant.remove(`/lp/1.59/enrollments/orgUnits/${id("E1")}/users/${id("78")}`)
  await enroll("78", id("E1"), 110)
  expect(await isLet(leaving("78", id("E1")), row("78", "E1"))).toBe(true)
})

it("does not let a row take away what may not be seen, comes down from above, or is named by an id that two have", async () => {
  const isLet = () => asking((rows) => rows.mayEnd(leaving("77", id("A1")), row("77", "A1")))
  const settings = (body: unknown) => call(`${sandbox().brightspaceUrl}/sandbox/settings`, { method: "PUT", body })
  expect(await isLet()).toBe(true)
  await settings({ withheld: ["/enrollments/users/"] })
  expect(await isLet()).toBe(false)
  await settings({ withheld: [] })
  const administrator = { fields: { org_unit: id("A1"), user: id("90"), role: "District Administrator" } }
  await enroll("90", id("T1"), 114)
  const fromAbove = leaving("90", id("A1"), administrator)
  expect(await asking((rows) => rows.mayEnd(fromAbove, row("90", "A1", "District Administrator")))).toBe(false)
  const ada = await tenant.get(`/lp/1.59/users/${id("78")}`)
  await tenant.put(`/lp/1.59/users/${id("78")}`, {
    ...(ada.body as object),
    OrgDefinedId: "77",
    ExternalEmail: null,
    Pronouns: null
  })
  expect(await isLet()).toBe(false)
})

it("takes an enrollment for gone where the person's list is without it, and never where nothing is listed", async () => {
  const look = (one: WriteStep) => asking((rows) => rows.look(one))
  const one = leaving("77", id("A1"))
  expect(await look(one)).toBeNull()
  await tenant.remove(`/lp/1.59/enrollments/orgUnits/${id("A1")}/users/${id("77")}`)
  const withheld = (parts: ReadonlyArray<string>) =>
    call(`${sandbox().brightspaceUrl}/sandbox/settings`, { method: "PUT", body: { withheld: parts } })
  await withheld(["/enrollments/"])
  expect(await look(one)).toBeNull()
  await withheld([])
  expect(await look(one)).toEqual({ remoteId: `${id("A1")}/${id("77")}`, wrote: true, leftAlone: [] })
  // Put back by a person: it is theirs now, and stays.
  await call(`${sandbox().brightspaceUrl}/sandbox/seed`, {
    method: "POST",
    body: { enrollments: [{ user: "77", orgUnit: "A1", role: "Student" }] }
  })
  expect(await look(one)).toMatchObject({
    remoteId: `${id("A1")}/${id("77")}`,
    wrote: false,
    leftAlone: ["enrolled by hand"]
  })
})
