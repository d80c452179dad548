import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { type GradeJourney, gradebookOf, startGrades } from "./gradebook.ts"
import { twoClasses } from "./small-district.ts"

/**
 * The SIS has something else than the answers let expect: scores that arrived although no answer says so, assignments that
 * somebody took away. What stands there is what stands in Brightspace in the end.
 */

let journey: GradeJourney
let english: string
let students: ReadonlyArray<string>

beforeAll(async () => {
  journey = await startGrades({ data: twoClasses(3) })
  english = journey.courseOf("5001")
  students = journey.studentsOf("5001")
  await journey.seed(gradebookOf(english, journey.termOf("301"), ["Essay", "Quiz", "Lab"]))
  for (const item of ["Essay", "Quiz"]) for (const user of students) await journey.give(english, item, user, 12)
  await journey.gradeNight()
})

afterAll(() => journey.stop())

beforeEach(async () => {
  await journey.clearFaults()
  await journey.forgetRequests()
})

/** The scores of an item that stand in the SIS, in the order of the students. */
const standing = (title: string): Promise<ReadonlyArray<unknown>> =>
  Promise.all(students.map(async (user) => (await journey.sent(title, user))?.["score"] ?? null))

describe("killed with -9 while it sends, and a freeze has begun by the time it is taken up", () => {
  it("what was sent is known as sent: put back in Brightspace, it is put back in the SIS when the freeze is over", async () => {
    for (const user of students) await journey.give(english, "Essay", user, 0)
    // The last of three is carried out after the process is gone.
    await journey.faults("campus", [
      { do: "slow", milliseconds: 4_000, match: { method: "PUT", route: "/results/", nth: 3 } }
    ])
    const words = ["--as-of", "2026-10-01", "--only", "section=5001", "--as", "o.hernandez"]
    const sent = journey.arrivals("campus", ({ method, url }) => method === "PUT" && /\/results\//.test(url ?? ""))
    const { ended, process } = journey.begin("run", "grades", ...words)
    await Promise.race([sent.reached(3), ended])
    // Outcomes are on disk within tens of milliseconds.
    await new Promise((resolve) => setTimeout(resolve, 500))
    process.kill("SIGKILL")
    expect((await ended).signal).toBe("SIGKILL")
    await vi.waitFor(async () => expect(await standing("Essay")).toEqual([0, 0, 0]), { timeout: 30_000 })
    await journey.clearFaults()
    await journey.forgetRequests()

    journey.editPipeline(
      "grades",
      "freeze: []",
      'freeze: [{ from: "2026-10-01", until: "2026-10-01", say: grades are final }]'
    )
    const resumed = await journey.rollbook("resume", "--begun-only", "--json")
    expect(JSON.parse(resumed.stdout), resumed.stderr).toMatchObject([{ done: 2, stopped: 1 }])
    expect(await journey.puts()).toEqual({})
    const history = await journey.rollbook("history", "grades", "--json")
    const [last, killed] = JSON.parse(history.stdout) as ReadonlyArray<Readonly<Record<string, unknown>>>
    expect(killed).toMatchObject({ outcome: "interrupted", askedBy: "o.hernandez" })
    expect(last).toMatchObject({ outcome: "done", askedBy: "o.hernandez", nightly: false })
    journey.editPipeline(
      "grades",
      'freeze: [{ from: "2026-10-01", until: "2026-10-01", say: grades are final }]',
      "freeze: []"
    )

    for (const user of students) await journey.give(english, "Essay", user, 12)
    await journey.gradeNight()
    expect(await standing("Essay")).toEqual([12, 12, 12])
    expect((await journey.gradeNight()).plan.steps.count).toBe(0)
  })
})

describe("answered with a web page, though it was done", () => {
  const byAWebPage = () => journey.faults("campus", [{ do: "html", match: { method: "PUT", route: "/results/" } }])

  it("a changed score that is put back in Brightspace is put back in the SIS", async () => {
    await journey.give(english, "Quiz", students[0] ?? "", 0)
    await byAWebPage()
    expect((await journey.gradeNight(5)).apply).toMatchObject({ done: 0, failed: 1 })
    await journey.clearFaults()
    expect(await standing("Quiz")).toEqual([0, 12, 12])
    await journey.give(english, "Quiz", students[0] ?? "", 12)
    expect((await journey.gradeNight()).plan.steps.count).toBe(1)
    expect(await standing("Quiz")).toEqual([12, 12, 12])
    expect((await journey.gradeNight()).plan.steps.count).toBe(0)
  })

  it("a first score that is cleared in Brightspace is listed, until it is taken away in the SIS", async () => {
    await journey.give(english, "Lab", students[1] ?? "", 0)
    await byAWebPage()
    expect((await journey.gradeNight(5)).apply).toMatchObject({ done: 0, failed: 1 })
    await journey.clearFaults()
    await journey.give(english, "Lab", students[1] ?? "", null)
    expect((await journey.gradeNight()).plan.steps.count).toBe(0)
    expect(await standing("Lab")).toEqual([null, 0, null])
    expect((await journey.rollbook("cleanup")).stdout).toMatch(/Lab.*\n?.*scores were cleared in Brightspace/)
    for (const id of Object.keys((await journey.campus()).results)) {
      if ((await journey.source.get("results", id))["score"] === 0) await journey.source.remove("results", id)
    }
    expect((await journey.rollbook("cleanup")).stdout).toBe("Nothing is to be done by hand.\n")
  })
})

describe("an assignment that somebody took away in the SIS", () => {
  it("is made again with its scores by the night after the first one that is refused", async () => {
    const ids = Object.values((await journey.campus()).lineItems).filter((one) => one["title"] === "Quiz")
    await journey.source.remove("lineItems", String(ids[0]?.["sourcedId"]))
    await journey.give(english, "Quiz", students[2] ?? "", 5)
    expect((await journey.gradeNight(5)).apply).toMatchObject({ done: 0, failed: 1 })
    expect((await journey.gradeNight()).apply).toMatchObject({ done: 4, failed: 0 })
    expect(await standing("Quiz")).toEqual([12, 12, 5])
    expect((await journey.gradeNight()).plan.steps.count).toBe(0)
  })
})

describe("the state is lost", () => {
  it("a score that was edited in the SIS since is shown before it is overwritten, or waits where that is declared", async () => {
    const before = await standing("Quiz")
    const [pupil = ""] = students
    const edited = String((await journey.sent("Quiz", pupil))?.["sourcedId"])
    await journey.source.put("results", edited, { score: 1.5 })
    journey.forgetState()
    await journey.night()
    journey.editPipeline("grades", "on_target_edit: overwrite\n      person", "on_target_edit: hold\n      person")
    const held = await journey.gradeNight(3)
    expect(held.plan.holds.map((hold) => hold.steps)).toEqual([1])
    expect(await standing("Quiz")).toEqual([1.5, ...before.slice(1)])
    journey.editPipeline("grades", "on_target_edit: hold\n      person", "on_target_edit: overwrite\n      person")
    const { stdout } = await journey.rollbook("plan", "grades", "--as-of", "2026-10-01")
    const shown = await journey.rollbook("show", /grades-2026-10-01-\d+/.exec(stdout)?.[0] ?? "")
    expect(shown.stdout).toContain("overwrites what stands at the target, and is not known to have been written: score")
    await journey.gradeNight()
    expect(await standing("Quiz")).toEqual(before)
  })
})
