import * as Arr from "effect/Array"
import type { Hold } from "./plan.ts"

export interface GuardHolds {
  readonly guard: Hold["guard"]
  readonly holds: ReadonlyArray<Hold>
  readonly steps: number
}

/** The holds of a plan by the guard that placed them, in the order in which guards come up; the widest hold first. */
export const holdsByGuard = (holds: ReadonlyArray<Hold>): ReadonlyArray<GuardHolds> =>
  Object.values(Arr.groupBy(holds, (hold) => hold.guard)).map((list) => ({
    guard: list[0].guard,
    holds: list.toSorted((a, b) => b.steps - a.steps),
    steps: list.reduce((sum, hold) => sum + hold.steps, 0)
  }))
