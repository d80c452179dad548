import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { WarehouseError } from "../../core/ports/warehouse.ts"
import { tokenOf } from "../tokens.ts"
import { Busy, Forbidden, Unauthorized } from "./contract/errors.ts"
import { Bearer, Guard } from "./contract/guard.ts"
import { type Right, type Route, type RouteName, routes } from "./rights.ts"
import { View } from "./view.ts"

/** Who has no token that is good now gets no further than here. */
export const guard = Layer.effect(
  Guard,
  Effect.map(View, ({ tokens }) => ({
    token: (given: Redacted.Redacted) =>
      Effect.gen(function* () {
        const known = yield* Effect.orElseSucceed(tokens, () => [])
        const token = tokenOf(known, Redacted.value(given), yield* Clock.currentTimeMillis)
        if (token !== null) return token
        return yield* new Unauthorized({ message: "a token that is good is needed: `rollbook token create` makes one" })
      })
  }))
)

/** Fails where the token of the request has not the right for a route; the one place in which routes are refused. */
export const allowed = (name: RouteName, reveals = false) =>
  Effect.gen(function* () {
    const { right, toReveal }: Route = routes[name]
    const token = yield* Bearer
    const missing = [right, ...(reveals ? [toReveal] : [])].find(
      (one): one is Right => one !== null && !token.rights.includes(one)
    )
    if (missing !== undefined) return yield* new Forbidden({ message: `the token has not the right: ${missing}` })
    return token
  })

/** The state is another process's for a moment, which may answer or not. */
export const orBusy = <A>(read: Effect.Effect<A, WarehouseError>) =>
  Effect.catchAll(read, () => Effect.fail(new Busy({ message: "the state cannot be read at this moment" })))
