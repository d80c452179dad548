import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** So long whoever ends the process waits for an answer that is on its way; most come within a second. */
const patience = "25 seconds"

/**
 * A step that was sent is answered, and its answer noted, though the walk is interrupted meanwhile: what the target did is
 * known then, and nobody has to ask it. An answer that takes too long is let go, and its step stays unsure.
 */
export const answeredAtTheEnd = <A, E, R>(step: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const sending = yield* Effect.forkDaemon(Effect.interruptible(step))
      return yield* restore(Fiber.join(sending)).pipe(
        // An effect that runs at an end cannot be interrupted: the time-out would wait for what it is meant to give up.
        Effect.onInterrupt(() =>
          Fiber.await(sending).pipe(
            Effect.interruptible,
            Effect.timeoutOption(patience),
            Effect.zipRight(Fiber.interruptFork(sending))
          )
        )
      )
    })
  )
