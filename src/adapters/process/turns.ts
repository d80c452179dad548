import * as Effect from "effect/Effect"
import { exitCodes } from "../../core/exit-codes.ts"
import { nothingDone } from "../../core/ports/runner.ts"
import type { Host } from "./host.ts"

/** The processes that a service starts: one at a time, in the order in which they are asked for. */
export interface Turns {
  /** Does work when its turn comes; `onWait` is called where that is not at once. Null where nothing is begun any more. */
  readonly take: <A>(work: Effect.Effect<A>, onWait: () => void) => Effect.Effect<A | null>
  /** Says which process is at work, so that `stop` finds it, and what it takes in beside itself. */
  readonly atWork: (host: Host | null) => void
  /** The process at work; null where none is. */
  readonly host: () => Host | null
  /** A process at work other than this one, as soon as there is one. */
  readonly hostOtherThan: (known: Host | null) => Effect.Effect<Host>
  readonly stop: Effect.Effect<void>
}

export const makeTurns = (): Turns => {
  const turn = Effect.unsafeMakeSemaphore(1)
  const awaiting = new Set<() => void>()
  let working: Host | null = null
  let isStopping = false
  let asked = 0
  return {
    take: (work, onWait) =>
      Effect.suspend(() => {
        if (asked++ > 0) onWait()
        return turn.withPermits(1)(Effect.suspend(() => (isStopping ? Effect.succeed(null) : work)))
      }).pipe(Effect.ensuring(Effect.sync(() => void asked--))),
    atWork: (host) => {
      working = host
      for (const look of awaiting) look()
    },
    host: () => working,
    hostOtherThan: (known) =>
      Effect.async((resume) => {
        const look = (): void => {
          if (working === null || working === known) return
          awaiting.delete(look)
          resume(Effect.succeed(working))
        }
        awaiting.add(look)
        look()
        return Effect.sync(() => void awaiting.delete(look))
      }),
    stop: Effect.sync(() => {
      isStopping = true
      working?.child.kill("SIGTERM")
    })
  }
}

/** Exit code of a process that waits in a queue where nothing is begun any more: nothing was done. */
export const notBegun = exitCodes.workspaceHeld

/** How a run ended that was not begun, or that went down with another one: it is asked for again. */
export const cutOff = nothingDone(notBegun)

/** A run that was killed is an interrupted one. */
export const killed = exitCodes.interrupted
