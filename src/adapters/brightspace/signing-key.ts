import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { calculateJwkThumbprint } from "jose/jwk/thumbprint"
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto"
import type { BrightspaceConnection } from "./settings.ts"
import { TargetError } from "../../core/ports/target.ts"
import type { Doing } from "../../core/doing.ts"

/** The key with which a connection signs for itself, and what the world may know of it. */
export interface SigningKey {
  readonly key: KeyObject
  readonly algorithm: "RS256" | "ES256" | "ES384" | "ES512"
  /** The JWK's own, or the thumbprint of RFC 7638. */
  readonly keyId: string
  /** Public members only. */
  readonly publicKey: JsonWebKey
}

/** Reads a private key, PEM (PKCS 8) or JWK; a key that cannot sign is `Misconfigured`. */
export const readSigningKey = Effect.fn("brightspace.read-key")(function* (
  connection: BrightspaceConnection
): Doing<SigningKey, TargetError> {
  const refuse = (detail: string): TargetError =>
    new TargetError({ reason: "Misconfigured", connection: connection.name, request: "private key", detail })
  const auth = connection.auth
  if (auth.type !== "private_key_jwt") return yield* refuse("the connection does not sign with a key of its own")
  const text = Redacted.value(auth.privateKey).trim()
  // Never the cause: what a parser says of a key may quote it.
  const { key, keyId } = yield* Effect.try({
    try: () => importKey(text),
    catch: () => refuse("it is neither PEM (PKCS 8) nor a private JWK")
  })
  const algorithm = algorithmOf(key)
  if (algorithm === null) return yield* refuse("it must be RSA of 2048 bits or more, or EC on P-256, P-384 or P-521")
  const publicKey = createPublicKey(key).export({ format: "jwk" })
  const thumbprint = yield* Effect.tryPromise({
    try: () => calculateJwkThumbprint(publicKey as { kty: string }),
    catch: () => refuse("its thumbprint cannot be told")
  })
  return { key, algorithm, keyId: keyId ?? thumbprint, publicKey }
})

const importKey = (text: string): { readonly key: KeyObject; readonly keyId: string | null } => {
  if (!text.startsWith("{")) {
    // A variable often holds a PEM on one line, its line breaks spelled out.
    return { key: createPrivateKey(text.replaceAll("\\n", "\n")), keyId: null }
  }
  const jwk = JSON.parse(text) as JsonWebKey
  const keyId = jwk["kid"]
  return {
    key: createPrivateKey({ key: jwk, format: "jwk" }),
    keyId: typeof keyId === "string" && keyId !== "" ? keyId : null
  }
}

const algorithmOf = (key: KeyObject): SigningKey["algorithm"] | null => {
  const details = key.asymmetricKeyDetails
  if (key.asymmetricKeyType === "rsa") return (details?.modulusLength ?? 0) >= 2048 ? "RS256" : null
  if (key.asymmetricKeyType !== "ec") return null
  switch (details?.namedCurve) {
    case "prime256v1":
      return "ES256"
    case "secp384r1":
      return "ES384"
    case "secp521r1":
      return "ES512"
    default:
      return null
  }
}
