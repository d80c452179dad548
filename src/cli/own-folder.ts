import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { tmpdir } from "node:os"
import { onDisk, removeAll, type StoreError } from "../core/ports/disk.ts"
import { note } from "./output.ts"

/**
 * A folder for the scope's own use, among those that the system keeps for a while. Where it cannot be removed at the end,
 * that is said: what was done in it is done.
 */
export const ownFolder = (what: string, prefix: string): Effect.Effect<string, StoreError, Scope.Scope> =>
  Effect.acquireRelease(
    onDisk(what, tmpdir(), (disk) => disk.makeTempDirectory({ prefix })),
    (made) =>
      onDisk("remove it again", made, (disk) => removeAll(disk, made)).pipe(
        Effect.catchAll(({ detail }) => note(`A folder that is of no use any more stays behind: ${detail}`))
      )
  )
