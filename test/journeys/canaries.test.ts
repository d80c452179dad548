import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Ended, type Journey, startJourney } from "./harness.ts"
import { startTalebearer, type Talebearer } from "./talebearer.ts"
import { tinyDistrict } from "./small-district.ts"

/** Names, addresses and secrets that nothing says aloud unless it was asked to. */

const asOf = "2026-10-01"
const planned: ReadonlyArray<string> = ["--as-of", asOf]

const student = {
  givenName: "Canaryfirst",
  familyName: "Canarylast",
  username: "canary.user",
  email: "canary@mail.example"
}
const teacher = {
  givenName: "Canaryteach",
  familyName: "Canarylead",
  username: "canary.lead",
  email: "lead@canary.example"
}
const guardian = {
  givenName: "Canarywatch",
  familyName: "Canaryguard",
  username: "canary.guard",
  email: "g@canary.example"
}

let journey: Journey
let campus: Talebearer
let brightspace: Talebearer
/** Everything that the commands said, by command line. */
const said = new Map<string, Ended>()

const say = async (...words: ReadonlyArray<string>): Promise<Ended> => {
  const ended = await journey.rollbook(...words)
  said.set(`${said.size} ${words.join(" ")}`, ended)
  return ended
}

const newestPlan = async (): Promise<string> => {
  const runs = JSON.parse((await say("history", "--json")).stdout) as ReadonlyArray<{ readonly plan: string | null }>
  return runs.find((run) => run.plan !== null)?.plan ?? ""
}

beforeAll(async () => {
  journey = await startJourney({ data: tinyDistrict() })
  await journey.source.put("users", "s41001", student)
  await journey.source.put("users", "s41005", { ...student, username: "canary.other", identifier: "0041005" })
  await journey.source.put("users", "t1001", teacher)
  await journey.source.put("users", "g5001", guardian)
  // In quarantine with all that it still has: without a last name, and under a user name that another record has.
  await journey.source.put("users", "s41009", { familyName: "", givenName: "Canaryhalf", email: "half@canary.example" })
  await journey.source.put("users", "s41013", { username: "canary.user", givenName: "Canarytwin" })
})

afterAll(async () => {
  await campus?.stop()
  await brightspace?.stop()
  await journey.stop()
})

