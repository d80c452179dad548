import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { userInfo } from "node:os"
import { resolve } from "node:path"
import type { PlanFile } from "../../plan/plan.ts"
import { readPlan } from "../../run/apply.ts"
import type { Approval } from "../../guards/holds/approvals.ts"
import { isUnproven } from "../../guards/holds/release.ts"
import {
  type ApprovalRequest,
  approvePlan,
  type Approved,
  withdrawApprovals,
  type Withdrawn
} from "../../run/approve.ts"
import { approveBeside } from "../approve-beside.ts"
import { UsageError } from "../exit.ts"
import { parseExpiry } from "../expiry.ts"
import { stateLayer } from "../flow.ts"
import { optionalText, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { clockFor, loadPipeline, openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const plan = Args.text({ name: "plan" }).pipe(Args.withDescription("id of a plan, or path of its folder or plan.json"))
const all = Options.boolean("all").pipe(Options.withDescription("every hold that can be approved"))
const hold = Options.text("hold").pipe(
  Options.withDescription("one hold, by the id that the plan gives it"),
  Options.repeated
)
const school = Options.text("school").pipe(
  Options.withDescription("only held steps of this school, by SIS id or name"),
  Options.repeated
)
const section = Options.text("section").pipe(
  Options.withDescription("only held steps of this section, by SIS id or name"),
  Options.repeated
)
const step = Options.integer("step").pipe(
  Options.withDescription("only this held step, by its `seq` in steps.ndjson"),
  Options.repeated
)
const why = Options.text("why").pipe(Options.withDescription("why it is right; kept with the approval"), optionalText)
const as = Options.text("as").pipe(
  Options.withDescription("who approves; default the user of this machine"),
  optionalText
)
const expiresIn = Options.text("expires-in").pipe(
  Options.withDescription("90m, 8h, 2d or an ISO instant; default, and at most, as long as the plan is good"),
  optionalText
)
const evenUnproven = Options.boolean("even-unproven").pipe(
  Options.withDescription("also what waits because the source was not proven complete")
)
const withdraw = Options.boolean("withdraw").pipe(
  Options.withDescription("take back what was approved of the plan and is not carried out yet")
)

export const approve = Command.make(
  "approve",
  { ...workspaceOptions, all, hold, school, section, step, why, as, expiresIn, evenUnproven, withdraw, plan },
  (given) =>
    Effect.gen(function* () {
      const workspace = openWorkspace(given)
      const opened = yield* readPlan(workspace.plansFolder, given.plan)
      const { definition } = yield* loadPipeline(workspace, opened.plan.pipeline)
      const { now } = yield* clockFor(definition, null)
      if (given.withdraw) {
        const ended = yield* withdrawApprovals(given.plan, now).pipe(Effect.provide(stateLayer(workspace)))
        return yield* given.json ? printJson(ended.withdrawn) : print(withdrawalSays(ended))
      }
      const request: ApprovalRequest = {
        holds: yield* chosenHolds(given, opened.plan),
        schools: given.school,
        sections: given.section,
        steps: given.step,
        approvedBy: yield* who(given.as),
        why: yield* reason(given.why),
        expiresAt: given.expiresIn === null ? null : yield* parseExpiry(given.expiresIn, now),
        evenUnproven: given.evenUnproven,
        // A run that took it in may have kept it and be gone before it could say so: it is that one then.
        givenAt: now
      }
      // A plan that lies elsewhere is taken home first, for which the state is needed.
      const isHere = resolve(opened.folder) === resolve(workspace.plansFolder, opened.plan.plan_id)
      const beside = isHere ? yield* approveBeside(workspace, opened.plan, request, now) : null
      const approved =
        beside ?? (yield* approvePlan(given.plan, definition, request, now).pipe(Effect.provide(stateLayer(workspace))))
      yield* given.json ? printJson(machineForm(approved)) : print(forPeople(approved))
      yield* warn(approved)
    })
).pipe(
  described(
    "Release what a plan holds: all of it, some holds, or a part of them, with who and why. What is approved is the operations themselves: the plan, or the next run, releases exactly those, once, and holds again what differs by as much as a field.",
    [
      'rollbook approve roster-2026-10-01-7 --all --why "the school closed on Friday"',
      'rollbook approve roster-2026-10-01-7 --hold hold-1 --hold hold-3 --why "schedule change, seen with the registrar" --expires-in 8h',
      'rollbook approve roster-2026-10-01-7 --all --section 5014 --why "section dissolved" --as "Dana Cole"',
      "rollbook approve roster-2026-10-01-7 --withdraw"
    ]
  )
)

const withdrawalSays = ({ carriedOut, withdrawn }: Withdrawn): string =>
  [
    ...(withdrawn.length === 0 ? ["Nothing of it was approved that could be taken back."] : []),
    ...withdrawn.map(
      (one) =>
        `Withdrawn: ${one.id}${one.carriedOut === 0 ? "" : `; ${one.carriedOut} of its ${count(one.steps)} were carried out by run ${one.runs.join(", ")} and stay so`}.`
    ),
    ...carriedOut.map((one) => `${one.id} was carried out in full by run ${one.runs.join(", ")}.`)
  ].join("\n")

const chosenHolds = (
  given: {
    readonly all: boolean
    readonly hold: ReadonlyArray<string>
    readonly school: ReadonlyArray<string>
    readonly section: ReadonlyArray<string>
    readonly step: ReadonlyArray<number>
  },
  { holds }: PlanFile
): Effect.Effect<ReadonlyArray<string> | null, UsageError> => {
  if (given.all && given.hold.length > 0) {
    return Effect.fail(new UsageError({ detail: "--all and --hold exclude each other", hint: "" }))
  }
  if (given.hold.length > 0) return Effect.succeed(given.hold)
  if (given.all || given.school.length > 0 || given.section.length > 0 || given.step.length > 0 || holds.length === 0)
    return Effect.succeed(null)
  return Effect.fail(
    new UsageError({
      detail: `say what is approved: --all, or --hold with one of ${holds.map(({ id }) => id).join(", ")}`,
      hint: "`rollbook show PLAN` says what each of them holds"
    })
  )
}

const who = (named: string | null): Effect.Effect<string, UsageError> =>
  named !== null && named.trim() !== ""
    ? Effect.succeed(named.trim())
    : Effect.try({
        try: () => userInfo().username,
        catch: () => new UsageError({ detail: "this machine does not know who you are", hint: "--as names you" })
      })

const reason = (why: string | null): Effect.Effect<string, UsageError> =>
  why !== null && why.trim() !== ""
    ? Effect.succeed(why.trim())
    : Effect.fail(new UsageError({ detail: "an approval needs its reason", hint: '--why "…" gives it' }))

const machineForm = ({ approval, because, byHold, carriedOut, followers, waiting }: Approved) => ({
  ...approval,
  byHold: byHold.map(({ hold, steps }) => ({ hold: hold.id, guard: hold.guard, steps, of: hold.steps })),
  followers,
  alreadyCarriedOut: carriedOut,
  waiting,
  because
})

const forPeople = ({ approval, because, byHold, carriedOut, followers, plan, waiting }: Approved): string =>
  [
    `${approval.id}: ${count(approval.steps)} of plan ${plan.plan_id}, by ${approval.approvedBy}, until ${approval.expiresAt}: ${approval.why}`,
    ...byHold.map(({ hold, steps }) => `  ${hold.id}  ${steps} of ${count(hold.steps)}: ${hold.say}`),
    ...(followers === 0 ? [] : [`  ${count(followers)} of them follow from those chosen, and go with them`]),
    ...(carriedOut === 0
      ? []
      : [`  ${count(carriedOut)} more ${carriedOut === 1 ? "was" : "were"} carried out already`]),
    ...(waiting === 0
      ? []
      : [
          `  ${count(waiting)} of them ${waiting === 1 ? "waits" : "wait"} for others that are held; approve those as well:`
        ]),
    ...because.map((one) => `    ! ${one}`)
  ].join("\n")

/** Remarks for the reader: doubts that were passed over, and what comes next. */
const warn = ({ approval, byHold, plan }: Approved): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (byHold.some(({ hold }) => isUnproven(hold))) {
      yield* note("The source was not proven complete, and this approves what waited for that:")
      for (const source of plan.source)
        for (const doubt of source.doubts) yield* note(`  ! ${source.dataset}: ${doubt}`)
    }
    yield* note(nextStep(approval))
  })

const nextStep = ({ expiresAt, pipeline, plan }: Approval): string =>
  `Until ${expiresAt}, \`rollbook run ${pipeline}\` carries it out if it is the same then; so does \`rollbook apply ${plan}\` where that plan is not used yet.`

const count = (steps: number): string => (steps === 1 ? "1 step" : `${steps} steps`)
