import * as Effect from "effect/Effect"
import { afterEach, beforeEach, expect, it } from "vitest"
import { probeBrightspace } from "../../../src/adapters/brightspace/probe.ts"
import type { ProbeWish } from "../../../src/core/ports/probe.ts"
import { type FakeTenant, startTenant } from "./fake-tenant.ts"

let tenant: FakeTenant
beforeEach(async () => {
  tenant = await startTenant()
})
afterEach(() => tenant.close())

const probed = async (wish: Partial<ProbeWish> = {}) => {
  const { findings } = await Effect.runPromise(
    probeBrightspace(tenant.connection(), {
      endpoints: [],
      takesGrades: false,
      timezone: "America/Chicago",
      orgUnitTypes: ["school"],
      roles: ["DISTRICT administrator "],
      ...wish
    })
  )
  return Object.fromEntries(findings.map((one) => [one.about, `${one.state}: ${one.says}`]))
}

it("finds a tenant that has what the pipelines name, by name or code whatever the case", async () => {
  expect(await probed()).toEqual({
    versions: "good: lp 1.59, bfp 1.0",
    credentials: "good: the app runs as a user of the tenant",
    "time zone": "good: America/Chicago",
    roles: "good: all 1 that the pipelines name are there",
    "org unit types": "good: all 1 that the pipelines name are there"
  })
  expect(tenant.calls().filter((call) => !call.startsWith("GET "))).toEqual([])
})

it("names roles and types that are missing, with those that are there, and another time zone", async () => {
  const found = await probed({ roles: ["Student Helper"], orgUnitTypes: ["Campus"], timezone: "America/Denver" })
  expect(found["roles"]).toMatch(/^failing: it has no roles "Student Helper"; it has .*"District Administrator"/)
  expect(found["org unit types"]).toMatch(/^failing: it has no org unit types "Campus"; it has .*"School"/)
  expect(found["time zone"]).toBe(
    "limited: America/Chicago, and the pipelines have America/Denver: Brightspace shows dates in its own"
  )
})

it("goes on where something is refused, and says what", async () => {
  tenant.intercept = ({ path }) => (path.startsWith("/roles") ? { status: 403 } : null)
  const found = await probed()
  expect(found["roles"]).toMatch(/^failing: .*HTTP 403/)
  expect(found["org unit types"]).toMatch(/^good/)
})

it("says so of a tenant that is too old", async () => {
  tenant.supported = { ...tenant.supported, lp: ["1.40"] }
  expect((await probed())["versions"]).toMatch(/^failing: .*lp must be at least 1.49/)
})
