import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { resolve } from "node:path"
import { visible } from "../../core/visible.ts"
import { maskStep } from "../../plan/mask.ts"
import { planActions, type PlanFile } from "../../plan/plan.ts"
import { stepsInWords } from "../../plan/report.ts"
import { renderPlan, renderSteps } from "../../plan/text.ts"
import { readPlan } from "../../run/apply.ts"
import { readSummary } from "../../run/summary.ts"
import { type Approval, listApprovals } from "../../guards/holds/approvals.ts"
import { noteReveal } from "../../history/audit-trail.ts"
import { findRun, type RunRecord } from "../../state/runs.ts"
import { readPlanSteps, type StepChoice } from "../../history/plan-steps.ts"
import { listSent, sentOutcomes, type SentStep } from "../../history/sent.ts"
import { isOnDisk, onDisk, writeOwnFile } from "../../core/ports/disk.ts"
import { UsageError } from "../exit.ts"
import { readingLayer } from "../flow.ts"
import { entityOption, limitOption, optionalText, reveal, workspaceOptions } from "../options.ts"
import { refuseUnknown } from "../known.ts"
import { placesOf } from "../named-places.ts"
import { note, print, printJson } from "../output.ts"
import { asHtml, asMarkdown, gatherReport, personalInPlans, planForJson } from "../reports.ts"
import { discreet, discretionOf, inWords, sentTable } from "../sent-report.ts"
import { discreetRun, saidInRun } from "../run-report.ts"
import { startedBy } from "../started-by.ts"
import { loadPipeline, openWorkspace, shownPath, type Workspace } from "../workspace.ts"
import { described } from "./described.ts"

const subject = Args.text({ name: "plan-or-run" }).pipe(
  Args.withDescription("id or path of a plan, or number of a run")
)
const action = Options.choice("action", planActions).pipe(
  Options.withDescription("only steps with this action"),
  Options.repeated
)
const school = Options.text("school").pipe(
  Options.withDescription("only steps of this school, by SIS id or name"),
  optionalText
)
const section = Options.text("section").pipe(
  Options.withDescription("only steps of this section, by SIS id or name"),
  optionalText
)
const entity = entityOption("steps")
const outcome = Options.choice("outcome", sentOutcomes).pipe(
  Options.withDescription("of a run, only steps that ended so; stopped: by a gate or freeze"),
  Options.optional,
  Options.map(Option.getOrNull)
)
const limit = limitOption("steps")
const format = Options.choice("format", ["text", "markdown", "html", "json"] as const).pipe(
  Options.withDescription("how it is shown; markdown and html are of plans alone"),
  Options.withDefault("text" as const)
)
const out = Options.text("out").pipe(Options.withDescription("file to write it to instead of stdout"), optionalText)

type Format = "text" | "markdown" | "html" | "json"

