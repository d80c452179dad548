import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { tell } from "../../core/told.ts"
import { type NewSession, sessionHours } from "../access/session.ts"
import { Access } from "./access.ts"
import { sessionCookie, withCookie } from "./cookies.ts"
import { entranceWords } from "./entrance-words.ts"
import { refusedPage } from "./launch-pages.ts"

/**
 * Begins a session and leads on; the sign-in is noted, or there is none. `keepsCookies`: where a browser keeps none in a
 * frame, the page is handed the session behind the `#`, which no server sees, and sends it as a token with each request.
 */
export const enter = (
  session: NewSession & { readonly by: "link" | "oidc" | "lti" },
  to: string,
  { hours = sessionHours, keepsCookies = true }: { readonly hours?: number; readonly keepsCookies?: boolean } = {}
) =>
  Effect.gen(function* () {
    const { note, sessions } = yield* Access
    yield* note(
      session.who,
      tell(`trail.by-${session.by}`, {}),
      session.course === null ? [] : [`course ${session.course.orgUnit}`]
    )
    const id = yield* sessions.start(session, yield* Clock.currentTimeMillis, hours)
    if (!keepsCookies) return HttpServerResponse.redirect(`${to}#session=${id}`, { status: 303 })
    return withCookie({
      answer: HttpServerResponse.redirect(to, { status: 303 }),
      name: sessionCookie,
      value: id,
      isFramed: session.by === "lti",
      seconds: hours * 3600
    })
  }).pipe(Effect.catchAll(() => Effect.map(entranceWords(), (words) => refusedPage(words, words.takesNoNotes, 503))))
