import * as Effect from "effect/Effect"
import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { PageFile } from "../../core/ports/source.ts"
import { type Page, partBytes } from "./page.ts"

/** Collects pages into files of about half a megabyte while the next pages are already being asked for. */
export interface PageFiles {
  /** Takes a page; returns at once, unless the disk is far behind the network. Fails with what the disk said. */
  readonly add: (page: Page) => Effect.Effect<void, string>
  /** Every file, written to its end. */
  readonly finish: Effect.Effect<ReadonlyArray<PageFile>, string>
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
  const head = Buffer.from(`{${JSON.stringify(pageKey)}:[`)
  const tail = Buffer.from("]}\n")
  let failure: string | null = null
  let lines: Array<Buffer> = []
  let bytes = 0
  let rows = 0

  const write = (
    layout: PageFile["layout"],
    pieces: ReadonlyArray<Buffer>,
    pages: number,
    rowsInFile: number
  ): void => {
    const path = join(directory, `${prefix}-${String(files.length + 1).padStart(6, "0")}.json`)
    files.push({ path, layout, pages, rows: rowsInFile, pageKey })
    const written = writeFile(path, Buffer.concat(pieces), { mode: 0o600 })
      .catch((error: unknown) => {
        failure ??= `a page could not be kept on disk (${codeOf(error)})`
      })
      .finally(() => writing.delete(written))
    writing.add(written)
  }
  const flush = (): void => {
    if (lines.length === 0) return
    write("lines", lines, lines.length / 3, rows)
    lines = []
    bytes = 0
    rows = 0
  }
  const settled: Effect.Effect<void> = Effect.promise(() => Promise.all(writing))
  const unlessFailed = Effect.suspend(() => (failure === null ? Effect.void : Effect.fail(failure)))

  return {
    add: (page) =>
      Effect.suspend(() => {
        for (const part of page.parts) {
          if (page.isPretty) {
            write("pretty", [head, part.bytes, tail], 1, part.rows)
            continue
          }
          if (bytes + part.bytes.length > partBytes * 1.5) flush()
          lines.push(head, part.bytes, tail)
          bytes += part.bytes.length
          rows += part.rows
          if (bytes >= partBytes) flush()
        }
        return writing.size > writesBehind ? Effect.zipRight(settled, unlessFailed) : unlessFailed
      }),
    finish: Effect.sync(flush).pipe(Effect.zipRight(settled), Effect.zipRight(unlessFailed), Effect.as(files)),
    discard: Effect.zipRight(
      settled,
      // What the disk refuses to remove goes with its folder, or stands in the way of what is written next, which says so.
      Effect.promise(() => Promise.allSettled(files.map((file) => rm(file.path, { force: true }))))
    )
  }
}

const codeOf = (error: unknown): string => {
  const code = (error as { readonly code?: unknown }).code
  return typeof code === "string" ? code : "unknown"
}
