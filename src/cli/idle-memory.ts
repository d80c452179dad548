import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** Bytes that lie unused before they are given back, and by which a process that does nothing grows between two looks at most. */
const mostUnused = 12_000_000
const restless = 3_000_000

/**
 * Gives memory back that lies unused, once nothing goes on, until the scope ends. Node does so only when it is asked for more: a
 * service that nobody looks at would keep until then what the last page took, a third of all it has.
 */
export const giveBackUnused: Effect.Effect<void, never, Scope.Scope> = Effect.suspend(() => {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  let before = 0
  const look = Effect.sync(() => {
    const { total, used } = held()
    const isQuiet = Math.abs(used - before) < restless
    if (isQuiet && total - used > mostUnused) {
      // Once, so that what is kept leaves the young half of the heap; and again, so that this half is given back.
      collect()
      collect()
    }
    before = held().used
  })
  return Effect.asVoid(Effect.forkScoped(Effect.repeat(look, Schedule.spaced("5 seconds"))))
})

/** Bytes of the heap, with what it holds elsewhere. */
const held = (): { readonly total: number; readonly used: number } => {
  const { arrayBuffers, heapTotal, heapUsed } = process.memoryUsage()
  return { total: heapTotal + arrayBuffers, used: heapUsed + arrayBuffers }
}
