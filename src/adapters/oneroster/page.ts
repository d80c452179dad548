/** A page as it came, proven to be one. */
export interface Page {
  /** Bytes that hold `{"<pageKey>":[…]}`, without a byte-order mark. */
  readonly bytes: Buffer
  readonly pageKey: string
  readonly rows: number
  /** Whether line breaks stand between its tokens. */
  readonly isPretty: boolean
}

const quote = 0x22
const backslash = 0x5c

/**
 * Proves that a body is a page of a collection and counts its rows, without building one of them: DuckDB reads the
 * bytes later. Gives a sentence instead of a page when the body is something else.
 *
 * Accepted beside the standard's form: a bare array, another key that holds the only array, a single object in place
 * of an array. Not accepted: no such key, `null`, HTML, nothing.
 */
export const readPage = (body: Buffer, pageKeys: ReadonlyArray<string>): Page | string => {
  const bytes = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body
  const start = skipSpace(bytes, 0)
  if (start >= bytes.length) return "the body is empty"
  const wanted = pageKeys[0] ?? "items"
  if (bytes[start] === 0x5b) {
    const list = readArray(bytes, start)
    if (list === null) return "the body is cut off in the middle"
    return wrap(bytes.subarray(start, list.end), wanted, list.rows)
  }
  if (bytes[start] !== 0x7b) return bytes[start] === 0x3c ? "the body is a web page, not data" : "the body is not JSON"
  const members = readMembers(bytes, start)
  if (members === null) return "the body is cut off in the middle"
  const named = pageKeys
    .map((key) => members.find((member) => member.key === key))
    .find((member) => member !== undefined)
  const arrays = members.filter((member) => bytes[member.start] === 0x5b)
  const chosen = named ?? (arrays.length === 1 ? arrays[0] : undefined)
  if (chosen === undefined) return `the body has no key ${wanted}`
  const first = bytes[chosen.start]
  if (first === 0x7b)
    return wrap(
      Buffer.concat([Buffer.from("["), bytes.subarray(chosen.start, chosen.end), Buffer.from("]")]),
      wanted,
      1
    )
  if (first !== 0x5b) return `${chosen.key} is not a list`
  return { bytes, pageKey: chosen.key, rows: chosen.rows, isPretty: bytes.subarray(start).includes(0x0a) }
}

const wrap = (list: Buffer, key: string, rows: number): Page => ({
  bytes: Buffer.concat([Buffer.from(`{${JSON.stringify(key)}:`), list, Buffer.from("}")]),
  pageKey: key,
  rows,
  isPretty: list.includes(0x0a)
})

interface Member {
  readonly key: string
  /** First byte of the value, and the byte after its last. */
  readonly start: number
  readonly end: number
  /** Elements, when the value is a list. */
  readonly rows: number
}

const readMembers = (bytes: Buffer, open: number): ReadonlyArray<Member> | null => {
  const members: Array<Member> = []
  let at = skipSpace(bytes, open + 1)
  while (at < bytes.length && bytes[at] !== 0x7d) {
    if (bytes[at] === 0x2c) {
      at = skipSpace(bytes, at + 1)
      continue
    }
    if (bytes[at] !== quote) return null
    const keyEnd = skipString(bytes, at)
    if (keyEnd < 0) return null
    const key = bytes.toString("utf8", at + 1, keyEnd - 1)
    const colon = skipSpace(bytes, keyEnd)
    if (bytes[colon] !== 0x3a) return null
    const start = skipSpace(bytes, colon + 1)
    if (bytes[start] === 0x5b) {
      const list = readArray(bytes, start)
      if (list === null) return null
      members.push({ key, start, end: list.end, rows: list.rows })
      at = skipSpace(bytes, list.end)
    } else {
      const end = skipValue(bytes, start)
      if (end < 0) return null
      members.push({ key, start, end, rows: 0 })
      at = skipSpace(bytes, end)
    }
  }
  return bytes[at] === 0x7d && skipSpace(bytes, at + 1) === bytes.length ? members : null
}

const readArray = (bytes: Buffer, open: number): { readonly rows: number; readonly end: number } | null => {
  let rows = 0
  let at = skipSpace(bytes, open + 1)
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === 0x5d) return { rows, end: at + 1 }
    if (byte === 0x2c) {
      at = skipSpace(bytes, at + 1)
      continue
    }
    at = skipValue(bytes, at)
    if (at < 0) return null
    rows++
    at = skipSpace(bytes, at)
  }
  return null
}

/** The byte after a value, or -1 when the body ends inside it. */
const skipValue = (bytes: Buffer, start: number): number => {
  const first = bytes[start]
  if (first === quote) return skipString(bytes, start)
  if (first !== 0x7b && first !== 0x5b) {
    let at = start
    while (
      at < bytes.length &&
      bytes[at] !== 0x2c &&
      bytes[at] !== 0x7d &&
      bytes[at] !== 0x5d &&
      (bytes[at] ?? 0) > 0x20
    )
      at++
    return at > start && at < bytes.length ? at : -1
  }
  let depth = 0
  let at = start
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === quote) {
      at = skipString(bytes, at)
      if (at < 0) return -1
      continue
    }
    if (byte === 0x7b || byte === 0x5b) depth++
    else if (byte === 0x7d || byte === 0x5d) {
      depth--
      if (depth === 0) return at + 1
    }
    at++
  }
  return -1
}

/** The byte after a string that begins at a quote, or -1. The engine's own search jumps over the text. */
const skipString = (bytes: Buffer, open: number): number => {
  let close = bytes.indexOf(quote, open + 1)
  while (close > 0) {
    let slashes = 0
    while (bytes[close - 1 - slashes] === backslash) slashes++
    if (slashes % 2 === 0) return close + 1
    close = bytes.indexOf(quote, close + 1)
  }
  return -1
}

const skipSpace = (bytes: Buffer, from: number): number => {
  let at = from
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
    at++
  }
  return at
}