export const show = Command.make(
  "show",
  { ...workspaceOptions, action, school, section, entity, outcome, limit, format, out, reveal, subject },
  (given) =>
    Effect.gen(function* () {
      const workspace = openWorkspace(given)
      const format: Format = given.json ? "json" : given.format
      const wish = { format, reveal: given.reveal, out: given.out }
      const choice: StepChoice = {
        actions: given.action,
        school: given.school,
        section: given.section,
        entity: given.entity,
        limit: given.limit
      }
      if (!/^\d+$/.test(given.subject)) {
        yield* refuseOutcome(given.outcome, given.subject)
        return yield* showPlan(workspace, given.subject, choice, wish)
      }
      const run = yield* findRun(Number(given.subject)).pipe(Effect.provide(readingLayer(workspace)))
      if (run === null) {
        return yield* new UsageError({
          detail: `there is no run ${given.subject}`,
          hint: "`rollbook history` lists them"
        })
      }
      if (run.kind !== "apply" && run.plan !== null) {
        yield* refuseOutcome(given.outcome, run.plan)
        return yield* showPlan(workspace, run.plan, choice, wish)
      }
      if (format === "markdown" || format === "html") {
        return yield* new UsageError({
          detail: `run ${run.run} is an ${run.kind}; only plans are shown as ${format}`,
          hint: run.plan === null ? "" : `rollbook show ${run.plan} --format ${format}`
        })
      }
      if (given.reveal) yield* noteReveal(workspace.auditFile, "show", [`run ${run.run}`])
      const placed = yield* placesOf(workspace, run.pipeline, choice, summaryOf(workspace, run.plan))
      yield* showRun({
        workspace,
        run,
        choice: placed,
        outcome: given.outcome,
        json: format === "json",
        reveal: given.reveal
      })
    })
).pipe(
  described(
    "Show a plan again, with its steps, removals first, or what a run sent and how it ended: what failed, with the target's reason, and what a gate stopped first. Plans as a page for the browser and for a pull request as well. Names and e-mail addresses appear as *** unless --reveal is given.",
    [
      "rollbook show roster-2026-10-01-7 --action unenroll",
      "rollbook show roster-2026-10-01-7 --format html --out plan.html --school 1bd08d49",
      "rollbook show roster-2026-10-01-7 --format markdown > plan.md",
      "rollbook show 8",
      "rollbook show 8 --outcome stopped --limit 0",
      "rollbook show 7 --format json --limit 0"
    ]
  )
)

/** The steps of a plan have not ended: a list of all of them would be taken for those that ended so. */
const refuseOutcome = (outcome: string | null, plan: string): Effect.Effect<void, UsageError> =>
  outcome === null
    ? Effect.void
    : Effect.fail(
        new UsageError({
          detail: `--outcome ${outcome} is of what an apply sent, and ${plan} is a plan`,
          hint: "`rollbook history` lists the runs that carried plans out"
        })
      )

const showPlan = (
  workspace: Workspace,
  id: string,
  given: StepChoice,
  wish: { readonly format: Format; readonly reveal: boolean; readonly out: string | null }
) =>
  Effect.gen(function* () {
    const { plan, folder } = yield* readPlan(workspace.plansFolder, id)
    yield* refuseUnknown(
      "entity",
      given.entity,
      plan.counts.map((count) => count.entity)
    )
    const choice = yield* placesOf(workspace, plan.pipeline, given, readSummary(plan, folder))
    if (wish.reveal) yield* noteReveal(workspace.auditFile, "show", [plan.plan_id])
    const give = (text: string) => (wish.out === null ? print(text) : writeOut(wish.out, text))
    const approvals = yield* approvalsOf(workspace, plan)
    const approvedSince = approvals.map(approvalSentence)
    if (wish.format === "markdown" || wish.format === "html") {
      const report = yield* gatherReport({ plan, folder, filter: choice, reveal: wish.reveal, approvedSince })
      return yield* give(yield* wish.format === "html" ? asHtml(report) : asMarkdown(report))
    }
    const isPersonal = yield* personalInPlans(plan)
    const { steps, matching } = yield* readPlanSteps(plan, folder, choice)
    if (wish.format === "json") {
      const listed = wish.reveal ? steps : steps.map((step) => maskStep(step, isPersonal))
      return yield* give(`${JSON.stringify({ ...planForJson(plan), given: approvals, listed, matching }, null, 2)}\n`)
    }
    const approved =
      approvedSince.length === 0
        ? ""
        : `${["APPROVALS GIVEN", ...approvedSince.map((one) => `  ${one}`), ""].join("\n")}\n`
    yield* give(
      steps.length === 0
        ? `${renderPlan(plan)}${approved}`
        : `${renderPlan(plan)}${approved}${renderSteps(steps, { reveal: wish.reveal, isPersonal })}\n`
    )
    if (matching > steps.length) yield* note(`${matching - steps.length} more steps; --limit 0 lists all`)
    else if (matching === 0 && plan.steps.count > 0) yield* note("No step is of that kind.")
  })

