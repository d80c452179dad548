import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { Journal } from "../../core/ports/journal.ts"
import { isHeld, type Warehouse, type WarehouseError } from "../../core/ports/warehouse.ts"
import type { StoreError } from "../../core/ports/disk.ts"
import { noteThroughService } from "../../history/audit-trail.ts"
import { indexSteps, type StepIndex } from "../../history/step-index.ts"
import { Busy, busy, NotFound } from "../../service/http/contract/errors.ts"
import { Adapters, type AdaptersService } from "../adapters.ts"
import type { Live } from "../service.ts"
import { limits } from "../state-reads.ts"
import { stateTurn } from "../state-turn.ts"
import type { Workspace } from "../workspace.ts"
import { type Definitions, definitionsOf } from "./definitions.ts"
import type { OpenedPlan } from "./opened-plans.ts"
import { tell } from "../../core/told.ts"

/** Surroundings of the pages' operations: the workspace, what goes on in it, its definitions, and its state to be read. */
export interface Room extends Definitions {
  readonly workspace: Workspace
  readonly live: Live
  readonly adapters: AdaptersService
  /**
   * Reads the state by `work`; gives `none` where there is no state yet. An answer is kept until the state or a definition
   * changes, by `name`, which therefore holds everything that the answer depends on; null: it is kept nowhere.
   */
  readonly read: <A, E>(
    name: string | null,
    work: Effect.Effect<A, E, Warehouse | Adapters | Scope.Scope>,
    none: A
  ) => Effect.Effect<A, Busy | NotFound>
  /** Does what writes the state: nobody else of this process has it meanwhile. Fails with `Held` while another one has it. */
  readonly write: <A, E>(
    work: Effect.Effect<A, E, Warehouse | Journal | Adapters>
  ) => Effect.Effect<A, E | WarehouseError>
  /** The plans that were opened last, by id. */
  readonly plans: Map<string, OpenedPlan>
  /** Places of the steps of those plans that were looked through last. */
  readonly steps: Cache.Cache<OpenedPlan, StepIndex, StoreError>
  /** Whom to ask, as `service.yaml` says; null where it says nothing. */
  readonly contact: string | null
  /** Notes in the audit trail what is about to be done or shown; where that cannot be, it is not. */
  readonly note: (who: string, what: string, of: ReadonlyArray<string>) => Effect.Effect<void, Busy>
}

/** So many are kept, of 12 bytes per step. */
const mostIndexes = 3

export const makeRoom = (
  workspace: Workspace,
  live: Live,
  contact: string | null
): Effect.Effect<Room, never, Adapters> =>
  Effect.gen(function* () {
    const adapters = yield* Adapters
    const definitions = definitionsOf(workspace, adapters)
    const steps = yield* Cache.makeWith({
      capacity: mostIndexes,
      lookup: ({ folder, plan }: OpenedPlan) => indexSteps(plan, folder),
      timeToLive: (exit) => (Exit.isSuccess(exit) ? Duration.infinity : Duration.zero)
    })
    const room: Room = {
      ...definitions,
      workspace,
      live,
      adapters,
      contact,
      plans: new Map(),
      steps,
      read: <A, E>(name: string | null, work: Effect.Effect<A, E, Warehouse | Adapters | Scope.Scope>, none: A) =>
        Effect.flatMap(definitions.stamp, (stamp) =>
          live.reads.read(name === null ? null : `${name} ${stamp}`, work, none)
        ).pipe(Effect.mapError(asAnswer)),
      write: (work) =>
        stateTurn
          .withPermits(1)(
            work.pipe(
              Effect.provide(adapters.warehouse(workspace.stateFile, limits)),
              Effect.provide(adapters.journal(workspace.journalFolder)),
              Effect.provideService(Adapters, adapters)
            )
          )
          .pipe(Effect.ensuring(live.reads.forget)),
      note: (who, what, of) =>
        noteThroughService(workspace.auditFile, who, what, of).pipe(
          Effect.mapError(() => busy(tell("refused.no-audit", {})))
        )
    }
    return room
  })

const atWork = busy(tell("refused.at-work", {}))

/** The answer to an error, without a word of what was sent: about a definition or the state itself, more is told elsewhere. */
export const asAnswer = (error: unknown): Busy | NotFound => {
  const { _tag } = (error ?? {}) as { readonly _tag?: unknown }
  if (error instanceof Busy || error instanceof NotFound) return error
  if (isHeld(error)) return atWork
  return _tag === "DefinitionInvalid" ? busy(tell("refused.invalid", {})) : busy(tell("refused.no-state", {}))
}
