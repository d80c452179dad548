import { describe, expect, it } from "vitest"
import { type Agenda, begin, end, type Job, observe, pick, takeUp, waitingFor } from "../../src/service/agenda.ts"
import { parsePattern } from "../../src/service/due.ts"
import type { RunEnded } from "../../src/core/ports/runner.ts"

const job = (pipeline: string, cron: string, rest: Partial<Job> = {}): Job => {
  const pattern = parsePattern(cron, "UTC")
  if (pattern === null) throw new Error(cron)
  return { pipeline, pattern, missed: "run_once", after: [], retry: { times: 2, minutes: 15 }, ...rest }
}
const roster = job("roster", "0 2 * * *")
const grades = job("grades", "0 2 * * *", { after: ["roster"] })
const at = (text: string): number => Date.parse(`2026-10-${text}:00Z`)

/** An agenda that has looked last on the first at noon. */
const since = (jobs: ReadonlyArray<Job>): Agenda => observe({}, jobs, at("01T12:00")).agenda
const ended = (code: number, rest: Partial<RunEnded> = {}): RunEnded => ({
  code,
  run: null,
  plan: null,
  steps: null,
  switchedOff: false,
  ...rest
})
const says = ({ remarks }: { readonly remarks: ReadonlyArray<{ readonly say: string }> }) =>
  remarks.map(({ say }) => say)

describe("a time that comes", () => {
  it("is due once, however often one looks", () => {
    const first = observe(since([roster]), [roster], at("02T02:00"))
    expect(says(first)).toEqual(["due at 2026-10-02T02:00:00.000Z"])
    expect(pick(first.agenda, [roster], at("02T02:00"))).toBe(roster)
    const begun = begin(first.agenda, "roster", at("02T02:00"))
    expect(says(observe(begun, [roster], at("02T02:01")))).toEqual([])
    expect(pick(begun, [roster], at("02T02:01"))).toBeNull()
  })
  it("is not due for a pipeline that is new", () => {
    expect(says(observe({}, [roster], at("02T12:00")))).toEqual([])
  })
  it("makes one run of times that were missed, or none, by the pipeline's policy", () => {
    const skipping = job("grades", "0 2 * * *", { missed: "skip" })
    const jobs = [roster, skipping]
    const after = observe(since(jobs), jobs, at("04T08:00"))
    expect(says(after)).toEqual([
      "3 times up to 2026-10-04T02:00:00.000Z missed; one run for all of them",
      "3 times up to 2026-10-04T02:00:00.000Z missed; left out, as missed: skip says"
    ])
    expect(pick(after.agenda, jobs, at("04T08:00"))).toBe(roster)
    expect(after.agenda["grades"]?.waiting).toBeNull()
  })
  it("is not missed because a run of another pipeline is at work", () => {
    const skipping = job("grades", "30 2 * * *", { missed: "skip" })
    const jobs = [roster, skipping]
    const busy = begin(observe(since(jobs), jobs, at("02T02:00")).agenda, "roster", at("02T02:00"))
    const due = observe(busy, jobs, at("02T02:30"))
    expect(says(due)).toEqual(["due at 2026-10-02T02:30:00.000Z"])
    expect(waitingFor(due.agenda, jobs).map(({ say }) => say)).toEqual(["waits: the run of roster is at work"])
    const free = end({
      agenda: due.agenda,
      job: roster,
      ended: ended(0),
      now: at("02T05:00"),
      isStopping: false
    }).agenda
    expect(pick(free, jobs, at("02T05:00"))).toBe(skipping)
  })
  it("meets its own run still at work: one follows, not two", () => {
    const busy = begin(observe(since([roster]), [roster], at("02T02:00")).agenda, "roster", at("02T02:00"))
    const later = observe(observe(busy, [roster], at("03T02:00")).agenda, [roster], at("04T02:00"))
    expect(says(later)).toEqual([
      "due at 2026-10-04T02:00:00.000Z, while its run of 2026-10-03T02:00:00.000Z waits still: one run for both"
    ])
    expect(pick(later.agenda, [roster], at("04T02:00"))).toBeNull()
  })
})