/** Approvals that the plan's holds were given, out of the state; while another process holds that, they are not known. */
const approvalsOf = Effect.fnUntraced(function* (workspace: Workspace, plan: PlanFile) {
  if (plan.holds.length === 0 || !(yield* isOnDisk(workspace.stateFile))) return []
  return yield* listApprovals(plan.plan_id).pipe(
    Effect.provide(readingLayer(workspace)),
    Effect.catchTag("WarehouseError", (error) =>
      error.reason === "Held"
        ? Effect.as(
            note("Whether it was approved is not known while another process holds the workspace."),
            new Array<Approval>()
          )
        : Effect.fail(error)
    )
  )
})

/** An approval that a plan was given, in one sentence. */
const approvalSentence = (one: Approval): string =>
  `${one.id} of ${one.holds.join(", ")} by ${one.approvedBy} at ${one.approvedAt}, ${
    one.withdrawnAt === null ? `good until ${one.expiresAt}` : `withdrawn at ${one.withdrawnAt}`
  }: ${one.why} (${one.carriedOut} of ${stepsInWords(one.steps)} carried out${one.runs.length === 0 ? "" : ` by run ${one.runs.join(", ")}`})`

/** The summary of the plan of a run; null where it has none. */
const summaryOf = (workspace: Workspace, id: string | null) =>
  id === null
    ? Effect.succeed(null)
    : Effect.flatMap(readPlan(workspace.plansFolder, id), ({ plan, folder }) => readSummary(plan, folder))

/** Like the plan itself, a report is readable by its owner alone. */
const writeOut = (file: string, text: string) =>
  Effect.gen(function* () {
    yield* onDisk("write it", file, (disk) => writeOwnFile(disk, file, visible(text)))
    yield* note(`Written to ${shownPath(resolve(file))}.`)
  })

const showRun = ({
  workspace,
  run,
  choice,
  outcome,
  json,
  reveal
}: {
  readonly workspace: Workspace
  readonly run: RunRecord
  readonly choice: StepChoice
  readonly outcome: SentStep["outcome"] | null
  readonly json: boolean
  readonly reveal: boolean
}) =>
  Effect.gen(function* () {
    const { definition } = yield* loadPipeline(workspace, run.pipeline)
    const discretion = discretionOf(definition, reveal)
    const { steps, matching, hasDetails } =
      run.plan === null
        ? { steps: [], matching: 0, hasDetails: true }
        : yield* listSent(definition, run.run, run.plan, { ...choice, outcome }).pipe(
            Effect.provide(readingLayer(workspace))
          )
    const shown = steps.map((step) => discreet(step, discretion))
    const told = reveal ? run : discreetRun(run)
    if (json) return yield* printJson({ ...told, sent: shown, matching })
    yield* print(
      [
        `Run ${run.run}: ${run.kind} of ${run.pipeline}, ${run.outcome}`,
        `  as of ${run.asOf}, from ${run.startedAt} to ${run.endedAt ?? "(it did not end)"}, ${startedBy(run)}`,
        ...(run.plan === null ? [] : [`  plan ${run.plan}`]),
        ...Object.entries(told.report)
          .filter(([name, value]) => name !== "said" && value !== null && typeof value !== "object")
          .map(([name, value]) => `  ${name}: ${String(value)}`),
        ...saidInRun(told).map((words) => `  ${inWords(words) ?? ""}`)
      ].join("\n")
    )
    if (shown.length > 0) yield* print(["", ...sentTable(shown)].join("\n"))
    if (!hasDetails && (choice.school !== null || choice.section !== null)) {
      yield* note("The plan of this run is no longer kept: of which school or section a step was is not known.")
    }
    if (matching > shown.length) yield* note(`${matching - shown.length} more steps; --limit 0 lists all`)
  })
