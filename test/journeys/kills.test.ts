import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import type { Arrivals } from "./arrivals.ts"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { asOf, type Ended, type Journey, startJourney } from "./harness.ts"
import { tinyDistrict } from "./small-district.ts"
import { draws } from "../tools/draws.ts"

let journey: Journey
let plan: string
let undisturbed: unknown
/** Requests that came to Brightspace since the workspace began anew. */
let seen: Arrivals
/** Requests that reach Brightspace in an undisturbed apply. */
let requestsOfAnApply: number
/** People of a tenant in which nothing was done yet. */
let seededUsers: number

beforeAll(async () => {
  journey = await startJourney({ data: tinyDistrict() })
  seededUsers = (await journey.state()).users.length
  plan = (await journey.plan()).plan.plan_id
  cpSync(state(), kept(), { recursive: true })
  seen = journey.arrivals("brightspace")
  const applied = await journey.rollbook("apply", plan)
  expect(applied.code, applied.stderr).toBe(0)
  undisturbed = await journey.digest()
  requestsOfAnApply = seen.count()
})

afterAll(() => journey.stop())

const state = (): string => join(journey.workspace, ".rollbook")
const kept = (): string => join(journey.workspace, "kept")
const journal = (): string => join(state(), "journal", `${plan}.journal`)

/** The workspace right after the plan was made, and a tenant in which nothing stands. */
const startOver = async (): Promise<void> => {
  rmSync(state(), { recursive: true })
  cpSync(kept(), state(), { recursive: true })
  await journey.reset("brightspace")
  await journey.clearFaults()
  seen.stop()
  seen = journey.arrivals("brightspace")
}

/**
 * Starts a command and sends it a signal once Brightspace has seen so many requests, and then some milliseconds later. A
 * few requests further on Brightspace answers no more, so that a busy machine may take its time to send it.
 */
const stopAt = async (
  requests: number,
  milliseconds: number,
  signal: NodeJS.Signals,
  words: ReadonlyArray<string>
): Promise<Ended> => {
  const further = Math.max(0, requests - seen.count()) + 8
  // Who is asked to stop waits for what is on its way: a late answer comes sooner than the end of that patience.
  const late = signal === "SIGKILL" ? { do: "hang" } : { do: "slow", milliseconds: 4000 }
  if (requests < requestsOfAnApply) await journey.faults("brightspace", [{ ...late, match: { after: further } }])
  const { process, ended } = journey.begin(...words)
  await Promise.race([seen.reached(requests), ended])
  await sleep(milliseconds)
  process.kill(signal)
  await ended
  await journey.clearFaults()
  return ended
}

/** Takes the apply up until it is through: `apply` where it was killed before it had begun. */
const finish = async (): Promise<Ended> => {
  const ended = await journey.rollbook(...takeUp())
  expect(ended.code, ended.stderr).toBe(0)
  return ended
}

const takeUp = (): ReadonlyArray<string> => (existsSync(journal()) ? ["resume"] : ["apply", plan])

const expectAsUndisturbed = async (): Promise<void> => {
  expect(await journey.digest()).toEqual(undisturbed)
  const { orgUnits, users } = await journey.state()
  const made: Record<string, number> = {}
  for (const one of await journey.requests("brightspace")) {
    if (one.method !== "POST" || typeof one.outcome !== "number" || one.outcome > 299) continue
    const route = one.route.replace(/^\/d2l\/api\/lp\/:version/, "")
    made[route] = (made[route] ?? 0) + one.count
  }
  expect(made["/users/"]).toBe(users.length - seededUsers)
  expect(new Set(users.map((user) => user["userName"])).size).toBe(users.length)
  const ofType = (type: string): number => orgUnits.filter((one) => one.type === type).length
  expect(made["/courses/"]).toBe(ofType("Course Offering"))
  expect(made["/coursetemplates/"]).toBe(ofType("Course Template"))
  expect(made["/:orgUnitId/sections/"]).toBe(ofType("Section"))
  expect(made["/orgstructure/"]).toBe(ofType("District") + ofType("School") + ofType("Semester"))
}

