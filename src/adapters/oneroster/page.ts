import { isAscii, isUtf8 } from "node:buffer"
import { readStatusInfo, type StatusInfo } from "./status-info.ts"

/** Records that follow each other in a page, one a line: what stood between two of them is a line end. */
export interface PageChunk {
  readonly bytes: Buffer
  readonly rows: number
  /** As in `PageFile`. */
  readonly isPlain: boolean
}

/** The rows of one page, proven to be a list of records. */
export interface Page {
  /** In order, of `chunkBytes` and a record at most, plain ones apart from others; empty when there are no rows. */
  readonly chunks: ReadonlyArray<PageChunk>
  readonly rows: number
  /** Remarks of the server beside the rows: warnings as a rule. */
  readonly remarks: ReadonlyArray<StatusInfo>
}

/** Half a megabyte. */
export const chunkBytes = 524_288

const quote = 0x22
const backslash = 0x5c
const brace = 0x7b
const bracket = 0x5b

/**
 * Proves that a body is a page of a collection and counts its rows, without building one of them: DuckDB reads the
 * bytes later. Gives a sentence instead of a page when the body is something else. `pageKeys`: the key of the rows, then
 * others that are taken for it. The rows stay in the memory of the body, where line ends take the place of the commas
 * between them, and blanks that of line ends within one.
 *
 * Accepted beside the standard's form: a byte-order mark, a bare array, another key that holds the only array, a single
 * object in place of an array. Not accepted: no such key, `null`, something other than records, an error report with
 * status 200, HTML, bytes that are not UTF-8, nothing, more than 64 levels, a record of more than 8 MB.
 */
export const readPage = (body: Buffer, pageKeys: ReadonlyArray<string>): Page | string => {
  try {
    return provePage(body, pageKeys)
  } catch (error) {
    if (error instanceof Extreme) return error.message
    throw error
  }
}

/** Levels of objects and lists that a page may have, itself included: more, and the engine's reader may not survive it. */
const deepestLevel = 64

/** Bytes of a single record; the engine takes no object of more than 16 MB. */
const largestRecordBytes = 8_388_608

/** A page that is well-formed, and beyond what any roster holds. */
class Extreme extends Error {}

const provePage = (body: Buffer, pageKeys: ReadonlyArray<string>): Page | string => {
  const bytes = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body
  const start = skipSpace(bytes, 0)
  if (start >= bytes.length) return "the body is empty"
  if (bytes[start] === 0x3c) return "the body is a web page, not data"
  if (bytes[start] !== brace && bytes[start] !== bracket) return "the body is not JSON"
  if (!isUtf8(bytes)) return "the body is not UTF-8"
  if (bytes[start] === bracket) {
    const list = readArray(bytes, start)
    if (list === null || skipSpace(bytes, list.end) < bytes.length) return "the body is cut off in the middle"
    return pageOf(bytes, list, pageKeys, [])
  }
  const members = readMembers(bytes, start)
  if (members === null) return "the body is cut off in the middle"
  const chosen = chooseRows(bytes, members, pageKeys)
  const rest = members
    .filter((member) => member !== chosen)
    .map((member) => bytes.subarray(member.keyStart, member.end))
  const remarks = readStatusInfo(Buffer.from(`{${rest.map((member) => member.toString("utf8")).join(",")}}`))
  const failure = remarks.find((remark) => remark.severity === "error")
  if (failure !== undefined) return "the server reports an error where rows should be"
  if (chosen === undefined) return `the body has no key ${pageKeys.join(" or ")}`
  if (bytes[chosen.start] === brace) {
    const only = Buffer.concat([Buffer.from("["), bytes.subarray(chosen.start, chosen.end), Buffer.from("]")])
    const list = readArray(only, 0)
    return list === null ? "the body is cut off in the middle" : pageOf(only, list, pageKeys, remarks)
  }
  return chosen.list === null ? `${pageKeys.join(" or ")} is not a list` : pageOf(bytes, chosen.list, pageKeys, remarks)
}

export type PageRecord = Readonly<Record<string, unknown>>

/**
 * The records of a page, for whoever looks at a few; one that is null has no members. Where the bytes of one are no JSON its
 * number, counted from 1: a page is proven by its brackets and quotes alone.
 */
