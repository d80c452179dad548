import * as Effect from "effect/Effect"

/** Runs an effect when it is first asked for, once for all who wait, and keeps what it gave. A failure is not kept. */
export const once = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> => {
  const permit = Effect.unsafeMakeSemaphore(1)
  let kept: { readonly value: A } | null = null
  const recall = (otherwise: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => (kept === null ? otherwise : Effect.succeed(kept.value)))
  return recall(
    permit.withPermits(1)(
      recall(
        Effect.tap(effect, (value) => {
          kept = { value }
        })
      )
    )
  )
}

/** As `once`, for each value that is asked for. */
export const onceEach = <A, E>(
  ask: (value: string) => Effect.Effect<A, E>
): ((value: string) => Effect.Effect<A, E>) => {
  const known = new Map<string, Effect.Effect<A, E>>()
  return (value) => {
    const asked = known.get(value) ?? once(ask(value))
    known.set(value, asked)
    return asked
  }
}
