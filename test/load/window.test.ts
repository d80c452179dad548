import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { sendThrough } from "../../src/load/window.ts"

const after = (turns: number): Effect.Effect<void> =>
  Effect.forEach(Array.from({ length: turns }), () => Effect.yieldNow(), { discard: true })

/** Pages of so many, how long each of a page takes, and when it is paused: by how many are asked about until then. */
const given = fc.record({
  pages: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 6 }),
  turns: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 7 }),
  width: fc.integer({ min: 1, max: 5 }),
  few: fc.integer({ min: 0, max: 6 }),
  pausedAfter: fc.option(fc.integer({ min: 0, max: 30 }), { nil: Infinity })
})

/** Sends pages of numbers that count on from one to the next; the first page is ready. */
const sending = ({ pages, turns, width, few, pausedAfter }: typeof given extends fc.Arbitrary<infer A> ? A : never) => {
  const numbers = Array.from({ length: pages.reduce((sum, page) => sum + page, 0) }, (_, index) => index)
  const begun: Array<number> = []
  const answered: Array<number> = []
  const seen = { mostAtOnce: 0, mostAhead: 0, unready: 0 }
  let [readied, asked] = [0, 0]
  // An empty page is the end.
  const sizes = pages.filter((page) => page > 0)
  const page = (): ReadonlyArray<number> => {
    const from = readied
    readied += sizes.shift() ?? 0
    return numbers.slice(from, readied)
  }
  const run = sendThrough({
    width,
    few,
    ready: page(),
    more: Effect.zipRight(
      after(3),
      Effect.sync(() => {
        seen.mostAhead = Math.max(seen.mostAhead, readied - begun.length)
        return page()
      })
    ),
    isPaused: Effect.map(Effect.yieldNow(), () => asked++ >= pausedAfter),
    send: (one: number) =>
      Effect.gen(function* () {
        begun.push(one)
        if (one >= readied) seen.unready++
        seen.mostAtOnce = Math.max(seen.mostAtOnce, begun.length - answered.length)
        yield* after(turns[one % turns.length] ?? 0)
        answered.push(one)
      })
  })
  return { run, numbers, begun, answered, seen, readied: () => readied }
}

describe("what goes through a window", () => {
  it("goes in order, never more at once than fit and none before it is ready; what is kept back is given back", () =>
    fc.assert(
      fc.asyncProperty(given, async (one) => {
        const { answered, begun, numbers, readied, run, seen } = sending(one)
        const left = await Effect.runPromise(run)
        expect(seen.mostAtOnce).toBeLessThanOrEqual(one.width)
        expect(seen.unready).toBe(0)
        // No more is readied than what is on its way to be asked about, and the few that wait.
        expect(seen.mostAhead).toBeLessThanOrEqual(one.few + one.width)
        expect(answered.toSorted((a, b) => a - b)).toEqual(begun.toSorted((a, b) => a - b))
        // All that was readied was sent, or is given back: nothing twice, and nothing lost.
        expect([...begun, ...left].toSorted((a, b) => a - b)).toEqual(numbers.slice(0, readied()))
        expect(left).toEqual(left.toSorted((a, b) => a - b))
        if (one.pausedAfter === Infinity) {
          expect(readied()).toBe(numbers.length)
          expect(begun).toEqual(numbers)
        } else expect(begun.length).toBeLessThanOrEqual(one.pausedAfter)
      })
    ))

  it("waits for nobody who is slow, on whichever page", async () => {
    const { begun, run } = sending({
      pages: [3, 3, 3],
      turns: [200, 0, 0, 0, 0, 0, 0, 0, 0],
      width: 2,
      few: 1,
      pausedAfter: Infinity
    })
    const fiber = Effect.runFork(run)
    await Effect.runPromise(after(100))
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    await Effect.runPromise(Fiber.join(fiber))
  })

  it.each(["a sending", "the readying of more"])(
    "ends with the answers to what was sent where %s fails",
    async (which) => {
      const answered: Array<number> = []
      const run = sendThrough({
        width: 3,
        few: 1,
        ready: [0, 1, 2, 3, 4, 5],
        more: which === "a sending" ? Effect.succeed([]) : Effect.fail("no more"),
        isPaused: Effect.succeed(false),
        send: (one) =>
          one === 1 && which === "a sending"
            ? Effect.zipRight(after(5), Effect.die("it broke"))
            : Effect.map(after(20), () => void answered.push(one))
      })
      const exit = await Effect.runPromiseExit(run)
      expect(exit._tag).toBe("Failure")
      expect(answered).toEqual(which === "a sending" ? [0, 2] : [0, 1, 2, 3, 4, 5].slice(0, answered.length))
      expect(answered.length).toBeGreaterThan(0)
    }
  )

  it("is interrupted with the answers to what was sent, and sends nothing further", async () => {
    const { answered, begun, run } = sending({ pages: [9], turns: [50], width: 2, few: 0, pausedAfter: Infinity })
    const fiber = Effect.runFork(run)
    await Effect.runPromise(after(20))
    await Effect.runPromise(Fiber.interrupt(fiber))
    expect(begun).toEqual([0, 1])
    expect(answered).toEqual([0, 1])
  })
})
