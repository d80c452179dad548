import * as Effect from "effect/Effect"
import { literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { datasetsOf, joinedDatasetsOf, originOf } from "../pipeline/walk.ts"
import { guardAmounts, guardIdentity, guardWhole, type Trip } from "./amounts.ts"
import { guardPeople } from "./people.ts"
import type { Hold, QuarantineCount } from "../plan/plan.ts"
import { number } from "../plan/report.ts"
import {
  dependsTrip,
  editTrip,
  flappingTrip,
  flappingWarning,
  followsTrip,
  redefinedTrip,
  takenTrip,
  unknownTrip,
  unsureTrip
} from "./trips.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { isUpdate } from "../snapshot/actions.ts"
import type { ChangeCounts } from "../snapshot/change.ts"
import type { Edits } from "../snapshot/edits.ts"
import { findFlapping, withholdFlapping } from "./flapping.ts"
import { withholdFollowing, withholdReferring, withholdUnsure } from "./follows.ts"
import { changesIdentity, measureImpact } from "./impact.ts"
import { measurePeople, withholdPeople } from "./people-impact.ts"
import { nameWhoLoses, placesWithheld } from "./people-named.ts"
import { type Redefined, withholdRedefined } from "./redefined.ts"
import type { UnsureRekeys } from "../snapshot/rekey.ts"
import { noteTakenByLedger } from "../snapshot/taken.ts"
import {
  type HoldScope,
  withheldByOthers,
  withhold,
  withholdDependents,
  withholdReferred,
  withholdWhere
} from "./withhold.ts"
import { precedentOf, type Precedents } from "./precedents.ts"
import { recountHolds } from "./release.ts"
import { withholdTaken } from "./withhold-taken.ts"

/** Why a dataset may not have been read whole, in words. */
export interface SourceDoubt {
  readonly dataset: string
  readonly say: string
}

/** What guards weigh besides the change set itself. */
export interface Circumstances {
  readonly doubts: ReadonlyArray<SourceDoubt>
  readonly edits: Edits
  readonly unsure: ReadonlyArray<UnsureRekeys>
  readonly precedents: Precedents
  readonly redefined: ReadonlyArray<Redefined>
}

export interface PlacedHolds {
  readonly holds: ReadonlyArray<Hold>
  /** Records that go on, though something is odd about them. */
  readonly warnings: ReadonlyArray<QuarantineCount & { readonly say: string }>
}

type Withhold = (id: string) => Effect.Effect<number, WarehouseError, Warehouse>

/**
 * Asks the guards, withholds in the change set what they trip over, and what waits with it. Gives the holds, each with
 * the number of its steps; one that an earlier hold left nothing has nothing to say and is left out. What names people
 * comes before what counts rows, so that it is named.
 */
export const placeHolds: (
  definition: Definition,
  counts: ReadonlyArray<ChangeCounts>,
  circumstances: Circumstances
) => Effect.Effect<PlacedHolds, WarehouseError, Warehouse> = Effect.fn("run.holds")(function* (
  definition: Definition,
  counts: ReadonlyArray<ChangeCounts>,
  circumstances: Circumstances
) {
  const { doubts, edits, unsure, precedents, redefined } = circumstances
  const holds: Array<Hold> = []
  const warnings: Array<PlacedHolds["warnings"][number]> = []
  const place = Effect.fn("run.hold")(function* (trip: Trip, steps: Withhold) {
    const id = `hold-${holds.length + 1}`
    const withheld = yield* steps(id)
    if (withheld > 0) holds.push({ ...trip, id, steps: withheld })
    return withheld > 0 ? id : null
  })
  const detail = (id: string | null, lines: ReadonlyArray<string>): void => {
    const at = holds.findIndex((hold) => hold.id === id)
    const hold = holds[at]
    if (hold !== undefined && lines.length > 0) holds[at] = { ...hold, details: [...(hold.details ?? []), ...lines] }
  }
  const placeScoped = Effect.fn("run.scoped-hold")(function* (trip: Trip) {
    const id = yield* place(trip, scoped(trip))
    if (id !== null) detail(id, yield* sharedWith(id, trip))
  })
  const impacts = yield* measureImpact(definition, counts)
  for (const { impact, load } of busy(definition, impacts)) {
    const lineage = datasetsOf(definition, load.entity)
    const say = {
      ofSource: doubts.map((doubt) => doubt.say),
      ofLineage: doubts.filter((doubt) => lineage.has(doubt.dataset)).map((doubt) => doubt.say)
    }
    for (const trip of guardWhole(impact, load.guards, say)) yield* placeScoped(trip)
  }
  for (const one of unsure) yield* place(unsureTrip(one), (id) => withholdUnsure(id, one.entity))
  for (const trip of guardPeople(yield* measurePeople(definition), definition.load.people)) {
    let others: ReadonlyArray<string> = []
    const placed = yield* place(trip, (id) =>
      Effect.map(withholdPeople(id, trip.guard, trip.school, definition), (withheld) => {
        others = withheld.others
        return withheld.steps
      })
    )
    // What befalls people is said in any case: by the hold that has the steps.
    const other = holds.findIndex((hold) => others.includes(hold.id))
    const hold = holds[other]
    if (placed === null && hold !== undefined) holds[other] = { ...hold, say: `${hold.say}; ${trip.say}` }
    const who = yield* nameWhoLoses(trip.guard, trip.school, definition)
    const whose = placed === null ? [] : yield* placesWithheld(placed, definition)
    const known = holds.flatMap((one) => one.details ?? [])
    detail(
      placed ?? hold?.id ?? null,
      [...who, ...whose].filter((line) => !known.includes(line))
    )
  }
  for (const one of yield* findFlapping(definition, precedents.runs)) {
    yield* place(flappingTrip(one), (id) => withholdFlapping(id, one.entity))
    if (one.others > 0) warnings.push(flappingWarning(one))
  }
  for (const one of redefined) {
    const load = definition.load.entities.find((other) => other.entity === one.entity)
    const impact = impacts.find((other) => other.entity === one.entity)
    if (load === undefined || impact === undefined) continue
    for (const what of ["gone", "changed"] as const) {
      const trip = redefinedTrip(one, what, impact.present, load.guards.redefined)
      if (trip !== null) yield* place(trip, (id) => withholdRedefined(id, one, what, definition.name))
    }
  }
  for (const { impact, load } of busy(definition, impacts)) {
    const precedent = precedentOf(precedents, load.entity, load.guards.unusual.runs)
    for (const { field, trip } of guardIdentity(impact, load.guards.identity))
      yield* place(trip, (id) => withholdIdentity(id, load.entity, field))
    for (const trip of guardAmounts(impact, load.guards, precedent)) yield* placeScoped(trip)
    yield* place(unknownTrip(load.entity), (id) => withholdUnknown(id, load.entity))
  }
  yield* noteTakenByLedger(definition)
  for (const { load } of busy(definition, impacts)) {
    const { entity, unique } = load
    if (unique.length > 0) yield* place(takenTrip(entity, unique), (id) => withholdTaken(id, entity))
  }
  for (const { load } of busy(definition, impacts)) {
    const { entity, onTargetEdit } = load
    if (onTargetEdit !== "hold") continue
    const isKnown = !edits.notLookedFor.has(entity)
    yield* place(editTrip(entity, isKnown), (id) => withholdEdited(id, entity, isKnown))
  }
  yield* withholdReferring(definition)
  for (const { load } of busy(definition, impacts)) {
    const joined = joinedDatasetsOf(definition, load.entity)
    const causes = definition.load.entities.flatMap((other) =>
      joined.has(originOf(definition, other.entity)) ? [other.entity] : []
    )
    yield* place(followsTrip(load.entity), (id) => withholdFollowing(id, load.entity, causes, definition))
  }
  yield* withholdDependents(definition)
  // From the leaves up, so that a held removal holds back the removal of what it refers to.
  for (const { load } of busy(definition, impacts).toReversed()) {
    yield* place(dependsTrip(load.entity), (id) => withholdReferred(id, load.entity, definition))
  }
  yield* withholdImplied
  return { holds: yield* recountHolds("change", holds), warnings }
})

/** The entities of which something changes, with what changes. */
const busy = (definition: Definition, impacts: Effect.Effect.Success<ReturnType<typeof measureImpact>>) =>
  definition.load.entities.flatMap((load) => {
    const impact = impacts.find((one) => one.entity === load.entity)
    return impact === undefined || impact.steps === 0 ? [] : [{ load, impact }]
  })

/** Why a hold has fewer steps than its guard found: others, which come before it, have them. */
const sharedWith = (id: string, trip: Trip) =>
  Effect.map(withheldByOthers(scopeOf(id, trip)), (others) =>
    others.length === 0
      ? []
      : [
          `of what this guard found, ${others
            .map(({ hold, steps }) => `${number(steps)} ${steps === 1 ? "is" : "are"} under ${hold}`)
            .join(", ")}`
        ]
  )

const scopeOf = (id: string, trip: Trip): HoldScope => ({
  id,
  entity: trip.entity,
  what: stepsOf(trip.guard),
  school: trip.school,
  section: trip.section
})

/** What a guard of rows withholds: of the entity, or of the school or section it looked at. */
const scoped =
  (trip: Trip): Withhold =>
  (id) =>
    withhold(scopeOf(id, trip))

const stepsOf = (guard: Hold["guard"]): HoldScope["what"] => {
  switch (guard) {
    case "incomplete":
      return "removals_and_rekeys"
    case "incomplete_change":
    case "changed":
      return "updates"
    case "unusual_additions":
    case "section_growth":
    case "school_growth":
      return "additions"
    default:
      return "removals"
  }
}

/** What follows from a removal waits with it. */
const withholdImplied = Effect.flatMap(Warehouse, (warehouse) =>
  warehouse.execute(`-- removals that follow from held ones
UPDATE change SET hold = cause.hold FROM (SELECT entity || ':' || key AS name, hold FROM change WHERE hold IS NOT NULL) AS cause
WHERE change.implied_by = cause.name AND change.hold IS NULL`)
)

const withholdIdentity = (id: string, entity: string, field: string) =>
  withholdWhere(id, `${entity} of another ${field}`, `entity = ${literal(entity)} AND ${changesIdentity(field)}`)

const withholdUnknown = (id: string, entity: string) =>
  withholdWhere(id, `${entity} of which nothing is known`, `action = 'unknown' AND entity = ${literal(entity)}`)

const withholdEdited = (id: string, entity: string, isKnown: boolean) =>
  withholdWhere(
    id,
    `edited ${entity}`,
    `(action = 'restore' OR ${isUpdate}) AND entity = ${literal(entity)}${isKnown ? " AND edited IS NOT NULL" : ""}`
  )
