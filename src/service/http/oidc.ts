import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { isSameBrowser, pendingSeconds, type Pendings } from "../access/pending.ts"
import { secret } from "../access/secret.ts"
import { Access, Place } from "./access.ts"
import { withCookie } from "./cookies.ts"
import { SignInRefused } from "../oidc/refused.ts"
import { library, makeProvider } from "../oidc/vouched.ts"
import { enter } from "./enter.ts"
import { entranceWords } from "./entrance-words.ts"
import { refusedPage } from "./launch-pages.ts"

/** A sign-in that is under way. */
export interface OidcPending {
  /** Verifier of PKCE. */
  readonly verifier: string
  /** The path within this service that it leads to. */
  readonly to: string
}

export const callbackPath = "/sign-in/callback"

const cookieOf = (state: string): string => `__Host-rollbook-sign-in-${state.slice(0, 12)}`

/** Both ways of the sign-in by OpenID Connect: to the provider, and back. */
export const oidcWays = (pendings: Pendings<OidcPending>) => {
  const provider = makeProvider()
  const begin = Effect.gen(function* () {
    const { settings } = yield* Access
    const { origin } = yield* Place
    if (settings.oidc === null) {
      const words = yield* entranceWords()
      return refusedPage(words, words.signInByLink, 404)
    }
    const { authorizationUrl } = yield* library
    const configuration = yield* provider(settings.oidc)
    const asked = { verifier: secret(), to: yield* pathAsked }
    const { nonce, secret: kept, state } = pendings.begin(asked, yield* Clock.currentTimeMillis)
    const checks = { nonce, state, verifier: asked.verifier }
    const next = authorizationUrl(configuration, settings.oidc, checks, `${origin}${callbackPath}`)
    return withCookie({
      answer: HttpServerResponse.redirect(next.href, { status: 302 }),
      name: cookieOf(state),
      value: kept,
      isFramed: false,
      seconds: pendingSeconds
    })
  })
  const end = Effect.gen(function* () {
    const { settings } = yield* Access
    const { origin } = yield* Place
    const { cookies, url } = yield* HttpServerRequest.HttpServerRequest
    const { personOf } = yield* library
    const current = new URL(url, origin)
    const state = current.searchParams.get("state") ?? ""
    const pending = pendings.find(state, yield* Clock.currentTimeMillis)
    const kept = cookies[cookieOf(state)]
    const isOwn = pending !== null && kept !== undefined && isSameBrowser(pending, kept) && pendings.use(state)
    if (!isOwn || settings.oidc === null) return yield* new SignInRefused({ reason: "unsolicited" })
    const checks = { nonce: pending.nonce, state, verifier: pending.verifier }
    const person = yield* personOf(yield* provider(settings.oidc), settings.oidc, checks, current)
    const answer = yield* enter({ ...person, by: "oidc", course: null }, pending.to, {
      hours: settings.oidc.sessionHours
    })
    return withCookie({ answer, name: cookieOf(state), value: "", isFramed: false, seconds: 0 })
  })
  return {
    begin: Effect.catchTag(begin, "SignInRefused", tellRefused),
    end: Effect.catchTag(end, "SignInRefused", tellRefused)
  }
}

/** The path that somebody wanted; nothing outside this service. */
const pathAsked = Effect.map(HttpServerRequest.HttpServerRequest, ({ url }) => {
  const asked = new URL(url, "http://localhost").searchParams.get("to") ?? "/"
  return /^\/(?![/\\])/.test(asked) ? asked : "/"
})

const tellRefused = ({ message, reason }: SignInRefused) =>
  Effect.gen(function* () {
    ;(yield* Access).tellRefusal(`a sign-in was refused: ${message}`)
    const words = yield* entranceWords()
    return refusedPage(words, `${sentence(words.signInReasons[reason])}.`, reason === "unreachable" ? 503 : 403)
  })

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
