import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type GradeJourney, gradebookOf, startGrades } from "./gradebook.ts"

/** Nights of grades on which Brightspace does not tell something of an item or a course: what is unknown is not taken for no. */

let journey: GradeJourney
let english: string
let other: string
let students: ReadonlyArray<string>
let neighbour: string

beforeAll(async () => {
  journey = await startGrades()
  english = journey.courseOf("5001")
  other = journey.courseOf("5002")
  students = journey.studentsOf("5001")
  neighbour = journey.studentsOf("5002")[0] ?? ""
  const fall = journey.termOf("301")
  await journey.seed(gradebookOf(english, fall, ["Essay 1", "Essay 2"]))
  await journey.seed(gradebookOf(other, fall, ["Lab 1"]))
  for (const one of students) await journey.give(english, "Essay 1", one, 12)
  await journey.give(other, "Lab 1", neighbour, 12)
  await journey.gradeNight()
})

afterAll(() => journey.stop())

beforeEach(async () => {
  await journey.clearFaults()
  await journey.forgetRequests()
})

describe("who is excused cannot be read", () => {
  it("of one item: its scores wait, others go, and the excused student never has a zero in the SIS", async () => {
    const [excused = "", second = ""] = students
    await journey.give(english, "Essay 2", excused, 0)
    await journey.seed({ gradebook: { course: english, exemptions: [{ item: "Essay 2", user: excused }] } })
    await journey.give(english, "Essay 1", second, 11)
    const state = (await (await fetch(`${journey.brightspaceUrl}/sandbox/state`)).json()) as {
      readonly gradebooks: ReadonlyArray<{
        readonly items: ReadonlyArray<{ readonly id: number; readonly name: string }>
      }>
    }
    const essay = state.gradebooks.flatMap(({ items }) => items).find(({ name }) => name === "Essay 2")?.id
    await journey.faults("brightspace", [
      { do: "status", status: 403, match: { method: "GET", pattern: `/grades/${essay}/exemptions/` } }
    ])
    const { apply } = await journey.gradeNight(4)
    expect(apply).toMatchObject({ done: 1, failed: 0, stopped: 1 })
    expect(await journey.sent("Essay 2", excused)).toBeUndefined()
    expect(await journey.sent("Essay 1", second)).toMatchObject({ score: 11 })
    const [last] = JSON.parse((await journey.rollbook("history", "grades", "--json")).stdout) as ReadonlyArray<{
      readonly run: number
    }>
    const shown = await journey.rollbook("show", String(last?.run), "--outcome", "stopped")
    expect(shown.stdout).toContain("whether the student is exempt could not be read")
    expect((await journey.rollbook("cleanup")).stdout).not.toMatch(/Essay/)

    await journey.clearFaults()
    await journey.gradeNight()
    expect(await journey.sent("Essay 2", excused)).toMatchObject({ score: 0, scoreStatus: "exempt" })
  })
})

describe("who is excused cannot be read of any item that is due", () => {
  it("their scores wait, and the night goes on", async () => {
    const [, second = ""] = students
    await journey.give(english, "Essay 1", second, 10)
    await journey.edit(other, "Lab 1", { description: "In pairs" })
    await journey.faults("brightspace", [
      { do: "status", status: 403, match: { method: "GET", route: "/exemptions/" } }
    ])
    const { apply } = await journey.gradeNight(4)
    expect(apply).toMatchObject({ done: 1, failed: 0, stopped: 1 })
    expect(await journey.puts()).toEqual({ "lineItems 200": 1 })
    await journey.clearFaults()
    await journey.gradeNight()
    expect(await journey.sent("Essay 1", second)).toMatchObject({ score: 10 })
  })
})

describe("one course refuses to tell what is meant for the SIS", () => {
  it("on one night: what stands in the SIS is nobody's to take away, and nothing is sent again on the next", async () => {
    const [edited = "", second = ""] = students
    const id = (await journey.sent("Essay 1", edited))?.["sourcedId"]
    await journey.source.put("results", String(id), { score: 19 })
    await journey.give(english, "Essay 1", second, 9)
    await journey.settings("brightspace", { forbiddenExports: [english] })
    await journey.gradeNight(4)
    const cleanup = await journey.rollbook("cleanup")
    expect(cleanup.stdout).not.toMatch(/Essay|Draft/)

    await journey.settings("brightspace", { forbiddenExports: [] })
    await journey.gradeNight()
    expect(await journey.sent("Essay 1", edited)).toMatchObject({ score: 19 })
    expect(await journey.sent("Essay 1", second)).toMatchObject({ score: 9 })
  })

  it("of more items than any night asks for: the scores of another course go as ever", async () => {
    const many = Array.from({ length: 30 }, (_, index) => `Draft ${index + 1}`)
    await journey.seed(gradebookOf(english, journey.termOf("301"), many))
    await journey.settings("brightspace", { forbiddenExports: [english] })
    for (const points of [7, 6]) {
      await journey.give(other, "Lab 1", neighbour, points)
      await journey.forgetRequests()
      await journey.gradeNight(4)
      expect(await journey.sent("Lab 1", neighbour)).toMatchObject({ score: points })
      expect(await journey.puts()).toEqual({ "results 200": 1 })
      const settings = (await journey.requests("brightspace")).filter((one) => /grades\/:\w+\/ipsis/.test(one.route))
      // A few of the course that refuses, and the one of the other.
      expect(settings.reduce((sum, one) => sum + one.count, 0)).toBeLessThan(20)
    }
    await journey.settings("brightspace", { forbiddenExports: [] })
  })
})
