import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import type { JournalService, StepOutcome } from "../../src/core/ports/journal.ts"
import { inFolder } from "../tools/definitions.ts"

const done = (sequence: number): StepOutcome => ({
  sequence,
  outcome: "done",
  remoteId: `r${sequence}`,
  wrote: true,
  reason: null,
  detail: null,
  said: null,
  isDoubtful: false,
  missing: null,
  madeAnew: false,
  at: "2026-10-01T02:00:00Z"
})

/** What an apply relies on, and whoever takes it up after a crash. `make` opens what an earlier one left in a folder. */
export const journalContract = (name: string, make: (folder: string) => JournalService): void => {
  describe(`the journal ${name}`, () => {
    it("tells after a crash what was done, and of what was begun nobody knows how it ended", () =>
      inFolder((folder) =>
        Effect.gen(function* () {
          const first = make(folder)
          yield* Effect.scoped(
            Effect.gen(function* () {
              const open = yield* first.open("plan-1")
              expect(open.content).toEqual({ outcomes: new Map(), unsure: new Set(), unreadableLines: [] })
              yield* open.intend([1, 2, 3])
              yield* open.record(done(1))
              yield* open.flush
            })
          )
          const again = make(folder)
          expect(yield* again.unfinished).toEqual(["plan-1"])
          const { content } = yield* Effect.scoped(again.open("plan-1"))
          expect([...content.outcomes.values()]).toEqual([done(1)])
          expect([...content.unsure]).toEqual([2, 3])
          yield* again.close("plan-1")
          expect(yield* again.unfinished).toEqual([])
          expect((yield* Effect.scoped(again.open("plan-1"))).content.outcomes.size).toBe(0)
        }).pipe(Effect.runPromise)
      ))
  })
}
