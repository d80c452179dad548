import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { asOf, type Journey, startJourney } from "./harness.ts"

const middle = "CE9C02E4-AAFB-4062-97FF-BBAAECA05990"
const high = "5BB7FB0F-D8D9-415B-8725-460B8CE504DB"

let journey: Journey
let plan: string
let folder: string
let said: string

beforeAll(async () => {
  journey = await startJourney()
  await journey.night()
  // Six of ten classes of a school vanish, and somebody has a new name.
  for (const id of ["5014", "5015", "5016", "5017", "5018", "5019"]) await journey.source.remove("classes", id)
  await journey.source.put("users", "s41001", { familyName: "Nakamura-Reyes" })
  const ended = await journey.rollbook("plan", "roster", "--as-of", asOf)
  expect(ended.code, ended.stderr).toBe(3)
  said = ended.stderr
  plan = /plans\/([\w.-]+)\/plan\.json/.exec(said)?.[1] ?? ""
  folder = join(journey.workspace, ".rollbook", "plans", plan)
})

afterAll(() => journey.stop())

const file = (name: string): string => readFileSync(join(folder, name), "utf8")
const show = async (...words: ReadonlyArray<string>): Promise<string> => {
  const ended = await journey.rollbook("show", plan, ...words)
  expect(ended.code, ended.stderr).toBe(0)
  return ended.stdout
}

it("says where the reports lie, and writes them for their owner alone", () => {
  expect(said).toContain("plan.html for the browser")
  expect(said).toContain("plan.md to paste")
  for (const name of ["plan.html", "plan.md", "summary.json"]) {
    expect(statSync(join(folder, name)).mode & 0o077, name).toBe(0)
  }
})

it("sums up by school, course and section, with people before and after", () => {
  const summary = JSON.parse(file("summary.json")) as {
    readonly schools: ReadonlyArray<unknown>
    readonly courses: ReadonlyArray<Record<string, unknown>>
    readonly sections: ReadonlyArray<Record<string, unknown>>
    readonly runs: ReadonlyArray<Record<string, unknown>>
  }
  expect(summary.schools).toContainEqual({ id: middle, name: "Maple Ridge Middle School" })
  const emptied = summary.sections.filter((section) => section["after"] === 0)
  expect(new Set(emptied.map((section) => section["id"]))).toEqual(
    new Set(["5014", "5015", "5016", "5017", "5018", "5019"])
  )
  expect(emptied[0]).toMatchObject({ id: "5015", name: "0710 2 Language Arts", school: middle, before: 28 })
  // What is held does not happen yet: 28 stay 28.
  expect(emptied.every((section) => section["afterWithoutHeld"] === section["before"])).toBe(true)
  expect(summary.courses[0]).toMatchObject({ name: "Language Arts", school: middle })
  expect(summary.runs.map((run) => run["run"])).toEqual([1])
})

it("shows what is held and what is removed first, in every format", async () => {
  const text = await show()
  expect(text.indexOf("HELD")).toBeLessThan(text.indexOf("REMOVALS"))
  expect(text.indexOf("REMOVALS")).toBeLessThan(text.indexOf("Changes"))
  expect(text.indexOf("- unenroll enrollment 5014")).toBeGreaterThan(text.indexOf("Quarantine"))
  const markdown = await show("--format", "markdown")
  expect(markdown.indexOf("## Held")).toBeLessThan(markdown.indexOf("## Removals"))
  const json = JSON.parse(await show("--format", "json", "--limit", "3")) as {
    readonly removals: number
    readonly listed: ReadonlyArray<{ readonly action: string }>
  }
  expect(Object.keys(json).slice(0, 3)).toEqual(["plan_id", "holds", "removals"])
  expect(json.removals).toBeGreaterThan(300)
  expect(json.listed.map((step) => step.action)).toEqual(["unenroll", "unenroll", "unenroll"])
})

it("filters every format to a school and an action", async () => {
  const markdown = await show("--format", "markdown", "--school", high, "--action", "update")
  expect(markdown).toContain(`action update, school ${high}`)
  expect(markdown).toContain("s41001")
  expect(markdown).not.toContain("5014/")
  const unenrolled = await show("--school", "maple ridge middle school", "--action", "unenroll")
  expect(unenrolled).toBe(await show("--school", middle, "--action", "unenroll"))
  expect(unenrolled).toContain("- unenroll enrollment 5014")
  const page = join(journey.workspace, "page.html")
  await show("--format", "html", "--school", middle, "--action", "deactivate", "--out", page)
  const html = readFileSync(page, "utf8")
  expect(html).toContain(`school ${middle}`)
  expect(html).not.toContain("s41001")
  expect(statSync(page).mode & 0o077).toBe(0)
})

it("masks names in what lies in the folder, and shows them to who asks", async () => {
  const written = readdirSync(folder).filter((name) => /\.(md|html)$/.test(name))
  expect(written).toHaveLength(2)
  for (const name of written) expect(file(name), name).not.toContain("Nakamura")
  expect(await show("--format", "markdown")).not.toContain("Nakamura")
  expect(await show("--format", "markdown", "--reveal")).toContain("Nakamura-Reyes")
  expect(await show("--format", "html", "--reveal")).toContain("Nakamura-Reyes")
})

it("refuses a summary that somebody changed, and a report of what is no plan", async () => {
  const runs = await journey.rollbook("history", "--json")
  const apply = (JSON.parse(runs.stdout) as ReadonlyArray<{ readonly run: number; readonly kind: string }>).find(
    (run) => run.kind === "apply"
  )
  const ofApply = await journey.rollbook("show", String(apply?.run), "--format", "html")
  expect([ofApply.code, ofApply.stderr]).toEqual([1, expect.stringContaining("only plans are shown as html")])
  const summary = file("summary.json")
  writeFileSync(join(folder, "summary.json"), summary.replace("Maple Ridge", "Nobody's"))
  const altered = await journey.rollbook("show", plan, "--format", "markdown")
  // The steps are read without it; only names of places are not known then.
  expect(await show("--school", middle)).toContain("- unenroll enrollment 5014")
  expect(await show()).toContain("REMOVALS")
  writeFileSync(join(folder, "summary.json"), summary)
  expect([altered.code, altered.stderr]).toEqual([1, expect.stringContaining("summary was changed")])
})
