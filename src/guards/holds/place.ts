import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { changes } from "../../state/change-set.ts"
import { about, type Sql, sql } from "../../core/sql.ts"
import { holdWaiting } from "../closure.ts"
import type { GuardName } from "../derived.ts"
import type { AnyGuard, Night, Places, Trip, Warning, WatchedEntity } from "../guard.ts"
import { guards } from "../list.ts"
import { tell as compose } from "../../core/told.ts"
import { Count, Text, Warehouse, type WarehouseError } from "../../core/ports/warehouse.ts"
import type { Hold } from "./hold.ts"
import { recountHolds } from "./release.ts"
import type { Doing } from "../../core/doing.ts"

/**
 * The part of a pipeline's file that guards are given: the limits of each entity, and who is who; null where it says
 * nothing.
 */
export interface LimitsOfPipeline {
  readonly classes: Places["classes"] | null
  readonly families: Places["families"] | null
  readonly guards: (entity: string) => Places["guards"] | null
}

export interface PlacedHolds {
  readonly holds: ReadonlyArray<Hold>
  /** Records that go on, though something is odd about them. */
  readonly warnings: ReadonlyArray<Warning>
}

/**
 * Asks the guards in their order, withholds in the change set what they trip over, and what waits with it. Gives the
 * holds, each with the number of its steps; one that an earlier hold left nothing has nothing to say and is left out.
 */
export const placeHolds = Effect.fn("holds.place")(function* (
  night: Night,
  limits: LimitsOfPipeline
): Doing<PlacedHolds, WarehouseError, Warehouse> {
  const placed: Placed = { holds: [], warnings: [] }
  for (const round of guards as ReadonlyArray<ReadonlyArray<AnyGuard>>) {
    // Nothing hangs on held steps where none is held.
    const asked = placed.holds.length > 0 ? round : round.filter(({ weighs }) => weighs !== "chain")
    yield* ask(asked, limits, night, placed)
  }
  yield* holdWaiting("implied", night.entities)
  return { holds: yield* recountHolds(changes, placed.holds), warnings: placed.warnings }
})

/** Holds and warnings placed so far. */
interface Placed {
  readonly holds: Array<Hold>
  readonly warnings: Array<Warning>
}

/** Asks some guards together, of each entity that has steps. */
const ask = Effect.fn("holds.ask")(function* (
  round: ReadonlyArray<AnyGuard>,
  limits: LimitsOfPipeline,
  night: Night,
  placed: Placed
) {
  for (const guard of round) yield* guard.before?.(night) ?? Effect.void
  const busy = night.entities.filter((entity) => entity.amounts.steps > 0)
  for (const entity of round.some((guard) => guard.from === "leaves") ? busy.toReversed() : busy) {
    for (const guard of round) {
      const given = givenTo(guard, entity, limits)
      if (given === null) continue
      const seen = yield* guard.measure(entity, given, night)
      for (const trip of guard.trip(seen, given, entity))
        yield* place({ guard, trip, given, night, holds: placed.holds })
      placed.warnings.push(...(guard.warns?.(seen, given, entity) ?? []))
    }
  }
})

/** Places a hold, where an earlier one has left it steps, and says what there is to say of those that have some. */
const place = Effect.fn("holds.hold")(function* ({
  guard,
  trip,
  given,
  night,
  holds
}: {
  readonly guard: AnyGuard
  readonly trip: Trip
  readonly given: Given
  readonly night: Night
  readonly holds: Array<Hold>
}) {
  const id = `hold-${holds.length + 1}`
  const steps = guard.steps(trip, given, night)
  const others = guard.shares === undefined ? [] : yield* heldAlready(id, steps)
  const withheld = yield* guard.withhold?.(id, trip) ?? changes.hold(id, guard.name, steps)
  const change = (hold: string, made: (before: Hold) => Hold): void => {
    const at = holds.findIndex((one) => one.id === hold)
    const before = holds[at]
    if (before !== undefined) holds[at] = made(before)
  }
  const tell = (hold: string, lines: ReadonlyArray<string>): void => {
    if (lines.length > 0) change(hold, (before) => ({ ...before, details: [...(before.details ?? []), ...lines] }))
  }
  if (withheld > 0) {
    holds.push(holdOf(id, guard, trip, withheld))
    if (guard.shares === "counted") tell(id, sharedWith(others))
  }
  // A sentence about people is said in any case: by the hold that has the steps.
  const first = holds.find((hold) => others.some((other) => other.hold === hold.id))?.id
  if (withheld === 0 && guard.shares === "joined" && first !== undefined) {
    change(first, (before) => ({ ...before, say: `${before.say}; ${trip.say}` }))
  }
  const teller = withheld > 0 ? id : first
  if (teller === undefined || guard.tells === undefined) return
  const known = holds.flatMap((hold) => hold.details ?? [])
  const lines = yield* guard.tells(trip, given, withheld > 0 ? id : null)
  tell(
    teller,
    lines.filter((line) => !known.includes(line))
  )
})

type Given = Parameters<AnyGuard["measure"]>[1]

/** Limits, and names of fields, that a guard needs of a pipeline; null where it is not about the entity. */
const givenTo = (guard: AnyGuard, entity: WatchedEntity, limits: LimitsOfPipeline): Given | null => {
  const { classes, families } = limits
  const given = { guards: limits.guards(entity.name), classes, families }[guard.at]
  const isAbout = guard.at === "guards" || (given !== null && "entity" in given && given.entity === entity.name)
  return isAbout ? (given as Given | null) : null
}

const holdOf = (id: string, guard: AnyGuard, trip: Trip, steps: number): Hold => ({
  id,
  guard: guard.name as GuardName,
  entity: trip.entity,
  school: trip.school,
  section: trip.section,
  limit: trip.limit,
  value: trip.value,
  steps,
  say: trip.say
})

const Shared = Schema.Struct({ hold: Text, steps: Count })

/** Steps that meet a condition and that other holds have, by hold, the largest first. */
const heldAlready = Effect.fn("holds.held-already")(function* (id: string, steps: Sql) {
  const warehouse = yield* Warehouse
  return yield* warehouse.rows(
    sql`${about(`steps that hold ${id} shares with those before it`)}SELECT hold, count(*) AS steps FROM ${changes.where(sql`t.hold IS NOT NULL AND ${steps}`)} GROUP BY hold ORDER BY steps DESC, hold`,
    Shared
  )
})

/** Why a hold has fewer steps than its guard found: others, which come before it, have them. */
const sharedWith = (others: ReadonlyArray<typeof Shared.Type>): ReadonlyArray<string> =>
  others.map((other) => compose("hold.shared", other))
