import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { JWTVerifyGetKey } from "jose"
import type { LtiRegistration } from "../../pipeline/access-settings.ts"
import { makePendings } from "../access/pending.ts"
import { loaded } from "../../core/lazily.ts"
import { Access, Place } from "./access.ts"
import { enter } from "./enter.ts"
import { entranceWords } from "./entrance-words.ts"
import { refusedPage, scriptPath } from "./launch-pages.ts"
import { launchScript } from "./launch-script.ts"
import { launch, login, type LtiPending } from "./lti.ts"
import { callbackPath, oidcWays } from "./oidc.ts"
import { makeAttempts } from "./attempts.ts"
import { clientAddress, trusting } from "./client-address.ts"

/**
 * The ways in which people sign in. They stand beside the contract, since a browser follows them and no script does: each
 * ends with a cookie and a redirection, or with a plain word why not.
 */
export const entrances = HttpApiBuilder.Router.use((router) =>
  Effect.gen(function* () {
    const access = yield* Access
    const place = yield* Place
    const attempts = makeAttempts()
    const isTrusted = trusting(access.settings.trustedProxies)
    const pendings = makePendings<LtiPending>()
    const begin = entrance(login(pendings))
    const oidc = oidcWays(makePendings())
    yield* router.get("/sign-in/link/:code", entrance(byLink))
    yield* router.get("/sign-in", entrance(oidc.begin))
    yield* router.get(callbackPath, entrance(oidc.end))
    yield* router.get("/lti/login", begin)
    yield* router.post("/lti/login", begin)
    yield* router.post("/lti/launch", entrance(launch(pendings, makeKeys())))
    yield* router.get(
      scriptPath,
      HttpServerResponse.text(launchScript, { contentType: "text/javascript; charset=utf-8" })
    )
    // rollbook signs nothing for a learning platform: it asks for this where a tool is registered.
    yield* router.get("/lti/keys", HttpServerResponse.unsafeJson({ keys: [] }))

    /** With what each needs, for as long as whoever asks was not turned away too often. */
    function entrance<R>(way: Effect.Effect<HttpServerResponse.HttpServerResponse, never, R | Access | Place>) {
      return Effect.gen(function* () {
        const { headers, remoteAddress } = yield* HttpServerRequest.HttpServerRequest
        const from = clientAddress(
          Option.getOrElse(remoteAddress, () => ""),
          headers["x-forwarded-for"],
          isTrusted
        )
        const now = yield* Clock.currentTimeMillis
        if (attempts.areTooMany(from, now)) {
          const words = yield* entranceWords()
          return refusedPage(words, words.tooMany, 429)
        }
        const answer = yield* way.pipe(Effect.provideService(Access, access), Effect.provideService(Place, place))
        if (answer.status >= 400) attempts.count(from, now)
        return answer
      })
    }
  })
)

const byLink = Effect.gen(function* () {
  const { links, tellRefusal } = yield* Access
  const { code = "" } = yield* HttpRouter.params
  const link = yield* Effect.orElseSucceed(links.use(code, yield* Clock.currentTimeMillis), () => null)
  if (link === null) {
    tellRefusal("a one-time link was refused: it is none, was used before, or is over")
    const words = yield* entranceWords()
    return refusedPage(words, words.linkRefused)
  }
  const { rights, who } = link
  return yield* enter({ who, name: null, by: "link", rights, course: null, language: null }, "/")
})

const verifier = loaded(() => import("../lti/verify.ts"))

/** The keys of each learning platform, kept from launch to launch. */
const makeKeys = () => {
  const known = new Map<LtiRegistration, JWTVerifyGetKey>()
  return (registration: LtiRegistration): Effect.Effect<JWTVerifyGetKey> =>
    Effect.map(verifier, ({ keysOf }) => {
      const keys = known.get(registration) ?? keysOf(registration)
      known.set(registration, keys)
      return keys
    })
}
