import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type GradeJourney, gradebookOf, startGrades } from "./gradebook.ts"

/**
 * Nights of grades, one after the other: what a teacher does in Brightspace, and which requests Infinite Campus gets of
 * it. The nights build on each other.
 */

let journey: GradeJourney
let english: string
let other: string
let fall: string
let students: ReadonlyArray<string>

const student = (index: number): string => students[index] ?? ""

const resultsOf = async (title: string): Promise<ReadonlyArray<Readonly<Record<string, unknown>>>> => {
  const { lineItems, results } = await journey.campus()
  return Object.values(results).filter((one) => lineItems[idIn(one["lineItem"])]?.["title"] === title)
}

const idsTitled = async (title: string): Promise<ReadonlyArray<string>> =>
  Object.entries((await journey.campus()).lineItems).flatMap(([id, one]) => (one["title"] === title ? [id] : []))

const idIn = (ref: unknown): string => String((ref as { readonly sourcedId?: unknown } | undefined)?.sourcedId)

beforeAll(async () => {
  journey = await startGrades()
  english = journey.courseOf("5001")
  other = journey.courseOf("5002")
  fall = journey.termOf("301")
  students = journey.studentsOf("5001")
  await journey.seed(gradebookOf(english, fall, ["Essay 1", "Essay 2"]))
  await journey.seed(gradebookOf(other, fall, ["Lab 1"]))
  for (const one of students) await journey.give(english, "Essay 1", one, 17.5, "Well argued")
})

afterAll(() => journey.stop())

beforeEach(async () => {
  await journey.clearFaults()
  await journey.forgetRequests()
})

describe("what a night sends", () => {
  it("new items with their scores, items first", async () => {
    const { apply } = await journey.gradeNight()
    expect(apply).toMatchObject({ done: 7, failed: 0, stopped: 0 })
    expect(await journey.puts()).toEqual({ "lineItems 201": 3, "results 201": 4 })
    const [one] = await resultsOf("Essay 1")
    expect(one).toMatchObject({ score: 17.5, scoreStatus: "fully graded", comment: "Well argued" })
  })

  it("nothing, where nothing is new", async () => {
    const before = await journey.campusDigest()
    const { plan } = await journey.gradeNight()
    expect(plan.steps.count).toBe(0)
    const asked = await journey.requests("campus")
    expect(asked.filter((one) => one.method === "PUT")).toEqual([])
    expect(
      (await journey.requests("brightspace")).filter((one) => one.method !== "GET" && !/token/.test(one.route))
    ).toEqual([])
    expect(await journey.campusDigest()).toEqual(before)
  })

  describe("of one night, each", () => {
    beforeAll(async () => {
      await journey.forgetRequests()
      await journey.give(english, "Essay 1", student(0), 19)
      await journey.give(english, "Essay 2", student(0), 0)
      await journey.give(english, "Essay 2", student(1), 25)
      await journey.give(english, "Essay 2", student(2), null)
      await journey.seed({
        gradebook: { course: other, exemptions: [{ item: "Lab 1", user: journey.studentsOf("5002")[0] }] }
      })
      // Nothing in Brightspace says that somebody was excused: it is seen when the item is asked for again.
      await journey.give(other, "Lab 1", journey.studentsOf("5002")[1] ?? "", 12)
      await journey.gradeNight()
      // The score that changed; two of the essay; the excused student and the other one.
      expect(await journey.puts()).toEqual({ "results 200": 1, "results 201": 4 })
    })

    it("one score, where one changed", async () => {
      expect((await resultsOf("Essay 1")).map((one) => one["score"]).toSorted(byNumber)).toEqual([17.5, 17.5, 17.5, 19])
    })

    it("zero as zero, a score above the maximum as it is, and for a student without a score nothing", async () => {
      expect((await resultsOf("Essay 2")).map((one) => one["score"]).toSorted(byNumber)).toEqual([0, 25])
    })

    it("an excused student as exempt, without a score", async () => {
      expect(await resultsOf("Lab 1")).toHaveLength(2)
      const ids = await idsTitled("Lab 1")
      const { results } = await journey.campus()
      const exempt = Object.values(results).filter((one) => one["scoreStatus"] === "exempt")
      expect(exempt).toHaveLength(1)
      expect(exempt[0]).not.toHaveProperty("score")
      expect(ids).toContain(idIn(exempt[0]?.["lineItem"]))
    })
  })

  it("one assignment, where an item was renamed: the same, under its new title", async () => {
    const [before] = await idsTitled("Essay 2")
    await journey.edit(english, "Essay 2", { name: "Essay about rivers" })
    await journey.gradeNight()
    expect(await journey.puts()).toEqual({ "lineItems 200": 1 })
    expect(await idsTitled("Essay about rivers")).toEqual([before])
    await journey.edit(english, "Essay about rivers", { name: "Essay 2" })
    await journey.gradeNight()
  })

  it("nothing of a hidden item, nor of a score that was saved again as it was, and nothing is taken away", async () => {
    await journey.give(english, "Essay 1", student(0), 19)
    const before = await journey.campusDigest()
    await journey.edit(english, "Essay 2", { isHidden: true })
    await journey.give(english, "Essay 2", student(3), 11)
    await journey.gradeNight()
    expect(await journey.puts()).toEqual({})
    expect(await journey.campusDigest()).toEqual(before)
    await journey.edit(english, "Essay 2", { isHidden: false })
    await journey.gradeNight()
    expect((await resultsOf("Essay 2")).map((one) => one["score"]).toSorted(byNumber)).toEqual([0, 11, 25])
  })
})

