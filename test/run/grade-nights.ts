import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { join } from "node:path"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { type PlanPart, wholePlan } from "../../src/core/plan-part.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { loadDefinition } from "../../src/pipeline/load-definition.ts"
import type { Warehouse } from "../../src/core/ports/warehouse.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { makePlan } from "../../src/run/make-plan.ts"
import { memorySis } from "../memory/sis.ts"
import { memoryGradebooks } from "../memory/source.ts"
import { standAtTarget } from "../tools/stand-at-target.ts"
import { roster, rowsOf, type TeacherItem } from "../cases/grades/teacher.ts"
import { emptyEnvironment, gradeOffer, inFolder } from "../tools/definitions.ts"
import { oneThread } from "../tools/one-thread.ts"

/** The shipped pipelines of grades and of the roster it goes by. */
export interface Pipelines {
  readonly grades: Definition
  readonly roster: Definition
}

export const loadPipelines = async (): Promise<Pipelines> => {
  const load = (name: string) =>
    Effect.runPromise(
      loadDefinition(new URL(`../../pipelines/${name}`, import.meta.url).pathname, name, gradeOffer, emptyEnvironment)
    )
  return { grades: (await load("grades.yaml")).definition, roster: (await load("roster.yaml")).definition }
}

export interface GradeNight {
  readonly items: ReadonlyArray<TeacherItem>
  /** SIS ids of those who are in the class no more. */
  readonly left?: ReadonlyArray<string>
  /** As in the stories of nights. */
  readonly unread?: ReadonlyArray<string>
  readonly part?: PlanPart
  /** Another day than its own. */
  readonly asOf?: string
  readonly askedBy?: string
  /** Other rows of the roster than those of the stories, by entity. */
  readonly roster?: Parameters<typeof standAtTarget>[1]
  /** What people do before the night. */
  readonly before?: Effect.Effect<void, unknown, Warehouse>
}

/** The day of a night, the first being 0: a week and a day after the one before, so that every score is read again. */
export const dayOf = (night: number): string => `2026-10-${String(1 + 8 * night).padStart(2, "0")}`

/** Nights of grades in a state of their own, with what is looked at when they are over. */
export const afterNights = <A>(
  { grades, roster: rosterDefinition }: Pipelines,
  nights: ReadonlyArray<GradeNight>,
  look: Effect.Effect<A, unknown, Warehouse>
): Promise<A> =>
  inFolder((home) => {
    let night: GradeNight = { items: [] }
    const state = Layer.mergeAll(
      warehouseLayer({ stateFile: join(home, "state.duckdb"), ...oneThread }),
      journalLayer(join(home, "journal")),
      memorySis("America/Chicago"),
      memoryGradebooks(
        () => rowsOf(night.items, {}, "2026-09-20T15:00:00.000Z"),
        () => night.unread ?? []
      )
    )
    return Effect.runPromise(
      Effect.gen(function* () {
        for (const [index, each] of nights.entries()) {
          night = each
          const { askedBy = null, before, left = [], part = wholePlan } = each
          const standing: Parameters<typeof standAtTarget>[1] = { ...roster, ...each.roster }
          const enrollment = (standing["enrollment"] ?? []).map((seat) =>
            left.includes(String(seat["key"]).slice(3)) ? { ...seat, presence: "gone" } : seat
          )
          yield* standAtTarget(rosterDefinition, { ...standing, enrollment })
          if (before !== undefined) yield* before
          const clock = { asOf: each.asOf ?? dayOf(index), now: `${dayOf(index)}T09:00:00.000Z` }
          const quiet = { stage: () => undefined, read: () => undefined }
          const { plan } = yield* makePlan({ definition: grades, clock, part, progress: quiet, askedBy })
          yield* applyPlan({
            id: plan.plan_id,
            definition: grades,
            now: clock.now,
            part,
            extent: "everything",
            onProgress: () => undefined,
            askedBy
          })
        }
        return yield* look
      }).pipe(Effect.provide(state))
    )
  })
