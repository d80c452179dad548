import { expect, it } from "vitest"
import { countsText } from "../../src/cli/run-report.ts"
import type { RunRecord } from "../../src/state/runs.ts"

const run = (kind: RunRecord["kind"], report: RunRecord["report"]): RunRecord => ({
  run: 9,
  kind,
  pipeline: "roster",
  plan: "roster-2026-10-01-8",
  startedAt: "2026-10-01T13:00:00Z",
  endedAt: "2026-10-01T13:02:00Z",
  asOf: "2026-10-01",
  askedBy: null,
  outcome: "done",
  report
})

it.each([
  ["apply", { done: 0, failed: 0, notReached: 0, held: 0 }, "0 done"],
  ["apply", { done: 12, failed: 1, notReached: 3, held: 2 }, "12 done, 1 failed, 3 not reached, 2 held"],
  ["apply", { done: 12, failed: 0, notReached: 7, awaited: 5 }, "12 done, 2 not reached, 5 handed over as rows"],
  ["apply", { done: 12, failed: 0, notReached: 5, awaited: 5 }, "12 done, 5 handed over as rows"],
  ["plan", { steps: 1, held: 0, quarantined: 4 }, "1 step, 4 quarantined"],
  ["plan", { cause: "the source did not answer" }, "the source did not answer"]
] as const)("says of a %s with %j: %s", (kind, report, said) => {
  expect(countsText(run(kind, report))).toBe(said)
})
