import * as HttpApiMiddleware from "@effect/platform/HttpApiMiddleware"
import * as HttpApiSecurity from "@effect/platform/HttpApiSecurity"
import * as Context from "effect/Context"
import * as Schema from "effect/Schema"
import type { Session } from "../../access/session.ts"
import { sessionCookie } from "../cookies.ts"
import { Busy, Forbidden, Unauthorized } from "./errors.ts"

/** The session that asks; `isConfirmed`: whether its right to what it asks for is as fresh as that needs. */
export class Caller extends Context.Tag("rollbook/Caller")<Caller, Session & { readonly isConfirmed: boolean }>() {}

/** Finds out who asks: by a token, or by the session of a browser. Without either there is no way further. */
export class SignedIn extends HttpApiMiddleware.Tag<SignedIn>()("rollbook/SignedIn", {
  failure: Unauthorized,
  provides: Caller,
  security: { token: HttpApiSecurity.bearer, session: HttpApiSecurity.apiKey({ in: "cookie", key: sessionCookie }) }
}) {}

/**
 * Asks the table of routes whether the caller may: the one place in which routes are refused. A group of endpoints names it
 * before `SignedIn`, within which it stands.
 */
export class Admitted extends HttpApiMiddleware.Tag<Admitted>()("rollbook/Admitted", {
  failure: Schema.Union(Forbidden, Busy)
}) {}
