import * as Effect from "effect/Effect"
import { createReadStream } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { PlanAction, PlanFile, PlanStep } from "../plan/plan.ts"

/** Which steps of a plan are to be seen; null and empty narrow nothing. */
export interface StepChoice {
  readonly actions: ReadonlyArray<PlanAction>
  readonly school: string | null
  readonly section: string | null
  readonly entity: string | null
  /** At most so many are given back; all that match are counted. */
  readonly limit: number
}

/** Reads the steps of a plan as a stream; needs no state, so that a plan can be read while another process holds it. */
export const readPlanSteps = (
  plan: PlanFile,
  folder: string,
  choice: StepChoice
): Effect.Effect<{ readonly steps: ReadonlyArray<PlanStep>; readonly matching: number }> =>
  Effect.promise(async () => {
    const steps: Array<PlanStep> = []
    let matching = 0
    const lines = createInterface({ input: createReadStream(join(folder, plan.steps.file)), crlfDelay: Infinity })
    for await (const line of lines) {
      if (line === "") continue
      const step = JSON.parse(line) as PlanStep
      if (!isChosen(step, choice)) continue
      matching++
      if (steps.length < choice.limit) steps.push(step)
    }
    return { steps, matching }
  })

const isChosen = (step: PlanStep, choice: StepChoice): boolean =>
  (choice.actions.length === 0 || choice.actions.includes(step.action)) &&
  (choice.school === null || step.school === choice.school) &&
  (choice.section === null || step.section === choice.section) &&
  (choice.entity === null || step.entity === choice.entity)