export const recordsOf = ({ chunks }: Page): ReadonlyArray<PageRecord> | number => {
  const records: Array<PageRecord> = []
  const lines = chunks.flatMap(({ bytes }) => bytes.toString("utf8").split("\n")).filter((line) => line.trim() !== "")
  for (const line of lines) {
    try {
      records.push((JSON.parse(line) ?? {}) as PageRecord)
    } catch {
      return records.length + 1
    }
  }
  return records
}

/** The keys of all records of a page, or of its last one; a record without one, or that is no JSON, has none. */
export const keysOf = ({ chunks }: Page, column: string, which: "all" | "last"): ReadonlyArray<string> => {
  const texts = which === "all" ? chunks.map(({ bytes }) => bytes.toString("utf8")) : [lastLineOf(chunks)]
  return texts
    .flatMap((text) => text.split("\n"))
    .flatMap((line) => {
      try {
        const key = (JSON.parse(line) as PageRecord | null)?.[column]
        return typeof key === "string" || typeof key === "number" ? [String(key)] : []
      } catch {
        return []
      }
    })
}

const lastLineOf = (chunks: Page["chunks"]): string => {
  const bytes = chunks.at(-1)?.bytes ?? Buffer.alloc(0)
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] ?? 0) <= 0x20) end--
  return end === 0 ? "" : bytes.toString("utf8", bytes.lastIndexOf(0x0a, end - 1) + 1, end)
}

/** Whether two pages hold the same bytes: a server that takes no notice of the offset sends one page for ever. */
export const isSamePage = (one: Page, other: Page): boolean =>
  one.rows === other.rows &&
  one.chunks.length === other.chunks.length &&
  one.chunks.every((chunk, index) => other.chunks[index]?.bytes.equals(chunk.bytes) === true)

const pageOf = (
  bytes: Buffer,
  list: List,
  pageKeys: ReadonlyArray<string>,
  remarks: ReadonlyArray<StatusInfo>
): Page | string => {
  if (!list.isRecords) return `${pageKeys.join(" or ")} holds something other than records`
  const { chunks, rows } = list
  const lineEnd = bytes.indexOf(0x0a, list.start)
  if (lineEnd >= 0 && lineEnd < list.end) withoutLineEnds(bytes, list)
  for (const separator of list.separators) bytes[separator] = 0x0a
  return { chunks, rows, remarks }
}

/** Puts blanks in the place of line ends between the tokens of a list. One inside a text stays: the engine refuses it. */
const withoutLineEnds = (bytes: Buffer, { start, end }: List): void => {
  for (let at = start; at < end; at++) {
    if (bytes[at] === quote) at = skipString(bytes, at) - 1
    else if (bytes[at] === 0x0a) bytes[at] = 0x20
  }
}

/** Keys under which servers report on a request, and never rows. */
const reportKeys = new Set(["statusinfoset", "imsx_statusinfo", "errors", "warnings"])

const chooseRows = (
  bytes: Buffer,
  members: ReadonlyArray<Member>,
  pageKeys: ReadonlyArray<string>
): Member | undefined => {
  const named = pageKeys
    .map((key) => members.find((member) => member.key === key))
    .find((member) => member !== undefined)
  if (named !== undefined) return named
  const lists = members.filter((member) => bytes[member.start] === bracket && !reportKeys.has(member.key.toLowerCase()))
  return lists.length === 1 ? lists[0] : undefined
}

interface Member {
  readonly key: string
  readonly keyStart: number
  /** First byte of the value, and the byte after its last. */
  readonly start: number
  readonly end: number
  /** Null when the value is no list. */
  readonly list: List | null
}

interface List {
  readonly chunks: ReadonlyArray<PageChunk>
  readonly rows: number
  /** Whether each element is an object or null. */
  readonly isRecords: boolean
  /** Its opening bracket, and the byte after its closing one. */
  readonly start: number
  readonly end: number
  /** Places of its commas and of its closing bracket. */
  readonly separators: ReadonlyArray<number>
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
    if (bytes[start] === bracket) {
      const list = readArray(bytes, start)
      if (list === null) return null
      members.push({ key, keyStart: at, start, end: list.end, list })
      at = skipSpace(bytes, list.end)
    } else {
      const end = skipValue(bytes, start)
      if (end < 0) return null
      members.push({ key, keyStart: at, start, end, list: null })
      at = skipSpace(bytes, end)
    }
  }
  return bytes[at] === 0x7d && skipSpace(bytes, at + 1) === bytes.length ? members : null
}

