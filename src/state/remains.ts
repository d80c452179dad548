import * as Effect from "effect/Effect"
import { basename, dirname, join } from "node:path"
import { isOnDisk, namesIn, onDisk, type StoreError } from "../core/ports/disk.ts"
import { Warehouse } from "../core/ports/warehouse.ts"

/** Leftovers of earlier runs beside a state file, whether or not that state is still there. */
export interface Remains {
  /** The highest number of a run that left a plan or kept rows; 0 = none. */
  readonly lastRun: number
  /** Plans whose apply was interrupted. */
  readonly journals: ReadonlyArray<string>
}

/** Looks at the folders of plans, kept reads and journals beside a state file; changes nothing. */
export const remainsIn = (home: string): Effect.Effect<Remains, StoreError> =>
  Effect.gen(function* () {
    const names = (folder: string) =>
      onDisk("look for what earlier runs left", join(home, folder), (disk) => namesIn(disk, join(home, folder)))
    // A plan ends in the number of its run, the rows of a read are named by it alone.
    const numbers = [...(yield* names("plans")), ...(yield* names("reads"))].map((name) =>
      Number(/(?:^|-)(\d{1,9})(?:\.unfinished)?$/.exec(name)?.[1] ?? 0)
    )
    return {
      lastRun: Math.max(0, ...numbers),
      journals: (yield* names("journal")).flatMap((name) =>
        name.endsWith(".journal") ? [basename(name, ".journal")] : []
      )
    }
  })

/** The remains beside the state that is open. */
export const remains: Effect.Effect<Remains, StoreError, Warehouse> = Effect.flatMap(Warehouse, ({ folders }) =>
  remainsIn(dirname(folders.plans))
)

/**
 * The warning before a state is made anew beside the plans of another one; null where it is there, or where nothing
 * lies beside it. Said once, since the state is there from then on.
 */
export const lostState = Effect.fnUntraced(function* (stateFile: string, shown: string) {
  if (yield* isOnDisk(stateFile)) return null
  const { journals, lastRun } = yield* remainsIn(dirname(stateFile))
  if (lastRun === 0 && journals.length === 0) return null
  return [
    `${shown} is not there, though ${lastRun === 0 ? "a journal lies" : "plans lie"} beside where it was: what rollbook wrote is no longer known to it, nor what was approved.`,
    `Restore it from a backup if there is one. Otherwise go on: it is made anew, numbers go on from run ${lastRun}, and the next plan takes over what it finds in the target by match_existing.`,
    "What left the source since the last run is not removed by then, as nobody knows any more that rollbook made it.",
    ...(journals.length === 0
      ? []
      : [`The apply of ${journals.join(", ")} was interrupted: \`rollbook resume\` takes it up by its journal.`])
  ].join("\n")
})
