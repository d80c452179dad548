import { afterAll, beforeAll, expect, it } from "vitest"
import { type Journey, startJourney } from "./harness.ts"
import { smallDistrict } from "./small-district.ts"

const on = "route: bfp"
const off = "route: off"
const relate = "PUT bfp/relationships/"

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ data: smallDistrict() })
  journey.editConnections(on, off)
})
afterAll(() => journey.stop())

it("relationships that are off are not sent, and the plan says so", async () => {
  const ended = await journey.night()
  expect(ended.stdout).toMatch(/parent_relationship: not sent, for the connection's relationships are off +\d+/)
  expect((await journey.writes())[relate]).toBeUndefined()
  expect((await journey.plan()).steps).toEqual([])
})

it("what was not sent goes out once they are switched on", async () => {
  journey.editConnections(off, on)
  await journey.night()
  expect((await journey.writes())[relate]).toBeGreaterThan(10)
  expect((await journey.plan()).steps).toEqual([])
})
