import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import type { CourseAsked, RunEnded, RunLine, TakingIn } from "../../core/ports/runner.ts"
import type { FromRun, ToRun } from "./beside-lines.ts"

/**
 * Takes in what the service that began this process asks for while it works; null where no service did, or the scope cannot be
 * told. What is on its way when the scope ends is interrupted.
 */
export const takeIn = (
  carryOut: (asked: CourseAsked, say: (line: RunLine) => void) => Effect.Effect<RunEnded | null>
): Effect.Effect<TakingIn | null, never, Scope.Scope> =>
  Effect.gen(function* () {
    if (process.send === undefined) return null
    const taken = yield* FiberSet.make<void>()
    const run = yield* FiberSet.runtime(taken)()
    let isClosed = false
    const hear = (message: unknown): void => {
      const { id, ...asked } = message as ToRun
      run(
        isClosed
          ? tell({ id, ended: null })
          : Effect.flatMap(
              carryOut(asked, (line) => void Effect.runFork(tell({ id, line }))),
              (ended) => tell({ id, ended })
            )
      )
    }
    process.on("message", hear)
    const shut = Effect.suspend(() => {
      isClosed = true
      return tell({ takesIn: false })
    })
    yield* Effect.addFinalizer(() =>
      Effect.zipRight(
        shut,
        Effect.sync(() => process.off("message", hear))
      )
    )
    yield* tell({ takesIn: true })
    return { close: Effect.zipRight(shut, FiberSet.awaitEmpty(taken)) }
  })

/** Ends when it is on its way; a service that is gone hears nothing, and asks anew when it is back. */
const tell = (message: FromRun): Effect.Effect<void> =>
  Effect.async((resume) => {
    const end = (): void => resume(Effect.void)
    if (!process.connected || process.send === undefined) return end()
    process.send(message, undefined, undefined, end)
  })
