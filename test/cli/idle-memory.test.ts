import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { expect, it } from "vitest"
import { giveBackUnused } from "../../src/cli/idle-memory.ts"

/** Megabytes that Node has taken for its heap. */
const heap = (): number => process.memoryUsage().heapTotal / 1e6

it("gives back what a page took, once nothing goes on, and not amid it", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      yield* giveBackUnused
      const looks = (count: number) => TestClock.adjust(`${count * 5} seconds`)
      yield* looks(6)
      const idle = heap()
      // What the process had taken before and does not use is filled first.
      let page: Array<object> | null = []
      while (heap() - idle < 60) for (let index = 0; index < 100_000; index++) page.push({ index })
      const grown = heap() - idle
      page = null
      yield* looks(1)
      expect(heap()).toBeGreaterThan(idle + grown / 2)
      yield* looks(4)
      expect(heap()).toBeLessThan(idle + grown / 2)
    }).pipe(Effect.scoped, Effect.provide(TestContext.TestContext))
  ))
