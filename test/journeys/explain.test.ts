import { readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { asOf, type Ended, type Journey, startJourney } from "./harness.ts"
import { smallDistrict } from "./small-district.ts"

/** Who was where, and why: asked of the command line after some nights. */

let journey: Journey
let username = ""
const said: Array<Ended> = []

const ask = async (...words: ReadonlyArray<string>): Promise<Ended> => {
  const ended = await journey.rollbook(...words)
  if (!words.includes("--reveal")) said.push(ended)
  return ended
}

const roster = (): string => join(journey.workspace, "pipelines", "roster.yaml")

/** Edits the pipeline for as long as it is used. */
const withRoster = async <A>(from: string, to: string, use: () => Promise<A>): Promise<A> => {
  const text = readFileSync(roster(), "utf8")
  expect(text).toContain(from)
  writeFileSync(roster(), text.replace(from, to))
  try {
    return await use()
  } finally {
    writeFileSync(roster(), text)
  }
}

beforeAll(async () => {
  journey = await startJourney({ data: smallDistrict() })
  username = String((await journey.source.get("users", "s41001"))["username"])
  await journey.source.put("users", "s41001", { familyName: "Canaryold", identifier: "0041001" })
  await journey.source.put("users", "s41009", { username: "" })
  await journey.source.put("users", "s41013", { enabledUser: "false" })
  await journey.night()
  await journey.source.put("users", "s41001", { familyName: "Canarynew" })
  await journey.source.put("users", "s41005", { familyName: "" })
  await journey.faults("brightspace", [
    { do: "status", status: 403, match: { method: "PUT", pattern: "/users/", nth: 1 } }
  ])
  await journey.night(5)
  await journey.clearFaults()
  await journey.night()
})
afterAll(() => journey.stop())

describe("explain", () => {
  it.each([
    ["the id of the SIS", () => "s41001"],
    ["the Org Defined ID", () => "0041001"],
    ["the user name", () => username.toUpperCase()]
  ])("a person by %s: from what was read to the answers that came", async (_, id) => {
    const ended = await ask("explain", "person", id())
    expect(ended.code, ended.stderr).toBe(0)
    const text = ended.stdout
    expect(text).toMatch(
      /user s41001, remote id \d+\n {2}stands at the target, created by run 2, last written by run 6/
    )
    expect(text).toContain("Read by run 5 as users s41001")
    expect(text).toContain("last_name: *** -> ***")
    expect(text).toMatch(/What refers to it: .*\d+ enrollment \(\d+ at the target\)/)
    const runs = text.slice(text.indexOf("Run 1,")).split(/^(?=Run \d)/m)
    expect(runs.map((run) => run.split(",")[0])).toEqual(["Run 1", "Run 2", "Run 3", "Run 4", "Run 5", "Run 6"])
    expect(runs[0]).toContain("planned to create: user s41001, new at the source")
    expect(runs[0]).toMatch(/planned to create: enrollment .* more/)
    expect(runs[1]).toContain("create done: user s41001, remote id")
    expect(runs[2]).toContain("planned to update: user s41001, changed at the source: last_name")
    expect(runs[3]).toMatch(/! update failed, Forbidden: .*user s41001/)
    expect(runs[5]).toContain("update done: user s41001")
  })

  it("a person who stands there and is in quarantine: what stands is left alone, and why", async () => {
    const ended = await ask("explain", "user:s41005", "--json")
    expect(ended.code, ended.stderr).toBe(0)
    const [told] = JSON.parse(ended.stdout) as ReadonlyArray<Told>
    expect(told?.records).toMatchObject([
      { entity: "user", key: "s41005", presence: "present", origin: "created", since: 2 }
    ])
    expect(told?.records[0]?.why).toContain("in quarantine since run 3, no-last-name: the record has no last name")
    const dependents = told?.events.filter((event) => event.what === "quarantine" && event.entity === "enrollment")
    expect(dependents).not.toEqual([])
    for (const event of dependents ?? []) {
      expect(event).toMatchObject({ run: 3, until: null, rule: "depends-on:no-last-name" })
    }
  })

  it("a person who never came", async () => {
    const ended = await ask("explain", "person", "s99999")
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain("no record is known by that")
    const nameless = await ask("explain", "person", "s41009")
    expect(nameless.code, nameless.stderr).toBe(0)
    expect(nameless.stdout).toContain("not at the target: in quarantine since run 1, no-username")
    expect(nameless.stdout).toMatch(/! in quarantine, depends-on:no-username: enrollment .*s41009/)
    const switchedOff = await ask("explain", "person", "s41013")
    expect(switchedOff.code, switchedOff.stderr).toBe(0)
    expect(switchedOff.stdout).toContain("not at the target: not wanted since run 1: not wanted by user")
    expect(switchedOff.stdout).toMatch(/! not wanted: enrollment .*s41013/)
  })

  it("a section, its offering with it", async () => {
    const ended = await ask("explain", "section", "5013")
    expect(ended.code, ended.stderr).toBe(0)
    expect(ended.stdout).toContain("course_offering 5013")
    expect(ended.stdout).toContain("section 5013")
    expect(ended.stdout).toMatch(/create done: enrollment 5013\/\w+, 5013\/\w+, 5013\/\w+ and \d+ more/)
    const everyone = await ask("explain", "section", "5013", "--all")
    expect(everyone.stdout).toContain("create done: enrollment 5013/s41037")
  })

  it("a row that was read and became nothing, with the reason; and a row by its own id, of what it became", async () => {
    for (const words of [["section", "4890"], ["classes", "4890"], ["classes:4890"], ["4890"]]) {
      const ended = await ask("explain", ...words)
      expect(ended.code, `${words.join(" ")}: ${ended.stderr}`).toBe(0)
      expect(ended.stdout).toMatch(/classes 4890\n {2}not at the target: read by run 5, not wanted by taught_class/)
      expect(ended.stdout).toContain("Read by run 5 as classes 4890")
      expect(ended.stdout).toMatch(/! not wanted: enrollment 4890\//)
    }
    const place = await ask("explain", "enrollment", "s90001", "--json")
    expect(place.code, place.stderr).toBe(0)
    const [told] = JSON.parse(place.stdout) as ReadonlyArray<Told>
    expect(told?.records).toMatchObject([{ entity: "enrollment", presence: "present", origin: "created" }])
    expect(told?.sources).toMatchObject([{ dataset: "enrollments", key: "s90001" }])
    // By the key that it has at the target it is told as fully.
    const [named] = told?.records ?? []
    const byKey = await ask("explain", `enrollment:${String(named?.key)}`, "--json")
    expect((JSON.parse(byKey.stdout) as ReadonlyArray<Told>)[0]?.sources).toEqual(told?.sources)
    const dropped = await ask("explain", "enrollment", "s90580")
    expect(dropped.stdout).toContain("enrollment 5002/s41001\n  not at the target: not wanted since run 1")
    expect(dropped.stdout).toContain("as enrollments s90580")
    const looked = await ask("explain", "academic_sessions:401")
    expect(looked.stdout, looked.stderr).toContain("not at the target: not wanted since run 1: not wanted by semester")
  })

  it("several records that match are named; what is not there gets the nearest word", async () => {
    const several = await ask("explain", "s41001")
    expect(several.code).toBe(1)
    expect(several.stdout).toContain("user:s41001\ndistrict_enrollment:s41001")
    const word = await ask("explain", "persn", "s41001")
    expect(word.code).toBe(1)
    expect(word.stderr).toContain("did you mean person?")
  })

  it("the SQL and lineage of an entity", async () => {
    const ended = await ask("explain", "pipeline", "roster", "course_offering")
    expect(ended.code, ended.stderr).toBe(0)
    expect(ended.stdout).toContain("written as  course_offering")
    expect(ended.stdout).toMatch(/rests on .*classes.*taught_class/)
    expect(ended.stdout).toContain('CREATE OR REPLACE TEMP TABLE "candidate_course_offering" AS')
    const all = await ask("explain", "pipeline", "roster")
    expect(all.stdout).toContain("lead_teacher")
    expect((await ask("explain", "pipeline", "roster", "course_ofering")).stderr).toContain(
      "did you mean course_offering?"
    )
  })
})

describe("audit", () => {
  it("by a name: managed or not, and every change with its run and reason; the name is said nowhere", async () => {
    const ended = await ask("audit", "canarynew")
    expect(ended.code, ended.stderr).toBe(0)
    expect(ended.stdout).toMatch(/^managed {6}user:s41001, remote id \d+$/m)
    expect(ended.stdout).toMatch(/run 2, .*: create done: new at the source/)
    expect(ended.stdout).toMatch(/run 4, .*: update failed, Forbidden/)
    expect(ended.stdout).toMatch(/run 6, .*: update done: changed at the source: last_name/)
    const earlier = await ask("audit", "CANARYOLD", "--json")
    expect((JSON.parse(earlier.stdout) as ReadonlyArray<unknown>)[0]).toMatchObject({ key: "s41001", managed: true })
    const course = await ask("audit", "5013", "--entity", "course_offering", "--json")
    expect(JSON.parse(course.stdout)).toMatchObject([{ entity: "course_offering", managed: true }])
    const nobody = await ask("audit", "Canarynobody")
    expect(nobody.stdout).toMatch(
      /^Not managed: .* nor does it stand in the rows of run 5, the last read that is kept\.$/m
    )
    const notWanted = await ask("audit", "typewriting room 12")
    expect(notWanted.stdout).toMatch(
      /^not managed {2}classes:4890\n {4}not at the target: read by run 5, not wanted by/m
    )
  })

  it("whoever has names shown is noted with what was shown, and never with what was searched for", async () => {
    expect((await ask("audit")).stdout).toContain("Nobody was shown personal data yet.")
    const shown = await ask("audit", "canarynew", "--reveal")
    expect(shown.code).toBe(0)
    expect((await ask("explain", "person", "s41001", "--reveal")).stdout).toContain("last_name: Canaryold -> Canarynew")
    await ask("show", "1", "--reveal", "--limit", "1")
    const file = join(journey.workspace, ".rollbook", "audit.ndjson")
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, "utf8")).not.toMatch(/canary/i)
    const trail = JSON.parse((await ask("audit", "--json")).stdout) as ReadonlyArray<{
      readonly what: string
      readonly of: ReadonlyArray<string>
      readonly who: string
    }>
    expect(trail.map((one) => one.what)).toEqual(["audit", "explain", "show"])
    expect(trail[1]?.of).toEqual(["user:s41001"])
    expect(trail[0]?.who).not.toBe("")
  })
})

