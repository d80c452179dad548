import { parse } from "csv-parse/sync"
import { readFileSync } from "node:fs"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { asOf, type Journey, type PlanJson, startJourney } from "./harness.ts"

const high = "5BB7FB0F-D8D9-415B-8725-460B8CE504DB"
const middle = "CE9C02E4-AAFB-4062-97FF-BBAAECA05990"

let journey: Journey
let standing: unknown

/** The rows of the sandbox's district, by file. */
const rowsOf = (collection: string): ReadonlyArray<Record<string, string>> =>
  parse(readFileSync(new URL(`../../src/sandbox/district/${collection}.csv`, import.meta.url)), { columns: true })

const enrollments = rowsOf("enrollments")
const users = rowsOf("users")
const classes = rowsOf("classes")

const studentsOf = (school: string): ReadonlyArray<Record<string, string>> =>
  enrollments.filter((one) => one["schoolSourcedId"] === school && one["role"] === "student")

beforeAll(async () => {
  journey = await startJourney()
  await journey.night()
  standing = await journey.digest()
})

afterAll(() => journey.stop())

beforeEach(() => journey.reset("campus"))

const take = async (collection: string, rows: ReadonlyArray<Record<string, string>>): Promise<void> => {
  for (const row of rows) await journey.source.remove(collection, row["sourcedId"] ?? "")
}

const night = async (code: number): Promise<PlanJson> => {
  await journey.forgetRequests()
  const ended = await journey.rollbook("run", "roster", "--as-of", asOf, "--json")
  expect(ended.code, ended.stderr).toBe(code)
  return (JSON.parse(ended.stdout) as { readonly plan: PlanJson }).plan
}

const removals = async (): Promise<ReadonlyArray<string>> =>
  Object.keys(await journey.writes()).filter((name) => name.startsWith("DELETE") || /activation/.test(name))

/** Everything is back at the source: nothing was lost, and nothing needs to be written. */
const expectUnharmed = async (): Promise<void> => {
  await journey.reset("campus")
  expect((await journey.plan()).plan.steps.count).toBe(0)
  expect(await journey.digest()).toEqual(standing)
}

describe("40% of a school's enrollments are gone", () => {
  it("they are held, with a new enrollment of the same night applied", async () => {
    const students = studentsOf(high)
    await take(
      "enrollments",
      students.filter((_, index) => index % 5 < 2)
    )
    await journey.source.put("enrollments", "new-1", {
      ...(await journey.source.get("enrollments", students[2]?.["sourcedId"] ?? "")),
      class: { sourcedId: "5013" },
      user: { sourcedId: "s41003" }
    })
    const plan = await night(3)
    const guards = new Set(plan.holds.filter((hold) => hold.entity === "enrollment").map((hold) => hold.guard))
    expect(guards).toContain("gone")
    for (const hold of plan.holds.filter((one) => one.guard === "gone")) {
      expect(hold.say).toMatch(/^\d+ of \d+ \w+ would be removed; \d+ are allowed$/)
    }
    expect(await removals()).toEqual([])
    expect((await journey.writes())["POST lp/enrollments/"]).toBe(1)
  })

  it("the next night they are back, the new one is dropped, and nothing else is written", async () => {
    const plan = await night(0)
    expect(plan.counts.find((count) => count.entity === "enrollment")?.actions).toEqual({ unenroll: 1 })
    expect(await journey.writes()).toEqual({ "DELETE lp/enrollments/orgUnits/:orgUnitId/users/:userId": 1 })
    expect(await journey.digest()).toEqual(standing)
  })

  it("a section that empties is held by its own guard", async () => {
    await take(
      "enrollments",
      studentsOf(middle).filter((one) => one["classSourcedId"] === "5014")
    )
    const plan = await night(3)
    const hold = plan.holds.find((one) => one.entity === "enrollment")
    expect(hold?.say).toMatch(/would (be removed|lose)/)
    expect(await removals()).toEqual([])
    await expectUnharmed()
  })
})

describe("whole collections", () => {
  it("every enrollment is gone: nothing is removed", async () => {
    await take("enrollments", enrollments)
    const plan = await night(3)
    expect(plan.source.find((one) => one.dataset === "enrollments")?.doubts.join()).toMatch(
      /no rows, where the last good run read \d+/
    )
    expect(await removals()).toEqual([])
    await expectUnharmed()
  })

  it("a school vanishes: its people keep their places", async () => {
    await journey.source.remove("orgs", middle)
    // Whoever names a school that is not there is in quarantine, and what stands stays: nothing is left to be held.
    await night(0)
    expect(await removals()).toEqual([])
    await journey.reset("campus")
    // A code that only one class carries for a night is the plain one; it goes back with the school.
    const plan = await night(0)
    const actions = new Set(plan.counts.flatMap((count) => Object.keys(count.actions)))
    expect([...actions].filter((action) => action !== "update")).toEqual([])
    expect(await journey.digest()).toEqual(standing)
  })

  it("half of the students and guardians are gone: no account is switched off, no enrollment ended", async () => {
    const families = users.filter((one) => one["role"] === "student" || one["role"] === "guardian")
    await take(
      "users",
      families.filter((_, index) => index % 2 === 0)
    )
    const plan = await night(3)
    const hold = plan.holds.find((one) => one.entity === "user")
    expect(hold).toMatchObject({ guard: "gone" })
    expect(hold?.say).toMatch(/^\d+ of \d+ user would be removed; \d+ are allowed$/)
    expect(await removals()).toEqual([])
    await expectUnharmed()
  })

  it("nobody is left: the source is refused, since a district without people is none", async () => {
    await take("users", users)
    await journey.forgetRequests()
    const ended = await journey.rollbook("run", "roster", "--as-of", asOf)
    expect(ended.code, ended.stdout).toBe(4)
    expect(ended.stderr).toContain("0 rows, where at least 1 are expected")
    expect(await removals()).toEqual([])
    await expectUnharmed()
  })
})

describe("a rollover", () => {
  it("a new year without the classes of the old one: they are held", async () => {
    const previous = await journey.source.get("classes", "5001")
    await take("classes", classes)
    await take("enrollments", enrollments)
    for (const id of ["6001", "6002", "6003"]) {
      await journey.source.put("classes", id, { ...previous, classCode: id })
    }
    const plan = await night(3)
    const offerings = plan.counts.find((count) => count.entity === "course_offering")
    expect(offerings?.actions["create"]).toBe(3)
    expect(plan.holds.map((hold) => hold.entity)).toContain("course_offering")
    expect(await removals()).toEqual([])
  })
})
