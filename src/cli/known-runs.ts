import * as Effect from "effect/Effect"
import { dirname } from "node:path"
import { isOnDisk, stampOfFile, type StoreError } from "../core/ports/disk.ts"
import type { EngineLimits, WarehouseError } from "../core/ports/warehouse.ts"
import { listRuns, type RunRecord } from "../state/runs.ts"
import { Adapters } from "./adapters.ts"
import { stateTurn } from "./state-turn.ts"
import type { Workspace } from "./workspace.ts"
import { holderNote } from "../core/holder-note.ts"

/** More than any workspace has in years of nights. */
const everyRun = 100_000

/** Enough for a list of runs; the process shall be a small one. */
const limitsToRead: EngineLimits = { memoryLimit: "128MB", threads: 1 }

/**
 * The runs of a workspace, newest first, for a process that asks often. Whoever reads the state holds it for that moment,
 * or asks who does: while nobody holds it, it is read where it has changed, and no more often.
 */
export const knownRuns = (
  workspace: Workspace
): Effect.Effect<Effect.Effect<ReadonlyArray<RunRecord>, WarehouseError | StoreError>, never, Adapters> =>
  Effect.gen(function* () {
    const adapters = yield* Adapters
    let known: { readonly stamp: string; readonly runs: ReadonlyArray<RunRecord> } | null = null
    return stateTurn.withPermits(1)(
      Effect.gen(function* () {
        if (!(yield* isOnDisk(workspace.stateFile))) return []
        // Taken before it is read: what is written meanwhile is asked for the next time.
        const stamp = yield* stampOf(workspace.stateFile)
        if (known?.stamp === stamp) return known.runs
        const read = yield* listRuns(everyRun).pipe(
          Effect.provide(adapters.warehouseToRead(workspace.stateFile, limitsToRead))
        )
        // A run that is killed leaves the state as it was, and its note: until that is gone it is asked for again.
        const isQuiet = !(yield* isOnDisk(holderNote(dirname(workspace.stateFile))))
        known = isQuiet ? { stamp, runs: read } : null
        return read
      })
    )
  })

/**
 * The runs for whoever only watches: while `isAtWork`, and where they cannot be read, as they were known last, so that what
 * people carried out is not forgotten for as long as something else works.
 */
export const withoutDisturbing = <E>(
  runs: Effect.Effect<ReadonlyArray<RunRecord>, E>,
  isAtWork: () => boolean
): Effect.Effect<ReadonlyArray<RunRecord>> => {
  let last: ReadonlyArray<RunRecord> | null = null
  return Effect.suspend(() =>
    last !== null && isAtWork()
      ? Effect.succeed(last)
      : Effect.match(runs, { onFailure: () => last ?? [], onSuccess: (read) => (last = read) })
  )
}

/** Changes with every change of the state. */
export const stampOf = (stateFile: string): Effect.Effect<string, StoreError> =>
  Effect.map(Effect.forEach([stateFile, `${stateFile}.wal`], stampOfFile), (stamps) => stamps.join(" "))
