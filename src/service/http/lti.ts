import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { JWTVerifyGetKey } from "jose"
import type { LtiRegistration } from "../../pipeline/access-settings.ts"
import { isSameBrowser, pendingSeconds, type Pendings } from "../access/pending.ts"
import { grantOf } from "../lti/grant.ts"
import { LaunchRefused } from "../lti/refused.ts"
import { loaded } from "../../core/lazily.ts"
import { Access, Place } from "./access.ts"
import { withCookie } from "./cookies.ts"
import { enter } from "./enter.ts"
import { entranceWords } from "./entrance-words.ts"
import { keepPage, recallPage, refusedPage, tabPage } from "./launch-pages.ts"

/** Loaded with the first launch: what verifies it is not small, and many a service is never launched. */
const verifier = loaded(() => import("../lti/verify.ts"))

/** A launch that is under way. */
export interface LtiPending {
  readonly registration: LtiRegistration
  /** The address within this service that the launch is for. */
  readonly target: string
  /** Name of the frame of the learning platform that keeps things for tools; null where it offers none. */
  readonly storage: string | null
  /** Parameters it was asked for with, so that a new tab can ask once more. */
  readonly asked: Readonly<Record<string, string>>
}

const launchPath = "/lti/launch"

/** Parameters that a learning platform, or its page in the browser, sends to begin a launch. */
const askedWith = [
  "iss",
  "login_hint",
  "target_link_uri",
  "lti_message_hint",
  "client_id",
  "lti_deployment_id",
  "lti_storage_target"
] as const

/** The cookie of one launch: several may be under way in one browser. */
const cookieOf = (state: string): string => `__Host-rollbook-launch-${state.slice(0, 12)}`

/** The first step: sends the browser to the learning platform, so that a launch answers to a request of this very browser. */
export const login = (pendings: Pendings<LtiPending>) =>
  Effect.gen(function* () {
    const { settings } = yield* Access
    const { origin } = yield* Place
    const sent = yield* parameters
    const asked = Object.fromEntries(
      askedWith.flatMap((name) => (sent[name] === undefined ? [] : [[name, sent[name]]]))
    )
    const registration = registrationOf(settings.lti, asked)
    if (registration === null || asked["login_hint"] === undefined) {
      return yield* new LaunchRefused({ reason: "unregistered" })
    }
    const target = asked["target_link_uri"] ?? ""
    if (!URL.canParse(target) || new URL(target).origin !== origin)
      return yield* new LaunchRefused({ reason: "target" })
    const storage = asked["lti_storage_target"] ?? null
    const now = yield* Clock.currentTimeMillis
    const { nonce, secret, state } = pendings.begin({ registration, target, storage, asked }, now)
    const next = new URL(registration.authorizationUrl)
    const query = {
      scope: "openid",
      response_type: "id_token",
      response_mode: "form_post",
      prompt: "none",
      client_id: registration.clientId,
      redirect_uri: `${origin}${launchPath}`,
      login_hint: asked["login_hint"],
      ...(asked["lti_message_hint"] === undefined ? {} : { lti_message_hint: asked["lti_message_hint"] }),
      state,
      nonce
    }
    for (const [name, value] of Object.entries(query)) next.searchParams.set(name, value)
    const answer =
      storage === null
        ? HttpServerResponse.redirect(next.href, { status: 302 })
        : keepPage({ words: yield* entranceWords(), storage, platform: next.origin, state, secret, next: next.href })
    return withCookie({ answer, name: cookieOf(state), value: secret, isFramed: true, seconds: pendingSeconds })
  }).pipe(Effect.catchTag("LaunchRefused", tellRefused()))

/** The second step: what the learning platform says of the person, posted by the browser. */
export const launch = (
  pendings: Pendings<LtiPending>,
  keysFor: (registration: LtiRegistration) => Effect.Effect<JWTVerifyGetKey>
) =>
  Effect.flatMap(parameters, (sent) =>
    Effect.catchTag(admit(pendings, keysFor, sent), "LaunchRefused", tellRefused(sent["id_token"]))
  ).pipe(Effect.catchTag("LaunchRefused", tellRefused()))

