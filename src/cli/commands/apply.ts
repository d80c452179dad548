import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { wholePlan } from "../../core/plan-part.ts"
import { readPlan } from "../../run/apply.ts"
import { admitPerson } from "../../gradebook/on-demand.ts"
import { applyAsJson, reportApply } from "../apply-report.ts"
import { whoAsks } from "../asking.ts"
import { applyPipeline, stateLayer } from "../flow.ts"
import { askedBy, only, workspaceOptions } from "../options.ts"
import { printJson } from "../output.ts"
import { parsePart } from "../part.ts"
import { makeProgress } from "../progress.ts"
import { takingIn } from "../taking-in.ts"
import { clockFor, loadPipeline, openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const plan = Args.text({ name: "plan" }).pipe(Args.withDescription("id of a plan, or path of its folder or plan.json"))

export const apply = Command.make("apply", { ...workspaceOptions, only, askedBy, plan }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const opened = yield* readPlan(workspace.plansFolder, given.plan)
    const loaded = yield* loadPipeline(workspace, opened.plan.pipeline)
    const { definition } = loaded
    const clock = yield* clockFor(definition, opened.plan.as_of)
    const part = yield* parsePart(given.only, definition)
    const asked = whoAsks(definition, given.askedBy, part, opened.plan.part ?? wholePlan)
    yield* admitPerson(definition, asked)
    const applied = yield* takingIn(
      workspace,
      definition,
      applyPipeline({
        workspace,
        plan: given.plan,
        pipeline: loaded,
        admittedBy: asked === null ? null : "on_demand",
        clock,
        part,
        extent: "everything",
        progress: makeProgress(given.logFormat),
        askedBy: asked
      })
    ).pipe(Effect.provide(stateLayer(workspace)))
    if (given.json) yield* printJson(applyAsJson(applied))
    yield* reportApply(applied, given.json)
  })
).pipe(
  described(
    "Carry out a plan, all of it or a part. What is held is left out. Every outcome is journalled; a kill at any moment loses nothing.",
    ["rollbook apply roster-2026-10-01-7", "rollbook apply roster-2026-10-01-7 --only entity=user --as d.reyes"]
  )
)