describe("kill -9 in mid-apply", () => {
  // Each kill draws its moment in a part of its own: all of them lie over the whole length of the apply.
  it.each([
    ["four kills in one apply", 1, false],
    ["four kills, each of which leaves a last line of the journal that was torn", 2, true]
  ] as const)("%s", async (_, round, torn) => {
    await startOver()
    const draw = draws(round * 7919)
    const moments = Array.from({ length: 4 }, (_, part) => Math.floor(((part + draw()) / 4) * 0.9 * requestsOfAnApply))
    let killed = 0
    let isThrough = false
    for (const moment of moments) {
      const ended = await stopAt(moment, Math.floor(draw() * 8), "SIGKILL", takeUp())
      if (ended.signal === "SIGKILL") killed++
      else expect(ended.code, ended.stderr).toBe(0)
      // There is no journal before the apply has begun, nor once it is through.
      isThrough = !existsSync(journal()) && isDeepStrictEqual(await journey.digest(), undisturbed)
      if (isThrough) break
      if (torn && existsSync(journal())) appendFileSync(journal(), '{"o":{"sequence":12,"outcome":"do')
    }
    expect(killed).toBeGreaterThanOrEqual(3)
    if (!isThrough) await finish()
    await expectAsUndisturbed()
  })

  it("before its first request and after its last one", async () => {
    await startOver()
    for (const milliseconds of [150, 450]) await stopAt(0, milliseconds, "SIGKILL", takeUp())
    for (const milliseconds of [0, 20]) {
      await stopAt(requestsOfAnApply, milliseconds, "SIGKILL", takeUp())
      if (!existsSync(journal())) break
    }
    if (existsSync(journal())) await finish()
    await expectAsUndisturbed()
  })

  it("`run` finds out how the begun steps ended, and goes on by a plan of its own", async () => {
    await startOver()
    await stopAt(Math.floor(requestsOfAnApply * 0.6), 3, "SIGKILL", takeUp())
    const ended = await journey.night()
    expect(ended.stderr).toContain(`Plan ${plan} had been interrupted`)
    await expectAsUndisturbed()
  })

  it("the next plan waits until the apply is resumed; `resume --begun-only` sends nothing further, and the next plan has the rest", async () => {
    await startOver()
    await stopAt(Math.floor(requestsOfAnApply * 0.45), 3, "SIGKILL", takeUp())
    const waiting = await journey.rollbook("plan", "roster", "--as-of", asOf)
    expect(waiting.code).toBe(6)
    expect(waiting.stderr).toContain(`plan ${plan} was interrupted`)
    expect(waiting.stderr).toContain("rollbook resume")
    const settled = await journey.rollbook("resume", "--begun-only", "--json")
    expect(settled.code, settled.stderr).toBe(0)
    const [{ done }] = JSON.parse(settled.stdout) as [{ readonly done: number }]
    const { plan: rest } = await journey.plan()
    expect(rest.steps.count).toBeGreaterThan(0)
    const planned = rest.steps.count + done
    expect(planned).toBe(JSON.parse(readFileSync(join(state(), "plans", plan, "plan.json"), "utf8")).steps.count)
    const applied = await journey.rollbook("apply", rest.plan_id)
    expect(applied.code, applied.stderr).toBe(0)
    await expectAsUndisturbed()
  })
})

describe("kill -9 in mid-plan", () => {
  it("leaves everything as it was", async () => {
    await startOver()
    const plans = readdirSync(join(state(), "plans"))
    const slow = { do: "slow", milliseconds: 400, match: { method: "GET" } }
    await journey.faults("campus", [slow])
    await journey.faults("brightspace", [slow])
    // As the source begins to be read, when most of it was, and while the target is.
    for (const [system, requests] of [
      ["campus", 1],
      ["campus", 6],
      ["brightspace", 2]
    ] as const) {
      const arrivals = journey.arrivals(system)
      const { process, ended } = journey.begin("plan", "roster", "--as-of", asOf)
      await Promise.race([arrivals.reached(requests), ended])
      process.kill("SIGKILL")
      expect((await ended).signal).toBe("SIGKILL")
    }
    await journey.clearFaults()
    expect(await journey.writes()).toEqual({})
    expect(readdirSync(join(state(), "plans"))).toEqual(plans)
    const applied = await journey.rollbook("apply", plan)
    expect(applied.code, applied.stderr).toBe(0)
    await expectAsUndisturbed()
  })
})

