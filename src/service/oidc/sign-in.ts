import { createHash } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as client from "openid-client"
import { foldName } from "../../core/fold.ts"
import type { OidcSettings } from "../../pipeline/access-settings.ts"
import type { Right } from "../../pipeline/rights.ts"
import type { Voucher } from "../access/voucher.ts"
import { SignInRefused } from "./refused.ts"

/** Somebody whom the district's sign-in vouches for. */
export interface SignedInPerson {
  /** As history and audit trail name them. */
  readonly who: string
  readonly name: string | null
  readonly rights: ReadonlyArray<Right>
  readonly language: string | null
  /** By which the provider is asked about them again. */
  readonly voucher: Voucher
}

/** Values by which a sign-in under way is known again. */
export interface Checks {
  readonly state: string
  readonly nonce: string
  /** Verifier of PKCE. */
  readonly verifier: string
}

/** The provider, as its discovery document describes it. Plain HTTP is for loopback alone, as the settings have it. */
export const discover = ({
  clientId,
  clientSecret,
  issuer
}: OidcSettings): Effect.Effect<client.Configuration, SignInRefused> =>
  Effect.tryPromise({
    try: () =>
      client.discovery(
        new URL(issuer),
        clientId,
        undefined,
        clientSecret === null ? client.None() : client.ClientSecretBasic(Redacted.value(clientSecret)),
        { timeout: 10, ...(issuer.startsWith("http://") ? { execute: [client.allowInsecureRequests] } : {}) }
      ),
    catch: () => new SignInRefused({ reason: "unreachable" })
  })

/** The address to which a browser is sent: authorization code with PKCE, state and nonce. */
export const authorizationUrl = (
  configuration: client.Configuration,
  { scopes }: OidcSettings,
  { nonce, state, verifier }: Checks,
  redirectUri: string
): URL =>
  client.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: [...new Set(["openid", ...scopes])].join(" "),
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    state,
    nonce
  })

/**
 * The person who comes back, by `current`, the address they come back to. Groups that the ID token leaves out are asked
 * for.
 */
export const personOf = (
  configuration: client.Configuration,
  settings: OidcSettings,
  { nonce, state, verifier }: Checks,
  current: URL
): Effect.Effect<SignedInPerson, SignInRefused> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const given = yield* Effect.tryPromise({
      try: async () => {
        const tokens = await client.authorizationCodeGrant(configuration, current, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true
        })
        const said = tokens.claims()
        if (said === undefined) return null
        const groupsFrom = said[settings.groupsClaim] === undefined ? ("user info" as const) : ("ID token" as const)
        const voucher = voucherOf(tokens, { subject: said.sub, refreshToken: null, groupsFrom }, now)
        const isWhole = groupsFrom === "ID token" && said[settings.userClaim] !== undefined
        if (isWhole || configuration.serverMetadata().userinfo_endpoint === undefined) return { claims: said, voucher }
        const more = await client.fetchUserInfo(configuration, tokens.access_token, said.sub)
        return { claims: { ...more, ...said }, voucher }
      },
      catch: () => new SignInRefused({ reason: "refused" })
    })
    if (given === null) return yield* new SignInRefused({ reason: "nobody" })
    const { claims, voucher } = given
    const who = claims[settings.userClaim] ?? claims["sub"]
    if (typeof who !== "string" || who === "") return yield* new SignInRefused({ reason: "nobody" })
    const rights = rightsOf(settings, [claims[settings.groupsClaim]].flat())
    if (rights.length === 0) return yield* new SignInRefused({ reason: "rights" })
    return { who, name: textIn(claims["name"]), rights, language: textIn(claims["locale"]), voucher }
  })

/** Milliseconds before its end from which an access token is taken for over. */
const margin = 10_000

/** The voucher that tokens make of one before: a refresh token that was not replaced goes on. */
export const voucherOf = (
  tokens: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers,
  { groupsFrom, refreshToken, subject }: Pick<Voucher, "groupsFrom" | "refreshToken" | "subject">,
  now: number
): Voucher => {
  const seconds = tokens.expiresIn()
  return {
    subject,
    accessToken: tokens.access_token,
    until: seconds === undefined ? null : now + seconds * 1000 - margin,
    refreshToken: tokens.refresh_token ?? refreshToken,
    groupsFrom
  }
}

/** The rights that groups give, as the provider names them. */
export const rightsOf = ({ groups }: OidcSettings, held: ReadonlyArray<unknown>): ReadonlyArray<Right> => {
  const names = new Set(held.filter((one) => typeof one === "string").map(foldName))
  return [...new Set(Object.entries(groups).flatMap(([group, rights]) => (names.has(foldName(group)) ? rights : [])))]
}

const textIn = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null)
