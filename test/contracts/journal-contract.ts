import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
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
              expect(open.content).toEqual({
                outcomes: new Map(),
                unsure: new Set(),
                handedOver: new Map(),
                unreadableLines: []
              })
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

    it("keeps what was recorded though nobody flushed it: at the end of the scope, and within moments before", () =>
      inFolder((folder) =>
        Effect.gen(function* () {
          const journal = make(folder)
          const seen = Effect.map(Effect.scoped(make(folder).open("plan-1")), ({ content }) => [
            ...content.outcomes.keys()
          ])
          yield* Effect.scoped(
            Effect.gen(function* () {
              const open = yield* journal.open("plan-1")
              yield* open.intend([1, 2])
              yield* open.record(done(1))
              yield* Effect.repeat(seen, { until: (keys) => keys.length > 0, schedule: Schedule.spaced("10 millis") })
              yield* open.record(done(2))
            })
          )
          expect(yield* seen).toEqual([1, 2])
        }).pipe(Effect.runPromise)
      ))

    it("believes what came last: a step that failed and was sent again is one of which nothing is known", () =>
      inFolder((folder) =>
        Effect.gen(function* () {
          const failed: StepOutcome = { ...done(1), outcome: "failed", remoteId: null, wrote: false, reason: "Invalid" }
          yield* Effect.scoped(
            Effect.gen(function* () {
              const open = yield* make(folder).open("plan-1")
              yield* open.intend([1, 2])
              yield* open.record(failed)
              yield* open.record(failed)
              yield* open.intend([1])
              yield* open.record({ ...failed, sequence: 2 })
              yield* open.record(done(2))
            })
          )
          const { content } = yield* Effect.scoped(make(folder).open("plan-1"))
          expect([...content.outcomes.values()]).toEqual([done(2)])
          expect([...content.unsure]).toEqual([1])
        }).pipe(Effect.runPromise)
      ))

    it("keeps the journals of plans apart, names them from the oldest, and lets one go alone", () =>
      inFolder((folder) =>
        Effect.gen(function* () {
          const journal = make(folder)
          expect(yield* journal.unfinished).toEqual([])
          for (const [at, plan] of ["plan-2", "plan-1"].entries()) {
            yield* Effect.scoped(Effect.flatMap(journal.open(plan), (open) => open.intend([at + 1])))
            yield* Effect.sleep("20 millis")
          }
          expect(yield* journal.unfinished).toEqual(["plan-2", "plan-1"])
          yield* journal.close("plan-2")
          yield* journal.close("plan-9")
          expect(yield* journal.unfinished).toEqual(["plan-1"])
          expect([...(yield* Effect.scoped(journal.open("plan-1"))).content.unsure]).toEqual([2])
        }).pipe(Effect.runPromise)
      ))
  })
}
