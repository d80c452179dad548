import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { renderPlan } from "../../plan/text.ts"
import { admitPerson } from "../../gradebook/on-demand.ts"
import { applyAsJson, reportApply } from "../apply-report.ts"
import { whoAsks } from "../asking.ts"
import { carryOutRun } from "../carry-out-run.ts"
import { stateLayer } from "../flow.ts"
import { askedBy, asOf, full, only, pipeline, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { parsePart } from "../part.ts"
import { makeProgress } from "../progress.ts"
import { takingIn } from "../taking-in.ts"
import { clockFor, loadPipeline, openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

export const run = Command.make("run", { ...workspaceOptions, asOf, only, full, askedBy, pipeline }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const loaded = yield* loadPipeline(workspace, given.pipeline)
    const { definition } = loaded
    const clock = yield* clockFor(definition, given.asOf)
    const part = yield* parsePart(given.only, definition)
    const asked = whoAsks(definition, given.askedBy, part)
    yield* admitPerson(definition, asked)
    if (asked === null && !definition.load.gates.nightly) {
      return yield* given.json
        ? printJson({ plan: null, apply: null, switched_off: "nightly" })
        : print(
            `The nightly export is switched off: gates.nightly of ${definition.name} is off. Nothing was read or sent.`
          )
    }
    yield* Effect.gen(function* () {
      const { applied, made } = yield* takingIn(
        workspace,
        definition,
        carryOutRun({
          workspace,
          pipeline: loaded,
          clock,
          part,
          askedBy: asked,
          full: given.full,
          progress: () => makeProgress(given.logFormat),
          say: note,
          onPlanned: ({ plan }) => (given.json ? Effect.void : print(renderPlan(plan)))
        })
      )
      if (given.json) yield* printJson({ plan: made.plan, apply: applyAsJson(applied) })
      yield* reportApply(applied, given.json)
    }).pipe(Effect.provide(stateLayer(workspace)))
  })
).pipe(
  described("Plan and apply in one, as the schedule does it: what a guard holds stays held, the rest proceeds.", [
    "rollbook run roster",
    "rollbook run roster --as-of 2026-10-01 --log-format json",
    "rollbook run grades --only section=5001,session=301 --as m.oneil"
  ])
)
