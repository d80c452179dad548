import * as Effect from "effect/Effect"
import { literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { datasetsOf } from "../pipeline/walk.ts"
import { guardEntity, type Trip } from "../plan/guards.ts"
import type { Hold } from "../plan/plan.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import type { ChangeCounts } from "../snapshot/change.ts"
import type { Edits } from "../snapshot/edits.ts"
import { noteTakenByLedger, withholdTaken } from "../snapshot/taken.ts"
import { measureImpact, withhold, withholdDependents, withholdReferred } from "../snapshot/impact.ts"

/** Why a dataset may not have been read whole, in words. */
export interface SourceDoubt {
  readonly dataset: string
  readonly say: string
}

/**
 * Asks the guards of each entity, withholds in the change set what they trip over, and what waits with it. Gives the
 * holds, each with the number of its steps; one that a wider hold left nothing has nothing to say and is left out.
 */
export const placeHolds: (
  definition: Definition,
  counts: ReadonlyArray<ChangeCounts>,
  doubts: ReadonlyArray<SourceDoubt>,
  edits: Edits
) => Effect.Effect<ReadonlyArray<Hold>, WarehouseError, Warehouse> = Effect.fn("run.holds")(function* (
  definition: Definition,
  counts: ReadonlyArray<ChangeCounts>,
  doubts: ReadonlyArray<SourceDoubt>,
  edits: Edits
) {
  const holds: Array<Hold> = []
  const impacts = yield* measureImpact(definition, counts)
  const place = Effect.fn("run.hold")(function* (
    trip: Trip,
    steps: (id: string) => Effect.Effect<number, WarehouseError, Warehouse>
  ) {
    const id = `hold-${holds.length + 1}`
    const withheld = yield* steps(id)
    // A wider hold may have the steps already; then this one has nothing to say.
    if (withheld > 0) holds.push({ ...trip, id, steps: withheld })
  })
  for (const load of definition.load.entities) {
    const impact = impacts.find((one) => one.entity === load.entity)
    if (impact === undefined) continue
    const lineage = datasetsOf(definition, load.entity)
    const say = {
      ofSource: doubts.map((doubt) => doubt.say),
      ofLineage: doubts.filter((doubt) => lineage.has(doubt.dataset)).map((doubt) => doubt.say)
    }
    for (const trip of guardEntity(impact, load.guards, say)) {
      yield* place(trip, (id) =>
        withhold({
          id,
          entity: trip.entity,
          what: trip.guard === "changed" || trip.guard === "incomplete_change" ? "updates" : "removals",
          school: trip.school,
          section: trip.section
        })
      )
    }
    yield* place(
      {
        guard: "unknown",
        entity: load.entity,
        school: null,
        section: null,
        limit: 0,
        value: 0,
        say: `it is not known what these ${load.entity} steps would do; what refers to them waits with them`
      },
      (id) => withholdUnknown(id, load.entity)
    )
  }
  yield* noteTakenByLedger(definition)
  for (const { entity, unique } of definition.load.entities) {
    if (unique.length === 0) continue
    yield* place(
      {
        guard: "taken",
        entity,
        school: null,
        section: null,
        limit: 0,
        value: 0,
        say: `these ${entity} are to have a ${unique.join(" or ")} that another record keeps: change one of the two`
      },
      (id) => withholdTaken(id, entity)
    )
  }
  for (const load of definition.load.entities) {
    if (load.onTargetEdit !== "hold") continue
    const isKnown = !edits.notLookedFor.has(load.entity)
    yield* place(
      {
        guard: "edited",
        entity: load.entity,
        school: null,
        section: null,
        limit: 0,
        value: 0,
        say: isKnown
          ? `these ${load.entity} steps would overwrite what was changed at the target since it was last written`
          : `whether these ${load.entity} steps would overwrite changes made at the target could not be found out`
      },
      (id) => withholdEdited(id, load.entity, isKnown)
    )
  }
  yield* withholdDependents(definition)
  // From the leaves up, so that a held removal holds back the removal of what it refers to.
  for (const load of [...definition.load.entities].reverse()) {
    yield* place(
      {
        guard: "depends",
        entity: load.entity,
        school: null,
        section: null,
        limit: 0,
        value: 0,
        say: `${load.entity} to which held removals refer`
      },
      (id) => withholdReferred(id, load.entity, definition)
    )
  }
  yield* withholdImplied
  return yield* recount(holds)
})

/** What follows from a removal waits with it. */
const withholdImplied = Effect.flatMap(Warehouse, (warehouse) =>
  warehouse.execute(`-- removals that follow from held ones
UPDATE change SET hold = cause.hold FROM (SELECT entity || ':' || key AS name, hold FROM change WHERE hold IS NOT NULL) AS cause
WHERE change.implied_by = cause.name AND change.hold IS NULL`)
)

const recount = Effect.fn("run.recount")(function* (holds: ReadonlyArray<Hold>) {
  const warehouse = yield* Warehouse
  const counts = yield* warehouse.rows(
    "SELECT hold, count(*) AS steps FROM change WHERE hold IS NOT NULL GROUP BY hold"
  )
  const steps = new Map(counts.map((row) => [String(row["hold"]), Number(row["steps"])]))
  return holds.map((hold): Hold => ({ ...hold, steps: steps.get(hold.id) ?? 0 }))
})

const withholdUnknown = Effect.fn("run.withhold-unknown")(function* (id: string, entity: string) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(
    `UPDATE change SET hold = ${literal(id)} WHERE hold IS NULL AND action = 'unknown' AND entity = ${literal(entity)}`
  )
  const [count] = yield* warehouse.rows(`SELECT count(*) AS steps FROM change WHERE hold = ${literal(id)}`)
  return Number(count?.["steps"])
})

const withholdEdited = Effect.fn("run.withhold-edited")(function* (id: string, entity: string, isKnown: boolean) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(
    `UPDATE change SET hold = ${literal(id)} WHERE hold IS NULL AND action IN ('update', 'restore') AND entity = ${literal(entity)}${isKnown ? " AND edited IS NOT NULL" : ""}`
  )
  const [count] = yield* warehouse.rows(`SELECT count(*) AS steps FROM change WHERE hold = ${literal(id)}`)
  return Number(count?.["steps"])
})
