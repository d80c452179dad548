import * as Effect from "effect/Effect"
import { Journal } from "../../src/core/ports/journal.ts"
import { execute } from "../../src/load/execute.ts"
import type { Definition } from "../../src/pipeline/definition.ts"

/** Carries out steps, and closes the journal as an apply does once its run is ended. */
export const carryOutAndEnd = (asked: Parameters<typeof execute>[0]) =>
  Effect.tap(execute(asked), ({ notReached }) =>
    Effect.flatMap(Journal, ({ close }) => (notReached === 0 ? close(asked.plan) : Effect.void))
  )

/** Carries out what stands in the table `step`, all of it, in the middle of a night. */
export const carryOut = (definition: Definition) =>
  carryOutAndEnd({
    definition,
    plan: "plan-1",
    run: 2,
    extent: "everything",
    moment: () => "2026-10-01T02:00",
    onProgress: () => {}
  })
