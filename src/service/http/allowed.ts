import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { StoreError } from "../../core/ports/disk.ts"
import type { WarehouseError } from "../../core/ports/warehouse.ts"
import { holds, type Session, type Sessions } from "../access/session.ts"
import { type Token, tokenOf } from "../tokens.ts"
import { Access } from "./access.ts"
import { Busy, Forbidden, Unauthorized } from "./contract/errors.ts"
import { Admitted, Caller, SignedIn } from "./contract/guard.ts"
import { routeOf } from "./rights.ts"
import { isOwnPage } from "./same-origin.ts"

const nobody = new Unauthorized({
  message: "a session or a token is needed: sign in, or let `rollbook token create` make one"
})

export const signedIn = Layer.effect(
  SignedIn,
  Effect.map(Access, ({ sessions, tokens }) => ({
    token: (given: Redacted.Redacted) =>
      Effect.gen(function* () {
        const known = yield* Effect.orElseSucceed(tokens, () => [])
        const now = yield* Clock.currentTimeMillis
        const token = tokenOf(known, Redacted.value(given), now)
        if (token !== null) return sessionOfToken(token)
        // A page that keeps no cookies in its frame sends its session so.
        return (yield* sessionOf(sessions, Redacted.value(given), now)) ?? (yield* nobody)
      }),
    session: (given: Redacted.Redacted) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        return (yield* sessionOf(sessions, Redacted.value(given), now)) ?? (yield* nobody)
      })
  }))
)

const sessionOf = (sessions: Sessions, id: string, now: number): Effect.Effect<Session | null> =>
  Effect.orElseSucceed(sessions.find(id, now), () => null)

const sessionOfToken = ({ createdAt, expiresAt, name, rights }: Token): Session => ({
  who: `token ${name}`,
  name: null,
  by: "token",
  rights,
  course: null,
  language: null,
  startedAt: createdAt,
  expiresAt
})

export const admitted = Layer.effect(
  Admitted,
  Effect.map(Access, ({ note, publicUrl }) =>
    Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const { params, route } = yield* HttpRouter.RouteContext
      // Both are there for every request that stands within `SignedIn`; one that does not has no way further.
      const caller = (yield* Effect.serviceOption(Caller)).pipe((found) => (found._tag === "Some" ? found.value : null))
      const found = routeOf(request.method, route.path)
      if (caller === null || found === null) {
        return yield* new Forbidden({ message: "no right is declared that would open this route" })
      }
      if (caller.by !== "token" && !isOwnPage(request, publicUrl)) {
        return yield* new Forbidden({ message: "a change is asked for by pages of rollbook itself, as JSON" })
      }
      const course = params["course"] ?? null
      const asked = [
        ...(found.asks === "a session" || found.asks === "nothing" ? [] : [found.asks]),
        ...(found.toReveal !== null && (yield* asksToReveal) ? [found.toReveal] : [])
      ]
      const missing = asked.find((right) => !holds(caller, right, course))
      if (missing === undefined) return
      // A refusal stands, whether or not it can be noted.
      yield* Effect.ignore(note(caller.who, `refused: ${missing}`, [`${request.method} ${route.path}`]))
      return yield* new Forbidden({ message: `the right is missing: ${missing}` })
    })
  )
)

const asksToReveal = Effect.map(HttpServerRequest.ParsedSearchParams, ({ reveal }) =>
  [reveal].flat().some((one) => one === "true")
)

/** The state is another process's for a moment, which may answer or not. */
export const orBusy = <A>(read: Effect.Effect<A, WarehouseError | StoreError>) =>
  Effect.catchAll(read, () => Effect.fail(new Busy({ message: "the state cannot be read at this moment" })))
