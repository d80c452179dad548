import { randomBytes } from "node:crypto"

/** A text that nobody guesses: 256 random bits, as it may stand in an address. */
export const secret = (): string => randomBytes(32).toString("base64url")
