import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** Bytes by which a process that does nothing grows between two looks. */
const restless = 3_000_000

/**
 * Looks at which the heap is collected once it is quiet. The first collection moves what is kept out of the young half; that half is
 * given back by a later one, when Node has seen that little is asked of it.
 */
const collections = 3

/**
 * Gives memory back that lies unused, once nothing goes on, until the scope ends. Node does so only when it is asked for more: a
 * service that nobody looks at would keep until then what the last page took, a third of all it has.
 */
export const giveBackUnused: Effect.Effect<void, never, Scope.Scope> = Effect.suspend(() => {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  let before = 0
  let quiet = 0
  const look = Effect.sync(() => {
    quiet = Math.abs(used() - before) < restless ? quiet + 1 : 0
    if (quiet > 0 && quiet <= collections) collect()
    before = used()
  })
  return Effect.asVoid(Effect.forkScoped(Effect.repeat(look, Schedule.spaced("5 seconds"))))
})

/** Bytes of the heap that hold something, and what it holds elsewhere. */
const used = (): number => {
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