const admit = (
  pendings: Pendings<LtiPending>,
  keysFor: (registration: LtiRegistration) => Effect.Effect<JWTVerifyGetKey>,
  { id_token: idToken = "", secret, state = "" }: Readonly<Record<string, string | undefined>>
) =>
  Effect.gen(function* () {
    const { people } = yield* Access
    const words = yield* entranceWords(idToken)
    const { cookies } = yield* HttpServerRequest.HttpServerRequest
    const now = yield* Clock.currentTimeMillis
    const pending = pendings.find(state, now)
    if (pending === null) return yield* new LaunchRefused({ reason: "unsolicited" })
    const cookie = cookies[cookieOf(state)]
    const kept = cookie ?? secret
    if (kept === undefined && pending.storage !== null) {
      const platform = new URL(pending.registration.authorizationUrl).origin
      return recallPage({ words, storage: pending.storage, platform, state, idToken, asked: pending.asked })
    }
    if (kept === undefined || !isSameBrowser(pending, kept)) {
      yield* tellRefused(idToken)(new LaunchRefused({ reason: "browser" }))
      return tabPage(words, pending.asked)
    }
    if (!pendings.use(state)) return yield* new LaunchRefused({ reason: "unsolicited" })
    const { verifyLaunch } = yield* verifier
    const launched = yield* verifyLaunch(idToken, pending, yield* keysFor(pending.registration), now)
    const standing = yield* Effect.flatMap(people(pending.registration.connection), (all) =>
      all.standing(launched.subject, launched.course?.id ?? null)
    ).pipe(Effect.mapError(() => new LaunchRefused({ reason: "lookup" })))
    if (standing === null) return yield* new LaunchRefused({ reason: "person" })
    const answer = yield* enter(grantOf(pending.registration, launched, standing), pathOf(pending), {
      keepsCookies: cookie !== undefined
    })
    return withCookie({ answer, name: cookieOf(state), value: "", isFramed: true, seconds: 0 })
  })

/** Within this service, whatever else the address says. */
const pathOf = ({ target }: LtiPending): string => {
  const { pathname, search } = new URL(target)
  return `${pathname.replace(/^\/+/, "/")}${search}`
}

const registrationOf = (
  all: ReadonlyArray<LtiRegistration>,
  asked: Readonly<Record<string, string>>
): LtiRegistration | null => {
  const { client_id: client, iss, lti_deployment_id: deployment } = asked
  const found = all
    .filter(({ issuer }) => issuer === iss)
    .filter(({ clientId }) => client === undefined || clientId === client)
    .filter(({ deploymentIds }) => deployment === undefined || deploymentIds.includes(deployment))
  // A platform that registered more than one client says which of them is meant.
  return found.length === 1 ? (found[0] ?? null) : null
}

/** Fields of a form, or of the query; the first where one comes twice. */
const parameters = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const fields: Readonly<Record<string, string | undefined>> =
    request.method === "POST"
      ? Object.fromEntries([...(yield* request.urlParamsBody)].toReversed())
      : Object.fromEntries([...new URL(request.url, "http://localhost").searchParams].toReversed())
  return fields
}).pipe(Effect.mapError(() => new LaunchRefused({ reason: "malformed" })))

function tellRefused(idToken?: string) {
  return ({ message, reason }: LaunchRefused) =>
    Effect.gen(function* () {
      ;(yield* Access).tellRefusal(`a launch was refused: ${message}`)
      const words = yield* entranceWords(idToken)
      const { launchAgain, launchReasons, launchRefused } = words
      const status = reason === "lookup" || reason === "keys" ? 503 : 403
      return refusedPage(words, `${launchRefused} ${launchReasons[reason]}. ${launchAgain}`, status)
    })
}
