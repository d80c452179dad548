import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { loaded } from "../../core/lazily.ts"
import type { AccessSettings, OidcSettings } from "../../pipeline/access-settings.ts"
import type { Session } from "../access/session.ts"
import { isSame } from "../access/standing.ts"
import type { Vouching } from "../access/voucher.ts"
import type * as SignIn from "./sign-in.ts"

/** Loaded with the first sign-in. */
export const library = loaded(() => import("./sign-in.ts"))

/** The provider as it describes itself, asked once an hour. */
export const makeProvider = () => {
  let known: {
    readonly configuration: Effect.Effect.Success<ReturnType<typeof SignIn.discover>>
    readonly at: number
  } | null = null
  return (settings: OidcSettings) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      if (known !== null && now - known.at < 3_600_000) return known.configuration
      const configuration = yield* (yield* library).discover(settings)
      known = { configuration, at: now }
      return configuration
    })
}

/**
 * Asks the provider about the person of a session again. One that cannot be asked, for want of a token, leaves the session as it is
 * until that ends.
 */
export const vouchedBy = ({ oidc }: Pick<AccessSettings, "oidc">) => {
  const provider = makeProvider()
  const again = loaded(() => import("./ask-again.ts"))
  return ({ rights }: Session, { keep, voucher }: Vouching, now: number) =>
    Effect.gen(function* () {
      if (oidc === null) return "changed" as const
      const before = Redacted.value(voucher)
      const said = yield* (yield* again).askAgain(yield* provider(oidc), oidc, before, now)
      if (said.voucher !== before) yield* keep(said.voucher)
      if (said.rights === "unknown") return "confirmed" as const
      return said.rights !== "refused" && isSame(said.rights, rights) ? ("confirmed" as const) : ("changed" as const)
    })
}
