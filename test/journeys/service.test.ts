import { createInterface } from "node:readline"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Journey, startJourney } from "./harness.ts"
import { tinyDistrict } from "./small-district.ts"

/** rollbook as it stands in a machine room: `serve` over both stand-ins, its night missed while it was off. */

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({
    asProcesses: true,
    data: tinyDistrict(),
    asOf: new Date().toISOString().slice(0, 10)
  })
})
afterAll(() => journey.stop())

it("makes up for a missed night, tells of it, answers meanwhile, and ends in order", async () => {
  const noon = Date.now() - 36 * 3_600_000
  const roster = { seenUntil: noon, firstSeenAt: noon, waiting: null, begun: null, last: null, lastGoodAt: null }
  mkdirSync(join(journey.workspace, ".rollbook", "service"), { recursive: true, mode: 0o700 })
  writeFileSync(join(journey.workspace, ".rollbook", "service", "agenda.json"), JSON.stringify({ roster }))
  const made = await journey.rollbook("token", "create", "test", "--right", "see console")
  const token = made.stdout.trim()

  const service = journey.begin("serve", "--port", "0")
  const said: Array<Readonly<Record<string, unknown>>> = []
  const address = await new Promise<string>((resolve) => {
    if (service.process.stderr === null) return
    createInterface({ input: service.process.stderr }).on("line", (line) => {
      const entry = JSON.parse(line) as Readonly<Record<string, unknown>>
      said.push(entry)
      const [, url] = /^Answering at (\S+)/.exec(String(entry["message"])) ?? []
      if (url !== undefined) resolve(url)
    })
  })
  const ended = new Promise<Readonly<Record<string, unknown>>>((resolve) => {
    if (service.process.stdout === null) return
    createInterface({ input: service.process.stdout }).once("line", (line) => resolve(JSON.parse(line) as never))
  })
  const result = await ended
  expect(result).toMatchObject({ pipeline: "roster", run: 2, switched_off: false })
  expect([0, 3]).toContain(result["exit_code"])

  const get = async (path: string): Promise<unknown> => {
    const answer = await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${token}` } })
    return answer.json()
  }
  expect(await get("/readyz")).toMatchObject({ ready: true, schedule: "carried out" })
  expect(await get("/api/runs/2")).toMatchObject({ kind: "apply", plan_header: { plan_id: result["plan_id"] } })

  // Commands that write are carried out by the service, one after the other, as if they had been alone.
  const undone = await Promise.all([
    journey.rollbook("undo", "last", "--json"),
    journey.rollbook("undo", "last", "--json")
  ])
  expect(undone.map(({ code }) => code)).toEqual([3, 3])
  const plans = undone.map(({ stdout }) => (JSON.parse(stdout) as { readonly plan_id: string }).plan_id)
  expect(new Set(plans).size).toBe(2)
  expect(undone.filter(({ stderr }) => stderr.includes("waits for its turn"))).toHaveLength(1)
  const wrong = await journey.rollbook("approve", "no-such-plan", "--why", "test", "--log-format", "json")
  expect([wrong.code, JSON.parse(wrong.stderr.trim())]).toMatchObject([1, { level: "error" }])

  const second = await journey.rollbook("schedule")
  expect(second.code).toBe(7)
  const history = await journey.rollbook("history")
  expect(history.stderr).toMatch(/Next run: grades at \d{4}-\d\d-\d\d 03:30 \S+; roster at \d{4}-\d\d-\d\d 02:00/)

  service.process.kill("SIGTERM")
  expect((await service.ended).code).toBe(0)
  expect((await journey.rollbook("history")).stderr).toContain("Next run: none by rollbook itself")

  // An apply that somebody typed and that was cut off is left to whoever resumes it: no start takes it up.
  writeFileSync(join(journey.workspace, ".rollbook", "journal", "roster-undo-2-99.journal"), '{"i":[1]}\n')
  const next = journey.begin("schedule")
  next.process.stderr?.once("data", () => next.process.kill("SIGTERM"))
  const left = await next.ended
  expect([left.code, left.stderr]).toEqual([
    6,
    expect.stringMatching(/not at its end: `rollbook resume\b.*` goes on with it/)
  ])
  expect(left.stderr).not.toContain("the next start takes it up")

  const ofRun = said.filter((line) => line["run"] === 1)
  expect(ofRun.map((line) => line["stage"])).toContain("transform")
  expect(new Set(ofRun.map((line) => line["pipeline"]))).toEqual(new Set(["roster"]))
  expect(said.some((line) => /missed; one run for/.test(String(line["message"])))).toBe(true)
})
