import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import { withinService } from "../../core/command-environment.ts"
import type { ApprovalAsked, ApprovalEnded, CarriesOut, TakingIn } from "../../core/ports/runner.ts"
import { answering } from "./answering.ts"
import type { FromRun, ToRun } from "./beside-lines.ts"

/**
 * Takes in what others ask for while this process works: the service that began it, or, where none did, whoever approves at a
 * terminal, by the socket. Null where nobody can ask.
 */
export const takeIn = (
  carriesOut: CarriesOut,
  socket: string | null
): Effect.Effect<TakingIn | null, never, Scope.Scope> => {
  if (process.env[withinService] === undefined) {
    return socket === null ? Effect.succeed(null) : takeInApprovals(carriesOut, socket)
  }
  // Whoever else began this process may speak to it too, of something else.
  return process.send === undefined ? Effect.succeed(null) : takeInOfService(carriesOut)
}

const takeInApprovals = ({ approval }: CarriesOut, socket: string) =>
  Effect.gen(function* () {
    const { begin, ...taking } = yield* makeTaking(Effect.void)
    const approve = (asked: ApprovalAsked): Effect.Effect<ApprovalEnded | null> =>
      Effect.flatMap(begin(approval(asked)), (fiber) =>
        fiber === null ? Effect.succeed(null) : Effect.catchAllCause(Fiber.join(fiber), () => Effect.succeed(null))
      )
    const path = yield* answering({ begin: null, approve }, { near: socket, isFarToo: false }, taking.cutOff)
    return path === null ? null : taking
  })

const takeInOfService = (carriesOut: CarriesOut) =>
  Effect.gen(function* () {
    const { begin, ...taking } = yield* makeTaking(tell({ takesIn: false }))
    const answer = Runtime.runFork(yield* Effect.runtime())
    const hear = (message: unknown): void => {
      const asked = message as ToRun
      const { id } = asked
      const carryOut: Effect.Effect<Extract<FromRun, { readonly ended: unknown }>["ended"]> =
        "approval" in asked
          ? carriesOut.approval(asked.approval)
          : carriesOut.export(asked.export, (line) => void Effect.runFork(tell({ id, line })))
      answer(
        Effect.flatMap(begin(Effect.flatMap(carryOut, (ended) => tell({ id, ended }))), (fiber) =>
          fiber === null ? tell({ id, ended: null }) : Effect.void
        )
      )
    }
    process.on("message", hear)
    yield* Effect.addFinalizer(() =>
      Effect.zipRight(
        taking.cutOff,
        Effect.sync(() => process.off("message", hear))
      )
    )
    yield* tell({ takesIn: true })
    return taking
  })

/** `begin`: work that is taken in; null where nothing is any more. `onClose`: done before that is so. */
const makeTaking = (onClose: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const taken = yield* FiberSet.make()
    let isClosed = false
    const shut = Effect.suspend(() => {
      isClosed = true
      return onClose
    })
    return {
      begin: <A>(work: Effect.Effect<A>): Effect.Effect<Fiber.RuntimeFiber<A> | null> =>
        Effect.suspend(() => (isClosed ? Effect.succeed(null) : FiberSet.run(taken, work))),
      close: Effect.zipRight(shut, FiberSet.awaitEmpty(taken)),
      // All at once: one may have to wait for another that goes on.
      cutOff: Effect.zipRight(shut, Fiber.interruptAll(taken))
    }
  })

/** Ends when it is on its way; a service that is gone hears nothing, and asks anew when it is back. */
const tell = (message: FromRun): Effect.Effect<void> =>
  Effect.async((resume) => {
    const end = (): void => resume(Effect.void)
    if (!process.connected || process.send === undefined) return end()
    process.send(message, undefined, undefined, end)
  })
