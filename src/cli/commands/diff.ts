import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import {
  type PlanDifference,
  renderDifference,
  renderDifferenceMarkdown,
  type StepDifference
} from "../../plan/diff.ts"
import { type IsPersonal, maskFields } from "../../plan/mask.ts"
import { readPlan } from "../../run/apply.ts"
import { noteReveal } from "../../history/audit-trail.ts"
import { diffPlans } from "../../history/plan-diff.ts"
import { findRun } from "../../state/runs.ts"
import { Adapters } from "../adapters.ts"
import { UsageError } from "../exit.ts"
import { readingLayer } from "../flow.ts"
import { entityOption, limitOption, reveal, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { personalInPlans } from "../reports.ts"
import { openWorkspace, type Workspace } from "../workspace.ts"
import { ownFolder } from "../own-folder.ts"
import { described } from "./described.ts"
import { engineLimits } from "../engine-limits.ts"

const first = Args.text({ name: "plan-or-run" }).pipe(Args.withDescription("id or path of a plan, or number of a run"))
const second = Args.text({ name: "plan-or-run" }).pipe(Args.withDescription("the one to compare it with"))
const entity = entityOption("steps")
const limit = limitOption("steps")
const format = Options.choice("format", ["text", "markdown", "json"] as const).pipe(
  Options.withDescription("how it is shown"),
  Options.withDefault("text" as const)
)

export const diff = Command.make(
  "diff",
  { ...workspaceOptions, entity, limit, format, reveal, first, second },
  (given) =>
    Effect.gen(function* () {
      const workspace = openWorkspace(given)
      const one = yield* readPlan(workspace.plansFolder, yield* planOf(workspace, given.first))
      const two = yield* readPlan(workspace.plansFolder, yield* planOf(workspace, given.second))
      const difference = yield* inOwnEngine(
        workspace,
        diffPlans(one, two, { entity: given.entity, limit: given.limit })
      )
      const isPersonal = yield* personalInPlans(one.plan, two.plan)
      if (given.reveal) {
        yield* noteReveal(workspace.auditFile, "diff", [one.plan.plan_id, two.plan.plan_id])
      }
      const options = { reveal: given.reveal, isPersonal }
      if (given.json || given.format === "json") {
        yield* printJson(given.reveal ? difference : maskedDifference(difference, isPersonal))
      } else {
        yield* print((given.format === "text" ? renderDifference : renderDifferenceMarkdown)(difference, options))
      }
      const more = difference.differing - difference.steps.length
      if (more > 0) yield* note(`${more} more steps differ; --limit 0 lists all`)
    })
).pipe(
  described(
    "Compare two plans, or the plans of two runs: steps that only one of them has, and steps that are not the same. Personal fields appear as *** unless --reveal is given.",
    ["rollbook diff 7 9", "rollbook diff roster-2026-10-01-7 roster-2026-10-01-9 --format markdown"]
  )
)

/** The plan of a run given by its number; what is no number names a plan, for which the state need not be free. */
const planOf = (workspace: Workspace, subject: string) =>
  Effect.gen(function* () {
    if (!/^\d+$/.test(subject)) return subject
    const run = yield* findRun(Number(subject)).pipe(Effect.provide(readingLayer(workspace)))
    if (run?.plan === null || run === null) {
      return yield* new UsageError({
        detail: run === null ? `there is no run ${subject}` : `run ${subject} made no plan`,
        hint: "`rollbook history` lists them"
      })
    }
    return run.plan
  })

const inOwnEngine = <A, E, R>(workspace: Workspace, work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const adapters = yield* Adapters
    const folder = yield* ownFolder("make a folder to compare in", "rollbook-diff-")
    return yield* Effect.provide(work, adapters.warehouse(join(folder, "state.duckdb"), yield* engineLimits(workspace)))
  }).pipe(Effect.scoped)

const maskedDifference = (difference: PlanDifference, isPersonal: IsPersonal): PlanDifference => ({
  ...difference,
  steps: difference.steps.map((one): StepDifference => {
    const hide = (step: StepDifference["first"]): StepDifference["first"] =>
      step === null
        ? null
        : {
            ...step,
            before: maskFields(one.entity, step.before, isPersonal),
            after: maskFields(one.entity, step.after, isPersonal)
          }
    return { ...one, first: hide(one.first), second: hide(one.second) }
  })
})
