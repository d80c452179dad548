import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Ended, type Journey, startJourney } from "./harness.ts"
import { smallDistrict } from "./small-district.ts"

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
  journey = await startJourney({ data: smallDistrict() })
  await journey.source.put("users", "s41001", student)
  await journey.source.put("users", "s41005", { ...student, username: "canary.other", identifier: "0041005" })
  await journey.source.put("users", "t1001", teacher)
  await journey.source.put("users", "g5001", guardian)
  // In quarantine with all that it still has: without a last name, and under a user name that another record has.
  await journey.source.put("users", "s41009", { familyName: "", givenName: "Canaryhalf", email: "half@canary.example" })
  await journey.source.put("users", "s41013", { username: "canary.user", givenName: "Canarytwin" })
}, 120_000)

afterAll(() => journey.stop())

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
  }, 120_000)

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
  }, 120_000)

  it("the source fails in the middle", async () => {
    await journey.faults("campus", [{ do: "html", match: { route: "/users" } }])
    expect((await say("run", "roster", ...planned)).code).toBe(4)
    expect((await say("run", "roster", ...planned, "--log-format", "json")).code).toBe(4)
    await journey.clearFaults()
    expect((await say("history")).code).toBe(0)
  }, 120_000)

  it("no name, user name or address was said", () => {
    expect(said.size).toBeGreaterThan(15)
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
