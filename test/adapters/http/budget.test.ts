import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import * as Fiber from "effect/Fiber"
import { expect, it, vi } from "vitest"
import { isWithin, makeBudget, parseHours } from "../../../src/adapters/http/budget.ts"

const endless = { requestsPerSecond: Number.POSITIVE_INFINITY, peak: null }

/** How many of twenty requests run at once. */
const mostAtOnce = (options: Parameters<typeof makeBudget>[0]): Promise<number> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const budget = yield* makeBudget(options)
      let now = 0
      let most = 0
      const one = Effect.sync(() => (most = Math.max(most, ++now))).pipe(
        Effect.zipRight(Effect.sleep(2)),
        Effect.zipRight(Effect.sync(() => now--))
      )
      yield* Effect.forEach(Array.from({ length: 20 }), () => budget.take(one), { concurrency: "unbounded" })
      return most
    })
  )

it("lets so many requests run at once", async () => {
  expect(await mostAtOnce({ concurrency: 3, ...endless })).toBe(3)
})

it("lets fewer run in the peak hours, and no fewer outside of them", async () => {
  const always = { from: "00:00", to: "24:00", timezone: "UTC", concurrency: 1 }
  const never = { from: "00:00", to: "00:00", timezone: "UTC", concurrency: 1 }
  expect(await mostAtOnce({ concurrency: 3, ...endless, peak: always })).toBe(1)
  expect(await mostAtOnce({ concurrency: 3, ...endless, peak: never })).toBe(3)
})

it("lets a second's worth of requests go at once, and the others at the pace of the budget", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const budget = yield* makeBudget({ concurrency: 100, requestsPerSecond: 10, peak: null })
      let sent = 0
      const all = yield* Effect.fork(
        Effect.forEach(Array.from({ length: 30 }), () => budget.take(Effect.sync(() => sent++)), {
          concurrency: "unbounded"
        })
      )
      yield* TestClock.adjust(0)
      expect(sent).toBeGreaterThanOrEqual(10)
      expect(sent).toBeLessThanOrEqual(11)
      yield* TestClock.adjust("1 second")
      expect(sent).toBeGreaterThanOrEqual(19)
      expect(sent).toBeLessThanOrEqual(22)
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(all)
      expect(sent).toBe(30)
    }).pipe(Effect.provide(TestContext.TestContext))
  ))

it("goes on at its pace though the clock of the machine is set back", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const budget = yield* makeBudget({ concurrency: 100, requestsPerSecond: 10, peak: null })
      let sent = 0
      const one = budget.take(Effect.sync(() => sent++))
      yield* one
      const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() - 3_600_000)
      const next = yield* Effect.fork(one)
      yield* TestClock.adjust("1 second")
      clock.mockRestore()
      expect(sent).toBe(2)
      yield* Fiber.join(next)
    }).pipe(Effect.provide(TestContext.TestContext))
  ))

it("sends nothing while it is paused", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const budget = yield* makeBudget({ concurrency: 2, ...endless })
      budget.pause(5000)
      let sent = 0
      yield* Effect.fork(budget.take(Effect.sync(() => sent++)))
      yield* TestClock.adjust("4 seconds")
      expect(sent).toBe(0)
      yield* TestClock.adjust("2 seconds")
      expect(sent).toBe(1)
    }).pipe(Effect.provide(TestContext.TestContext))
  ))

it("knows the hours of a time zone, across midnight and the change to winter time", () => {
  const school = { from: "07:00", to: "17:00", timezone: "America/Chicago" }
  expect(isWithin(school, new Date("2026-10-30T12:00:00Z"))).toBe(true)
  expect(isWithin(school, new Date("2026-10-30T11:59:00Z"))).toBe(false)
  expect(isWithin(school, new Date("2026-11-02T12:59:00Z"))).toBe(false)
  expect(isWithin(school, new Date("2026-11-02T13:00:00Z"))).toBe(true)
  expect(isWithin(school, new Date("2026-10-30T22:00:00Z"))).toBe(false)
  const night = { from: "22:00", to: "04:00", timezone: "UTC" }
  expect(
    ["21:59", "22:00", "23:59", "03:59", "04:00"].map((time) => isWithin(night, new Date(`2026-10-30T${time}:00Z`)))
  ).toEqual([false, true, true, true, false])
})

it("reads hours as they are written, and nothing else", () => {
  expect(parseHours("07:00-17:30")).toEqual({ from: "07:00", to: "17:30" })
  expect(parseHours("7-17")).toBeNull()
})

it("gives the place of whoever is let go to the next, be it in the moment in which it came", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const budget = yield* makeBudget({ concurrency: 1, ...endless })
      const sent: Array<number> = []
      const one = (index: number) => budget.take(Effect.sync(() => void sent.push(index)))
      let end = (): void => undefined
      const held = yield* Effect.fork(
        budget.take(Effect.async<void>((resume) => void (end = () => resume(Effect.void))))
      )
      yield* Effect.yieldNow()
      const others = yield* Effect.forEach([1, 2, 3], (index) => Effect.fork(one(index)))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(others[0] ?? held)
      end()
      // The place is on its way to the second one.
      yield* Fiber.interruptFork(others[1] ?? held)
      yield* Fiber.join(held)
      yield* Fiber.await(others[2] ?? held)
      yield* one(4)
      expect(sent.filter((index) => index !== 2)).toEqual([3, 4])
    })
  ))
