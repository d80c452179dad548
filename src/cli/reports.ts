import * as Effect from "effect/Effect"
import { join } from "node:path"
import { loaded } from "../core/lazily.ts"
import { type IsPersonal, maskStep, personalByContract } from "../plan/mask.ts"
import type { PlanFile } from "../plan/plan.ts"
import { removalsIn } from "../plan/removals.ts"
import type { PlanReport } from "../plan/report.ts"
import { onDisk, type StoreError, writeOwnFile } from "../core/ports/disk.ts"
import type { Warehouse } from "../core/ports/warehouse.ts"
import type { PlanRefused } from "../run/apply.ts"
import { endingFailed } from "../state/end-failed.ts"
import type { MadePlan } from "../run/write-plan.ts"
import { samplePlanSteps, type StepFilter } from "../history/plan-steps.ts"
import { readSummary } from "../run/summary.ts"
import { Adapters } from "./adapters.ts"

/** Steps that a report carries at most: enough to judge a night, little enough to open at once. */
const bounds = { removals: 3000, others: 2000 }

const everything: StepFilter = { actions: [], school: null, section: null, entity: null }

/** The material of the reports of a plan: its summary and a sample of its steps, with names masked unless revealed. */
export const gatherReport = ({
  plan,
  folder,
  filter,
  reveal,
  approvedSince = []
}: {
  readonly plan: PlanFile
  readonly folder: string
  readonly filter: StepFilter
  readonly reveal: boolean
  readonly approvedSince?: ReadonlyArray<string>
}): Effect.Effect<PlanReport, PlanRefused | StoreError, Adapters> =>
  Effect.gen(function* () {
    const isPersonal = yield* personalInPlans(plan)
    const summary = yield* readSummary(plan, folder)
    const { steps, matching } = yield* samplePlanSteps(plan, folder, filter, bounds)
    return {
      plan,
      summary,
      steps: reveal ? steps : steps.map((step) => maskStep(step, isPersonal)),
      matching,
      filteredTo: inWords(filter),
      approvedSince,
      revealed: reveal
    }
  })

/** The paths of the reports of a plan, which lie beside it. */
export const reportFiles = (folder: string): { readonly markdown: string; readonly html: string } => ({
  markdown: join(folder, "plan.md"),
  html: join(folder, "plan.html")
})

/** Writes a new plan's reports beside it, names masked. Where that fails, so has the run that made the plan. */
export const writeReports = ({
  plan,
  folder
}: MadePlan): Effect.Effect<void, PlanRefused | StoreError, Adapters | Warehouse> =>
  Effect.gen(function* () {
    const report = yield* gatherReport({ plan, folder, filter: everything, reveal: false })
    const files = reportFiles(folder)
    const [markdown, html] = [yield* asMarkdown(report), yield* asHtml(report)]
    for (const [file, text] of [
      [files.markdown, markdown],
      [files.html, html]
    ] as const) {
      yield* onDisk("write the report of the plan", file, (disk) => writeOwnFile(disk, file, text))
    }
  }).pipe(endingFailed(plan.run, plan.plan_id))

/** Loaded when a report is asked for: other commands must not pay for the renderers. */
export const asMarkdown = (report: PlanReport): Effect.Effect<string> =>
  Effect.map(
    loaded(() => import("../plan/markdown.ts")),
    ({ renderMarkdown }) => renderMarkdown(report)
  )

export const asHtml = (report: PlanReport): Effect.Effect<string> =>
  Effect.map(
    loaded(() => import("../plan/html/page.tsx")),
    ({ renderHtml }) => renderHtml(report)
  )

/** A plan as JSON for people and machines: what is held and how much is removed stand before the rest. */
export const planForJson = ({ plan_id, holds, ...rest }: PlanFile): object => ({
  plan_id,
  holds,
  removals: removalsIn(rest),
  ...rest
})

/** Which fields of the plans' entities may say something of a person. */
export const personalInPlans = (...plans: ReadonlyArray<PlanFile>): Effect.Effect<IsPersonal, never, Adapters> =>
  Effect.gen(function* () {
    const connectors = yield* (yield* Adapters).connectors
    const counts = plans.flatMap((plan) => plan.counts)
    // A plan says not which system its resources are of: what is personal to one of them is.
    const fieldsOf = (resource: string) =>
      connectors
        .flatMap(({ resources }) => resources.get(resource)?.fields ?? [])
        .toSorted((one, other) => Number(one.personal ?? false) - Number(other.personal ?? false))
    return personalByContract(new Map(counts.map((one) => [one.entity, fieldsOf(one.resource)])))
  })

const inWords = (filter: StepFilter): string | null => {
  const conditions = [
    ...(filter.actions.length === 0 ? [] : [`action ${filter.actions.join(" or ")}`]),
    ...(filter.entity === null ? [] : [`entity ${filter.entity}`]),
    ...(filter.school === null ? [] : [`school ${filter.school}`]),
    ...(filter.section === null ? [] : [`section ${filter.section}`])
  ]
  return conditions.length === 0 ? null : conditions.join(", ")
}
