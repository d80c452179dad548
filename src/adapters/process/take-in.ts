import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import { withinService } from "../../core/command-environment.ts"
import type { CarriesOut, TakingIn } from "../../core/ports/runner.ts"
import type { FromRun, ToRun } from "./beside-lines.ts"

/**
 * Takes in what the service that began this process asks for while it works; null where no service did, or the scope cannot be
 * told. What is on its way when the scope ends is interrupted.
 */
export const takeIn = (carriesOut: CarriesOut): Effect.Effect<TakingIn | null, never, Scope.Scope> =>
  Effect.gen(function* () {
    // Whoever else began this process may speak to it too, of something else.
    if (process.send === undefined || process.env[withinService] === undefined) return null
    const taken = yield* FiberSet.make<void>()
    const run = yield* FiberSet.runtime(taken)()
    let isClosed = false
    const hear = (message: unknown): void => {
      const asked = message as ToRun
      const { id } = asked
      const carryOut: Effect.Effect<Extract<FromRun, { readonly ended: unknown }>["ended"]> =
        "approval" in asked
          ? carriesOut.approval(asked.approval)
          : carriesOut.export(asked.export, (line) => void Effect.runFork(tell({ id, line })))
      run(isClosed ? tell({ id, ended: null }) : Effect.flatMap(carryOut, (ended) => tell({ id, ended })))
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
