import * as Effect from "effect/Effect"

/** The turn of whoever writes an open state that several share: handed on in the order in which it was asked for. */
export interface Turn {
  /** Not to be interrupted: whoever is handed the turn has it. */
  readonly take: Effect.Effect<void>
  readonly give: Effect.Effect<void>
  /** Whether somebody waits; asked by whoever has the turn, at a moment at which it would give it. */
  readonly isAwaited: () => boolean
  /** Longest time for which it was neither given nor would have been, in milliseconds. */
  readonly longest: () => number
}

/** `passed`: milliseconds since any moment. */
export const makeTurn = (passed: () => number): Turn => {
  const waiting: Array<() => void> = []
  let isTaken = false
  let since = 0
  let longest = 0
  const note = (): void => {
    const now = passed()
    longest = Math.max(longest, now - since)
    since = now
  }
  return {
    take: Effect.uninterruptible(
      Effect.async<void>((resume) => {
        const go = (): void => {
          since = passed()
          resume(Effect.void)
        }
        if (isTaken) return void waiting.push(go)
        isTaken = true
        go()
      })
    ),
    give: Effect.sync(() => {
      note()
      const next = waiting.shift()
      if (next === undefined) isTaken = false
      else next()
    }),
    isAwaited: () => {
      if (waiting.length === 0) note()
      return waiting.length > 0
    },
    longest: () => longest
  }
}
