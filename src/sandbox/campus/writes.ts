import { isDeepStrictEqual } from "node:util"
import type { OneRosterRecord } from "./records.ts"

/** How often each record was written, so that a rehearsal sees what was sent twice. */
export interface Writes {
  readonly note: (collection: string, sourcedId: string, before: OneRosterRecord | null, after: OneRosterRecord) => void
  /** By `COLLECTION/ID`: how often it was written, and how often of these it stood so already. */
  readonly report: () => Readonly<Record<string, { readonly written: number; readonly stoodSo: number }>>
  readonly clear: () => void
}

export const makeWrites = (): Writes => {
  const counts = new Map<string, { written: number; stoodSo: number }>()
  return {
    note: (collection, sourcedId, before, after) => {
      const name = `${collection}/${sourcedId}`
      const counted = counts.get(name) ?? { written: 0, stoodSo: 0 }
      counted.written++
      if (before !== null && isDeepStrictEqual(content(before), content(after))) counted.stoodSo++
      counts.set(name, counted)
    },
    report: () => Object.fromEntries(counts),
    clear: () => counts.clear()
  }
}

/** The content of a record; the instant of writing is the server's. */
const content = (record: OneRosterRecord): OneRosterRecord => ({ ...record, dateLastModified: null })