describe("what a teacher switched off since the last run of the day", () => {
  it("is not sent any more: neither a new score of a category, nor a new date of an item without session", async () => {
    const quiz = { name: "Quiz 1", activity: { tool: "quiz", due: "2026-10-20T17:00:00.000Z" } }
    await journey.seed(gradebookOf(english, fall, [quiz]))
    await journey.gradeNight()
    await journey.forgetRequests()
    await journey.edit(english, "Quiz 1", { session: null, activity: { due: "2026-10-27T17:00:00.000Z" } })
    await journey.gradeNight()
    expect(await journey.puts()).toEqual({})

    const exported = (exportToSis: boolean) =>
      journey.seed({ gradebook: { course: english, categories: [{ name: "Tests", exportToSis }] } })
    await exported(false)
    await journey.give(english, "Essay 1", student(0), 3)
    await journey.gradeNight()
    expect(await journey.puts()).toEqual({})
    await exported(true)
    await journey.give(english, "Essay 1", student(0), 19)
    await journey.gradeNight()
  })
})

describe("a score that the SIS refuses", () => {
  it("stops no other, is named with the reason, and goes alone the next night", async () => {
    for (const [index, one] of students.entries()) await journey.give(english, "Essay 1", one, 10 + index)
    await journey.faults("campus", [
      { do: "status", status: 422, match: { method: "PUT", route: "/results/", nth: 2 } }
    ])
    const { apply, stderr } = await journey.gradeNight(5)
    expect(apply).toMatchObject({ done: 3, failed: 1 })
    expect(await journey.puts()).toEqual({ "results 200": 3, "results 422": 1 })
    const [last] = JSON.parse((await journey.rollbook("history", "grades", "--json")).stdout) as ReadonlyArray<{
      readonly run: number
    }>
    const shown = await journey.rollbook("show", String(last?.run))
    expect(shown.stdout + stderr).toMatch(/HTTP 422/)

    await journey.clearFaults()
    await journey.forgetRequests()
    expect((await journey.gradeNight()).apply).toMatchObject({ done: 1, failed: 0 })
    expect(await journey.puts()).toEqual({ "results 200": 1 })
    expect((await resultsOf("Essay 1")).map((one) => one["score"]).toSorted(byNumber)).toEqual([10, 11, 12, 13])
  })
})

describe("what is deleted in Brightspace", () => {
  it("stays in the SIS, is the same assignment when it is restored, and its scores flow again", async () => {
    const [before] = await idsTitled("Essay 2")
    await journey.remove(english, "Essay 2")
    await journey.gradeNight()
    expect(await journey.puts()).toEqual({})
    expect(await idsTitled("Essay 2")).toEqual([before])

    await journey.restore(english, "Essay 2")
    await journey.give(english, "Essay 2", student(0), 5)
    await journey.gradeNight()
    const puts = await journey.puts()
    expect(puts["lineItems 201"]).toBeUndefined()
    expect(await idsTitled("Essay 2")).toEqual([before])
    expect((await resultsOf("Essay 2")).map((one) => one["score"]).toSorted(byNumber)).toEqual([5, 11, 25])
  })

  it("is another assignment when it is created anew", async () => {
    const before = await idsTitled("Essay 2")
    await journey.remove(english, "Essay 2")
    await journey.gradeNight()
    await journey.seed(gradebookOf(english, fall, ["Essay 2"]))
    await journey.give(english, "Essay 2", student(0), 8)
    // The SIS has a title once in a class: it keeps the old one, and the new one is not sent, until somebody cleans up.
    await journey.forgetRequests()
    await journey.gradeNight()
    expect(await journey.puts()).toEqual({})
    expect(await idsTitled("Essay 2")).toEqual(before)
    for (const id of before) await journey.source.remove("lineItems", id)
    await journey.gradeNight()
    expect(await journey.puts()).toEqual({ "lineItems 201": 1, "results 201": 1 })
    const after = await idsTitled("Essay 2")
    expect(after).toHaveLength(1)
    expect(after).not.toEqual(before)
  })
})

describe("titles that exchange places", () => {
  const rename = async (...names: ReadonlyArray<readonly [string, string]>): Promise<void> => {
    for (const [from, to] of names) await journey.edit(other, from, { name: `${from} on its way to ${to}` })
    for (const [from, to] of names) await journey.edit(other, `${from} on its way to ${to}`, { name: to })
  }

  it("arrive on the same night: a ring of three beside one that is renamed", async () => {
    await journey.seed(gradebookOf(other, fall, ["Lab 2", "Lab 3", "Lab 4"]))
    await journey.gradeNight()
    const titled = (...titles: ReadonlyArray<string>) => Promise.all(titles.map(idsTitled))
    const ids = await titled("Lab 1", "Lab 2", "Lab 3", "Lab 4")
    expect(ids.map((one) => one.length)).toEqual([1, 1, 1, 1])
    await rename(["Lab 1", "Lab 2"], ["Lab 2", "Lab 3"], ["Lab 3", "Lab 1"], ["Lab 4", "Lab 5"])
    // The stand-in says "invalid data", as Infinite Campus does.
    expect((await journey.gradeNight()).apply).toMatchObject({ done: 4, failed: 0 })
    expect(await titled("Lab 2", "Lab 3", "Lab 1", "Lab 5")).toEqual(ids)
  })
})

const byNumber = (one: unknown, other: unknown): number => Number(one) - Number(other)
