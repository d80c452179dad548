import { afterAll, expect, it } from "vitest"
import { call, tenantOf, type Tenant } from "../sandbox/rehearsal.ts"
import { type Journey, startJourney } from "./harness.ts"
import { twoClasses } from "./small-district.ts"

let journey: Journey
afterAll(() => journey.stop())

/** Extracts as if they were made so many minutes from now: what was written until then is older for certain. */
const makeExtracts = async (type: string, minutes: number, sets?: ReadonlyArray<string>): Promise<void> => {
  const createdAt = new Date(Date.now() + minutes * 60_000).toISOString()
  const body = { type, createdAt, ...(sets === undefined ? {} : { sets }) }
  const made = await call(`${journey.brightspaceUrl}/sandbox/data-sets`, { method: "POST", body })
  expect(made.status).toBe(204)
}

interface Report {
  readonly listings: ReadonlyArray<{
    readonly name: string
    readonly knownUntil: string
    readonly doubt: string | null
  }>
  readonly entities: ReadonlyArray<{ readonly entity: string; readonly counts: Readonly<Record<string, number>> }>
  readonly notListed: ReadonlyArray<string>
  readonly others: ReadonlyArray<{ readonly resource: string; readonly count: number }>
  readonly records: ReadonlyArray<{
    readonly entity: string
    readonly what: string
    readonly label: string | null
    readonly stands: Readonly<Record<string, string | null>> | null
  }>
}

const drift = async (...words: ReadonlyArray<string>): Promise<Report> => {
  const ended = await journey.rollbook("drift", "roster", "--json", ...words)
  expect(ended.stderr).toBe("")
  return JSON.parse(ended.stdout) as Report
}

const countsOf = (report: Report): unknown =>
  Object.fromEntries(
    report.entities.flatMap(({ counts, entity }) => {
      const told = Object.entries(counts).filter(([what, count]) => count > 0 && what !== "same")
      return told.length === 0 ? [] : [[entity, Object.fromEntries(told)]]
    })
  )

it("tells what does not stand as it was written, from extracts, and of what is newer that it does not know", async () => {
  journey = await startJourney({ data: twoClasses(1) })
  const refused = await journey.rollbook("drift", "roster")
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("datasets:bds:read")])
  journey.editConnections("# - datasets:bds:read", "- datasets:bds:read")
  await journey.night()
  // Made an hour before anything was written.
  await makeExtracts("Full", -60)
  const newer = await drift("--entity", "user")
  expect(newer.entities.map(({ counts }) => [counts["same"], (counts["unknown"] ?? 0) > 0])).toEqual([[0, true]])

  await makeExtracts("Full", 2)
  const asWritten = await drift("--detailed-exitcode")
  expect(countsOf(asWritten)).toEqual({})
  expect(asWritten.records).toEqual([])
  expect(asWritten.notListed).toEqual(["parent_relationship"])
  expect(asWritten.entities.every(({ counts }) => (counts["same"] ?? 0) > 0)).toBe(true)

  // Somebody works in Brightspace by hand.
  const tenant = await tenantOf(journey)
  const state = await journey.state()
  const [pupil, other] = state.users.filter((user) => String(user["orgDefinedId"]).startsWith("0041"))
  const offerings = state.orgUnits.filter((one) => one.type === "Course Offering")
  const [offering] = offerings
  const classes = new Set<unknown>(offerings.map((one) => one.id))
  await byHand(tenant, Number(pupil?.["id"]), { FirstName: "Ada", LastName: "Lovelace" })
  // An address is theirs who change it.
  await byHand(tenant, Number(other?.["id"]), { ExternalEmail: "ada@elsewhere.example" })
  await tenant.post("/lp/1.59/enrollments/", { OrgUnitId: Number(offering?.id), UserId: 170, RoleId: 110 })
  const left = `/lp/1.59/enrollments/orgUnits/${offering?.id}/users/${String(pupil?.["id"])}`
  expect((await tenant.remove(left)).status).toBe(200)

  await makeExtracts("Differential", 4)
  const changed = await drift()
  // Who left shows in a full extract alone.
  expect(countsOf(changed)).toEqual({ user: { differs: 1 } })
  expect(changed.others).toContainEqual({ resource: "enrollment", count: 1 })

  // Whom rollbook took out of a class, somebody puts back.
  await journey.source.remove("enrollments", "e41002")
  await journey.night()
  const place = state.enrollments.find((one) => one["userId"] === other?.["id"] && classes.has(one["orgUnitId"]))
  const back = { OrgUnitId: place?.["orgUnitId"], UserId: place?.["userId"], RoleId: 110 }
  expect((await tenant.post("/lp/1.59/enrollments/", back)).status).toBe(200)
  await makeExtracts("Full", 6)
  const whole = await drift()
  expect(countsOf(whole)).toMatchObject({ user: { differs: 1 }, enrollment: { missing: 1, returned: 1 } })
  expect(whole.records.filter((one) => one.entity === "user").map((one) => one.stands)).toEqual([
    { first_name: "***", last_name: "***" }
  ])
  expect(JSON.stringify(whole)).not.toContain("Lovelace")
  const text = await journey.rollbook("drift", "roster", "--reveal", "--detailed-exitcode", "--entity", "user")
  expect(text.code).toBe(10)
  expect(text.stdout).toContain("last_name: Number41001 → Lovelace")
})

const byHand = async (tenant: Tenant, user: number, fields: object): Promise<void> => {
  const { body } = await tenant.get(`/lp/1.59/users/${user}`)
  const { Activation, ...held } = body as Record<string, unknown>
  const changed = await tenant.put(`/lp/1.59/users/${user}`, { ...held, Activation, ...fields })
  expect(changed.status).toBe(200)
}
