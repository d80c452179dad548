import { cpSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Ended, type Journey, startJourney } from "./harness.ts"
import { tinyDistrict } from "./small-district.ts"

const district = tinyDistrict()

/** Paths of the routes that make a record, by resource. Those of the first list may not be repeated blindly. */
const creates = {
  org_unit: "/orgstructure/$",
  course_template: "/coursetemplates/$",
  course_offering: "/courses/$",
  section: "/\\d+/sections/$",
  user: "/users/$"
}
const repeatable = {
  enrollment: "/lp/[\\d.]+/enrollments/$",
  section_enrollment: "/sections/\\d+/enrollments/$",
  relationship: "/relationships/$"
}

const everyCreateLosesItsAnswer = [
  ...Object.values(creates).map((pattern) => ({ do: "answer_lost", match: { method: "POST", pattern } })),
  ...Object.values(repeatable).map((pattern) => ({ do: "answer_lost", match: { pattern, every: 3 } }))
]

let journey: Journey
/** What stands in Brightspace after an undisturbed first night, and after an undisturbed night of changes. */
let undisturbed: { readonly first: unknown; readonly second: unknown }

/** A night of changes of every kind: renames, a drop, a new enrollment, a person gone, a guardian gone. */
const change = async (at: Journey): Promise<void> => {
  await at.source.put("orgs", "5BB7FB0F-D8D9-415B-8725-460B8CE504DB", { name: "Cedar Hollow Upper School" })
  await at.source.put("courses", "101", { title: "English for Grade 9" })
  for (const id of ["5001", "5002", "5003"]) await at.source.put("classes", id, { title: `Renamed ${id}` })
  for (const id of ["s41001", "s41005", "t1001"]) await at.source.put("users", id, { familyName: "Marlowe" })
  await at.source.remove("users", "s41009")
  await at.source.remove("users", "g5001")
  await at.source.remove("enrollments", "s90001")
}

beforeAll(async () => {
  const reference = await startJourney({ data: district })
  await reference.night()
  const first = await reference.digest()
  await change(reference)
  await reference.night()
  undisturbed = { first, second: await reference.digest() }
  await reference.stop()
  expect(undisturbed.second).not.toEqual(first)
})

/** Answers that were lost on their way, by method. */
const lost = async (): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const one of await journey.requests("brightspace")) {
    if (one.outcome === "answer lost") counts[one.method] = (counts[one.method] ?? 0) + one.count
  }
  return counts
}

const expectNothingTwice = async (): Promise<void> => {
  const { orgUnits, users } = await journey.state()
  const codes = orgUnits.filter((one) => one.type !== "Section").map((one) => `${one.type} ${one.code}`)
  expect(new Set(codes).size).toBe(codes.length)
  expect(new Set(users.map((user) => user["userName"])).size).toBe(users.length)
}

describe("answers that are lost", () => {
  beforeAll(async () => {
    journey = await startJourney({ data: district })
  })
  afterAll(() => journey.stop())

  it("of every create: all is done by the end of the night, and nothing twice", async () => {
    await journey.faults("brightspace", everyCreateLosesItsAnswer)
    await journey.night()
    expect((await lost())["POST"]).toBeGreaterThan(100)
    expect(await journey.digest()).toEqual(undisturbed.first)
    await expectNothingTwice()
  })

  it("of updates and removals: all is done by the end of the night", async () => {
    await journey.clearFaults()
    await journey.forgetRequests()
    await journey.faults("brightspace", [
      { do: "answer_lost", match: { method: "PUT", every: 2 } },
      { do: "answer_lost", match: { method: "DELETE", every: 2 } }
    ])
    await change(journey)
    await journey.night()
    const { PUT = 0, DELETE = 0 } = await lost()
    expect(PUT).toBeGreaterThan(3)
    expect(DELETE).toBeGreaterThan(1)
    expect(await journey.digest()).toEqual(undisturbed.second)
    await journey.clearFaults()
    expect((await journey.plan()).plan.steps.count).toBe(0)
  })
})

