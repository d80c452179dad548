import * as HttpApiMiddleware from "@effect/platform/HttpApiMiddleware"
import * as HttpApiSecurity from "@effect/platform/HttpApiSecurity"
import * as Context from "effect/Context"
import type { Token } from "../../tokens.ts"
import { Unauthorized } from "./errors.ts"

/** The token that a request came with. */
export class Bearer extends Context.Tag("rollbook/Bearer")<Bearer, Token>() {}

export class Guard extends HttpApiMiddleware.Tag<Guard>()("rollbook/Guard", {
  failure: Unauthorized,
  provides: Bearer,
  security: { token: HttpApiSecurity.bearer }
}) {}
