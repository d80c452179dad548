import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { renderPlan } from "../../plan/text.ts"
import { findLastApply, findRun, type RunRecord } from "../../state/runs.ts"
import { makeUndo } from "../../run/undo.ts"
import { EndedWith, UsageError } from "../exit.ts"
import { exitCodes } from "../../core/exit-codes.ts"
import { stateLayer } from "../flow.ts"
import { workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { planForJson, reportFiles, writeReports } from "../reports.ts"
import { clockFor, loadPipeline, openWorkspace, shownPath } from "../workspace.ts"
import { described } from "./described.ts"

const run = Args.text({ name: "run" }).pipe(Args.withDescription("number of the apply to take back, or `last`"))

export const undo = Command.make("undo", { ...workspaceOptions, run }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const made = yield* Effect.gen(function* () {
      const found = given.run === "last" ? yield* findLastApply : yield* findRun(yield* numberOf(given.run))
      if (found === null) {
        const detail = given.run === "last" ? "nothing was applied yet" : `there is no run ${given.run}`
        return yield* new UsageError({ detail, hint: "`rollbook history` lists them" })
      }
      const { definition } = yield* loadPipeline(workspace, found.pipeline)
      const clock = yield* clockFor(definition, null)
      const undo = yield* Effect.mapError(makeUndo(found.run, definition, definition.resources, clock), (error) =>
        error._tag === "PlanRefused" && error.reason === "Missing" ? noLongerKept(found) : error
      )
      yield* writeReports(undo)
      return undo
    }).pipe(Effect.provide(stateLayer(workspace)))
    const { folder, plan } = made
    yield* given.json ? printJson(planForJson(plan)) : print(renderPlan(plan))
    yield* note(`The plan lies in ${shownPath(join(folder, "plan.json"))}. Nothing was written to the target.`)
    const reports = reportFiles(folder)
    yield* note(`Its reports: ${shownPath(reports.html)} for the browser, ${shownPath(reports.markdown)} to paste.`)
    if (plan.steps.count === 0) return yield* note("There is nothing that it could take back.")
    yield* note(`rollbook show ${plan.plan_id} lists its steps; rollbook apply ${plan.plan_id} carries it out.`)
    if (plan.holds.length > 0) return yield* new EndedWith({ code: exitCodes.held })
  })
).pipe(
  described(
    "Make a plan that takes a roster run back, with the list of what it cannot take back and why. It passes the guards of any plan; `apply` carries it out. Records that another run wrote since stay as they are; assignments and scores in the SIS are never taken back.",
    ["rollbook undo 8", "rollbook undo last --json"]
  )
)

/** The refusal to take back a run whose plan is gone: how things stood before is written there alone. */
const noLongerKept = ({ plan, run }: RunRecord): UsageError =>
  new UsageError({
    detail: `run ${run} cannot be taken back: its plan ${plan ?? ""} is no longer kept, and with it how things stood before`,
    hint: `\`rollbook show ${run}\` says what it sent; correct the source or the pipeline, and plan`
  })

const numberOf = (run: string): Effect.Effect<number, UsageError> =>
  /^\d+$/.test(run)
    ? Effect.succeed(Number(run))
    : Effect.fail(new UsageError({ detail: `${run} is no run`, hint: "give its number, or last" }))
