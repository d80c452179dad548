import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { makeDailyPrune } from "../../src/cli/daily-prune.ts"
import { openWorkspace } from "../../src/cli/workspace.ts"
import { MessageNotSent, Messenger } from "../../src/core/ports/messenger.ts"
import { type Agenda, begin, end, type Job, observe, pick } from "../../src/service/agenda.ts"
import { makeAlerting } from "../../src/service/alerting.ts"
import { noAlerts } from "../../src/service/alerts.ts"
import { makeAskedRuns } from "../../src/service/asked.ts"
import { conditionsAt } from "../../src/service/conditions.ts"
import { parsePattern } from "../../src/service/due.ts"
import { readHeartbeat } from "../../src/service/heartbeat.ts"
import { nightOver } from "../../src/service/night.ts"

/** What a service has noted while the clock of its machine was months ahead holds up nothing once that was set back. */

const pattern = parsePattern("0 2 * * *", "UTC")
if (pattern === null) throw new Error("no pattern")
const roster: Job = { pipeline: "roster", pattern, missed: "run_once", after: [], retry: { times: 2, minutes: 15 } }
const at = (day: string): number => Date.parse(`${day}:00Z`)
const ahead = at("2027-03-01T09:00")
const ended = { code: 0, run: 8, plan: "p", steps: null, switchedOff: false }

/** A night that was made up for by a clock that was ahead, and how it ended. */
const nightAhead = (code: number): Agenda => {
  const before = observe({}, [roster], at("2026-10-01T12:00")).agenda
  const begun = begin(observe(before, [roster], ahead).agenda, "roster", ahead)
  return end({ agenda: begun, job: roster, ended: { ...ended, code }, now: ahead, isStopping: false }).agenda
}

it("the next night is due, once, and said to be", () => {
  const back = observe(nightAhead(0), [roster], at("2026-10-01T12:10"))
  expect(back.remarks).toMatchObject([{ level: "warn", say: expect.stringContaining("was set back since") as string }])
  expect(observe(back.agenda, [roster], at("2026-10-01T12:11")).remarks).toEqual([])
  const due = observe(back.agenda, [roster], at("2026-10-02T02:00"))
  expect(pick(due.agenda, [roster], at("2026-10-02T02:00"))).toBe(roster)
  // Seconds are no reason to make a night twice.
  expect(observe(due.agenda, [roster], at("2026-10-02T01:59")).remarks).toEqual([])
})

it("a night that is to be tried again is, and one that stays away is told", () => {
  const back = observe(nightAhead(4), [roster], at("2026-10-01T12:10")).agenda
  expect(pick(back, [roster], at("2026-10-01T12:10"))).toBe(roster)
  const good = observe(nightAhead(0), [roster], at("2026-10-01T12:10")).agenda
  const limits = { noGoodRunForHours: 30, credentialsEndWithinDays: 14 }
  const now = at("2026-10-03T12:00")
  expect(conditionsAt({ agenda: good, jobs: [roster], ends: new Map(), limits, now })).toMatchObject([
    { trouble: "overdue" }
  ])
})

it("the mail of the night goes, and a message that was to be tried again", async () => {
  const sent: Array<string> = []
  let refuses = true
  const messenger = Layer.succeed(Messenger, {
    ways: ["mail"],
    send: (way, { id }) =>
      refuses ? Effect.fail(new MessageNotSent({ way, detail: "no" })) : Effect.sync(() => void sent.push(id)),
    ping: Effect.void
  })
  const made = makeAlerting({ state: noAlerts, keep: () => Effect.void, say: () => Effect.void })
  const alerting = await Effect.runPromise(Effect.provide(made, messenger))
  const message = (id: string) => ({ id, text: "", fields: {} })
  const tell = (id: string, until: number, now: number) =>
    Effect.runPromise(alerting.tellNight({ until, message: message(id), by: "mail", now }))
  await tell("of a night to come", ahead, ahead)
  refuses = false
  const now = at("2026-10-02T03:00")
  const agenda = {
    roster: { ...nightAhead(0)["roster"], seenUntil: at("2026-10-02T02:00"), firstSeenAt: at("2026-10-01T12:00") }
  } as Agenda
  const { over } = nightOver({ agenda, by: "06:00", jobs: [roster], now, told: alerting.nightsTold() })
  expect(over?.until).toBe(at("2026-10-02T06:00"))
  await tell("of tonight", at("2026-10-02T06:00"), now)
  expect(sent).toEqual(["of a night to come", "of tonight"])
  await tell("of tonight, again", at("2026-10-02T06:00"), now)
  expect(sent).toHaveLength(2)
})

it("an export that found the workspace held begins, and what is old is taken away", async () => {
  const runs = makeAskedRuns([], () => Effect.void)
  const asked = await Effect.runPromise(runs.ask({ pipeline: "grades", by: "a", sections: ["1"], sessions: [] }))
  await Effect.runPromise(runs.end(asked.id, { ...ended, code: 7 }, false))
  expect(runs.ready(Date.now() - 3_600_000)).toHaveLength(1)
  expect(runs.ready(Date.now())).toEqual([])

  const folder = mkdtempSync(join(tmpdir(), "rollbook-clock-"))
  writeFileSync(join(folder, "service.yaml"), "service: { keep: { plans_days: 2 } }\n")
  let times = 0
  const workspace = openWorkspace({ workspace: folder, state: null })
  const ask = () => Effect.sync(() => ({ code: 0, stdout: String(times++) }))
  const prune = makeDailyPrune(workspace, { ask })
  for (const now of [ahead, at("2026-10-01T12:10"), at("2026-10-01T12:11")]) await Effect.runPromise(prune({}, now))
  expect(times).toBe(2)
  rmSync(folder, { recursive: true })
})

it("a service on another machine, whose last beat is to come, carries out nothing any more", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rollbook-clock-"))
  mkdirSync(join(folder, "service"))
  const beat = { pid: 1, host: "elsewhere", as: "serve", beat: new Date(ahead).toISOString(), pipelines: [] }
  writeFileSync(join(folder, "service", "heartbeat.json"), JSON.stringify(beat))
  expect(await Effect.runPromise(readHeartbeat(folder, ahead + 60_000))).toMatchObject({ host: "elsewhere" })
  expect(await Effect.runPromise(readHeartbeat(folder, at("2026-10-01T12:10")))).toBeNull()
  rmSync(folder, { recursive: true })
})
