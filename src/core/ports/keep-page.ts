import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { writeFile } from "node:fs/promises"
import { onDisk, storeError, type StoreError } from "./disk.ts"

const keeping = "keep a page"

const refused = (error: StoreError): string => `a page could not be kept on disk: ${error.detail}`

/** Writes a page that a source gave into a file that only its owner may read. Fails with what the disk said, in a sentence. */
export const keepPage = (path: string, page: Uint8Array): Effect.Effect<void, string> =>
  onDisk(keeping, path, (disk) => disk.writeFile(path, page, { mode: 0o600 })).pipe(Effect.mapError(refused))

/** Begins to write a page, and resolves with what the disk refused, in a sentence; null where it is written. */
export type KeepPage = (path: string, page: Uint8Array) => Promise<string | null>

/**
 * The disk of the pages of a roster: begins at once to write one as `keepPage` does, and resolves with what the disk said, or
 * null. No effect: a fiber that waits for the disk keeps its page, half a megabyte, from being let go of as young as it is,
 * and the collections of old memory that follow took a third of a read.
 */
export class KeptPages extends Context.Reference<KeptPages>()("rollbook/KeptPages", {
  defaultValue: (): KeepPage => (path, page) =>
    writeFile(path, page, { mode: 0o600 }).then(
      () => null,
      (error: unknown) => refused(storeError(keeping, path, error))
    )
}) {}
