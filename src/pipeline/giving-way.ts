import * as Effect from "effect/Effect"
import { Warehouse } from "../core/ports/warehouse.ts"
import type { Definition } from "./definition.ts"
import { isExport } from "./serving.ts"

/**
 * Whether a plan of a pipeline comes to the same, whatever those do who have their turn while it is computed.
 *
 * They are exports (`isExport`) and approvals. An export writes what is its own pipeline's (ledger, snapshot, history, parts
 * as they were read, sessions), and in tables of all pipelines rows that bear its name or its run; an approval writes itself.
 * A plan is computed out of tables of the run's own connection and of what its datasets show of the state: the ledger of
 * another pipeline and the sessions of others, which may be those of an export; and what is the pipeline's own, which nobody
 * else writes unless it is an export itself. What others are is not known of a definition: they count as exports.
 */
export const isComputedAlone = (definition: Definition): boolean =>
  !isExport(definition) &&
  definition.datasets.every(
    ({ mode }) => mode.kind !== "sessions" && (mode.kind !== "ledger" || mode.pipeline === definition.name)
  )

/** Work that asks nothing of the state, as a question to the target; others have their turn meanwhile, where a plan comes to the same. */
export const asideOf = <A, E, R>(
  definition: Definition,
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | Warehouse> =>
  isComputedAlone(definition) ? Effect.flatMap(Warehouse, ({ sharing }) => sharing.away(work)) : work

/**
 * Lets others have their turn, where somebody waits for it and a plan of the pipeline comes to the same. It is for moments at
 * which nothing that lasts is half written. Whoever was taken in keeps its turn: the run beside which it goes writes any ledger.
 */
export const givingWay = (definition: Definition): Effect.Effect<void, never, Warehouse> =>
  isComputedAlone(definition)
    ? Effect.flatMap(Warehouse, ({ sharing }) =>
        !sharing.isGuest && sharing.isAwaited() ? sharing.away(Effect.void) : Effect.void
      )
    : Effect.void
