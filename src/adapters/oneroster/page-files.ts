import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { onDisk, removeAll } from "../../core/ports/disk.ts"
import { type KeepPage, KeptPages } from "../../core/ports/keep-page.ts"
import type { PageFile } from "../../core/ports/source.ts"
import { chunkBytes, type Page, type PageChunk } from "./page.ts"

/** Collects pages into files of about two megabytes while the next pages are already being asked for. */
export interface PageFiles {
  /**
   * Takes a page; returns at once, unless the disk is far behind the network. Fails with what the disk said. `digest` is that of
   * the page, where it is known already.
   */
  readonly add: (page: Page, digest?: string) => Effect.Effect<void, string>
  /** Every file, written to its end. */
  readonly finish: Effect.Effect<ReadonlyArray<PageFile>, string>
  /** sha256 over the records of all pages taken so far, in hexadecimal, whatever the order in which the pages came. */
  readonly sha256: () => string
  /** Removes what was written. */
  readonly discard: Effect.Effect<void>
}

/** Files that may wait for the disk before the next page has to. */
const writesBehind = 8

/** The engine reads files of this size faster than many small ones, and still several at once. */
const fileBytes = 4 * chunkBytes

/** A file that is being filled: its bytes so far, and the rows in them. */
interface Filling {
  bytes: Buffer | null
  used: number
  rows: number
}

/** Files `<prefix>-<n>.json` in a folder, readable by their owner alone: one record a line, plain ones apart from others. */
export const makePageFiles = (directory: string, prefix: string): PageFiles => {
  const files: Array<PageFile> = []
  const writing = new Set<Promise<void>>()
  const pages: Array<string> = []
  // Memory that was written out is filled again: fresh memory costs more than what is copied into it.
  const free: Array<Buffer> = []
  const filling = (): Filling => ({ bytes: null, used: 0, rows: 0 })
  const plain = filling()
  const other = filling()
  let failure: string | null = null

  const write = (keep: KeepPage, isPlain: boolean, rows: number, bytes: Buffer): Promise<void> => {
    const path = join(directory, `${prefix}-${String(files.length + 1).padStart(6, "0")}.json`)
    files.push({ path, rows, isPlain })
    const one = keep(path, bytes).then((said) => {
      failure ??= said
      writing.delete(one)
    })
    writing.add(one)
    return one
  }
  const flush = (keep: KeepPage, into: Filling): void => {
    const { bytes, rows, used } = into
    if (bytes === null) return
    void write(keep, into === plain, rows, bytes.subarray(0, used)).then(() => free.push(bytes))
    Object.assign(into, filling())
  }
  const take = (keep: KeepPage, { bytes, isPlain, rows }: PageChunk): void => {
    const into = isPlain ? plain : other
    if (into.used + bytes.length > fileBytes) flush(keep, into)
    if (bytes.length > fileBytes) return void write(keep, isPlain, rows, bytes)
    into.bytes ??= free.pop() ?? Buffer.allocUnsafeSlow(fileBytes)
    into.used += bytes.copy(into.bytes, into.used)
    into.rows += rows
  }
  const written: Effect.Effect<void> = Effect.ignore(Effect.tryPromise(() => Promise.all(writing)))
  const unlessFailed = Effect.suspend(() => (failure === null ? Effect.void : Effect.fail(failure)))

  return {
    add: (page, digest = sha256OfPage(page)) =>
      Effect.flatMap(KeptPages, (keep) => {
        if (page.rows > 0) pages.push(digest)
        for (const chunk of page.chunks) take(keep, chunk)
        return writing.size > writesBehind ? Effect.zipRight(written, unlessFailed) : unlessFailed
      }),
    finish: Effect.map(KeptPages, (keep) => [plain, other].forEach((one) => flush(keep, one))).pipe(
      Effect.zipRight(written),
      Effect.zipRight(unlessFailed),
      Effect.as(files)
    ),
    sha256: () => createHash("sha256").update(pages.toSorted().join("\n")).digest("hex"),
    discard: Effect.zipRight(
      written,
      // A file that the disk refuses to remove goes with its folder, or stands in the way of what is written next, which says
      // so.
      Effect.forEach(
        files,
        ({ path }) => Effect.ignore(onDisk("remove a page", path, (disk) => removeAll(disk, path))),
        {
          discard: true
        }
      )
    )
  }
}

/** The digest of a page. The ends of chunks follow from their bytes, so that the number of records is all that is added. */
export const sha256OfPage = ({ chunks, rows }: Page): string => {
  const hash = createHash("sha256").update(`${rows}\n`)
  for (const chunk of chunks) hash.update(chunk.bytes)
  return hash.digest("hex")
}
