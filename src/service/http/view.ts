import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { PlanFile } from "../../plan/plan.ts"
import type { StoreError } from "../../core/ports/disk.ts"
import type { WarehouseError } from "../../core/ports/warehouse.ts"
import type { RunRecord } from "../../state/runs.ts"
import type { Agenda, Job } from "../agenda.ts"

/** The workspace as it is at the moment of asking, for the routes. */
export interface ViewService {
  /** The schedule as this process has it. */
  readonly agenda: () => Agenda
  readonly jobs: () => ReadonlyArray<Job>
  /** Milliseconds since the epoch of the last look at the schedule; null before the first. */
  readonly lastLook: () => number | null
  readonly definitions: () => "valid" | "invalid" | "not checked yet"
  /** Every run, newest first. */
  readonly runs: Effect.Effect<ReadonlyArray<RunRecord>, WarehouseError | StoreError>
  /** The header of a plan; null where there is none. */
  readonly plan: (id: string) => Effect.Effect<PlanFile | null>
  /** A run as it may be told to anybody. */
  readonly discreet: (run: RunRecord) => RunRecord
  /** Notes who was shown the words of a run; where that cannot be, nothing is shown. */
  readonly noteReveal: (by: string, run: number) => Effect.Effect<void, Error>
}

export class View extends Context.Tag("rollbook/View")<View, ViewService>() {}
