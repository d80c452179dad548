import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { StoreError } from "../../core/ports/disk.ts"
import type { WarehouseError } from "../../core/ports/warehouse.ts"
import { holds, type Session } from "../access/session.ts"
import type { Right } from "../../pipeline/rights.ts"
import { type Token, tokenOf } from "../tokens.ts"
import { Access, type AccessService } from "./access.ts"
import { busy, Forbidden, Unauthorized } from "./contract/errors.ts"
import { Admitted, Caller, SignedIn } from "./contract/guard.ts"
import { freshnessOf, type Route, routeOf } from "./rights.ts"
import { isOwnPage } from "./same-origin.ts"
import { tell } from "../../core/told.ts"

const nobody = new Unauthorized({
  message: "a session or a token is needed: sign in, or let `rollbook token create` make one"
})

export const signedIn = Layer.effect(
  SignedIn,
  Effect.map(Access, (access) => {
    const { tokens } = access
    const look = lookAgain(access)
    return {
      token: (given: Redacted.Redacted) =>
        Effect.gen(function* () {
          const known = yield* Effect.orElseSucceed(tokens, () => [])
          const now = yield* Clock.currentTimeMillis
          const token = tokenOf(known, Redacted.value(given), now)
          if (token !== null) return sessionOfToken(token)
          // A page that keeps no cookies in its frame sends its session so.
          return (yield* look(Redacted.value(given), now)) ?? (yield* nobody)
        }),
      session: (given: Redacted.Redacted) =>
        Effect.gen(function* () {
          const now = yield* Clock.currentTimeMillis
          return (yield* look(Redacted.value(given), now)) ?? (yield* nobody)
        })
    }
  })
)

/**
 * The session of an id, with what its person may as it is known by now; null where there is none, or it has just ended,
 * since the learning platform, or the district's sign-in, says otherwise than when it began.
 */
const lookAgain =
  ({ sessions, standings }: AccessService) =>
  (id: string, now: number) =>
    Effect.gen(function* () {
      const session = yield* Effect.orElseSucceed(sessions.find(id, now), () => null)
      if (session === null) return null
      const said = yield* standings.of(session, yield* freshnessFor(session), now)
      return said === "changed" ? null : { ...session, isConfirmed: said === "confirmed" }
    })

/** By the route: an export is confirmed by itself, what changes or reveals something within minutes. */
const freshnessFor = (session: Session) =>
  Effect.gen(function* () {
    const { method } = yield* HttpServerRequest.HttpServerRequest
    const { params, route } = yield* HttpRouter.RouteContext
    const found = routeOf(method, route.path)
    const course = params["course"] ?? null
    const asked = found === null ? [] : yield* rightsAsked(found)
    // A person without the right is told so, whatever the platform would say.
    return asked.every((right) => holds(session, right, course)) ? freshnessOf(asked) : "if it answers"
  })

const sessionOfToken = ({ createdAt, expiresAt, name, rights }: Token): typeof Caller.Service => ({
  who: `token ${name}`,
  name: null,
  by: "token",
  rights,
  course: null,
  language: null,
  launched: null,
  vouching: null,
  key: name,
  isConfirmed: true,
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
      const refuse = (what: string) =>
        // A refusal stands, whether or not it can be noted.
        Effect.ignore(note(caller.who, what, [`${request.method} ${route.path}`]))
      if (caller.by !== "token" && !isOwnPage(request, publicUrl)) {
        yield* refuse(tell("trail.other-site", {}))
        return yield* new Forbidden({ message: "a change is asked for by pages of rollbook itself, as JSON" })
      }
      const course = params["course"] ?? null
      const asked = yield* rightsAsked(found)
      const missing = asked.find((right) => !holds(caller, right, course))
      if (missing === undefined) {
        if (caller.isConfirmed || freshnessOf(asked) === "if it answers") return
        const isOfSignIn = caller.by === "oidc"
        yield* refuse(tell(isOfSignIn ? "trail.sign-in-silent" : "trail.unconfirmed", {}))
        return yield* busy(tell(isOfSignIn ? "refused.sign-in-silent" : "refused.unconfirmed", {}))
      }
      yield* refuse(tell("trail.refused", { why: missing }))
      return yield* new Forbidden({ message: `the right is missing: ${missing}` })
    })
  )
)

/** The rights that a request asks for. */
const rightsAsked = ({ asks, toReveal }: Route) =>
  Effect.map(asksToReveal, (reveals): ReadonlyArray<Right> => [
    ...(asks === "a session" || asks === "nothing" ? [] : [asks]),
    ...(toReveal !== null && reveals ? [toReveal] : [])
  ])

const asksToReveal = Effect.map(HttpServerRequest.ParsedSearchParams, ({ reveal }) =>
  [reveal].flat().some((one) => one === "true")
)

/** The state is another process's for a moment, which may answer or not. */
export const orBusy = <A>(read: Effect.Effect<A, WarehouseError | StoreError>) =>
  Effect.catchAll(read, () => Effect.fail(busy(tell("refused.no-state", {}))))
