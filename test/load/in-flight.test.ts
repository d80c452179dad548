import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { expect, it } from "vitest"
import { answeredAtTheEnd } from "../../src/load/in-flight.ts"

it("a step on its way is answered before an interruption is over, and none is begun after it", async () => {
  const sent: Array<number> = []
  const answered: Array<number> = []
  await Effect.runPromise(
    Effect.gen(function* () {
      const answers = yield* Deferred.make<void>()
      const bothSent = yield* Deferred.make<void>()
      const step = (number: number) =>
        answeredAtTheEnd(
          Effect.gen(function* () {
            if (sent.push(number) === 2) yield* Deferred.succeed(bothSent, undefined)
            yield* Deferred.await(answers)
            answered.push(number)
          })
        )
      const walk = yield* Effect.fork(Effect.forEach([1, 2, 3, 4], step, { concurrency: 2, discard: true }))
      yield* Deferred.await(bothSent)
      yield* Fiber.interruptFork(walk)
      yield* Effect.sleep("5 millis")
      yield* Deferred.succeed(answers, undefined)
      yield* Fiber.await(walk)
    })
  )
  expect(sent).toEqual([1, 2])
  expect(answered).toEqual([1, 2])
})
