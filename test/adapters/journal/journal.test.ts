import { expect, it } from "vitest"
import { parseJournal } from "../../../src/adapters/journal/journal.ts"

const outcome = (sequence: number) =>
  JSON.stringify({
    o: {
      sequence,
      outcome: "done",
      remoteId: `r${sequence}`,
      wrote: true,
      reason: null,
      detail: null,
      at: "2026-10-01T00:00:00Z"
    }
  })

it("tells what is done from what is unsure, and ignores a torn last line", () => {
  const content = parseJournal(`{"i":[1,2,3]}\n${outcome(1)}\n${outcome(2)}\n${outcome(3).slice(0, 20)}`)
  expect([...content.outcomes.keys()]).toEqual([1, 2])
  expect([...content.unsure]).toEqual([3])
})

it("counts a failed step that was sent again without an answer as unsure, not as failed", () => {
  const failed = outcome(1).replace('"done"', '"failed"')
  const content = parseJournal(`{"i":[1]}\n${failed}\n{"i":[1]}\n`)
  expect(content.outcomes.size).toBe(0)
  expect([...content.unsure]).toEqual([1])
})

it("reads what an earlier version left, which said less of a step", () => {
  const known = parseJournal(`{"i":[1]}\n${outcome(1)}\n`).outcomes.get(1)
  expect(known).toMatchObject({ outcome: "done", isDoubtful: false, missing: null })
})
