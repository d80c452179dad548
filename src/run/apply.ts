import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { sha256File } from "../core/hash.ts"
import { execute, type Execution, type ExecutionProgress } from "../load/execute.ts"
import { ledgerVersion } from "../load/ledger.ts"
import { everything, type StepFilter } from "../load/work.ts"
import type { Definition } from "../pipeline/definition.ts"
import { isProblem, openPlan } from "../plan/encode.ts"
import type { PlanFile } from "../plan/plan.ts"
import { Journal, type JournalError } from "../ports/journal.ts"
import type { TargetWriter } from "../ports/target.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { readSteps } from "../snapshot/steps.ts"
import { prepareTables } from "../snapshot/tables.ts"
import { beginRun, endRun, listRuns } from "./runs.ts"

/** The plan is not carried out, and nothing was sent. */
export class PlanRefused extends Data.TaggedError("PlanRefused")<{
  readonly reason: "Missing" | "Altered" | "Expired" | "Used" | "Stale" | "OtherDefinition"
  readonly plan: string
  readonly detail: string
}> {
  override get message(): string {
    return `plan ${this.plan} is refused: ${this.detail}`
  }
}

export interface Applied {
  readonly plan: PlanFile
  readonly run: number
  readonly execution: Execution
}

/** Reads a plan by id out of the workspace, or from a folder or file, and proves that nobody changed it. */
export const readPlan: (
  plan: string
) => Effect.Effect<{ readonly plan: PlanFile; readonly folder: string }, PlanRefused, Warehouse> = Effect.fn(
  "run.read-plan"
)(function* (id: string) {
  const warehouse = yield* Warehouse
  const folder = /[/\\]/.test(id) ? id.replace(/[/\\]plan\.json$/, "") : join(warehouse.folders.plans, id)
  const refuse = (reason: PlanRefused["reason"], detail: string): PlanRefused =>
    new PlanRefused({ reason, plan: id, detail })
  const text = yield* Effect.tryPromise({
    try: () => readFile(join(folder, "plan.json"), "utf8"),
    catch: () => refuse("Missing", "there is no such plan; `rollbook history` lists them")
  })
  const opened = openPlan(text)
  if (isProblem(opened)) return yield* refuse("Altered", opened.say)
  const steps = yield* Effect.tryPromise({
    try: () => sha256File(join(folder, opened.steps.file)),
    catch: () => refuse("Missing", `its steps file ${opened.steps.file} is gone`)
  })
  if (steps !== opened.steps.sha256) return yield* refuse("Altered", "its steps were changed after it was made")
  return { plan: opened, folder }
})

/**
 * Carries out a plan: proven unaltered, not expired, not used, and made for the ledger as it stands. A plan whose apply
 * was interrupted is taken up where it was left; what is known to be done is not sent again.
 */
export const applyPlan: (
  id: string,
  definition: Definition,
  now: string,
  filter: StepFilter,
  onProgress: (progress: ExecutionProgress) => void
) => Effect.Effect<Applied, PlanRefused | WarehouseError | JournalError, Warehouse | TargetWriter | Journal> =
  Effect.fn("run.apply")(function* (
    id: string,
    definition: Definition,
    now: string,
    filter: StepFilter,
    onProgress: (progress: ExecutionProgress) => void
  ) {
    const { plan, folder } = yield* readPlan(id)
    const journal = yield* Journal
    const resumed = (yield* journal.unfinished).includes(plan.plan_id)
    yield* admit(plan, definition, now, resumed)
    yield* prepareTables(definition)
    yield* readSteps(join(folder, plan.steps.file))
    const run = yield* beginRun("apply", plan.pipeline, plan.plan_id, plan.as_of, now)
    // The walk is resumed with the same choice of steps with which it was begun.
    const chosen = yield* Effect.promise(() => rememberFilter(folder, filter, resumed))
    const execution = yield* execute(definition, plan.plan_id, run, chosen, onProgress).pipe(
      Effect.tapError((error) => endRun(run, "interrupted", plan.plan_id, { cause: error.message })),
      Effect.onInterrupt(() => Effect.ignore(endRun(run, "interrupted", plan.plan_id, {})))
    )
    yield* endRun(
      run,
      execution.failed > 0 || execution.notReached > 0 ? "target_failed" : plan.holds.length > 0 ? "held" : "done",
      plan.plan_id,
      { ...execution, held: plan.holds.reduce((sum, hold) => sum + hold.steps, 0) }
    )
    return { plan, run, execution }
  })

const admit = Effect.fn("run.admit")(function* (plan: PlanFile, definition: Definition, now: string, resumed: boolean) {
  const refuse = (reason: PlanRefused["reason"], detail: string): PlanRefused =>
    new PlanRefused({ reason, plan: plan.plan_id, detail })
  if (plan.definition_hash !== definition.hash) {
    return yield* refuse("OtherDefinition", `the pipeline ${definition.name} was edited since. Plan again`)
  }
  if (resumed) return
  if (Date.parse(now) > Date.parse(plan.expires_at)) {
    return yield* refuse("Expired", `it was good until ${plan.expires_at}. Plan again`)
  }
  const used = (yield* listRuns(10_000)).find((run) => run.kind === "apply" && run.plan === plan.plan_id)
  if (used !== undefined) return yield* refuse("Used", `it was carried out by run ${used.run}. Plan again`)
  const version = yield* ledgerVersion
  if (version !== plan.ledger_version) {
    return yield* refuse("Stale", "something was written to the target since it was made. Plan again")
  }
})

const rememberFilter = async (folder: string, filter: StepFilter, resumed: boolean): Promise<StepFilter> => {
  const file = join(folder, "chosen.json")
  if (resumed) {
    const text = await readFile(file, "utf8").catch(() => null)
    return text === null ? everything : (JSON.parse(text) as StepFilter)
  }
  await writeFile(file, JSON.stringify(filter), { mode: 0o600 })
  return filter
}
