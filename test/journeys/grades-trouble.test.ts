import { readdirSync, renameSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type GradeJourney, gradebookOf, startGrades } from "./gradebook.ts"
import { twoClasses } from "./small-district.ts"

/** Grades when something is wrong: at the SIS, at Brightspace, with the process itself, or with the people. */

let journey: GradeJourney
let english: string
let other: string
let fall: string

/** Ten items, fifty students: five hundred scores, of which neither a page nor a piece of the journal holds all. */
const items = Array.from({ length: 10 }, (_, index) => `Essay ${index + 1}`)

beforeAll(async () => {
  journey = await startGrades({ data: twoClasses(25) })
  english = journey.courseOf("5001")
  other = journey.courseOf("5002")
  fall = journey.termOf("301")
  for (const [course, classId] of [
    [english, "5001"],
    [other, "5002"]
  ] as const) {
    await journey.seed(gradebookOf(course, fall, items))
    const scores = items.flatMap((item, at) =>
      journey.studentsOf(classId).map((user, index) => ({
        item,
        user,
        points: (at + index) % 21,
        comment: "Canarycomment",
        privateComment: "Canaryprivate"
      }))
    )
    await journey.seed({ gradebook: { course, scores } })
  }
})

afterAll(() => journey.stop())

beforeEach(async () => {
  await journey.clearFaults()
  await journey.forgetRequests()
})

const sum = (counts: Readonly<Record<string, number>>, name: string): number =>
  Object.entries(counts)
    .filter(([key]) => key.startsWith(name))
    .reduce((all, [, count]) => all + count, 0)

describe("five hundred scores", () => {
  it("a server that answers 200 and changes nothing is caught at the first assignments, and no score is sent", async () => {
    await journey.settings("campus", { ignoredWrites: ["lineItems"] })
    const { apply } = await journey.gradeNight(5)
    expect(apply.done).toBe(0)
    expect(sum(await journey.puts(), "results")).toBe(0)
    expect(await journey.campus()).toEqual({ lineItems: {}, results: {} })
    await journey.settings("campus", { ignoredWrites: [] })
  })

  it("with one in twenty refused: the others are recorded, and the next night sends exactly those", async () => {
    await journey.faults("campus", [
      { do: "status", status: 422, match: { method: "PUT", route: "/results/", every: 20 } }
    ])
    const { apply, stdout, stderr } = await journey.gradeNight(5)
    expect(apply).toMatchObject({ done: 20 + 475, failed: 25, notReached: 0 })
    const history = JSON.parse((await journey.rollbook("history", "grades", "--json")).stdout) as ReadonlyArray<{
      readonly run: number
    }>
    const shown = await journey.rollbook("show", String(history[0]?.run), "--limit", "0")
    expect(shown.stdout.match(/HTTP 422/g)?.length).toBe(25)
    for (const text of [stdout, stderr, shown.stdout]) expect(text).not.toMatch(/Canary|Pupil/)

    await journey.clearFaults()
    await journey.forgetRequests()
    expect((await journey.gradeNight()).apply).toMatchObject({ done: 25, failed: 0 })
    expect(await journey.puts()).toEqual({ "results 201": 25 })
    expect(Object.keys((await journey.campus()).results)).toHaveLength(500)
  })

  it("says neither secret, token, name nor comment, and the vendor's header reaches the grade book alone", async () => {
    const said = await journey.rollbook("run", "grades", "--as-of", "2026-10-01")
    const secrets = Object.entries(journey.environment)
      .filter(([name]) => /SECRET|TOKEN$/.test(name))
      .map(([, value]) => value)
    expect(said.code, said.stderr).toBe(0)
    for (const secret of secrets) expect(said.stdout + said.stderr).not.toContain(secret)
    expect(said.stdout + said.stderr).not.toMatch(/Canary|Pupil|Bearer/)
    const log = (await (await fetch(`${journey.campusUrl}/sandbox/requests`)).json()) as {
      readonly vendorHeaderLeaks: number
    }
    expect(log.vendorHeaderLeaks).toBe(0)
    expect(JSON.stringify(await journey.campus())).not.toContain("Canaryprivate")
  })
})