const readArray = (bytes: Buffer, open: number): List | null => {
  const chunks: Array<PageChunk> = []
  const separators: Array<number> = []
  const isAllAscii = isAscii(bytes)
  let rows = 0
  let isRecords = true
  let chunkStart = -1
  let chunkRows = 0
  let isChunkPlain = true
  let lineEnd = open
  const closeChunk = (): void => {
    if (chunkRows > 0)
      chunks.push({ bytes: bytes.subarray(chunkStart, lineEnd), rows: chunkRows, isPlain: isChunkPlain })
    chunkRows = 0
  }
  let at = skipSpace(bytes, open + 1)
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === 0x5d) {
      separators.push(at)
      lineEnd = at + 1
      closeChunk()
      return { chunks, rows, isRecords, start: open, end: at + 1, separators }
    }
    if (byte === 0x2c) {
      separators.push(at)
      lineEnd = at + 1
      at = skipSpace(bytes, lineEnd)
      continue
    }
    // A null among the records is a row without a key, for the record contract to turn away.
    if (byte !== brace && byte !== 0x6e) isRecords = false
    const rowStart = at
    wasPlain = true
    at = skipValue(bytes, at)
    if (at < 0) return null
    if (at - rowStart > largestRecordBytes) throw new Extreme("a record of the body is larger than 8 MB")
    const isRowPlain = wasPlain && (isAllAscii || isAscii(bytes.subarray(rowStart, at)))
    if (rowStart - chunkStart >= chunkBytes || isRowPlain !== isChunkPlain) closeChunk()
    if (chunkRows === 0) {
      chunkStart = rowStart
      isChunkPlain = isRowPlain
    }
    rows++
    chunkRows++
    lineEnd = at
    at = skipSpace(bytes, at)
  }
  return null
}

/** The byte after a value, or -1 when the body ends inside it. */
const skipValue = (bytes: Buffer, start: number): number => {
  const first = bytes[start]
  if (first === quote) return skipString(bytes, start)
  return first === brace || first === bracket ? skipNested(bytes, start) : skipScalar(bytes, start)
}

/**
 * Whether the values that were stepped over last hold no text that is to be cleaned, as far as the ends of texts and their
 * escapes say so; that their bytes are ASCII is looked at apart. Beside the loop, which would be slower with two results.
 */
let wasPlain = true

/**
 * The byte after an object or a list, or -1. Every byte of a read goes through this loop: strings are stepped over in
 * place, since they are too short for a call of the engine's search to pay, and what is neither a quote nor a bracket is
 * told by one comparison.
 */
const skipNested = (bytes: Buffer, start: number): number => {
  const end = bytes.length
  let depth = 0
  let at = start
  while (at < end) {
    const byte = bytes[at++] ?? 0
    if (byte < 0x23) {
      if (byte !== quote) continue
      let inside = bytes[at++]
      if (!isVisible(inside)) wasPlain = false
      while (inside !== quote) {
        if (inside === undefined) return -1
        if (inside === backslash) {
          const escaped = bytes[at++]
          if (escaped !== quote && escaped !== backslash && escaped !== 0x2f) wasPlain = false
        }
        inside = bytes[at++]
      }
      // The one before an empty text's end is its opening quote.
      if (!isVisible(bytes[at - 2])) wasPlain = false
    } else if (byte >= bracket) {
      if (byte === brace || byte === bracket) {
        // The page and its list are two levels above a record.
        if (++depth > deepestLevel - 2) throw new Extreme(`the body is nested deeper than ${deepestLevel} levels`)
      } else if (byte === 0x7d || byte === 0x5d) {
        depth--
        if (depth === 0) return at
      }
    }
  }
  return -1
}

/** Whether a byte is a character of ASCII that can be seen. */
const isVisible = (byte: number | undefined): boolean => byte !== undefined && byte > 0x20 && byte < 0x7f

/** The byte after a string that begins at a quote, or -1. */
const skipString = (bytes: Buffer, open: number): number => {
  let at = open + 1
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === quote) return at + 1
    at += byte === backslash ? 2 : 1
  }
  return -1
}

const skipScalar = (bytes: Buffer, start: number): number => {
  let at = start
  while (at < bytes.length && bytes[at] !== 0x2c && bytes[at] !== 0x7d && bytes[at] !== 0x5d && (bytes[at] ?? 0) > 0x20)
    at++
  return at > start && at < bytes.length ? at : -1
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
