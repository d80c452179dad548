import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { expect, it } from "vitest"
import { answeredAtTheEnd } from "../../src/load/in-flight.ts"

const interrupted = (step: Effect.Effect<void>, seconds: number) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const walk = yield* Effect.fork(answeredAtTheEnd(step))
      yield* Effect.yieldNow()
      const ending = yield* Effect.fork(Fiber.interrupt(walk))
      yield* TestClock.adjust(`${seconds} seconds`)
      yield* Effect.yieldNow()
      return (yield* Fiber.poll(ending))._tag === "Some"
    }).pipe(Effect.provide(TestContext.TestContext))
  )

it("waits for the answer to what was sent, and notes it, though the walk is interrupted", async () => {
  const noted: Array<string> = []
  const step = Effect.sleep("3 seconds").pipe(Effect.zipRight(Effect.sync(() => void noted.push("answered"))))
  expect(await interrupted(step, 2)).toBe(false)
  expect(noted).toEqual([])
  expect(await interrupted(step, 4)).toBe(true)
  expect(noted).toEqual(["answered"])
})

it("lets an answer go that does not come", async () => {
  const never = Effect.flatMap(Deferred.make<void>(), Deferred.await)
  expect(await interrupted(never, 24)).toBe(false)
  expect(await interrupted(never, 26)).toBe(true)
})
