import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { dirname, join } from "node:path"
import type { ServiceSettings } from "../pipeline/load-service.ts"
import { ifThere, isUnfinished, namesIn, onDisk, removeWhole, type StoreError } from "../core/ports/disk.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { remainsIn } from "../state/remains.ts"
import { type PrunedRows, pruneRows } from "./prune-rows.ts"

/** Counts of what was, or would be, taken away. */
export interface Pruned extends PrunedRows {
  readonly plans: number
  readonly reads: number
  readonly logs: number
}

const day = 86_400_000

/**
 * Takes away what is older than `service.keep` says; what has no number of days stays. What stands at a target now, who made it,
 * and how the last sending of each record ended always stay, and so does what may still be applied or resumed.
 */
export const prune = (
  keep: ServiceSettings["keep"],
  now: number,
  isDry: boolean
): Effect.Effect<Pruned, WarehouseError | StoreError, Warehouse> =>
  Effect.gen(function* () {
    const { folders } = yield* Warehouse
    const home = dirname(folders.plans)
    const before = (days: number | null): number | null => (days === null ? null : now - days * day)
    const takeAway = (what: string, folder: string, names: ReadonlyArray<string>) =>
      isDry
        ? Effect.void
        : Effect.forEach(
            names,
            (one) => onDisk(`remove ${what}`, join(folder, one), (disk) => removeWhole(disk, join(folder, one))),
            { discard: true }
          )
    const logs = join(home, "logs")
    const old = {
      plans: yield* onDisk("look at the plans", folders.plans, (disk) => oldPlans(disk, home, before(keep.plans), now)),
      reads: yield* onDisk("look at the kept reads", folders.reads, (disk) =>
        oldReads(disk, folders.reads, before(keep.reads))
      ),
      logs: yield* onDisk("look at the logs", logs, (disk) => oldFiles(disk, logs, before(keep.logs)))
    }
    yield* takeAway("an old plan", folders.plans, old.plans)
    yield* takeAway("an old read", folders.reads, old.reads)
    yield* takeAway("an old log", logs, old.logs)
    const rows = yield* pruneRows({ history: before(keep.history), quarantine: before(keep.quarantine) }, isDry)
    return { plans: old.plans.length, reads: old.reads.length, logs: old.logs.length, ...rows }
  })

/**
 * Plans that were made before, are over, and are neither under way nor the newest of their pipeline; and what a kill left of one,
 * as it was made or as it was taken away.
 */
const oldPlans = Effect.fnUntraced(function* (
  disk: FileSystem.FileSystem,
  home: string,
  before: number | null,
  now: number
) {
  if (before === null) return []
  const folder = join(home, "plans")
  const underWay = new Set((yield* remainsIn(home)).journals)
  const plans = yield* Effect.forEach(yield* namesIn(disk, folder), (one) =>
    Effect.map(said(disk, join(folder, one, "plan.json")), (header) => ({
      one,
      pipeline: header?.["pipeline"],
      isPlan: header !== null,
      made: Date.parse(header?.["created_at"] ?? ""),
      over: Date.parse(header?.["expires_at"] ?? "")
    }))
  )
  const newest = new Map<string | undefined, number>()
  for (const { made, pipeline } of plans) newest.set(pipeline, Math.max(made, newest.get(pipeline) ?? 0))
  const old = yield* Effect.filter(plans, ({ isPlan, made, one, over, pipeline }) =>
    underWay.has(one)
      ? Effect.succeed(false)
      : isPlan
        ? Effect.succeed(made < before && over < now && made !== newest.get(pipeline))
        : isLeftOver(disk, join(folder, one), before)
  )
  return old.map(({ one }) => one)
})

const oldReads = Effect.fnUntraced(function* (disk: FileSystem.FileSystem, folder: string, before: number | null) {
  if (before === null) return []
  return yield* Effect.filter(yield* namesIn(disk, folder), (one) =>
    Effect.flatMap(said(disk, join(folder, one, "read.json")), (header) =>
      // Rows that were made of a read have no date but that of their folder.
      header === null
        ? isLeftOver(disk, join(folder, one), before)
        : Effect.succeed(Date.parse(header["readAt"] ?? "") < before)
    )
  )
})

/** Whether a folder without its header is one that was being taken away, or that nobody has changed since. */
const isLeftOver = (disk: FileSystem.FileSystem, path: string, before: number) =>
  isUnfinished(path) ? Effect.succeed(true) : isOlder(disk, path, before)

/**
 * The texts in a file of JSON; null where there is none, and no text where it cannot be read: such a one is somebody's to look at,
 * and older than nothing.
 */
const said = (disk: FileSystem.FileSystem, path: string): Effect.Effect<Readonly<Record<string, string>> | null> =>
  ifThere(disk.readFileString(path)).pipe(
    Effect.flatMap((text) =>
      Effect.try(() => (text === null ? null : ((JSON.parse(text) ?? {}) as Readonly<Record<string, string>>)))
    ),
    Effect.orElseSucceed(() => ({}))
  )

const oldFiles = Effect.fnUntraced(function* (disk: FileSystem.FileSystem, folder: string, before: number | null) {
  if (before === null) return []
  return yield* Effect.filter(yield* namesIn(disk, folder), (one) => isOlder(disk, join(folder, one), before))
})

const isOlder = (disk: FileSystem.FileSystem, path: string, before: number) =>
  Effect.map(disk.stat(path), ({ mtime }) => Option.exists(mtime, (at) => at.getTime() < before))
