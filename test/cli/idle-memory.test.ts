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
      let page: Array<object> | null = Array.from({ length: 2_000_000 }, (_, index) => ({ index }))
      const grown = heap() - idle
      expect(grown).toBeGreaterThan(40)
      expect(page).toHaveLength(2_000_000)
      page = null
      yield* looks(1)
      expect(heap()).toBeGreaterThan(idle + grown / 2)
      yield* looks(4)
      expect(heap()).toBeLessThan(idle + grown / 2)
    }).pipe(Effect.scoped, Effect.provide(TestContext.TestContext))
  ))
