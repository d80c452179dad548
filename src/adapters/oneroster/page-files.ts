import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { onDisk, removeAll } from "../../core/ports/disk.ts"
import { type KeepPage, KeptPages } from "../../core/ports/keep-page.ts"
import type { PageFile } from "../../core/ports/source.ts"
import { type Page, chunkBytes } from "./page.ts"

/** Collects pages into files of about half a megabyte while the next pages are already being asked for. */
export interface PageFiles {
  /** Takes a page; returns at once, unless the disk is far behind the network. Fails with what the disk said. */
  readonly add: (page: Page) => Effect.Effect<void, string>
  /** Every file, written to its end. */
  readonly finish: Effect.Effect<ReadonlyArray<PageFile>, string>
  /** sha256 over the records of all pages taken so far, in hexadecimal, whatever the order in which the pages came. */
  readonly sha256: () => string
  /** Removes what was written. */
  readonly discard: Effect.Effect<void>
}

/** Files that may wait for the disk before the next page has to. */
const writesBehind = 16

/**
 * Files `<prefix>-<n>.json` in a folder, readable by their owner alone. Small pages are joined, one object per line;
 * large ones are cut between two records; those with line breaks between their tokens go into files of their own.
 * Whatever key the server used, the rows stand under `pageKey`.
 */
export const makePageFiles = (directory: string, prefix: string, pageKey: string): PageFiles => {
  const files: Array<PageFile> = []
  const writing = new Set<Promise<void>>()
  const pages: Array<string> = []
  const head = Buffer.from(`{${JSON.stringify(pageKey)}:[`)
  const tail = Buffer.from("]}\n")
  let failure: string | null = null
  let lines: Array<Buffer> = []
  let bytes = 0
  let rows = 0

  const write = (
    keep: KeepPage,
    layout: PageFile["layout"],
    pieces: ReadonlyArray<Buffer>,
    { pages: joined, rows: rowsInFile }: { readonly pages: number; readonly rows: number }
  ): void => {
    const path = join(directory, `${prefix}-${String(files.length + 1).padStart(6, "0")}.json`)
    files.push({ path, layout, pages: joined, rows: rowsInFile, pageKey })
    const one = keep(path, Buffer.concat(pieces)).then((said) => {
      failure ??= said
      writing.delete(one)
    })
    writing.add(one)
  }
  const flush = (keep: KeepPage): void => {
    if (lines.length === 0) return
    write(keep, "lines", lines, { pages: lines.length / 3, rows })
    lines = []
    bytes = 0
    rows = 0
  }
  const written: Effect.Effect<void> = Effect.ignore(Effect.tryPromise(() => Promise.all(writing)))
  const unlessFailed = Effect.suspend(() => (failure === null ? Effect.void : Effect.fail(failure)))

  return {
    add: (page) =>
      Effect.flatMap(KeptPages, (keep) => {
        if (page.rows > 0) pages.push(sha256OfPage(page))
        for (const chunk of page.chunks) {
          if (page.isPretty) {
            write(keep, "pretty", [head, chunk.bytes, tail], { pages: 1, rows: chunk.rows })
            continue
          }
          if (bytes + chunk.bytes.length > chunkBytes * 1.5) flush(keep)
          lines.push(head, chunk.bytes, tail)
          bytes += chunk.bytes.length
          rows += chunk.rows
          if (bytes >= chunkBytes) flush(keep)
        }
        return writing.size > writesBehind ? Effect.zipRight(written, unlessFailed) : unlessFailed
      }),
    finish: Effect.map(KeptPages, flush).pipe(
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
