import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as client from "openid-client"
import { foldName } from "../../core/fold.ts"
import type { OidcSettings } from "../../pipeline/access-settings.ts"
import type { Right } from "../../pipeline/rights.ts"
import { SignInRefused } from "./refused.ts"

/** Somebody whom the district's sign-in vouches for. */
export interface SignedInPerson {
  /** As history and audit trail name them. */
  readonly who: string
  readonly name: string | null
  readonly rights: ReadonlyArray<Right>
  readonly language: string | null
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
    const claims = yield* Effect.tryPromise({
      try: async () => {
        const tokens = await client.authorizationCodeGrant(configuration, current, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true
        })
        const said = tokens.claims()
        if (said === undefined) return null
        if (said[settings.groupsClaim] !== undefined && said[settings.userClaim] !== undefined) return said
        if (configuration.serverMetadata().userinfo_endpoint === undefined) return said
        return { ...(await client.fetchUserInfo(configuration, tokens.access_token, said.sub)), ...said }
      },
      catch: () => new SignInRefused({ reason: "refused" })
    })
    const who = claims === null ? undefined : (claims[settings.userClaim] ?? claims["sub"])
    if (claims === null || typeof who !== "string" || who === "") return yield* new SignInRefused({ reason: "nobody" })
    const rights = rightsOf(settings, [claims[settings.groupsClaim]].flat())
    if (rights.length === 0) return yield* new SignInRefused({ reason: "rights" })
    return { who, name: textIn(claims["name"]), rights, language: textIn(claims["locale"]) }
  })

const rightsOf = ({ groups }: OidcSettings, held: ReadonlyArray<unknown>): ReadonlyArray<Right> => {
  const names = new Set(held.filter((one) => typeof one === "string").map(foldName))
  return [...new Set(Object.entries(groups).flatMap(([group, rights]) => (names.has(foldName(group)) ? rights : [])))]
}

const textIn = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null)
