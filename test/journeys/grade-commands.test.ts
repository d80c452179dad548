import { userInfo } from "node:os"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { ask, asOf, type Journey, startJourney } from "./harness.ts"
import { tinyDistrict } from "./small-district.ts"

// Processes on a busy machine take their time; none of these tests is about time.
vi.setConfig({ testTimeout: 480_000 })

/** The grade book of class 5001, whose lead teacher is t1001. */
const course = "Hernandez_Olivia 1200 1"
const term = "2026-2027 Semester 1 2027"
const [edda, other] = ["0041001", "0041013"]

let journey: Journey
let courseId = ""
const itemIds = new Map<string, string>()

const score = (item: string, user: string, points: number | null) =>
  ask(`${journey.brightspaceUrl}/sandbox/score`, "PUT", { course, item, user, points })
const atItem = (name: string): string =>
  `${journey.brightspaceUrl}/sandbox/gradebook/${courseId}/items/${itemIds.get(name) ?? ""}`
const seedItems = (items: ReadonlyArray<Record<string, unknown>>) =>
  journey.seed({
    gradebook: {
      course,
      categories: [
        { name: "Homework", exportToSis: true },
        { name: "Practice", exportToSis: false }
      ],
      items: items.map((item) => ({ type: "Numeric", maxPoints: 20, category: "Homework", session: term, ...item }))
    }
  })
const gradesRun = async (...words: ReadonlyArray<string>) => {
  const ended = await journey.rollbook("run", "grades", "--as-of", asOf, "--json", ...words)
  if (ended.code !== 0) throw new Error(`exit ${ended.code}\n${ended.stdout}\n${ended.stderr}`)
  return (JSON.parse(ended.stdout) as { readonly apply: { readonly run: number; readonly done: number } }).apply
}
const json = async <A>(...words: ReadonlyArray<string>): Promise<A> =>
  JSON.parse((await journey.rollbook(...words, "--json")).stdout) as A
const learnIds = async (): Promise<void> => {
  const { items } = await json<{ readonly items: ReadonlyArray<{ readonly id: string; readonly name: string }> }>(
    "items",
    "5001"
  )
  for (const { id, name } of items) itemIds.set(name, id)
}

beforeAll(async () => {
  journey = await startJourney({ data: tinyDistrict() })
  await journey.night()
  courseId = (await journey.state()).orgUnits.find((unit) => unit.code === course)?.id ?? ""
  await seedItems([
    { name: "Essay" },
    { name: "Quiz", maxPoints: 10 },
    { name: "Warm-up", category: "Practice" },
    { name: "Notes", type: "Text" }
  ])
  await score("Essay", edda, 18)
  await score("Essay", other, 0)
  await score("Quiz", edda, 9)
})
afterAll(() => journey.stop())

