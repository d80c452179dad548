import { exportJWK, type JWK, SignJWT } from "jose"
import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto"

interface Pair {
  readonly kid: string
  readonly privateKey: KeyObject
}

/** The keys with which the tenant signs launches; the first is made when it is needed. */
export const makeLtiKeys = () => {
  let pairs: ReadonlyArray<Pair> = []
  const make = (): Pair => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
    return { kid: randomUUID(), privateKey }
  }
  const current = (): Pair => {
    const [pair = make()] = pairs
    if (pairs.length === 0) pairs = [pair]
    return pair
  }
  return {
    jwks: async (): Promise<{ readonly keys: ReadonlyArray<JWK> }> => {
      current()
      const keys = pairs.map(async ({ kid, privateKey }) => {
        return { ...(await exportJWK(createPublicKey(privateKey))), kid, alg: "RS256", use: "sig" }
      })
      return { keys: await Promise.all(keys) }
    },
    sign: (claims: Readonly<Record<string, unknown>>): Promise<string> => {
      const { kid, privateKey } = current()
      return new SignJWT({ ...claims }).setProtectedHeader({ alg: "RS256", typ: "JWT", kid }).sign(privateKey)
    },
    /** Signs with another key from now on; the previous one is published no more. */
    rotate: (): void => {
      pairs = [make()]
    }
  }
}

export type LtiKeys = ReturnType<typeof makeLtiKeys>
