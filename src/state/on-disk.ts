import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { readdir, readFile } from "node:fs/promises"
import { WarehouseError, type WarehouseReason } from "../core/ports/warehouse.ts"

/**
 * Work on a file or folder of the workspace. Fails with what was to be done, the path, and what the system says of it:
 * some of its errors, of a disk that is full, name none.
 */
export const onDisk = <A>(what: string, path: string, work: () => Promise<A>): Effect.Effect<A, WarehouseError> =>
  Effect.tryPromise({
    try: work,
    catch: (error) => {
      const { code, message } = error as NodeJS.ErrnoException
      // What is none of the system's may quote what was read.
      const said = typeof code === "string" ? message : `it is not what was expected there (${nameOf(error)})`
      const reason = reasons.get(code) ?? "Missing"
      const remedy = remedies.get(code)
      const detail = `${path}: ${said}${remedy === undefined ? "" : `; ${remedy}`}`
      return new WarehouseError({ reason, statement: what, detail })
    }
  })

const reasons: ReadonlyMap<string | undefined, WarehouseReason> = new Map([
  ["ENOSPC", "DiskFull"],
  ["EDQUOT", "DiskFull"],
  ["EACCES", "Closed"],
  ["EPERM", "Closed"],
  ["EROFS", "Closed"]
])

/** What to do about the rest; who meets a full or a closed disk is told so by the command (`messageOf`). */
const remedies: ReadonlyMap<string | undefined, string> = new Map([
  ["ENOTDIR", "a file lies where a folder should: move it away"],
  ["EISDIR", "a folder lies where a file should: move it away"],
  ["ENOENT", "it is not there, or the folder in which it should lie is not"]
])

/** Text of a file; null where there is none. One that is there and cannot be read is not taken for one that is not. */
export const textOnDisk = (what: string, path: string): Effect.Effect<string | null, WarehouseError> =>
  onDisk(what, path, () =>
    readFile(path, "utf8").catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null
      throw error
    })
  )

/** Names of what lies in a folder, in order; none where there is no folder. */
export const namesIn = async (folder: string): Promise<ReadonlyArray<string>> =>
  existsSync(folder) ? (await readdir(folder)).sort() : []

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error)