describe("exports on demand", () => {
  let run = 0

  it("an overview lists categories and items, and why one does not go", async () => {
    const planned = await journey.rollbook("plan", "grades", "--as-of", asOf, "--only", "section=5001")
    expect(planned.code).toBe(0)
    expect(planned.stdout).toMatch(/scheduled export: on, 30 3 \* \* \*/)
    expect(planned.stdout).toMatch(/Homework +SIS\n/)
    expect(planned.stdout).toMatch(/Essay .* yes +never/)
    expect(planned.stdout).toMatch(/Warm-up .* no +never +its category is not enabled for export to the SIS/)
    expect(planned.stdout).toMatch(/Notes .* no +never +items of this type are not sent/)
    await learnIds()
  })

  it("a class without items is known all the same", async () => {
    const planned = await journey.rollbook("plan", "grades", "--as-of", asOf, "--only", "section=5003")
    expect(planned.code, planned.stderr).toBe(0)
    expect(planned.stdout).not.toContain("rollbook knows none")
  })

  it("a misspelt session is not told as one without changes; one that has no items is known", async () => {
    const planned = (session: string) =>
      journey.rollbook("plan", "grades", "--as-of", asOf, "--only", `section=5001,session=${session}`)
    const misspelt = await planned("Fal")
    expect(misspelt.code).toBe(1)
    expect(misspelt.stderr).toContain("nothing was planned: session Fal: rollbook knows none of that id or name")
    expect((await planned("302")).code).toBe(0)
  })

  it("a person has one class exported, and the history says who", async () => {
    const applied = await gradesRun("--only", "section=5001,session=301", "--as", "o.hernandez")
    expect(applied.done).toBe(5)
    run = applied.run
    const history = await journey.rollbook("history", "grades")
    expect(history.stdout).toMatch(/o\.hernandez +1200 1 English 9 .* done +2 +2 +3 +0 +0\n/)
    const [first] = await json<ReadonlyArray<Record<string, unknown>>>("history", "grades", "--section", "5001")
    expect(first).toMatchObject({
      run,
      askedBy: "o.hernandez",
      nightly: false,
      students: 2,
      sent: { line_item: 2, result: 3 },
      failed: 0,
      stopped: 0
    })
    expect(await json("history", "grades", "--section", "5002")).toEqual([])
  })

  it("what was sent names no student unless asked to", async () => {
    const shown = await journey.rollbook("show", String(run))
    expect(shown.stdout).toContain("asked for by o.hernandez")
    expect(shown.stdout).toMatch(/done +create result +1200 1 English 9: Essay +\*\*\* +\*\*\*/)
    expect(shown.stdout).not.toMatch(/s41001|Novak/)
    const whole = await json("show", String(run), "--section", "5001")
    expect(await json("show", String(run), "--section", "1200 1 english 9")).toEqual(whole)
    expect(JSON.stringify(whole)).not.toMatch(/s41001|Novak/)
    const revealed = await journey.rollbook("show", String(run), "--reveal", "--limit", "0")
    expect(revealed.stdout).toMatch(/1200 1 English 9: Essay +Edda Novak \(s41001\) +18/)
  })

  it("a nightly export stands in the same history, marked as such", async () => {
    await score("Quiz", edda, 10)
    await gradesRun()
    const history = await journey.rollbook("history", "grades")
    expect(history.stdout).toMatch(/nightly +1200 1 English 9 .* done +1 +0 +1 +0 +0\n.*o\.hernandez/)
  })

  it("a score that the SIS refuses is named with its reason, and its history counts an error", async () => {
    await score("Essay", other, 3)
    await journey.faults("campus", [{ do: "status", status: 422, match: { method: "PUT", route: "/results" } }])
    const ended = await journey.rollbook("run", "grades", "--as-of", asOf)
    await journey.clearFaults()
    expect(ended.code).toBe(5)
    const number = /Run (\d+) of grades/.exec(ended.stdout)?.[1] ?? ""
    const shown = await journey.rollbook("show", number, "--outcome", "failed")
    expect(shown.stdout).toMatch(/failed +update result +1200 1 English 9: Essay +\*\*\* +\*\*\* +\w+: .*422/)
    const [first] = await json<ReadonlyArray<Record<string, unknown>>>("history", "grades")
    expect(first).toMatchObject({ failed: 1, sent: { line_item: 0, result: 0 } })
    expect((await gradesRun()).done).toBe(1)
  })

  it("what a freeze stops is listed, and counted", async () => {
    await score("Quiz", edda, 8)
    journey.editPipeline(
      "grades",
      "    freeze: []",
      '    freeze: [{ from: "2026-09-30", until: "2026-10-02", say: Q1 is on report cards }]'
    )
    const { run: stopped } = await gradesRun()
    const shown = await journey.rollbook("show", String(stopped), "--outcome", "stopped")
    expect(shown.stdout).toMatch(
      /stopped +update result +1200 1 English 9: Quiz +\*\*\* +\*\*\* +Q1 is on report cards/
    )
    journey.editPipeline(
      "grades",
      /    freeze: \[\{.*\n/.exec(readFileSync(join(journey.workspace, "pipelines", "grades.yaml"), "utf8"))?.[0] ?? "",
      "    freeze: []\n"
    )
    expect((await gradesRun()).done).toBe(1)
  })

  it("where exporting is switched off, it says so, and nothing is sent", async () => {
    await journey.forgetRequests()
    journey.editPipeline("grades", "nightly: true", "nightly: false")
    journey.editPipeline("grades", "on_demand: true", "on_demand: false")
    const nightly = await journey.rollbook("run", "grades", "--as-of", asOf)
    expect(nightly.code).toBe(0)
    expect(nightly.stdout).toMatch(/nightly export is switched off.*Nothing was read or sent/)
    const person = await journey.rollbook("run", "grades", "--only", "section=5001", "--as", "o.hernandez")
    expect(person.code).toBe(1)
    expect(person.stderr).toContain("not configured to allow users to export")
    const nobody = await journey.rollbook("run", "grades", "--only", "section=5001", "--as-of", asOf)
    expect(nobody.code).toBe(1)
    expect(nobody.stderr).toContain("not configured to allow users to export")
    expect(await journey.requests("campus")).toEqual([])
    journey.editPipeline("grades", "nightly: false", "nightly: true")
    journey.editPipeline("grades", "on_demand: false", "on_demand: true")
  })

  it("a section that rollbook does not manage is refused with that reason", async () => {
    for (const words of [
      ["run", "grades", "--only", "section=999", "--as", "o.hernandez"],
      ["plan", "grades", "--only", "section=999"],
      ["items", "999"]
    ]) {
      const refused = await journey.rollbook(...words)
      expect(refused.code).toBe(1)
      expect(refused.stderr).toContain("no course of section 999 is managed by rollbook")
    }
  })
})

describe("items kept back", () => {
  it("an item that somebody keeps back is not sent until it is released", async () => {
    const kept = await journey.rollbook("items", "1200 1 English 9", "--keep", "essay", "--as", "o.hernandez")
    // Who typed it stands in the trail beside the name that was typed.
    const trail = JSON.parse((await journey.rollbook("audit", "--json")).stdout) as ReadonlyArray<{
      readonly who: string
      readonly what: string
    }>
    expect(trail.at(-1)).toMatchObject({ who: userInfo().username, what: "items --as o.hernandez" })

    expect(kept.stdout).toMatch(/Essay .* no .* somebody keeps it back/)
    await score("Essay", edda, 19)
    expect((await gradesRun()).done).toBe(0)
    const released = await journey.rollbook("items", "5001", "--send", itemIds.get("Essay") ?? "")
    expect(released.stdout).toContain("somebody let it go: the next run judges it anew")
    expect((await gradesRun()).done).toBeGreaterThan(0)
    expect((await journey.rollbook("items", "5001")).stdout).toMatch(/Essay .* yes/)
  })

  it("an item that is not there is refused with the nearest name", async () => {
    const refused = await journey.rollbook("items", "5001", "--keep", "Esay")
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain("Essay")
  })
})

describe("what is to be done by hand", () => {
  const listed = async (...words: ReadonlyArray<string>) =>
    (
      await json<{
        readonly entries: ReadonlyArray<{
          readonly reason: string
          readonly title: string
          readonly assignment: string
        }>
      }>("cleanup", ...words)
    ).entries
  const reasons = async (...words: ReadonlyArray<string>) =>
    (await listed(...words)).map(({ reason, title }) => `${reason} ${title}`).toSorted((a, b) => a.localeCompare(b))

  const all = ["deleted Lab", "not-eligible Project", "recreated Quiz", "scores-gone Essay", "turned-away Poster"]

  it("nothing is listed while all is in order", async () => {
    expect((await journey.rollbook("cleanup")).stdout).toBe("Nothing is to be done by hand.\n")
  })

  it("deleted, made anew, no longer eligible, turned away and cleared are listed by teacher", async () => {
    await seedItems([{ name: "Lab" }, { name: "Project" }, { name: "Poster" }])
    await gradesRun()
    await learnIds()
    await ask(atItem("Lab"), "DELETE")
    await ask(atItem("Quiz"), "DELETE")
    await seedItems([{ name: "Quiz" }])
    await ask(atItem("Project"), "PUT", { category: "Practice" })
    await ask(atItem("Poster"), "PUT", { name: "Poster ".padEnd(70, "x") })
    await score("Essay", other, null)
    // The SIS has no room for the new quiz while the old one has its title: that is known, and it is not sent.
    const night = await journey.rollbook("run", "grades", "--as-of", asOf)
    expect(night.code, night.stderr).toBe(0)
    expect(night.stdout).toMatch(/line_item: title-taken +1/)
    expect(await reasons()).toEqual(all)

    const shown = await journey.rollbook("cleanup", "--reveal")
    expect(shown.stdout).toContain("Teacher t1001, Olivia Hernandez")
    expect(shown.stdout).toMatch(/Essay +1 +scores were cleared in Brightspace \(students s41013\)/)
    expect((await journey.rollbook("cleanup")).stdout).not.toMatch(/Olivia|s41013/)
  })

  it("what is done, in the SIS or in Brightspace, drops off", async () => {
    const doneByHand = async (title: string): Promise<void> => {
      const entry = (await listed()).find((one) => one.title === title)
      await journey.source.remove("lineItems", entry?.assignment ?? "")
    }
    await doneByHand("Quiz")
    expect(await reasons()).toEqual(all.filter((one) => one !== "recreated Quiz"))
    const offline = await journey.rollbook("cleanup", "--offline")
    expect(offline.stderr).toContain("The SIS was not asked")
    expect(offline.stdout).toMatch(/Quiz .* made anew as/)
    await ask(`${atItem("Lab")}/restore`, "POST")
    await ask(atItem("Project"), "PUT", { category: "Homework" })
    await ask(atItem("Poster"), "PUT", { name: "Poster" })
    await score("Essay", other, 4)
    await gradesRun()
    expect(await reasons()).toEqual([])
    // That run found the title free, and sent the new quiz.
    expect(await reasons("--offline")).toEqual([])
  })

  it("a course that cannot be read lists nothing", async () => {
    await journey.faults("brightspace", [
      { do: "status", status: 403, match: { route: "/grades/" } },
      { do: "status", status: 403, match: { route: "/d2l/api/le/:version/:orgUnitId/grades/" } }
    ])
    const night = await journey.rollbook("run", "grades", "--as-of", asOf)
    expect(night.code).toBe(4)
    await journey.clearFaults()
    expect(await reasons("--offline")).toEqual([])
    const items = await journey.rollbook("items", "5001")
    expect(items.stdout).toMatch(/Essay .* no .* not read in the last run: what is known of it is of /)
  })
})