describe("one pipeline after another", () => {
  const jobs = [grades, roster]
  const both = observe(since(jobs), jobs, at("02T02:00")).agenda
  it("goes when the other has gone, whatever their order in the folder", () => {
    expect(pick(both, jobs, at("02T02:00"))).toBe(roster)
  })
  it("waits while the other is to be tried again", () => {
    const failed = end({
      agenda: begin(both, "roster", at("02T02:00")),
      job: roster,
      ended: ended(4),
      now: at("02T02:05"),
      isStopping: false
    }).agenda
    expect(pick(failed, jobs, at("02T02:06"))).toBeNull()
    expect(waitingFor(failed, jobs).map(({ say }) => say)).toEqual(["waits: roster goes first"])
    expect(pick(failed, jobs, at("02T02:20"))).toBe(roster)
  })
  it("goes though the other has failed for good", () => {
    const failed = end({
      agenda: begin(both, "roster", at("02T02:00")),
      job: roster,
      ended: ended(2),
      now: at("02T02:05"),
      isStopping: false
    }).agenda
    expect(pick(failed, jobs, at("02T02:06"))).toBe(grades)
  })
  it("does not wait for ever where two wait for each other", () => {
    const round = [job("roster", "0 2 * * *", { after: ["grades"] }), grades]
    expect(pick(observe(since(round), round, at("02T02:00")).agenda, round, at("02T02:00"))?.pipeline).toBe("roster")
  })
})

describe("a run that ends", () => {
  const begun = begin(observe(since([roster]), [roster], at("02T02:00")).agenda, "roster", at("02T02:00"))
  it.each<[string, RunEnded, string]>([
    ["the source did not answer", ended(4), "2026-10-02T02:20:00.000Z"],
    ["the target did not answer", ended(5), "2026-10-02T02:20:00.000Z"],
    [
      "the target answered no more",
      ended(5, { steps: { done: 9, failed: 0, notReached: 3, held: 0 } }),
      "2026-10-02T02:20:00.000Z"
    ],
    [
      "rows were handed over and do not show yet",
      ended(5, { steps: { done: 9, failed: 0, notReached: 0, held: 0, awaited: 3 } }),
      "2026-10-02T02:20:00.000Z"
    ],
    ["another process had the workspace", ended(7), "2026-10-02T02:05:20.000Z"]
  ])("is tried again where %s", (_, how, then) => {
    const { agenda } = end({ agenda: begun, job: roster, ended: how, now: at("02T02:05"), isStopping: false })
    expect(agenda["roster"]?.last).toBeNull()
    expect(agenda["roster"]?.waiting?.notBefore).toBe(Date.parse(then))
  })
  it.each<[string, RunEnded, string]>([
    ["all was carried out", ended(0), "good"],
    ["something is held", ended(3), "held"],
    ["some steps failed", ended(5, { steps: { done: 9, failed: 1, notReached: 0, held: 0 } }), "partial"],
    ["its definition is wrong", ended(2), "failing"]
  ])("is not where %s", (_, how, verdict) => {
    const { agenda } = end({ agenda: begun, job: roster, ended: how, now: at("02T02:05"), isStopping: false })
    expect(agenda["roster"]?.last?.verdict).toBe(verdict)
    expect(agenda["roster"]?.waiting).toBeNull()
  })
  it("has failed after its last try", () => {
    let agenda = begun
    for (const time of ["02T02:05", "02T02:21", "02T02:40"]) {
      agenda = end({ agenda, job: roster, ended: ended(4), now: at(time), isStopping: false }).agenda
      agenda = begin(agenda, "roster", at(time))
    }
    expect(agenda["roster"]?.last?.verdict).toBe("failing")
  })
  it("is taken up by the next start where it was stopped, or left out by policy", () => {
    const stopped = end({ agenda: begun, job: roster, ended: ended(6), now: at("02T02:05"), isStopping: true }).agenda
    expect(stopped["roster"]?.begun).not.toBeNull()
    const again = takeUp(stopped, [roster])
    expect(says(again)[0]).toMatch(/was cut off; it is made again$/)
    expect(pick(again.agenda, [roster], at("02T09:00"))).toBe(roster)
    expect(pick(takeUp(stopped, [{ ...roster, missed: "skip" }]).agenda, [roster], at("02T09:00"))).toBeNull()
  })
})
