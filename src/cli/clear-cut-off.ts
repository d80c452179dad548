import * as Effect from "effect/Effect"
import type { StoreError } from "../core/ports/disk.ts"
import { type FolderOf, takeAwayCutOff } from "../service/cut-off.ts"
import { note } from "./output.ts"
import { shownPath } from "./workspace.ts"

/** Takes away what backups, or restores, left beside the state that were killed at it, and says so. `now`: milliseconds. */
export const clearCutOff = (home: string, kind: FolderOf, now: number): Effect.Effect<void, StoreError> =>
  Effect.flatMap(takeAwayCutOff(home, kind, now), (left) =>
    left.length === 0
      ? Effect.void
      : note(`An earlier ${kind} was cut off; what it left is taken away: ${left.map(shownPath).join(", ")}.`)
  )
