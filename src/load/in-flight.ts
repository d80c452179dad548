import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** So long whoever ends the process waits for an answer that is on its way; most come within a second. */
const patience = "25 seconds"

/**
 * Sends, and has the answers noted though the walk is interrupted, or what is done `meanwhile` fails: what the target did is
 * known then, and nobody has to ask it. `letGo` says that nothing further is to be sent. An answer that takes too long is let
 * go, and its step stays unsure.
 */
export const answeredAtTheEnd = <A, E, R, E2 = never, R2 = never>(
  sending: Effect.Effect<A, E, R>,
  meanwhile: Effect.Effect<void, E2, R2> = Effect.void,
  letGo: () => void = () => undefined
): Effect.Effect<A, E | E2, R | R2> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const sent = yield* Effect.forkDaemon(Effect.interruptible(sending))
      return yield* restore(Effect.zipRight(meanwhile, Fiber.join(sent))).pipe(
        // An effect that runs at an end cannot be interrupted: the time-out would wait for what it is meant to give up.
        Effect.onError(() => {
          letGo()
          return Fiber.await(sent).pipe(
            Effect.interruptible,
            Effect.timeoutOption(patience),
            Effect.zipRight(Fiber.interruptFork(sent))
          )
        })
      )
    })
  )
