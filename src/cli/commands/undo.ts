import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { renderPlan } from "../../plan/text.ts"
import { findRun } from "../../run/runs.ts"
import { makeUndo } from "../../run/undo.ts"
import { Adapters } from "../adapters.ts"
import { UsageError } from "../exit.ts"
import { stateLayer } from "../flow.ts"
import { workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { planForJson, reportFiles, writeReports } from "../reports.ts"
import { clockFor, loadPipeline, openWorkspace, shownPath } from "../workspace.ts"
import { described } from "./described.ts"

const run = Args.integer({ name: "run" }).pipe(Args.withDescription("number of the apply to take back"))

export const undo = Command.make("undo", { ...workspaceOptions, run }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const adapters = yield* Adapters
    const made = yield* Effect.gen(function* () {
      const found = yield* findRun(given.run)
      if (found === null) {
        return yield* new UsageError({ detail: `there is no run ${given.run}`, hint: "`rollbook history` lists them" })
      }
      const { definition } = yield* loadPipeline(workspace, found.pipeline)
      return yield* makeUndo(given.run, definition, yield* adapters.resources, yield* clockFor(definition, null))
    }).pipe(Effect.provide(stateLayer(workspace)))
    yield* writeReports(made)
    const { folder, plan } = made
    yield* given.json ? printJson(planForJson(plan)) : print(renderPlan(plan))
    yield* note(`The plan lies in ${shownPath(join(folder, "plan.json"))}. Nothing was written to the target.`)
    const reports = reportFiles(folder)
    yield* note(`Its reports: ${shownPath(reports.html)} for the browser, ${shownPath(reports.markdown)} to paste.`)
    if (plan.steps.count === 0) return yield* note("There is nothing that it could take back.")
    yield* note(`rollbook show ${plan.plan_id} lists its steps; rollbook apply ${plan.plan_id} carries it out.`)
  })
).pipe(
  described(
    "Make a plan that takes a roster run back, with the list of what it cannot take back and why. `apply` carries it out. Records that another run wrote since stay as they are; assignments and scores in the SIS are never taken back.",
    ["rollbook undo 8", "rollbook undo 8 --json"]
  )
)
