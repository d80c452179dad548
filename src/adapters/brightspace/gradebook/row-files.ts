import * as Effect from "effect/Effect"
import { join } from "node:path"
import { keepPage } from "../../../core/ports/keep-page.ts"
import type { PageFile } from "../../../core/ports/source.ts"

/** A record as it lands: values by column name. */
export type GradebookRow = Readonly<Record<string, string | number | boolean | null>>

/** Collects rows into files of about half a megabyte, which is what the engine reads fastest. */
export interface RowFiles {
  /** Takes the rows of one course. Fails with what the disk said. */
  readonly add: (rows: ReadonlyArray<GradebookRow>) => Effect.Effect<void, string>
  /** Every file, written to its end. */
  readonly finish: Effect.Effect<ReadonlyArray<PageFile>, string>
}

const fileBytes = 524_288

/** Files `page-<n>.json` in a folder, readable by their owner alone: one row a line. */
export const makeRowFiles = (directory: string): RowFiles => {
  const files: Array<PageFile> = []
  let waiting: Array<string> = []
  let bytes = 0

  const flush: Effect.Effect<void, string> = Effect.suspend(() => {
    if (waiting.length === 0) return Effect.void
    const path = join(directory, `page-${String(files.length + 1).padStart(6, "0")}.json`)
    const page = `${waiting.join("\n")}\n`
    files.push({ path, rows: waiting.length })
    waiting = []
    bytes = 0
    return keepPage(path, Buffer.from(page))
  })

  const add = (rows: ReadonlyArray<GradebookRow>, from: number): Effect.Effect<void, string> =>
    Effect.suspend(() => {
      for (let index = from; index < rows.length; index++) {
        const row = JSON.stringify(rows[index])
        waiting.push(row)
        bytes += Buffer.byteLength(row)
        if (bytes >= fileBytes) return Effect.zipRight(flush, add(rows, index + 1))
      }
      return Effect.void
    })

  return { add: (rows) => add(rows, 0), finish: Effect.as(flush, files) }
}
