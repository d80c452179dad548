import * as Effect from "effect/Effect"
import { findClass } from "../extract/used-classes.ts"
import type { StepChoice } from "../history/plan-steps.ts"
import type { PlanSummary } from "../plan/summary.ts"
import { PlanRefused } from "../run/apply.ts"
import { UsageError } from "./exit.ts"
import { readingLayer } from "./flow.ts"
import { loadPipeline, type Workspace } from "./workspace.ts"

/**
 * A choice of steps with its school and section by SIS id, which may be written by name in any letters: as the summary of the
 * plan has it, or of an export as the roster has it. What neither knows is taken for an id. Fails where several places of the plan
 * have the name. The summary is asked for where a place is chosen; one that is gone or was changed knows no name.
 */
export const placesOf = <E, R>(
  workspace: Workspace,
  pipeline: string,
  choice: StepChoice,
  summary: Effect.Effect<PlanSummary | null, PlanRefused | E, R>
) =>
  Effect.gen(function* () {
    if (choice.school === null && choice.section === null) return choice
    const known = yield* Effect.catchIf(
      summary,
      (error): error is PlanRefused => error instanceof PlanRefused,
      () => Effect.succeed(null)
    )
    const { schools, sections } = known ?? { schools: [], sections: [] }
    const school = choice.school === null ? null : ((yield* idOf("school", choice.school, schools)) ?? choice.school)
    const section =
      choice.section === null
        ? null
        : ((yield* idOf("section", choice.section, sections)) ?? (yield* classOf(workspace, pipeline, choice.section)))
    return { ...choice, school, section }
  })

/** The class that an export knows by a name; what was written where it is none, or nobody can tell now. */
const classOf = (workspace: Workspace, pipeline: string, written: string) =>
  Effect.gen(function* () {
    const { definition } = yield* loadPipeline(workspace, pipeline)
    const found = yield* findClass(definition, written).pipe(Effect.provide(readingLayer(workspace)))
    return found?.name?.toLowerCase() === written.toLowerCase() ? found.section : written
  }).pipe(Effect.orElseSucceed(() => written))

/** The id of the place that a plan knows by this id or name; null where it knows none. */
const idOf = (
  what: "school" | "section",
  written: string,
  places: ReadonlyArray<{ readonly id: string; readonly name: string | null }>
): Effect.Effect<string | null, UsageError> => {
  if (places.some(({ id }) => id === written)) return Effect.succeed(written)
  const named = places.filter(({ name }) => name?.toLowerCase() === written.toLowerCase())
  return named.length > 1
    ? Effect.fail(
        new UsageError({
          detail: `${named.length} of its ${what}s are called ${written}`,
          hint: `by SIS id they are ${named.map(({ id }) => id).join(", ")}`
        })
      )
    : Effect.succeed(named[0]?.id ?? null)
}
