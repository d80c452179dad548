import * as Effect from "effect/Effect"
import type { Definition } from "../pipeline/definition.ts"
import { takesGrades } from "../pipeline/serving.ts"
import type { PlanFile } from "../plan/plan.ts"
import { findClass } from "../extract/used-classes.ts"
import { listItems, momentOfPlan } from "../gradebook/grade-items.ts"
import { stateLayer } from "./flow.ts"
import { renderItems } from "./items-text.ts"
import { nextRunOf, schedulerOf } from "./next-run.ts"
import { print } from "./output.ts"
import type { Workspace } from "./workspace.ts"

/** Prints the grade books of the sections that a plan was narrowed to; nothing where the pipeline has none. */
export const printGradebooks = (workspace: Workspace, definition: Definition, plan: PlanFile) =>
  (plan.part?.sections ?? []).length === 0 || !takesGrades(definition)
    ? Effect.void
    : Effect.gen(function* () {
        const nextRun = nextRunOf(yield* schedulerOf(workspace), definition.name)
        const moment = momentOfPlan(definition, plan)
        for (const section of plan.part?.sections ?? []) {
          const managed = yield* findClass(definition, section)
          const items = managed === null ? null : yield* listItems(definition, managed, moment)
          if (managed !== null && items !== null) yield* print(`${renderItems(managed, items, definition, nextRun)}\n`)
        }
      }).pipe(Effect.provide(stateLayer(workspace)))
