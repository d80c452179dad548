import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { cp } from "node:fs/promises"
import { join, resolve } from "node:path"
import { renderPlan } from "../../plan/text.ts"
import { EndedWith, exitCodes } from "../exit.ts"
import { planPipeline, stateLayer } from "../flow.ts"
import { asOf, only, optionalText, pipeline, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { parsePart } from "../part.ts"
import { printGradebooks } from "../gradebook-overview.ts"
import { makeProgress } from "../progress.ts"
import { clockFor, loadPipeline, openWorkspace, shownPath } from "../workspace.ts"
import { described } from "./described.ts"

const out = Options.text("out").pipe(
  Options.withDescription("folder into which plan.json and steps.ndjson are copied as well"),
  optionalText
)
const detailedExitcode = Options.boolean("detailed-exitcode").pipe(
  Options.withDescription("exit 10 when the plan holds steps and none is held")
)

export const plan = Command.make(
  "plan",
  { ...workspaceOptions, asOf, only, out, detailedExitcode, pipeline },
  (given) =>
    Effect.gen(function* () {
      const workspace = openWorkspace(given)
      const { definition } = yield* loadPipeline(workspace, given.pipeline)
      const clock = yield* clockFor(definition, given.asOf)
      const part = yield* parsePart(given.only)
      const made = yield* planPipeline(workspace, definition, clock, part, makeProgress(given.logFormat)).pipe(
        Effect.provide(stateLayer(workspace))
      )
      yield* given.json ? printJson(made.plan) : print(renderPlan(made.plan))
      if (!given.json) yield* printGradebooks(workspace, definition, part.sections)
      const copy = given.out === null ? null : resolve(given.out)
      if (copy !== null) yield* Effect.promise(() => cp(made.folder, copy, { recursive: true }))
      yield* note(
        `The plan lies in ${shownPath(join(copy ?? made.folder, "plan.json"))}. Nothing was written to the target.`
      )
      if (made.plan.steps.count > 0) {
        yield* note(
          `rollbook show ${made.plan.plan_id} lists its steps; rollbook apply ${made.plan.plan_id} carries it out.`
        )
      }
      if (made.plan.holds.length > 0) return yield* new EndedWith({ code: exitCodes.held })
      if (given.detailedExitcode && made.plan.steps.count > 0) {
        return yield* new EndedWith({ code: exitCodes.changesPresent })
      }
    })
).pipe(
  described(
    "Read the source, carry out the rules, compare, and write down every step that would be taken. Never writes to a target.",
    ["rollbook plan roster", "rollbook plan roster --only school=1bd08d49 --json"]
  )
)
