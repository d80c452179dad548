import { constants } from "node:os"
import type { WarehouseReason } from "../../core/ports/warehouse.ts"

/** The engine's words for a failure, taken apart. `words` may quote any value that it did not like. */
export interface EngineError {
  /** The engine's own kind: `Conversion`, `Invalid Input`, `IO`, `Out of Memory`…; null where it gave none. */
  readonly kind: string | null
  /** Number of a failure of the operating system; null of any other. */
  readonly errno: number | null
  readonly words: string
}

/** Reads an error as the engine gives it under `errors_as_json`, or with its kind in front: `IO Error: …`. */
export const readEngineError = (error: unknown): EngineError => {
  const text = error instanceof Error ? error.message : String(error)
  const start = text.indexOf('{"exception_type"')
  if (start >= 0) {
    try {
      const said = JSON.parse(text.slice(start)) as Readonly<Record<string, unknown>>
      const { errno, exception_message: words, exception_type: kind } = said
      return {
        kind: typeof kind === "string" ? kind : null,
        errno: typeof errno === "string" ? Number(errno) : ofKind(kind, String(words)),
        words: typeof words === "string" ? words : text
      }
    } catch {
      // Cut off somewhere: what is left is words.
    }
  }
  const [, kind = null, words = text] = /^([A-Za-z]+(?: [A-Za-z]+)?) Error: ([\s\S]*)$/.exec(text) ?? []
  return { kind, errno: ofKind(kind, words), words }
}

/** A commit that fails, in a statement of its own or by itself, holds what the system said at the end of its words, and drops the number. */
const ofKind = (kind: unknown, words: string): number | null =>
  kind === "TransactionContext" ? (ofSystem.find(([said]) => words.endsWith(`: ${said}`))?.[1] ?? null) : null

const { errno: numbers } = constants
const ofSystem = [
  ["No space left on device", numbers.ENOSPC],
  ["Disk quota exceeded", numbers.EDQUOT],
  ["File too large", numbers.EFBIG],
  ["Read-only file system", numbers.EROFS]
] as const
const full = new Set([numbers.ENOSPC, numbers.EDQUOT, numbers.EFBIG])
const closed = new Set([numbers.EACCES, numbers.EPERM, numbers.EROFS])

/** Why a statement failed, by the engine's kind and the system's number; by its words only where a commit drops the number. */
export const reasonOf = ({ errno, kind }: EngineError): WarehouseReason => {
  if (errno !== null) return full.has(errno) ? "DiskFull" : closed.has(errno) ? "Closed" : "Missing"
  switch (kind) {
    case "Conversion":
    case "Mismatch Type":
    case "Out of Range":
      return "Conversion"
    case "Invalid Input":
      return "Malformed"
    case "Out of Memory":
      return "OutOfMemory"
    case "IO":
    case "Serialization":
    case "INTERNAL":
    case "FATAL":
      return "Damaged"
    default:
      return "Statement"
  }
}

/** Why a state file cannot be opened. A lock that another process has is what the system refuses for now. */
export const reasonToOpen = (error: EngineError): WarehouseReason =>
  error.errno === numbers.EAGAIN || error.errno === numbers.EWOULDBLOCK
    ? "Held"
    : error.errno === null
      ? "Damaged"
      : reasonOf(error)

/** Words of ours for what the engine refused; they quote nothing. */
export const wordsFor = (reason: WarehouseReason, { errno, kind }: EngineError): string => {
  const by = errno !== null ? ` (${nameOf(errno)})` : kind === null ? "" : ` (${kind})`
  return `${sentences[reason]}${by}`
}

const sentences: Readonly<Record<WarehouseReason, string>> = {
  Held: "another process has it open",
  Conversion: "a value does not fit the type that it is given",
  Malformed: "a value cannot be read as what it should be",
  OutOfMemory:
    "it needs more memory, or more room on disk for what it puts aside, than there is: ROLLBOOK_MEMORY_LIMIT, and the disk of the workspace",
  Statement: "the engine refuses the statement",
  Missing: "a file or folder is not there, or not what it should be",
  DiskFull: "the disk took no more",
  Closed: "a file or folder is closed to this user",
  Damaged: "a file of the workspace is damaged, or gone"
}

const nameOf = (errno: number): string =>
  Object.entries(numbers).find(([, number]) => number === errno)?.[0] ?? `error ${errno} of the system`
