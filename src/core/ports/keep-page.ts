import * as Effect from "effect/Effect"
import { Disk, systemCode } from "./disk.ts"

/** Writes a page that a source gave into a file that only its owner may read. Fails with what the disk said, in a sentence. */
export const keepPage = (path: string, page: Uint8Array): Effect.Effect<void, string> =>
  Effect.flatMap(Disk, (disk) => disk.writeFile(path, page, { mode: 0o600 })).pipe(
    Effect.mapError((error) => `a page could not be kept on disk (${systemCode(error) ?? "unknown"})`)
  )
