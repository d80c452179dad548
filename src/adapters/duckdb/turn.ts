import * as Effect from "effect/Effect"

/** The turn of whoever writes an open state that several share: handed on in the order in which it was asked for. */
export interface Turn {
  /** Not to be interrupted: whoever is handed the turn has it. */
  readonly take: Effect.Effect<void>
  readonly give: Effect.Effect<void>
  readonly isAwaited: () => boolean
}

export const makeTurn = (): Turn => {
  const waiting: Array<() => void> = []
  let isTaken = false
  return {
    take: Effect.uninterruptible(
      Effect.async<void>((resume) => {
        const go = (): void => resume(Effect.void)
        if (isTaken) return void waiting.push(go)
        isTaken = true
        go()
      })
    ),
    give: Effect.sync(() => {
      const next = waiting.shift()
      if (next === undefined) isTaken = false
      else next()
    }),
    isAwaited: () => waiting.length > 0
  }
}
