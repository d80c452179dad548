import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type Session, sessionHours } from "../access/session.ts"
import { Access } from "./access.ts"
import { sessionCookie, withCookie } from "./cookies.ts"

/**
 * The ways in which people sign in. They stand beside the contract, since a browser follows them and no script does: each
 * ends with a cookie and a redirection, or with a plain word why not.
 */
export const entrances = HttpApiBuilder.Router.use((router) =>
  Effect.gen(function* () {
    const access = yield* Access
    yield* router.get("/sign-in/link/:code", Effect.provideService(byLink, Access, access))
  })
)

const byLink = Effect.gen(function* () {
  const { links } = yield* Access
  const { code = "" } = yield* HttpRouter.params
  const link = yield* Effect.orElseSucceed(links.use(code, yield* Clock.currentTimeMillis), () => null)
  if (link === null) {
    return refused("This link is none, was used before, or is over. `rollbook serve --admin` prints a new one.")
  }
  return yield* enter({ who: link.who, name: null, by: "link", rights: link.rights, course: null, language: null }, "/")
})

/** Begins a session and leads on; the sign-in is noted, or there is none. */
export const enter = (session: Omit<Session, "startedAt" | "expiresAt">, to: string) =>
  Effect.gen(function* () {
    const { note, sessions } = yield* Access
    const now = yield* Clock.currentTimeMillis
    yield* note(session.who, `signed in by ${session.by}`, [])
    const id = yield* sessions.start(session, now)
    return withCookie(
      HttpServerResponse.redirect(to, { status: 303 }),
      sessionCookie,
      id,
      session.by === "lti",
      sessionHours * 3600
    )
  }).pipe(
    Effect.catchAll(() =>
      Effect.succeed(refused("The workspace takes no notes at this moment, so nobody is signed in. Try again.", 503))
    )
  )

/** Why somebody is not let in, as plain text; nothing of what was sent is repeated. */
export const refused = (why: string, status = 403): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(`${why}\n`, { status })
