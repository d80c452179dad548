import * as Data from "effect/Data"
import { changes } from "../state/change-set.ts"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { about, joined, name as quoted, sql } from "../core/sql.ts"
import { undoPlanIdOf } from "../core/plan-id.ts"
import { localMoment, stopAtGates } from "../load/gates.ts"
import { fillInverse } from "../load/inverse.ts"
import { unseenSince } from "../load/unseen-since.ts"
import { releaseAsBefore, releaseApproved } from "../guards/holds/release.ts"
import { prepareOutcomes } from "../state/ledger.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { ResourceContract } from "../core/ports/contracts.ts"
import type { Journal, JournalError } from "../core/ports/journal.ts"
import type { StoreError } from "../core/ports/disk.ts"
import { Count, countRows, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import type { ChangeCounts } from "../snapshot/change.ts"
import { readSteps } from "../state/steps-file.ts"
import { prepareTables } from "../state/tables.ts"
import { prepareTakenOver } from "../snapshot/taken-over.ts"
import { prepareNameConflicts } from "../snapshot/name-conflicts.ts"
import { type PlanRefused, readPlan, refuseWhileInterrupted, type RunInterrupted } from "./apply.ts"
import { endingFailed } from "../state/end-failed.ts"
import { guardsOf } from "../pipeline/loaded-entities.ts"
import { planCounts } from "./plan-counts.ts"
import { askGuards, releasedIn } from "./night.ts"
import { readBaseline } from "../guards/holds/baseline.ts"
import { beginRun, endRun, findRun } from "../state/runs.ts"
import { type MadePlan, makePlanFolder, writePlan } from "./write-plan.ts"
import { type RunClock } from "../core/run-clock.ts"
import { desiredView } from "../pipeline/relations.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { candidatesOf } from "../transform/tables.ts"
import { emptied } from "../core/table.ts"

/** No plan was made that takes the run back. */
export class UndoRefused extends Data.TaggedError("UndoRefused")<{
  readonly reason: "NoSuchRun" | "NotAnApply" | "Irrevocable" | "NothingDone"
  readonly run: number
  readonly detail: string
}> {
  override get message(): string {
    return `run ${this.run} is not undone: ${this.detail}`
  }
}

/**
 * Makes the plan that takes an apply back, out of its plan and of how its steps ended; where the apply was interrupted
 * and resumed, all of it. It asks neither the source nor the target: a record still stands as the run left it when the
 * ledger says that no run wrote it since. It passes the guards of any other plan; what is not taken back is listed with the reason.
 */
export const makeUndo = Effect.fn("run.undo")(function* (
  number: number,
  definition: Definition,
  resources: ReadonlyMap<string, ResourceContract>,
  clock: RunClock
): Doing<
  MadePlan,
  UndoRefused | PlanRefused | RunInterrupted | JournalError | WarehouseError | StoreError,
  Warehouse | Journal
> {
  const warehouse = yield* Warehouse
  yield* refuseWhileInterrupted
  const refuse = (reason: UndoRefused["reason"], detail: string): UndoRefused =>
    new UndoRefused({ reason, run: number, detail })
  const undone = yield* findRun(number)
  if (undone === null) return yield* refuse("NoSuchRun", "there is no such run; `rollbook history` lists them")
  if (undone.kind !== "apply" || undone.plan === null) {
    return yield* refuse("NotAnApply", "it wrote nothing: only an apply can be undone")
  }
  for (const { entity, resource } of definition.load.entities) {
    const why = resources.get(resource)?.irrevocable
    if (why !== undefined) return yield* refuse("Irrevocable", `it wrote ${entity}. ${why}`)
  }
  const { folder: source, plan: previous } = yield* readPlan(warehouse.folders.plans, undone.plan)
  yield* prepareTables(loadedEntitiesOf(definition))
  yield* prepareOutcomes
  yield* readSteps(join(source, previous.steps.file))
  yield* releaseAsBefore(previous)
  const notUndone = yield* fillInverse(definition, resources, previous.plan_id)
  if ((yield* countRows(sql`FROM inverse`)) === 0)
    return yield* refuse("NothingDone", "none of its steps was carried out")

  // No record goes over to another key.
  yield* prepareTakenOver
  yield* prepareNameConflicts
  yield* stopAtGates(definition, changes, localMoment(new Date(clock.now), definition.timezone, 0))
  yield* standAfterwards(definition)
  const counts = yield* standing(definition)
  const placed = yield* askGuards(definition, counts, {
    doubts: [],
    // Nobody looks for edits here: whoever wants them to wait is asked.
    edits: {
      notLookedFor: new Set(definition.load.entities.map(({ entity }) => entity)),
      unknown: [],
      returned: new Map()
    },
    unsure: [],
    baseline: yield* readBaseline(definition.name),
    pipelineChanges: []
  })
  const { approvals, holds } = yield* releaseApproved(releasedIn(definition), changes, placed.holds, clock.now)
  const run = yield* beginRun({ kind: "undo", pipeline: definition.name, plan: null, asOf: clock.asOf, now: clock.now })
  return yield* Effect.gen(function* () {
    const planId = undoPlanIdOf(definition.name, number, run)
    const made = yield* writePlan({
      definition,
      clock,
      planId,
      folder: yield* makePlanFolder(planId),
      particulars: {
        run,
        undo: {
          run: number,
          plan: previous.plan_id,
          ...(previous.undo === null || previous.undo.brings_back === true ? {} : { brings_back: true }),
          not_undone: notUndone.map((one) => ({ ...one, keys: [...one.keys] }))
        },
        source: [],
        counts: yield* planCounts(definition, counts),
        guards: guardsOf(definition),
        holds,
        approvals,
        quarantine: [],
        warnings: placed.warnings,
        skipped: [],
        unknown: yield* unseenSince
      }
    })
    yield* endRun(run, holds.length > 0 ? "held" : "done", planId, {
      steps: made.plan.steps.count,
      undoes: number,
      notUndone: notUndone.filter((one) => !one.partly).reduce((sum, one) => sum + one.steps, 0)
    })
    return made
  }).pipe(endingFailed(run, null))
})

/** Makes the views of what is wanted, for the guards: what stands by the ledger, as the change leaves it. Nothing is turned away. */
const standAfterwards = Effect.fn("run.undo-afterwards")(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  for (const { fields, load, tables } of loadedEntitiesOf(definition)) {
    const { entity: name } = load
    const own = ["key", "label", "_school", "_section", ...fields].map(quoted)
    const values = fields.map((field) => sql`after->>${field} AS ${quoted(field)}`)
    yield* warehouse.execute(sql`${about(`${load.entity} after the change; grain: one row per key`)}CREATE OR REPLACE TEMP VIEW ${quoted(desiredView(load.entity))} AS
SELECT ${joined(own, ", ")} FROM ${quoted(tables.ledger)}
WHERE presence = 'present' AND key NOT IN (SELECT key FROM ${changes.table} WHERE entity = ${name})
UNION ALL SELECT ${joined([...["key", "label", "school", "section"].map(quoted), ...values], ", ")} FROM ${changes.table} WHERE entity = ${name} AND after IS NOT NULL;
${emptied(candidatesOf(load.entity))}`)
  }
})

const Standing = Schema.Struct({ present: Count, unchanged: Count, written: Count })

/** Counts what stands by the ledger, and what will once the change is carried out. */
const standing = Effect.fn("run.undo-standing")(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  const counts: Array<ChangeCounts> = []
  for (const { load, tables } of loadedEntitiesOf(definition)) {
    const [row] = yield* warehouse.rows(
      sql`${about(`${load.entity} before and after`)}SELECT count(*) AS present, count(*) FILTER (key NOT IN (SELECT key FROM ${changes.table} WHERE entity = ${load.entity})) AS unchanged,
  (SELECT count(*) FROM ${changes.table} WHERE entity = ${load.entity} AND action IN ('update', 'restore')) AS written
FROM ${quoted(tables.ledger)} WHERE presence <> 'gone'`,
      Standing
    )
    const { present, unchanged, written } = row ?? { present: 0, unchanged: 0, written: 0 }
    counts.push({
      entity: load.entity,
      present,
      desired: unchanged + written,
      unchanged,
      covered: 0,
      keptThoughGone: 0
    })
  }
  return counts
})
