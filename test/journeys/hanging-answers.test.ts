import { afterAll, beforeAll, expect, it } from "vitest"
import { type Journey, startJourney } from "./harness.ts"
import { tinyDistrict } from "./small-district.ts"

/** Servers that take a request and never answer, for a client that waits two seconds for each. */

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ asProcesses: true, data: tinyDistrict() })
  for (const budget of ["budget: { concurrency: 4", "budget: { concurrency: 8"]) {
    journey.editConnections(budget, `timeout_seconds: 2\n    ${budget}`)
  }
})
afterAll(() => journey.stop())

it("a read that is never answered fails, says what it waited for, and nothing is planned or written", async () => {
  await journey.faults("campus", [{ do: "hang", match: { route: "/classes" } }])
  const ended = await journey.night(4)
  expect(ended.stderr).toMatch(/GET \S*\/classes.*no answer came within 2 s \(timeout_seconds of the connection\)/)
  expect(await journey.writes()).toEqual({})
  await journey.clearFaults()
})

it("a read that hangs once is asked again, and a write that hangs is looked for and made once", async () => {
  await journey.faults("campus", [{ do: "hang", match: { route: "/users", nth: 1 } }])
  await journey.faults("brightspace", [
    { do: "hang", match: { method: "POST", pattern: "/lp/[\\d.]+/users/$", nth: 3 } },
    { do: "hang", match: { method: "POST", pattern: "/lp/[\\d.]+/courses/$", nth: 2 } },
    { do: "hang", match: { method: "POST", pattern: "/lp/[\\d.]+/enrollments/$", nth: 5 } }
  ])
  await journey.night()
  const hung = (await journey.requests("brightspace")).filter((one) => one.outcome === "hung")
  expect(hung.map((one) => one.count)).toEqual([1, 1, 1])
  const { orgUnits, users } = await journey.state()
  const codes = orgUnits.filter((one) => one.type !== "Section").map((one) => `${one.type} ${one.code}`)
  expect(new Set(codes).size).toBe(codes.length)
  expect(new Set(users.map((user) => user["userName"])).size).toBe(users.length)
  await journey.clearFaults()
  expect((await journey.plan()).steps).toEqual([])
})
