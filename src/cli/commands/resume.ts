import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { applyAsJson, reportApply } from "../apply-report.ts"
import { stateLayer, takeUpInterrupted } from "../flow.ts"
import { workspaceOptions } from "../options.ts"
import { note, printJson } from "../output.ts"
import { makeProgress } from "../progress.ts"
import { takeUpAll } from "../take-up-all.ts"
import { openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const begunOnly = Options.boolean("begun-only").pipe(
  Options.withDescription(
    "only end the steps that were begun: ask how they ended, or send once more those of which that cannot be asked; the rest is left to the next plan"
  )
)

export const resume = Command.make("resume", { ...workspaceOptions, begunOnly }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const taken = yield* takeUpAll(
      takeUpInterrupted(workspace, given.begunOnly ? "begun" : "everything", makeProgress(given.logFormat)),
      (applied) => reportApply(applied, given.json)
    ).pipe(Effect.provide(stateLayer(workspace)))
    if (given.json) yield* printJson(taken.applied.map(applyAsJson))
    else if (taken.applied.length === 0) yield* note("No apply was interrupted: there is nothing to resume.")
    if (taken.ended !== null) return yield* taken.ended
  })
).pipe(
  described(
    "Finish what was interrupted, one apply after the other, as long as its plan is good; after that, --begun-only ends what was begun. What was done is not sent again; of what is unsure the target is asked. With --json one list, an entry for each apply.",
    ["rollbook resume"]
  )
)
