import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { applyAsJson, reportApply } from "../apply-report.ts"
import type { EndedWith } from "../exit.ts"
import { stateLayer, takeUpInterrupted } from "../flow.ts"
import { workspaceOptions } from "../options.ts"
import { note, printJson } from "../output.ts"
import { makeProgress } from "../progress.ts"
import { openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const begunOnly = Options.boolean("begun-only").pipe(
  Options.withDescription("only find out how the steps that were begun ended; the rest is left to the next plan")
)

export const resume = Command.make("resume", { ...workspaceOptions, begunOnly }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    yield* Effect.gen(function* () {
      // A night and the exports that went beside it may have been cut off together.
      let ended: EndedWith | null = null
      for (let taken = 0; ; taken++) {
        const applied = yield* takeUpInterrupted(
          workspace,
          given.begunOnly ? "begun" : "everything",
          makeProgress(given.logFormat)
        )
        if (applied === null) {
          if (ended !== null) return yield* ended
          if (taken > 0) return
          if (given.json) yield* printJson(null)
          return yield* note("No apply was interrupted: there is nothing to resume.")
        }
        if (given.json) yield* printJson(applyAsJson(applied))
        const said = yield* Effect.either(reportApply(applied, given.json))
        if (said._tag === "Right") continue
        // It would be taken up again: the target does not answer.
        if (applied.execution.notReached > 0) return yield* said.left
        ended ??= said.left
      }
    }).pipe(Effect.provide(stateLayer(workspace)))
  })
).pipe(
  described(
    "Finish an apply that was interrupted. What was done is not sent again; of what is unsure the target is asked.",
    ["rollbook resume"]
  )
)
