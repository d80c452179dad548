import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, type JWTPayload, jwtVerify } from "jose"
import type { LtiRegistration } from "../../pipeline/access-settings.ts"
import { Claims, named, withoutVariables } from "./claims.ts"
import { LaunchRefused, type Reason } from "./refused.ts"

/** A launch that is the learning platform's own, for this tool, and asked for here. What it says of roles is left out. */
export interface Launch {
  /** The person, as the learning platform names them. */
  readonly subject: string
  /** Null where the deployment keeps it to itself. */
  readonly name: string | null
  /** The course offering that it comes from; null where it comes from elsewhere. */
  readonly course: { readonly id: string; readonly title: string | null } | null
  /** BCP 47; null where it is not said. */
  readonly language: string | null
}

/** Values that a launch must answer to. */
export interface Expected {
  readonly registration: LtiRegistration
  readonly nonce: string
  /** The address that was asked for. */
  readonly target: string
}

const maxAgeSeconds = 300
/** How far two clocks may be apart. */
const toleranceSeconds = 30

/** The public keys of a learning platform, asked for when one is met that is not known: keys may be exchanged at any time. */
export const keysOf = ({ keysUrl }: LtiRegistration): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL(keysUrl), { timeoutDuration: 5_000, cooldownDuration: 1_000, cacheMaxAge: 3_600_000 })

/**
 * Reads a launch, where it is one: signed by a key of the platform (RS256, as the standard has it), `iss`, `aud`, `azp`, `exp`,
 * `iat`, the nonce of the pending request, deployment, message type, version, and the target that was asked for. Source: 1EdTech
 * Security Framework 1.0, 5.1.3; LTI 1.3, 5.3.
 */
export const verifyLaunch = (
  idToken: string,
  { nonce, registration, target }: Expected,
  keys: JWTVerifyGetKey,
  now: number
): Effect.Effect<Launch, LaunchRefused> =>
  Effect.gen(function* () {
    const payload = yield* Effect.tryPromise({
      try: () =>
        jwtVerify(idToken, keys, {
          issuer: registration.issuer,
          audience: registration.clientId,
          algorithms: ["RS256"],
          requiredClaims: ["exp", "iat"],
          maxTokenAge: maxAgeSeconds,
          clockTolerance: toleranceSeconds,
          currentDate: new Date(now)
        }),
      catch: (error) => new LaunchRefused({ reason: reasonOf(error) })
    }).pipe(Effect.map((verified): JWTPayload => verified.payload))
    const claims = yield* Effect.mapError(
      Schema.decodeUnknown(Claims)(withoutVariables(payload)),
      () => new LaunchRefused({ reason: "malformed" })
    )
    const said = named(claims)
    const audiences = [payload.aud].flat()
    const isOthers = claims.azp === undefined ? audiences.length > 1 : claims.azp !== registration.clientId
    const wrong: ReadonlyArray<readonly [boolean, Reason]> = [
      [isOthers, "audience"],
      [claims.nonce !== nonce, "nonce"],
      [!registration.deploymentIds.some((one) => one === said.deploymentId), "deployment"],
      [said.messageType !== "LtiResourceLinkRequest" || said.version !== "1.3.0", "message"],
      [said.target !== target, "target"],
      [claims.sub === undefined || claims.sub === "", "person"]
    ]
    const [, reason] = wrong.find(([is]) => is) ?? []
    if (reason !== undefined) return yield* new LaunchRefused({ reason })
    const { context } = said
    const isOffering = context?.type === undefined || context.type.some((type) => /\bCourseOffering$/.test(type))
    return {
      subject: claims.sub ?? "",
      name: claims.name ?? null,
      course: context?.id === undefined || !isOffering ? null : { id: context.id, title: context.title ?? null },
      language: said.locale ?? null
    }
  })

const reasonOf = (error: unknown): Reason => {
  if (error instanceof errors.JWTExpired) return "age"
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === "iss" ? "issuer" : error.claim === "aud" ? "audience" : "age"
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return "malformed"
  const isOfKey =
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported
  return isOfKey ? "signature" : "keys"
}
