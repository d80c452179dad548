import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { dirname } from "node:path"
import { holderNote } from "../core/holder-note.ts"
import { isOnDisk, stampOfFile, type StoreError } from "../core/ports/disk.ts"
import { type EngineLimits, isHeld, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { readNote } from "../service/note-file.ts"
import { Adapters } from "./adapters.ts"
import { stateTurn } from "./state-turn.ts"
import type { Workspace } from "./workspace.ts"

/**
 * Reads of the state for a process that goes on. Whoever reads it holds it for that moment, or asks the run that holds it, so
 * that answers are kept: for as long as the state is as it was, and while a run is at work, which writes all the time, for some
 * seconds. Reads that come together share one opening.
 */
export interface StateReads {
  /**
   * Reads the state by `work`; gives `none` where there is no state yet. Kept by `name`, which holds all that it
   * depends on; null: nowhere.
   */
  readonly read: <A, E>(
    name: string | null,
    work: Effect.Effect<A, E, Warehouse | Adapters | Scope.Scope>,
    none: A
  ) => Effect.Effect<A, E | WarehouseError | StoreError>
  /** Forgets what is kept: whoever asks next is to see what was just written. */
  readonly forget: Effect.Effect<void>
}

/** Enough for what a page shows, and for an approval; the process shall be a small one. */
export const limits: EngineLimits = { memoryLimit: "256MB", threads: 1 }

const mostKept = 500

/** Milliseconds for which an answer of a run at work is as good as a new one, and for which it is given while a new one is had. */
const freshFor = 3_000
const staleFor = 60_000

/** Milliseconds for which the state is held for reads that follow each other: who is to write waits no longer. */
const longestHold = 1_000

interface Kept {
  /** Stamp of the state that it was read of; null where that was being written. */
  readonly stamp: string | null
  readonly at: number
  readonly answer: unknown
}

interface Waiting {
  readonly work: Effect.Effect<void, never, Warehouse>
  readonly fail: (cause: Cause.Cause<WarehouseError>) => Effect.Effect<void>
}

export const makeStateReads = (workspace: Workspace): Effect.Effect<StateReads, never, Adapters> =>
  Effect.map(Adapters, (adapters) => {
    const kept = new Map<string, Kept>()
    const renewed = new Set<string>()
    const holder = holderNote(dirname(workspace.stateFile))
    let waiting: Array<Waiting> = []
    let isOpening = false

    const openOnce = stateTurn.withPermits(1)(
      Effect.gen(function* () {
        const until = (yield* Clock.currentTimeMillis) + longestHold
        do {
          const next = waiting.shift()
          if (next === undefined) return
          yield* next.work
        } while ((yield* Clock.currentTimeMillis) < until)
      }).pipe(
        Effect.provide(adapters.warehouseToRead(workspace.stateFile, limits)),
        Effect.catchAllCause((cause) => {
          const failed = waiting
          waiting = []
          return Effect.forEach(failed, ({ fail }) => fail(cause), { discard: true })
        })
      )
    )

    const openAll: Effect.Effect<void> = Effect.suspend(() => {
      if (waiting.length > 0) return Effect.zipRight(openOnce, openAll)
      isOpening = false
      return Effect.void
    })

    /** The answer, and whether the state was ours alone while it was read. */
    const ask = <A, E>(work: Effect.Effect<A, E, Warehouse | Adapters | Scope.Scope>) =>
      Effect.gen(function* () {
        const answered = yield* Deferred.make<{ readonly answer: A; readonly isOurs: boolean }, E | WarehouseError>()
        const read = Effect.flatMap(Warehouse, ({ isReadOnly }) =>
          Effect.map(Effect.scoped(work), (answer) => ({ answer, isOurs: !isReadOnly }))
        )
        waiting.push({
          work: Effect.asVoid(Effect.intoDeferred(Effect.provideService(read, Adapters, adapters), answered)),
          fail: (cause) => Effect.asVoid(Deferred.failCause(answered, cause))
        })
        if (!isOpening) {
          isOpening = true
          yield* Effect.forkDaemon(openAll)
        }
        return yield* Deferred.await(answered)
      })

    return {
      read: (name, work, none) =>
        Effect.gen(function* () {
          if (!(yield* isOnDisk(workspace.stateFile))) return none
          const stamp = yield* stampOf(workspace.stateFile)
          const known = name === null ? undefined : kept.get(name)
          const get = Effect.gen(function* () {
            const { answer, isOurs } = yield* Effect.retry(ask(work), whileItEnds)
            if (name === null) return answer
            kept.delete(name)
            kept.set(name, { stamp: isOurs ? stamp : null, at: yield* Clock.currentTimeMillis, answer })
            if (kept.size > mostKept) kept.delete(kept.keys().next().value ?? "")
            return answer
          })
          if (name === null || known === undefined) return yield* get
          if (known.stamp === stamp) return known.answer as typeof none
          const age = (yield* Clock.currentTimeMillis) - known.at
          if (age > staleFor || !(yield* isHeldElsewhere(holder))) return yield* get
          if (age > freshFor && !renewed.has(name)) {
            renewed.add(name)
            yield* Effect.forkDaemon(
              Effect.ensuring(
                Effect.ignore(get),
                Effect.sync(() => renewed.delete(name))
              )
            )
          }
          return known.answer as typeof none
        }),
      forget: Effect.sync(() => kept.clear())
    }
  })

/** A run that ends while it is asked has let the state go by then. */
const whileItEnds = {
  while: isHeld,
  times: 2,
  schedule: Schedule.spaced("150 millis")
}

/** Whether another process has the state, by its note; one that was killed has left it. */
const isHeldElsewhere = (note: string): Effect.Effect<boolean> =>
  Effect.map(
    Effect.orElseSucceed(readNote<{ readonly pid: number }>("who holds the state", note), () => null),
    (holder) => holder !== null && holder.pid !== process.pid
  )

/** Changes with every change of the state. */
const stampOf = (stateFile: string): Effect.Effect<string, StoreError> =>
  Effect.map(Effect.forEach([stateFile, `${stateFile}.wal`], stampOfFile), (stamps) => stamps.join(" "))