describe("asked to stop", () => {
  it("by SIGINT or by SIGTERM: an apply ends with 6, and so does its resume; another one finishes it", async () => {
    await startOver()
    for (const [signal, part] of [
      ["SIGINT", 0.3],
      ["SIGTERM", 0.6]
    ] as const) {
      const ended = await stopAt(Math.floor(requestsOfAnApply * part), 0, signal, takeUp())
      expect(ended.code, ended.stderr).toBe(6)
      expect(ended.stderr).toContain("rollbook resume")
    }
    const resumed = await finish()
    expect(resumed.stdout).toMatch(/^Run \d+ of roster: [\d,]+ steps done/m)
    await expectAsUndisturbed()
  })
})

describe("a second process", () => {
  const inTheMiddle = async (): Promise<ReturnType<Journey["begin"]>> => {
    await startOver()
    await journey.faults("brightspace", [{ do: "slow", milliseconds: 3000, match: { method: "POST" } }])
    const writes = journey.arrivals(
      "brightspace",
      ({ method, url }) => method !== "GET" && url?.endsWith("/token") !== true
    )
    const first = journey.begin("apply", plan)
    await writes.reached(1)
    return first
  }
  const through = async (first: ReturnType<Journey["begin"]>): Promise<void> => {
    expect(first.process.exitCode).toBeNull()
    await journey.clearFaults()
    const ended = await first.ended
    expect(ended.code, ended.stderr).toBe(0)
    await expectAsUndisturbed()
  }
  const read = async (...words: ReadonlyArray<string>): Promise<string> => {
    const ended = await journey.rollbook(...words)
    expect(ended.code, `${words.join(" ")}\n${ended.stderr}`).toBe(0)
    return ended.stdout
  }

  it("that would write is told who holds the workspace; one that reads is answered; neither disturbs the apply", async () => {
    const first = await inTheMiddle()
    for (const words of [["plan", "roster"], ["resume"], ["quarantine", "--replay"]]) {
      const second = await journey.rollbook(...words)
      expect(second.code).toBe(7)
      expect(second.stderr).toContain(`process ${first.process.pid}`)
    }
    expect(await read("history")).toMatch(/^ +2 +apply +roster .* running /m)
    const [newest] = JSON.parse(await read("history", "--json")) as ReadonlyArray<Record<string, unknown>>
    expect([newest?.["run"], newest?.["outcome"]]).toEqual([2, "running"])
    const shown = [await read("show", plan), await read("show", "1", "--json")]
    expect(await read("show", "2")).toContain("Run 2: apply of roster, running")
    expect(await read("explain", "person", "0041001")).toContain("run 1")
    const searched = await Promise.all([read("audit", "0041001"), read("audit", "english 9"), read("quarantine")])
    expect(searched[0]).toContain("41001")
    const revealed = await read("explain", "person", "0041001", "--reveal")
    expect(revealed).not.toContain("***")
    expect(await read("audit")).toMatch(/explain +user:/)
    await through(first)
    expect([await read("show", plan), await read("show", "1", "--json")]).toEqual(shown)
    expect((await journey.plan()).plan.steps.count).toBe(0)
  })

  it("is answered word for word as when nothing runs", async () => {
    const asked = [
      ["explain", "person", "0041001"],
      ["explain", "section", "5013", "--all"],
      ["show", "2", "--limit", "0"],
      ["audit", "english 9", "--json"]
    ]
    const answers = async (): Promise<ReadonlyArray<string>> => {
      const said: Array<string> = []
      for (const words of asked) said.push(await read(...words))
      return said
    }
    const before = await answers()
    await journey.faults("campus", [{ do: "slow", milliseconds: 10_000, match: { method: "GET" } }])
    const asking = journey.arrivals("campus")
    const first = journey.begin("plan", "roster", "--as-of", asOf)
    await Promise.race([asking.reached(1), first.ended])
    expect(await read("history")).toContain("running")
    const during = await answers()
    expect(first.process.exitCode).toBeNull()
    await journey.clearFaults()
    expect((await first.ended).code).toBe(0)
    expect(during).toEqual(before)
  })

  it("finds the workspace free after a kill, whatever was left beside it", async () => {
    const first = await inTheMiddle()
    await read("history")
    first.process.kill("SIGKILL")
    await first.ended
    expect(await read("history")).toMatch(/^ +2 +apply +roster .* interrupted /m)
    await journey.clearFaults()
    await finish()
    await expectAsUndisturbed()
  })
})
