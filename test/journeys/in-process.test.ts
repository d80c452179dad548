import { afterAll, beforeAll, expect, it } from "vitest"
import { type Journey, startJourney } from "./harness.ts"
import { isAtWork } from "./in-process.ts"

/** A test that times out leaves its command at work: the tests after it must not fail for that. */

const home = process.cwd()
let journey: Journey
beforeAll(async () => {
  journey = await startJourney()
})
afterAll(() => journey.stop())

it.fails("is over before its command is", () => journey.rollbook("schedule"), 3_000)

it("leaves folder, output and state of the process to the next one", async () => {
  expect(isAtWork()).toBe(true)
  const { code, stdout } = await journey.rollbook("history", "--json")
  expect([code, JSON.parse(stdout)]).toEqual([0, []])
  expect([isAtWork(), process.cwd()]).toEqual([false, home])
})