describe("what if", () => {
  it("a fix lets records out of quarantine, and a what-if plan shows what would follow; neither writes", async () => {
    await journey.forgetRequests()
    await withRoster(
      "        - { id: no-last-name, when: person.family_name IS NULL, say: the record has no last name }\n",
      "",
      () =>
        withRoster(
          "last_name: { clean: { of: person.family_name,",
          "last_name: { clean: { of: \"coalesce(person.family_name, '-')\",",
          async () => {
            const replay = await ask("quarantine", "roster", "--replay")
            expect(replay.code, replay.stderr).toBe(0)
            expect(replay.stdout).toMatch(/Leave the quarantine: \d+\n {2}user: no-last-name +1/)
            expect(replay.stdout).toMatch(/user +s41005 +wanted now +no-last-name/)
            const made = await ask("plan", "roster", "--from-run", "last", "--json")
            expect(made.code, made.stderr).toBe(0)
            const plan = JSON.parse(made.stdout) as {
              readonly plan_id: string
              readonly run: number
              readonly from_run: number
            }
            expect(plan.from_run).toBe(5)
            for (const report of ["plan.md", "plan.html"]) {
              const text = readFileSync(join(journey.workspace, ".rollbook", "plans", plan.plan_id, report), "utf8")
              expect(text, report).toContain("WHAT IF: over the rows that run 5 read")
            }
            const refused = await ask("apply", plan.plan_id)
            expect(refused.code).toBe(1)
            expect(refused.stderr).toContain("it is a what-if over the rows of run 5")
            const difference = await ask("diff", "5", String(plan.run))
            expect(difference.code, difference.stderr).toBe(0)
            expect(difference.stdout).toContain("+ update user s41005: changed at the source: last_name")
            const markdown = await ask("diff", "5", plan.plan_id, "--format", "markdown")
            expect(markdown.stdout).toMatch(/^## roster-.* → roster-/)
            const json = await ask("diff", "5", plan.plan_id, "--json")
            expect(JSON.parse(json.stdout)).toMatchObject({ first: { run: 5 }, second: { from_run: 5 } })
          }
        )
    )
    expect(await journey.writes()).toEqual({})
    expect((await journey.requests("campus")).filter((one) => !/token/.test(one.route))).toEqual([])
    const rules = await ask("quarantine", "roster", "--rule", "no-last-name")
    expect(rules.stdout).toMatch(/user: no-last-name +1 +3 +\S+ +0 to 1/)
    // What was tried has changed nothing of the night after.
    expect((await journey.plan()).plan.steps.count).toBe(0)
  })

  it("rows that are not kept are refused with those that are", async () => {
    const ended = await ask("plan", "roster", "--from-run", "1", "--as-of", asOf)
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/the rows of run 1 are not kept. Kept are the rows of run \d+ and \d+/)
    expect((await ask("plan", "roster", "--from-run", "yesterday")).stderr).toContain("give its number, or last")
    expect((await ask("diff", "1", "999")).stderr).toContain("there is no run 999")
  })
})

it("no name and no user name was said unless it was asked for", () => {
  for (const ended of said) {
    expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/canary/i)
    expect(`${ended.stdout}${ended.stderr}`).not.toContain(username)
  }
})

interface Told {
  readonly records: ReadonlyArray<{ readonly key: string; readonly why: string }>
  readonly sources: ReadonlyArray<unknown>
  readonly events: ReadonlyArray<{ readonly what: string; readonly entity: string }>
}
