import type * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto"
import type { StoreError } from "../../core/ports/disk.ts"

/** By which the district's sign-in can be asked again about somebody whom it vouched for. */
export interface Voucher {
  /** The person, as the provider names them. */
  readonly subject: string
  readonly accessToken: string
  /** Until when the access token is good, in milliseconds since the epoch; null where nobody said. */
  readonly until: number | null
  /** Null where the provider gave none. */
  readonly refreshToken: string | null
  readonly groupsFrom: "ID token" | "user info"
}

/** The voucher of a session, opened for whoever came with its id. */
export interface Vouching {
  readonly voucher: Redacted.Redacted<Voucher>
  /** Keeps the one that took its place. */
  readonly keep: (next: Voucher) => Effect.Effect<void, StoreError>
}

const cipher = "aes-256-gcm"

/** By the id of the session, which lies nowhere: whoever reads the disk can open none. */
const keyOf = (id: string): Buffer => Buffer.from(hkdfSync("sha256", id, "", "rollbook/voucher", 32))

export const sealed = (id: string, voucher: Voucher): string => {
  const nonce = randomBytes(12)
  const sealing = createCipheriv(cipher, keyOf(id), nonce)
  const text = Buffer.concat([sealing.update(JSON.stringify(voucher)), sealing.final()])
  return Buffer.concat([nonce, sealing.getAuthTag(), text]).toString("base64url")
}

/** Null where it is none of this id. */
export const unsealed = (id: string, text: string): Redacted.Redacted<Voucher> | null => {
  const bytes = Buffer.from(text, "base64url")
  try {
    const opening = createDecipheriv(cipher, keyOf(id), bytes.subarray(0, 12)).setAuthTag(bytes.subarray(12, 28))
    const opened = Buffer.concat([opening.update(bytes.subarray(28)), opening.final()])
    return Redacted.make(JSON.parse(opened.toString()) as Voucher)
  } catch {
    return null
  }
}
