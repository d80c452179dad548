import * as Effect from "effect/Effect"
import type { StoreError } from "../core/ports/disk.ts"
import type { WarehouseError } from "../core/ports/warehouse.ts"
import { listRuns, type RunRecord } from "../state/runs.ts"
import type { StateReads } from "./state-reads.ts"

/** More than any workspace has in years of nights. */
const everyRun = 100_000

/** The runs of a workspace, newest first, for a process that asks often. */
export const knownRuns = ({ read }: StateReads): Effect.Effect<ReadonlyArray<RunRecord>, WarehouseError | StoreError> =>
  read("runs", listRuns(everyRun), [])

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
