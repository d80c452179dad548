import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { planActions, type PlanFile } from "../../plan/plan.ts"
import { renderPlan, renderSteps } from "../../plan/text.ts"
import { readPlan } from "../../run/apply.ts"
import { findRun, type RunRecord } from "../../run/runs.ts"
import { readPlanSteps, type StepChoice } from "../../run/plan-steps.ts"
import { listSent, sentOutcomes, type SentStep } from "../../run/sent.ts"
import { Adapters } from "../adapters.ts"
import { UsageError } from "../exit.ts"
import { stateLayer } from "../flow.ts"
import { optionalText, reveal, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { discreet, discretionOf, sentTable } from "../sent-report.ts"
import { startedBy } from "../started-by.ts"
import { loadPipeline, openWorkspace, type Workspace } from "../workspace.ts"
import { described } from "./described.ts"

const subject = Args.text({ name: "plan-or-run" }).pipe(
  Args.withDescription("id or path of a plan, or number of a run")
)
const action = Options.choice("action", planActions).pipe(
  Options.withDescription("only steps with this action"),
  Options.repeated
)
const school = Options.text("school").pipe(
  Options.withDescription("only steps of this school, by SIS id"),
  optionalText
)
const section = Options.text("section").pipe(
  Options.withDescription("only steps of this section, by SIS id"),
  optionalText
)
const entity = Options.text("entity").pipe(Options.withDescription("only steps of this entity"), optionalText)
const outcome = Options.choice("outcome", sentOutcomes).pipe(
  Options.withDescription("of a run, only steps that ended so; stopped: by a gate or freeze"),
  Options.optional,
  Options.map(Option.getOrNull)
)
const limit = Options.integer("limit").pipe(
  Options.withDescription("at most so many steps; 0 = all"),
  Options.withDefault(50)
)
const format = Options.choice("format", ["text", "json"] as const).pipe(
  Options.withDescription("how it is shown"),
  Options.withDefault("text" as const)
)

export const show = Command.make(
  "show",
  { ...workspaceOptions, action, school, section, entity, outcome, limit, format, reveal, subject },
  (given) =>
    Effect.gen(function* () {
      const workspace = openWorkspace(given)
      const json = given.json || given.format === "json"
      const choice: StepChoice = {
        actions: given.action,
        school: given.school,
        section: given.section,
        entity: given.entity,
        limit: given.limit === 0 ? Number.POSITIVE_INFINITY : given.limit
      }
      if (!/^\d+$/.test(given.subject)) return yield* showPlan(workspace, given.subject, choice, json, given.reveal)
      const run = yield* findRun(Number(given.subject)).pipe(Effect.provide(stateLayer(workspace)))
      if (run === null) {
        return yield* new UsageError({
          detail: `there is no run ${given.subject}`,
          hint: "`rollbook history` lists them"
        })
      }
      if (run.kind === "plan" && run.plan !== null) {
        return yield* showPlan(workspace, run.plan, choice, json, given.reveal)
      }
      yield* showRun(workspace, run, choice, given.outcome, json, given.reveal)
    })
).pipe(
  described(
    "Show a plan again, with its steps, or what a run sent and how it ended: what failed, with the target's reason, and what a gate stopped first. Names and e-mail addresses appear as *** unless --reveal is given.",
    [
      "rollbook show roster-2026-10-01-7 --action unenroll",
      "rollbook show 8",
      "rollbook show 8 --outcome stopped --limit 0",
      "rollbook show 7 --format json --limit 0"
    ]
  )
)

const showPlan = (workspace: Workspace, id: string, choice: StepChoice, json: boolean, reveal: boolean) =>
  Effect.gen(function* () {
    const { plan, folder } = yield* readPlan(workspace.plansFolder, id)
    const personal = yield* personalFields(plan)
    const { steps, matching } = yield* readPlanSteps(plan, folder, choice)
    if (json) {
      const masked = steps.map((step) => ({
        ...step,
        label: reveal ? step.label : null,
        before: mask(step.entity, step.before, personal, reveal),
        after: mask(step.entity, step.after, personal, reveal)
      }))
      return yield* printJson({ ...plan, listed: masked, matching })
    }
    yield* print(renderPlan(plan))
    if (steps.length > 0) yield* print(renderSteps(steps, { reveal, personal }))
    if (matching > steps.length) yield* note(`${matching - steps.length} more steps; --limit 0 lists all`)
    else if (matching === 0 && plan.steps.count > 0) yield* note("No step is of that kind.")
  })

const mask = (
  entity: string,
  fields: Readonly<Record<string, string | null>> | null,
  personal: ReadonlySet<string>,
  reveal: boolean
): Readonly<Record<string, string | null>> | null =>
  fields === null || reveal
    ? fields
    : Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [
          name,
          value !== null && personal.has(`${entity}.${name}`) ? "***" : value
        ])
      )

/** Fields of the plan's entities that say something of a person, as `entity.field`. */
const personalFields = (plan: PlanFile) =>
  Effect.gen(function* () {
    const adapters = yield* Adapters
    const resources = yield* adapters.resources
    return new Set(
      plan.counts.flatMap((count) =>
        (resources.get(count.resource)?.fields ?? [])
          .filter((field) => field.personal === true)
          .map((field) => `${count.entity}.${field.name}`)
      )
    )
  })

const showRun = (
  workspace: Workspace,
  run: RunRecord,
  choice: StepChoice,
  outcome: SentStep["outcome"] | null,
  json: boolean,
  reveal: boolean
) =>
  Effect.gen(function* () {
    const { definition } = yield* loadPipeline(workspace, run.pipeline)
    const discretion = yield* discretionOf(definition, reveal)
    const { steps, matching } =
      run.plan === null
        ? { steps: [], matching: 0 }
        : yield* listSent(definition, run.run, run.plan, { ...choice, outcome }).pipe(
            Effect.provide(stateLayer(workspace))
          )
    const shown = steps.map((step) => discreet(step, discretion))
    if (json) return yield* printJson({ ...run, sent: shown, matching })
    yield* print(
      [
        `Run ${run.run}: ${run.kind} of ${run.pipeline}, ${run.outcome}`,
        `  as of ${run.asOf}, from ${run.startedAt} to ${run.endedAt ?? "(it did not end)"}, ${startedBy(run)}`,
        ...(run.plan === null ? [] : [`  plan ${run.plan}`]),
        ...Object.entries(run.report)
          .filter(([, value]) => value !== null && typeof value !== "object")
          .map(([name, value]) => `  ${name}: ${String(value)}`)
      ].join("\n")
    )
    if (shown.length > 0) yield* print(["", ...sentTable(shown)].join("\n"))
    if (matching > shown.length) yield* note(`${matching - shown.length} more steps; --limit 0 lists all`)
  })