describe("killed with -9 while it sends", () => {
  it("at three moments, and taken up each time: the SIS holds the same as without, and nothing more was sent with effect", async () => {
    for (const item of items.slice(0, 8)) {
      for (const user of journey.studentsOf("5001")) await journey.give(english, item, user, 3.25)
    }
    await journey.forgetRequests()
    const sent = journey.arrivals("campus", ({ method, url }) => method === "PUT" && /\/results\//.test(url ?? ""))
    let words: ReadonlyArray<string> = ["run", "grades", "--as-of", "2026-10-01"]
    for (const moment of [20, 80, 140]) {
      const { ended, process } = journey.begin(...words)
      await Promise.race([sent.reached(moment), ended])
      process.kill("SIGKILL")
      expect((await ended).signal).toBe("SIGKILL")
      words = ["resume"]
    }
    const ended = await journey.rollbook("resume")
    expect(ended.code, ended.stderr).toBe(0)
    const { results } = await journey.campus()
    expect(Object.values(results).filter((one) => one["score"] === 3.25)).toHaveLength(200)
    expect(Object.keys(results)).toHaveLength(500)
    // What was under way at each kill is sent again, to the same address; nothing else is.
    expect(sum(await journey.puts(), "results")).toBeLessThanOrEqual(200 + 3 * 256)
    await journey.forgetRequests()
    expect((await journey.gradeNight()).plan.steps.count).toBe(0)
  })
})

describe("an export that ends beside a run of the roster and does not know how its steps ended", () => {
  it("is settled before the run writes", async () => {
    for (const user of journey.studentsOf("5001")) await journey.give(english, "Essay 1", user, 4.75)
    const sent = journey.arrivals("campus", ({ method, url }) => method === "PUT" && /\/results\//.test(url ?? ""))
    const { ended, process } = journey.begin("run", "grades", "--as-of", "2026-10-01")
    await Promise.race([sent.reached(5), ended])
    process.kill("SIGKILL")
    expect((await ended).signal).toBe("SIGKILL")
    const journals = join(journey.workspace, ".rollbook", "journal")
    const [left = ""] = readdirSync(journals).filter((name) => name.endsWith(".journal"))
    const aside = join(journey.workspace, left)
    renameSync(join(journals, left), aside)
    const read = journey.arrivals("campus", ({ url }) => /\/orgs/.test(url ?? ""))
    const run = journey.rollbook("run", "roster", "--as-of", "2026-10-01")
    await read.reached(1)
    renameSync(aside, join(journals, left))
    const { code, stderr, stdout } = await run
    expect(code, stderr).toBe(0)
    expect(stdout + stderr).toContain(`Plan ${left.replace(/\.journal$/, "")} had been interrupted`)
    expect(readdirSync(journals).filter((name) => name.endsWith(".journal"))).toEqual([])
    expect((await journey.gradeNight()).apply).toMatchObject({ failed: 0 })
    const { results } = await journey.campus()
    expect(Object.values(results).filter((one) => one["score"] === 4.75)).toHaveLength(25)
  })
})

describe("one course cannot be read", () => {
  it("it stays as it was, and the other goes on", async () => {
    const state = (await journey.state()) as unknown as {
      readonly orgUnits: ReadonlyArray<{ readonly id: number; readonly code: string; readonly type: string }>
    }
    const id = state.orgUnits.find((one) => one.code === english && one.type === "Course Offering")?.id
    const [pupil = ""] = journey.studentsOf("5001")
    const [neighbour = ""] = journey.studentsOf("5002")
    await journey.give(english, "Essay 1", pupil, 19.5)
    await journey.give(other, "Essay 1", neighbour, 18.5)
    await journey.faults("brightspace", [{ do: "status", status: 403, match: { pattern: `/(courses/)?${id}(/|$)` } }])
    const { plan, stderr } = await journey.gradeNight(4)
    expect(plan.holds).toEqual([])
    expect(stderr).toMatch(/NOT READ courses: 1 part of 1200 1 English 9 not read.*HTTP 403/)
    expect(await journey.puts()).toEqual({ "results 200": 1 })
    await journey.clearFaults()
    await journey.forgetRequests()
    await journey.gradeNight()
    expect(await journey.puts()).toEqual({ "results 200": 1 })
  })
})

describe("what people ask for", () => {
  it("one class and session alone", async () => {
    const [pupil = ""] = journey.studentsOf("5001")
    const [neighbour = ""] = journey.studentsOf("5002")
    await journey.give(english, "Essay 2", pupil, 6.5)
    await journey.give(other, "Essay 2", neighbour, 6.5)
    await journey.gradeNight(0, "--only", "section=5001,session=301")
    expect(await journey.puts()).toEqual({ "results 200": 1 })
    expect(
      (await journey.requests("brightspace")).filter((one) => one.route.endsWith("/grades/values/"))
    ).toMatchObject([{ count: 2 }]) // two hundred and fifty scores, two hundred a page
    await journey.forgetRequests()
    await journey.gradeNight(0, "--only", "section=5002,session=302")
    expect(await journey.puts()).toEqual({})
    await journey.gradeNight()
    expect(await journey.puts()).toEqual({ "results 200": 1 })
  })

  it("a score edited in the SIS is shown before it is overwritten, or waits where that is declared", async () => {
    const [pupil = "", second = ""] = journey.studentsOf("5001")
    const { lineItems, results } = await journey.campus()
    // Both classes have an essay of that title, and they come in any order.
    const [essay = ""] = Object.entries(lineItems).flatMap(([id, item]) =>
      item["title"] === "Essay 3" && JSON.stringify(item["class"]).includes('"5001"') ? [id] : []
    )
    const edited = Object.values(results).find(
      (one) => JSON.stringify(one).includes(essay) && JSON.stringify(one["student"]).includes(`s${pupil.slice(2)}`)
    )
    expect(edited).toBeDefined()
    await journey.source.put("results", String(edited?.["sourcedId"]), { score: 1.5 })
    await journey.give(english, "Essay 3", pupil, 16.5)
    await journey.give(english, "Essay 3", second, 16.5)
    journey.editPipeline("grades", "on_target_edit: overwrite\n      person", "on_target_edit: hold\n      person")
    const held = await journey.gradeNight(3)
    expect(held.plan.holds.map((hold) => hold.steps)).toEqual([1])
    expect(await journey.puts()).toEqual({ "results 200": 1 })
    journey.editPipeline("grades", "on_target_edit: hold\n      person", "on_target_edit: overwrite\n      person")
    const planned = await journey.rollbook("plan", "grades", "--as-of", "2026-10-01")
    const id = /grades-2026-10-01-\d+/.exec(planned.stdout + planned.stderr)?.[0] ?? ""
    const shown = await journey.rollbook("show", id)
    expect(shown.stdout).toContain("overwrites what was changed at the target: score")
    await journey.gradeNight()
    expect((await journey.campus()).results[String(edited?.["sourcedId"])]?.["score"]).toBe(16.5)
  })

  it("a freeze: nothing leaves while it lasts, and what waited goes when it is over", async () => {
    const [pupil = ""] = journey.studentsOf("5001")
    await journey.give(english, "Essay 4", pupil, 2.5)
    journey.editPipeline(
      "grades",
      "freeze: []",
      'freeze: [{ from: "2026-10-01", until: "2026-10-01", say: "grades are final" }]'
    )
    const { apply } = await journey.gradeNight()
    expect(apply).toMatchObject({ done: 0, stopped: 1 })
    expect(await journey.puts()).toEqual({})
    journey.editPipeline("grades", 'until: "2026-10-01"', 'until: "2026-10-01T00:00"')
    await journey.gradeNight()
    expect(await journey.puts()).toEqual({ "results 200": 1 })
  })
})
