import * as Effect from "effect/Effect"
import * as client from "openid-client"
import type { OidcSettings } from "../../pipeline/access-settings.ts"
import type { Right } from "../../pipeline/rights.ts"
import type { Voucher } from "../access/voucher.ts"
import { SignInRefused } from "./refused.ts"
import { rightsOf, voucherOf } from "./sign-in.ts"

/** The provider's word about a person by now. */
export interface SaidAgain {
  /** `refused`: it no longer vouches for them. `unknown`: it cannot be asked any more, for want of a token. */
  readonly rights: ReadonlyArray<Right> | "refused" | "unknown"
  /** By which it is asked the next time. */
  readonly voucher: Voucher
}

/**
 * Asks the provider again for the groups of a person: its user info, by the access token; and where that is over, or does not
 * tell them, for new tokens, by the refresh token. Fails where it does not answer.
 */
export const askAgain = (
  configuration: client.Configuration,
  settings: OidcSettings,
  voucher: Voucher,
  now: number
): Effect.Effect<SaidAgain, SignInRefused> =>
  Effect.tryPromise({
    try: async () => {
      const of = (claims: Claims): ReadonlyArray<Right> => rightsOf(settings, [claims[settings.groupsClaim]].flat())
      const isOver = voucher.until !== null && now >= voucher.until
      const said = isOver ? null : await userInfo(configuration, voucher)
      // Whom it once told the groups of so is in none where it tells none.
      const tells = (claims: Claims): boolean =>
        voucher.groupsFrom === "user info" || claims[settings.groupsClaim] !== undefined
      if (said !== null && said !== "refused" && tells(said)) return { rights: of(said), voucher }
      if (voucher.refreshToken === null) return { rights: said === "refused" ? said : "unknown", voucher }
      const tokens = await unlessRefused(client.refreshTokenGrant(configuration, voucher.refreshToken))
      if (tokens === "refused") return { rights: tokens, voucher }
      const claims = tokens.claims()
      const next = voucherOf(tokens, voucher, now)
      if (claims !== undefined && voucher.groupsFrom === "ID token") return { rights: of(claims), voucher: next }
      const anew = await userInfo(configuration, next)
      if (anew === "refused") return { rights: anew, voucher: next }
      return { rights: anew !== null && tells(anew) ? of(anew) : "unknown", voucher: next }
    },
    catch: () => new SignInRefused({ reason: "unreachable" })
  })

type Claims = Readonly<Record<string, unknown>>

/** Null where the provider has none. */
const userInfo = (
  configuration: client.Configuration,
  { accessToken, subject }: Voucher
): Promise<Claims | "refused"> | null =>
  configuration.serverMetadata().userinfo_endpoint === undefined
    ? null
    : unlessRefused(client.fetchUserInfo(configuration, accessToken, subject))

/** The answer, or that the provider refused; all else that fails is no answer. */
const unlessRefused = <A>(answer: Promise<A>): Promise<A | "refused"> =>
  answer.catch((error: unknown) => {
    const isRefusal =
      (error instanceof client.WWWAuthenticateChallengeError && error.status === 401) ||
      (error instanceof client.ResponseBodyError && error.error === "invalid_grant")
    if (isRefusal) return "refused" as const
    throw error
  })
