import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { steps } from "../state/change-set.ts"
import { joined, sql } from "../core/sql.ts"
import type { Definition, Gates } from "../pipeline/definition.ts"
import { Count, countRows, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { gateState, type LocalMoment, stopAtGates } from "./gates.ts"
import type { LoadedEntity } from "../pipeline/loaded-entities.ts"
import type { Work } from "./work.ts"

/** The gates of a walk: what they said last, and whether they would say the same now. */
export interface GatesNow {
  /** Fills the table `stopped` anew, where the answer may be another one than the last time. */
  readonly ask: Effect.Effect<void, WarehouseError, Warehouse>
  /** Whether what they said last stops anything at all. */
  readonly stopAny: () => boolean
  /** How many times they have answered: what was read before the last one may say what they no longer do. */
  readonly answers: () => number
  /** Whether the answer may be another one: a switch was set, a freeze begins or ends, the day does. Asked before each step. */
  readonly mayDiffer: Effect.Effect<boolean>
}

/** Gates that nothing moves any more: for what was begun and must come to its end. */
export const unmoved: GatesNow = {
  ask: Effect.void,
  stopAny: () => true,
  answers: () => 0,
  mayDiffer: Effect.succeed(false)
}

/**
 * Asks the gates for a walk. `gates` gives them as they are set at the moment of asking, and the very same object for as
 * long as nobody sets anything.
 */
export const askGates = Effect.fn("load.ask-gates")(function* (
  definition: Definition,
  gates: Effect.Effect<Gates>,
  moment: () => LocalMoment
) {
  const look = Effect.map(gates, (set) => {
    const obeyed = { ...definition, load: { ...definition.load, gates: set } }
    const at = moment()
    return { set, obeyed, at, state: gateState(obeyed, at) }
  })
  let asked = yield* look
  let [stops, answers] = [0, 0]
  const stop = Effect.suspend(() =>
    Effect.map(Effect.zipRight(stopAtGates(asked.obeyed, steps, asked.at), countRows(sql`FROM stopped`)), (count) => {
      stops = count
      answers++
    })
  )
  yield* stop
  const now: GatesNow = {
    stopAny: () => stops > 0,
    answers: () => answers,
    // Nothing is computed for a step but where somebody has set something, or another minute has come.
    mayDiffer: Effect.map(gates, (set) => {
      if (set !== asked.set) return true
      const at = moment()
      if (at === asked.at) return false
      const isSame = gateState(asked.obeyed, at) === asked.state
      if (isSame) asked = { ...asked, at }
      return !isSame
    }),
    ask: Effect.flatMap(look, (one) => {
      if (one.set === asked.set && one.state === asked.state) return Effect.void
      asked = one
      return stop
    })
  }
  return now
})

/** The works with what the gates say of each now; there must be some. */
export const askedAgain = Effect.fn("load.asked-again")(function* (
  { load }: LoadedEntity,
  works: ReadonlyArray<Work>,
  gates: GatesNow
) {
  const warehouse = yield* Warehouse
  yield* gates.ask
  const sequences = joined(
    works.map(({ step }) => sql`${step.sequence}`),
    ", "
  )
  const closed = yield* warehouse.rows(
    sql`SELECT seq, say FROM work JOIN stopped ON stopped.entity = ${load.entity} AND stopped.key = work.key WHERE seq IN (${sequences})`,
    Closed
  )
  const say = new Map(closed.map((row) => [row.seq, row.say] as const))
  return works.map((work): Work => ({ ...work, gate: say.get(work.step.sequence) ?? null }))
})

const Closed = Schema.Struct({ seq: Count, say: Text })
