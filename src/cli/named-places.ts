import * as Effect from "effect/Effect"
import { findClass } from "../extract/used-classes.ts"
import type { StepChoice } from "../history/plan-steps.ts"
import type { PlanSummary } from "../plan/summary.ts"
import { UsageError } from "./exit.ts"
import { readingLayer } from "./flow.ts"
import { loadPipeline, type Workspace } from "./workspace.ts"

/**
 * A choice of steps with its school and section by SIS id, which may be written by name in any letters: as the summary of the
 * plan has it, or of an export as the roster has it. What neither knows is taken for an id. Fails where several places of the plan
 * have the name.
 */
export const placesOf = (workspace: Workspace, pipeline: string, choice: StepChoice, summary: PlanSummary | null) =>
  Effect.gen(function* () {
    const school = yield* idOf("school", choice.school, summary?.schools ?? [])
    const section = yield* idOf("section", choice.section, summary?.sections ?? [])
    return { ...choice, school, section: section === null ? null : yield* classOf(workspace, pipeline, section) }
  })

/** The class that an export knows by a name; what was written where it is none, or nobody can tell now. */
const classOf = (workspace: Workspace, pipeline: string, written: string) =>
  Effect.gen(function* () {
    const { definition } = yield* loadPipeline(workspace, pipeline)
    const found = yield* findClass(definition, written).pipe(Effect.provide(readingLayer(workspace)))
    return found?.name?.toLowerCase() === written.toLowerCase() ? found.section : written
  }).pipe(Effect.orElseSucceed(() => written))

const idOf = (
  what: "school" | "section",
  written: string | null,
  places: ReadonlyArray<{ readonly id: string; readonly name: string | null }>
): Effect.Effect<string | null, UsageError> => {
  if (written === null || places.some(({ id }) => id === written)) return Effect.succeed(written)
  const named = places.filter(({ name }) => name?.toLowerCase() === written.toLowerCase())
  return named.length > 1
    ? Effect.fail(
        new UsageError({
          detail: `${named.length} of its ${what}s are called ${written}`,
          hint: `by SIS id they are ${named.map(({ id }) => id).join(", ")}`
        })
      )
    : Effect.succeed(named[0]?.id ?? written)
}
