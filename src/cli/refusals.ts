import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { loaded } from "../core/lazily.ts"
import { tell } from "../core/told.ts"
import { noLonger, stillMay } from "../service/access/asker.ts"
import { type AskedRun, isOfCourse } from "../service/asked.ts"
import type { AccessService } from "../service/http/access.ts"
import type { AdaptersService } from "./adapters.ts"
import type { Workspace } from "./workspace.ts"

/**
 * Asks about a run that somebody asked for once more, as it is about to begin: whether they still may, and whether the pipeline
 * still lets people ask. Gives why not, which is noted with their name; null where it may begin. Freezes are asked by the run.
 */
export const refusalsIn = (
  workspace: Workspace,
  adapters: AdaptersService,
  access: AccessService
): Effect.Effect<(asked: AskedRun) => Effect.Effect<string | null>> =>
  Effect.gen(function* () {
    const may = stillMay(access)
    // Only where people ask: a schedule alone has no console.
    const definitions = yield* Effect.cached(
      Effect.map(
        loaded(() => import("./console/definitions.ts")),
        ({ definitionsOf }) => definitionsOf(workspace, adapters)
      )
    )
    const whyNot = (asked: AskedRun) =>
      Effect.gen(function* () {
        const { asker, orgUnit = null, pipeline } = asked
        const right = isOfCourse(asked) ? "export grades" : "run updates"
        const lost = asker === undefined ? null : yield* may(asker, right, orgUnit, yield* Clock.currentTimeMillis)
        if (lost !== null) return tell(noLonger[lost], {})
        // A definition that cannot be read is told by the run, which does nothing then.
        const found = yield* Effect.option((yield* definitions).definition(pipeline))
        if (found._tag === "None" || found.value.load.gates.onDemand) return null
        return isOfCourse(asked) ? tell("refused.export-off", {}) : tell("refused.schedule-alone", {})
      })
    return (asked) =>
      Effect.tap(whyNot(asked), (why) =>
        why === null
          ? Effect.void
          : Effect.ignore(
              access.note(
                asked.by,
                tell("trail.refused", { why }),
                isOfCourse(asked) ? asked.sections.map((one) => `section ${one}`) : [asked.pipeline]
              )
            )
      )
  })
