import { hostname } from "node:os"
import { join } from "node:path"
import type { PlatformError } from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { isRunning } from "../core/running.ts"
import { ifThere, namesIn, onDisk, removeAll, type StoreError, unfinished, writeOwnFile } from "../core/ports/disk.ts"

/** Folders beside the state in which a backup is gathered, or unpacked: nothing but their maker knows what to do with one. */
export type FolderOf = "backup" | "restore"

/** File in such a folder that says whose it is. */
export const makerName = "maker.json"

interface Maker {
  readonly pid: number
  readonly host: string
  /** File that is written out of the folder, under its unfinished name; null where none is. */
  readonly file: string | null
}

/** Begins such a folder for this process. */
export const beginFolder = (
  disk: FileSystem.FileSystem,
  home: string,
  kind: FolderOf,
  file: string | null
): Effect.Effect<string, PlatformError> =>
  Effect.gen(function* () {
    const folder = yield* disk.makeTempDirectory({ directory: home, prefix: `${kind}-` })
    const maker: Maker = { pid: process.pid, host: hostname(), file }
    yield* writeOwnFile(disk, join(folder, makerName), JSON.stringify(maker)).pipe(
      Effect.onError(() => Effect.ignore(removeAll(disk, folder)))
    )
    return folder
  })

/** So long a folder without word of its maker, or of another machine's, may still be somebody's. */
const oldAfterMilliseconds = 86_400_000

/** Takes away what backups, or restores, left that were killed at it; gives its paths. Those that are at work keep theirs. */
export const takeAwayCutOff = (
  home: string,
  kind: FolderOf,
  now: number
): Effect.Effect<ReadonlyArray<string>, StoreError> =>
  onDisk(`take away what an earlier ${kind} left`, home, (disk) =>
    Effect.gen(function* () {
      const taken: Array<string> = []
      for (const name of yield* namesIn(disk, home)) {
        if (!new RegExp(`^${kind}-[^.]{6}$`).test(name)) continue
        const folder = join(home, name)
        const maker = yield* makerOf(disk, folder)
        const begun = yield* ifThere(disk.stat(maker === null ? folder : join(folder, makerName)))
        if (begun === null) continue
        const isOld = begun.mtime._tag === "Some" && now - begun.mtime.value.getTime() > oldAfterMilliseconds
        // One that had the id of this process, as the only one of a container has, is over.
        const isAtWork = maker?.host === hostname() ? maker.pid !== process.pid && isRunning(maker.pid) : !isOld
        if (isAtWork) continue
        const file = maker?.file == null ? null : unfinished(maker.file)
        for (const path of file !== null && (yield* disk.exists(file)) ? [folder, file] : [folder]) {
          yield* removeAll(disk, path)
          taken.push(path)
        }
      }
      return taken
    })
  )

/** Null where nothing can be read of it: its maker was killed as it began, or is of an earlier build. */
const makerOf = (disk: FileSystem.FileSystem, folder: string): Effect.Effect<Maker | null> =>
  Effect.flatMap(disk.readFileString(join(folder, makerName)), (text) =>
    Effect.try(() => {
      const { file = null, host, pid } = JSON.parse(text) as Partial<Maker>
      return typeof pid === "number" && typeof host === "string" ? { pid, host, file } : null
    })
  ).pipe(Effect.orElseSucceed(() => null))
