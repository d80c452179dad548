import { expect, it } from "vitest"
import type { Agenda, Entry, Job, LastRun } from "../../src/service/agenda.ts"
import { conditionsAt } from "../../src/service/conditions.ts"
import { parsePattern } from "../../src/service/due.ts"
import { withRunsOfPeople } from "../../src/service/runs-of-people.ts"
import type { RunRecord } from "../../src/state/runs.ts"

const night = Date.parse("2026-10-01T07:00:00Z")
const held: LastRun = {
  due: night,
  startedAt: night,
  endedAt: night + 60_000,
  verdict: "held",
  code: 3,
  run: 8,
  plan: "roster-2026-10-01-7",
  steps: { done: 20, failed: 0, notReached: 0, held: 163 },
  switchedOff: false
}
const entry: Entry = {
  seenUntil: night,
  waiting: null,
  begun: null,
  last: held,
  lastGoodAt: held.endedAt,
  firstSeenAt: night
}
const agenda: Agenda = { roster: entry }

const record = (of: Partial<RunRecord>): RunRecord => ({
  run: 9,
  kind: "apply",
  pipeline: "roster",
  plan: held.plan,
  startedAt: "2026-10-01T13:00:00Z",
  endedAt: "2026-10-01T13:02:00Z",
  asOf: "2026-10-01",
  askedBy: null,
  outcome: "done",
  report: { done: 163, failed: 0, notReached: 0, held: 0 },
  ...of
})

const last = (...runs: ReadonlyArray<RunRecord>) => withRunsOfPeople(agenda, runs)["roster"]?.last

it("an approved hold that somebody applied is over, and a good run", () => {
  const after = withRunsOfPeople(agenda, [record({})])["roster"]
  expect(after).toMatchObject({ last: { verdict: "good", run: 9 }, lastGoodAt: Date.parse("2026-10-01T13:02:00Z") })
})

it.each([
  ["held", { outcome: "held", report: { done: 1, held: 160 } }],
  ["partial", { outcome: "target_failed", report: { done: 1, failed: 2 } }],
  ["partial", { outcome: "target_failed", report: { done: 0, failed: 0, notReached: 7, awaited: 5 } }],
  ["failing", { outcome: "target_failed", report: { done: 0, failed: 2 } }],
  ["failing", { outcome: "failed" }],
  ["interrupted", { outcome: "interrupted" }],
  ["good", { kind: "plan", report: { steps: 0 } }]
] as const)("tells a run of somebody's as %s", (verdict, of) => {
  expect(last(record(of))).toMatchObject({ verdict, run: 9 })
})

it("tells rows that do not show yet from steps that were not reached", () => {
  const steps = { done: 3, failed: 0, notReached: 2, held: 0, awaited: 5 }
  const report = { ...steps, notReached: 7 }
  const after = withRunsOfPeople(agenda, [record({ outcome: "target_failed", report })])
  expect(after["roster"]?.last?.steps).toEqual(steps)
  const pattern = parsePattern("0 2 * * *", "UTC")
  if (pattern === null) throw new Error("no pattern")
  const job: Job = { pipeline: "roster", pattern, missed: "run_once", after: [], retry: { times: 2, minutes: 15 } }
  const limits = { noGoodRunForHours: 30, credentialsEndWithinDays: 14 }
  expect(conditionsAt({ agenda: after, jobs: [job], ends: new Map(), limits, now: night + 60_000 })).toEqual([
    {
      trouble: "partial",
      of: "roster",
      say: "run 9 of roster was carried out in part: 3 done, 0 failed, 2 not reached, 5 handed over as rows, of which nothing shows yet. rollbook show 9 --outcome failed lists them"
    }
  ])
})

it.each([
  ["of one section", { report: { part: { sections: ["5001"] } } }],
  ["under way", { outcome: "running", endedAt: null }],
  ["refused", { outcome: "refused" }],
  ["that only planned", { kind: "plan", report: { steps: 12 } }],
  ["that could not plan", { kind: "plan", outcome: "source_failed" }],
  ["to look at what would be", { kind: "what-if", report: { steps: 0 } }],
  ["before the last of the schedule", { endedAt: "2026-10-01T06:00:00Z" }],
  ["of another pipeline", { pipeline: "grades" }]
] as const)("takes no run %s for the night", (_, of) => {
  expect(last(record(of as Partial<RunRecord>))).toBe(held)
})

it("takes the newest that says something", () => {
  expect(last(record({ run: 11, outcome: "running", endedAt: null }), record({ run: 10 }), record({}))?.run).toBe(10)
})
