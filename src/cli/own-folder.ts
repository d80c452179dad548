import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { WarehouseError } from "../core/ports/warehouse.ts"
import { onDisk } from "../state/on-disk.ts"
import { note } from "./output.ts"

/**
 * A folder for the scope's own use, among those that the system keeps for a while. Where it cannot be removed at the end,
 * that is said: what was done in it is done.
 */
export const ownFolder = (what: string, prefix: string): Effect.Effect<string, WarehouseError, Scope.Scope> =>
  Effect.acquireRelease(
    onDisk(what, tmpdir(), () => mkdtemp(join(tmpdir(), prefix))),
    (made) =>
      onDisk("remove it again", made, () => rm(made, { recursive: true, force: true })).pipe(
        Effect.catchAll(({ detail }) => note(`A folder that is of no use any more stays behind: ${detail}`))
      )
  )