describe("whatever befalls a night", () => {
  it("it is planned, carried out, and looked at", async () => {
    expect((await say("validate")).code).toBe(0)
    expect((await say("plan", "roster", ...planned)).code).toBe(0)
    const plan = await newestPlan()
    expect((await say("show", plan, "--limit", "0")).code).toBe(0)
    expect((await say("show", plan, "--limit", "0", "--format", "json")).code).toBe(0)
    expect((await say("apply", plan, "--log-format", "json")).code).toBe(0)
    expect((await say("quarantine", "roster", "--limit", "0")).code).toBe(0)
    expect((await say("quarantine", "roster", "--json")).code).toBe(0)
    expect((await say("quarantine", "roster", "--replay", "--limit", "0")).code).toBe(0)
    expect((await say("quarantine", "roster", "--replay", "--json")).code).toBe(0)
    expect((await say("plan", "roster", "--from-run", "last")).code).toBe(0)
    for (const who of ["s41001", "s41009", "g5001"]) {
      expect((await say("explain", "person", who, "--all")).code).toBe(0)
      expect((await say("explain", "person", who, "--json")).code).toBe(0)
      expect((await say("audit", who)).code).toBe(0)
      expect((await say("audit", who, "--json")).code).toBe(0)
    }
    expect((await say("diff", plan, plan, "--limit", "0")).code).toBe(0)
    expect((await say("plan", "roster", ...planned, "--json", "--log-format", "json")).code).toBe(0)
  }, 300_000)

  it("steps fail, with the words of the tenant", async () => {
    // The new user name is that of somebody whom the tenant has already, and who is nobody's account here.
    await journey.seed({
      users: [{ orgDefinedId: "x1", userName: "canary.taken", firstName: "C", lastName: "C", role: "Student" }]
    })
    await journey.source.put("users", "s41001", { username: "canary.taken" })
    await journey.source.put("users", "s41005", { email: "canary.other@mail.example" })
    await journey.faults("brightspace", [
      { do: "status", status: 403, match: { method: "PUT", route: "/users/", nth: 1 } }
    ])
    const ended = await say("run", "roster", ...planned)
    expect(ended.code, ended.stderr).toBe(5)
    const runs = JSON.parse((await say("history", "roster", "--json")).stdout) as ReadonlyArray<{
      readonly run: number
    }>
    const run = String(runs[0]?.run)
    const shown = await say("show", run)
    expect(shown.stdout + shown.stderr).toMatch(/user/)
    await say("show", run, "--json")
    await say("show", await newestPlan())
    await journey.clearFaults()
    expect((await say("run", "roster", ...planned, "--json", "--log-format", "json")).code).toBe(5)
  }, 300_000)

  it("the source fails in the middle", async () => {
    await journey.faults("campus", [{ do: "html", match: { route: "/users" } }])
    expect((await say("run", "roster", ...planned)).code).toBe(4)
    expect((await say("run", "roster", ...planned, "--log-format", "json")).code).toBe(4)
    await journey.clearFaults()
    expect((await say("history")).code).toBe(0)
  }, 300_000)

  it("servers refuse with names that nobody sent them, and with the token that they were sent", async () => {
    campus = await startTalebearer(journey.campusUrl)
    brightspace = await startTalebearer(journey.brightspaceUrl)
    journey.editConnections(
      "${env:CAMPUS_BASE_URL}",
      `${campus.url}${new URL(journey.environment["CAMPUS_BASE_URL"] ?? "").pathname}`
    )
    journey.editConnections("${env:BRIGHTSPACE_URL}", brightspace.url)
    for (const format of ["pretty", "json"]) {
      campus.tell({ method: "GET", path: "/users" })
      expect((await say("run", "roster", ...planned, "--log-format", format)).code).toBe(4)
      campus.tell({ method: "GET", path: "/users", status: 200 })
      expect((await say("run", "roster", ...planned, "--log-format", format)).code).toBe(4)
      campus.hush()
      brightspace.tell({ method: "GET", path: "/roles/" })
      expect((await say("plan", "roster", ...planned, "--log-format", format)).code).toBe(5)
      brightspace.hush()
      await journey.source.put("users", "t1001", { email: `${format}@canary.example` })
      brightspace.tell({ method: "PUT", path: "/users/" })
      expect((await say("run", "roster", ...planned, "--log-format", format)).code).toBe(5)
      brightspace.hush()
    }
    campus.tell({ method: "GET", path: "/users" })
    brightspace.tell({ method: "GET", path: "/roles/" })
    await say("probe", "campus")
    await say("probe", "brightspace", "--json", "--log-format", "json")
    campus.hush()
    brightspace.hush()
    const runs = JSON.parse((await say("history", "--json")).stdout) as ReadonlyArray<{ readonly run: number }>
    await say("history")
    for (const { run } of runs.slice(0, 4)) await say("show", String(run), "--limit", "0")
    await say("show", String(runs[0]?.run), "--json")
    await say("explain", "person", "t1001", "--all")
    await say("explain", "person", "t1001", "--json")
    // Those who ask for it read what the server said, without the token.
    const told = await journey.rollbook("show", String(runs[0]?.run), "--reveal")
    expect(told.stdout).toContain("row of Canarytold is broken")
    expect(told.stdout).not.toMatch(/Bearer [A-Za-z0-9]/)
    const explained = await journey.rollbook("explain", "person", "t1001", "--reveal")
    expect(explained.stdout).toContain("row of Canarytold is broken")
  })

  it("the rows do not fit what the pipeline does with them", async () => {
    const file = join(journey.workspace, "pipelines", "roster.yaml")
    const good = readFileSync(file, "utf8")
    for (const bad of ["CAST(person.family_name AS INTEGER)", "strptime(person.family_name, '%Y')"]) {
      writeFileSync(
        file,
        good.replace(
          `{ district AS district: "true" }\n        - { duplicate_person`,
          `{ district AS district: "${bad} IS NOT NULL" }\n        - { duplicate_person`
        )
      )
      expect(readFileSync(file, "utf8")).not.toBe(good)
      await say("validate")
      expect((await say("run", "roster", ...planned)).code).toBe(1)
      expect((await say("run", "roster", ...planned, "--log-format", "json")).code).toBe(1)
      expect((await say("history", "--json")).stdout).toContain('"failed"')
    }
    writeFileSync(file, good)
    await say("history")
  }, 300_000)

  it("the state file is damaged", async () => {
    const file = join(journey.workspace, "damaged.duckdb")
    writeFileSync(file, "Canarylast is blocked by a lock. ".repeat(500))
    for (const words of [["history"], ["run", "roster", ...planned], ["explain", "person", "s41001"]]) {
      expect((await say(...words, "--state", file)).code).toBe(1)
      expect((await say(...words, "--state", file, "--log-format", "json")).code).toBe(1)
    }
  }, 300_000)

  it("no name, user name or address was said", () => {
    expect(said.size).toBeGreaterThan(50)
    for (const [command, { stderr, stdout }] of said) {
      const named = `${stdout}${stderr}`.split("\n").filter((line) => /canary/i.test(line))
      expect(named, command).toEqual([])
    }
  })

  it("no secret and no token was said", () => {
    const secrets = Object.entries(journey.environment)
      .filter(([name]) => /SECRET|TOKEN$|PRIVATE_KEY$/.test(name))
      .flatMap(([, value]) => (value.includes("\n") ? value.split("\n").filter((line) => line.length > 40) : [value]))
    expect(secrets.length).toBeGreaterThan(4)
    for (const [command, { stderr, stdout }] of said) {
      const text = `${stdout}${stderr}`
      expect(
        secrets.filter((secret) => text.includes(secret)),
        command
      ).toEqual([])
      expect(text, command).not.toMatch(/Bearer|Basic [A-Za-z0-9+/=]{8}|eyJ[A-Za-z0-9_-]{10}|PRIVATE KEY/)
    }
  })

  it("what was asked of the stand-ins names nobody", async () => {
    const asked = JSON.stringify([await journey.requests("campus"), await journey.requests("brightspace")])
    expect(asked.length).toBeGreaterThan(100)
    expect(asked).not.toMatch(/canary/i)
  })

  it("names are there for those who ask for them", async () => {
    const shown = await journey.rollbook("show", await newestPlan(), "--entity", "user", "--reveal", "--limit", "0")
    expect(shown.stdout).toContain("canary.taken")
  })
})