describe("a tenant with a bad night", () => {
  beforeAll(async () => {
    journey = await startJourney({ data: district })
  })
  afterAll(() => journey.stop())

  const state = (): string => join(journey.workspace, ".rollbook")
  const kept = (): string => join(journey.workspace, "kept")
  let plan = ""

  /** The workspace right after its first plan was made, and a tenant in which nothing stands; gives the plan. */
  const startOver = async (): Promise<string> => {
    await journey.clearFaults()
    await journey.reset("brightspace")
    await journey.reset("campus")
    if (plan === "") {
      plan = (await journey.plan()).plan.plan_id
      cpSync(state(), kept(), { recursive: true })
    } else {
      rmSync(state(), { recursive: true })
      cpSync(kept(), state(), { recursive: true })
    }
    await journey.forgetRequests()
    return plan
  }

  /** Says of an apply that ended otherwise what `show` says of its steps. */
  const expectAllDone = async (applied: Ended): Promise<void> => {
    if (applied.code === 0) return
    const [last] = JSON.parse((await journey.rollbook("history", "roster", "--json")).stdout) as ReadonlyArray<{
      readonly run: number
    }>
    const shown = await journey.rollbook("show", String(last?.run), "--outcome", "failed", "--limit", "0")
    expect.fail(`${applied.stdout}\n${applied.stderr}\n${shown.stdout}`)
  }

  it("answers lost and processes killed in one apply: as undisturbed, and nothing twice", async () => {
    const plan = await startOver()
    const seen = journey.arrivals("brightspace")
    await journey.faults("brightspace", everyCreateLosesItsAnswer)
    for (const [moment, words] of [
      [40, ["apply", plan]],
      [110, ["resume"]],
      [200, ["resume"]]
    ] as const) {
      const { process, ended } = journey.begin(...words)
      await Promise.race([seen.reached(moment), ended])
      process.kill("SIGKILL")
      const killed = await ended
      expect(killed.signal, killed.stdout + killed.stderr).toBe("SIGKILL")
    }
    const resumed = await journey.rollbook("resume")
    expect(resumed.code, resumed.stderr).toBe(0)
    expect(await journey.digest()).toEqual(undisturbed.first)
    await expectNothingTwice()
  })

  it("answers of 200 that wrote nothing: the night has failed, and the next one ends as an undisturbed one", async () => {
    await startOver()
    // Enrollments in courses, which come after those of the district and the schools: an administrator's role reaches down
    // from the organization, and is seen whether or not the place below stands.
    const inCourses = { method: "POST", pattern: repeatable.enrollment, after: 90, every: 7 } as const
    await journey.faults("brightspace", [
      { do: "forget", says: "nothing", match: inCourses },
      { do: "forget", match: { method: "POST", pattern: repeatable.section_enrollment } }
    ])
    const night = await journey.night(5)
    expect(night.stdout).toMatch(/\d+ failed/)
    const [last] = JSON.parse((await journey.rollbook("history", "roster", "--json")).stdout) as ReadonlyArray<{
      readonly run: number
      readonly outcome: string
    }>
    expect(last?.outcome).toBe("target_failed")
    expect((await journey.rollbook("show", String(last?.run))).stdout).toContain("nothing of it stood")
    await journey.clearFaults()
    await journey.night()
    expect(await journey.digest()).toEqual(undisturbed.first)
    await expectNothingTwice()
  })

  it("refusals for now, failures and cut connections on some requests: all is done", async () => {
    const plan = await startOver()
    await journey.faults("brightspace", [
      { do: "status", status: 429, retry_after: "0", match: { every: 23 } },
      { do: "status", status: 502, match: { every: 41 } },
      { do: "cut", match: { every: 53 } }
    ])
    await expectAllDone(await journey.rollbook("apply", plan))
    expect(await journey.digest()).toEqual(undisturbed.first)
    await expectNothingTwice()
  })

  it("failures of the server on some creates: the others are done, and those the next night", async () => {
    const plan = await startOver()
    await journey.faults("brightspace", [
      { do: "status", status: 500, match: { method: "POST", pattern: creates.user, every: 20 } }
    ])
    const applied = await journey.rollbook("apply", plan, "--json")
    expect(applied.code, applied.stderr).toBe(5)
    const { failed, notReached } = JSON.parse(applied.stdout) as {
      readonly failed: number
      readonly notReached: number
    }
    expect(failed).toBeGreaterThan(0)
    expect(notReached).toBe(0)
    await journey.clearFaults()
    const { plan: rest } = await journey.plan()
    expect(rest.steps.count).toBe(failed)
    const retried = await journey.rollbook("apply", rest.plan_id)
    expect(retried.code, retried.stderr).toBe(0)
    expect(await journey.digest()).toEqual(undisturbed.first)
  })

  it("a tenant that stops answering: the walk stops soon and says so; resume goes on", async () => {
    const plan = await startOver()
    await journey.faults("brightspace", [{ do: "cut", match: { after: 120 } }])
    const applied = await journey.rollbook("apply", plan)
    expect(applied.code, applied.stderr).toBe(5)
    expect(applied.stderr).toContain("Stopped, because the target no longer answers")
    expect(applied.stderr).toContain("rollbook resume")
    expect(applied.stdout).toMatch(/\d+ not reached/)
    const cut = (await journey.requests("brightspace")).filter((one) => one.outcome === "cut")
    expect(cut.reduce((sum, one) => sum + one.count, 0)).toBeLessThan(150)
    await journey.clearFaults()
    const resumed = await journey.rollbook("resume")
    expect(resumed.code, resumed.stderr).toBe(0)
    expect(await journey.digest()).toEqual(undisturbed.first)
    await expectNothingTwice()
  })

  it("one bad record does not stop the others, is named by `show`, and is retried alone", async () => {
    const plan = await startOver()
    await journey.faults("brightspace", [
      { do: "status", status: 400, match: { method: "POST", pattern: creates.user, nth: 10 } }
    ])
    const applied = await journey.rollbook("apply", plan, "--json")
    expect(applied.code, applied.stderr).toBe(5)
    const { run, failed } = JSON.parse(applied.stdout) as { readonly run: number; readonly failed: number }
    const failures = ["show", String(run), "--outcome", "failed", "--limit", "0"]
    const shown = JSON.parse((await journey.rollbook(...failures, "--json")).stdout) as {
      readonly sent: ReadonlyArray<{
        readonly entity: string
        readonly key: string
        readonly reason: string
        readonly detail: string
      }>
    }
    expect(shown.sent).toHaveLength(failed)
    const [bad, ...others] = shown.sent
    expect(bad).toMatchObject({ entity: "user", reason: "Invalid" })
    expect(others.length).toBeGreaterThan(0)
    for (const one of others) expect(one).toMatchObject({ reason: "DependsOn" })
    const inWords = await journey.rollbook(...failures)
    expect(inWords.stdout).toContain(bad?.key)

    await journey.clearFaults()
    await journey.forgetRequests()
    const { plan: rest, steps } = await journey.plan()
    expect(steps).toHaveLength(failed)
    expect(steps.filter((step) => step.entity === "user").map((step) => step.key)).toEqual([bad?.key])
    const retried = await journey.rollbook("apply", rest.plan_id)
    expect(retried.code, retried.stderr).toBe(0)
    expect((await journey.writes())["POST lp/users/"]).toBe(1)
    expect(await journey.digest()).toEqual(undisturbed.first)
  })
})
