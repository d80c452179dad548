import * as Effect from "effect/Effect"
import { join } from "node:path"
import { type PlanAction, planActions, type PlanFile, type PlanStep, removalActions } from "../plan/plan.ts"
import type { StoreError } from "../core/ports/disk.ts"
import { type ChosenSteps, eachStep, indexSteps, pageOfSteps, type StepKind } from "./step-index.ts"

/** Which steps of a plan are to be seen; null and empty filter nothing. */
export interface StepFilter {
  readonly actions: ReadonlyArray<PlanAction>
  readonly school: string | null
  readonly section: string | null
  readonly entity: string | null
}

export interface StepChoice extends StepFilter {
  /** At most so many are given back; all that match are counted. */
  readonly limit: number
}

/**
 * Reads steps of a plan; needs no state, so that a plan can be read while another process holds it.
 * They come by action, what takes away before what gives, and within an action in the order in which they are carried
 * out: a limit cuts off the harmless end.
 */
export const readPlanSteps = (
  plan: PlanFile,
  folder: string,
  choice: StepChoice
): Effect.Effect<ChosenSteps, StoreError> =>
  Effect.flatMap(indexSteps(plan, folder), (index) =>
    pageOfSteps(
      index,
      {
        ofKind: (kind) => isChosen(kind, choice),
        isWanted: () => true,
        texts: [],
        offset: 0,
        limit: choice.limit
      },
      null
    )
  )

/** How many steps a sample holds at most: of removals, and of all others. */
export interface SampleBounds {
  readonly removals: number
  readonly others: number
}

/**
 * A sample of a plan's steps for a report: removals up to a bound, and of everything else some of each entity, action
 * and school, so that no kind of step is missing because another one is frequent. Read as a stream.
 */
export const samplePlanSteps = (
  plan: PlanFile,
  folder: string,
  filter: StepFilter,
  bounds: SampleBounds
): Effect.Effect<ChosenSteps, StoreError> =>
  Effect.suspend(() => {
    const kinds = plan.counts.flatMap(({ entity, actions }) =>
      planActions.map((action) => ({ kind: `${action} ${entity}`, action, steps: actions[action] ?? 0 }))
    )
    const shares = new Map([
      ...share(
        kinds.filter(({ action }) => removalActions.has(action)),
        bounds.removals
      ),
      ...share(
        kinds.filter(({ action }) => !removalActions.has(action)),
        bounds.others
      )
    ])
    const found = new Map(planActions.map((action) => [action, new Array<PlanStep>()]))
    const taken = new Map<string, number>()
    const count = (name: string): number => {
      const next = (taken.get(name) ?? 0) + 1
      taken.set(name, next)
      return next
    }
    let matching = 0
    return eachStep(join(folder, plan.steps.file), (step) => {
      if (!isChosen(step, filter)) return
      matching++
      const kind = `${step.action} ${step.entity}`
      const { most, perSchool } = shares.get(kind) ?? { most: 0, perSchool: 0 }
      // Filtered to one school, its steps are what is asked for.
      if (filter.school === null && count(`${kind} of ${step.school ?? ""}`) > perSchool) return
      if (count(kind) <= most) found.get(step.action)?.push(step)
    }).pipe(Effect.map(() => ({ steps: [...found.values()].flat(), matching })))
  })

/**
 * Parts a bound among kinds of steps: rare kinds are taken whole, frequent ones share what is left. Of a frequent kind
 * one school may take a twentieth, lest the first one take all.
 */
const share = (
  kinds: ReadonlyArray<{ readonly kind: string; readonly steps: number }>,
  bound: number
): ReadonlyArray<readonly [string, { readonly most: number; readonly perSchool: number }]> => {
  let left = bound
  const rareFirst = kinds.filter((kind) => kind.steps > 0).sort((a, b) => a.steps - b.steps)
  return rareFirst.map(({ kind, steps }, index) => {
    const most = Math.min(steps, Math.floor(left / (rareFirst.length - index)))
    left -= most
    return [kind, { most, perSchool: most === steps ? steps : Math.max(5, Math.ceil(most / 20)) }] as const
  })
}

const isChosen = (step: StepKind, filter: StepFilter): boolean =>
  (filter.actions.length === 0 || filter.actions.includes(step.action)) &&
  (filter.school === null || step.school === filter.school) &&
  (filter.section === null || step.section === filter.section) &&
  (filter.entity === null || step.entity === filter.entity)
