import * as Effect from "effect/Effect"
import type { BrightspaceConnection } from "./settings.ts"
import type { TargetError } from "../../core/ports/target.ts"
import { readSigningKey } from "./signing-key.ts"
import type { Doing } from "../../core/doing.ts"

/**
 * The public key set of a connection, as JSON: what the app's registration wants to find under its JWKS address. It is
 * made of public members alone. `Misconfigured` where the connection has no key, or one that cannot sign.
 */
export const publicJwks = Effect.fn("brightspace.jwks")(function* (
  connection: BrightspaceConnection
): Doing<string, TargetError> {
  const { publicKey, keyId, algorithm } = yield* readSigningKey(connection)
  return JSON.stringify({ keys: [{ ...publicKey, kid: keyId, use: "sig", alg: algorithm }] }, null, 2)
})
