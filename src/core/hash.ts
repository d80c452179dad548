import { createHash } from "node:crypto"

/** sha256 of a text, in hexadecimal. */
export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

/**
 * JSON with keys in order, so that equal values have equal texts. `undefined` members are left out; maps and sets, which have
 * no JSON, are lists of what they hold, in their order.
 */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => {
    if (member instanceof Map || member instanceof Set) return [...(member as Iterable<unknown>)]
    return member !== null && typeof member === "object" && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : member
  })

/** sha256 of a text as a content security policy names it: `sha256-` and base64. */
export const sha256Integrity = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`
