import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { changes } from "../state/change-set.ts"
import { sql } from "../core/sql.ts"
import { join } from "node:path"
import type { Definition } from "../pipeline/definition.ts"
import { sealPlan } from "../plan/encode.ts"
import { peopleLimits } from "../guards/derived.ts"
import { type ApprovalUse, type PlanFile, planFormatVersion, type PlanHeader } from "../plan/plan.ts"
import { onDisk, StoreError, writeOwnFile } from "../core/ports/disk.ts"
import { Count, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { writeSteps } from "../state/steps-file.ts"
import { type RunClock } from "../core/run-clock.ts"
import { ledgerVersion } from "../state/ledger.ts"
import { givingWay } from "../pipeline/giving-way.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"

/** A plan, and the folder in which it lies: `plan.json`, `steps.ndjson` and, for all but an undo, `summary.json`. */
export interface MadePlan {
  readonly plan: PlanFile
  readonly folder: string
}

/** The parts of a plan that do not follow from its definition, its moment and the tables `change` and `stopped`. */
export type PlanParticulars = Omit<
  PlanHeader,
  | "format_version"
  | "plan_id"
  | "pipeline"
  | "created_at"
  | "expires_at"
  | "as_of"
  | "definition_hash"
  | "definition_pieces"
  | "people"
  | "gates"
  | "ledger_version"
  | "steps"
>

/** Makes the folder of a plan. It is never that of another one: what was planned or applied once stays to be read. */
export const makePlanFolder = Effect.fn("run.plan-folder")(function* (
  planId: string
): Doing<string, StoreError, Warehouse> {
  const folder = join((yield* Warehouse).folders.plans, planId)
  yield* onDisk("make the plan's folder", folder, (disk) => disk.makeDirectory(folder, { mode: 0o700 })).pipe(
    Effect.mapError((error) =>
      error.reason === "Standing"
        ? new StoreError({
            reason: error.reason,
            what: error.what,
            path: folder,
            words: `a plan ${planId} lies in the workspace already, and is not written over`,
            remedy: "move it away, and plan again"
          })
        : error
    )
  )
  return folder
})

/**
 * Writes the table `change` as the plan of a folder: the steps first, then the sealed header that names their hash. Between parts
 * of the steps others may have their turn (`givingWay`): whoever reads the folder finds no plan in it before the header is there.
 */
export const writePlan = Effect.fn("run.write-plan")(function* ({
  definition,
  clock,
  planId,
  folder,
  particulars
}: {
  readonly definition: Definition
  readonly clock: RunClock
  readonly planId: string
  readonly folder: string
  readonly particulars: PlanParticulars
}): Doing<MadePlan, WarehouseError | StoreError, Warehouse> {
  const steps = yield* writeSteps(
    loadedEntitiesOf(definition).map(({ load }) => load.entity),
    join(folder, "steps.ndjson"),
    { between: givingWay(definition) }
  )
  const plan = sealPlan({
    format_version: planFormatVersion,
    plan_id: planId,
    pipeline: definition.name,
    created_at: clock.now,
    expires_at: expiryOf(definition, clock.now, particulars.approvals),
    as_of: clock.asOf,
    definition_hash: definition.hash,
    definition_pieces: definition.pieces,
    people: peopleLimits(definition.load.people.classes, definition.load.people.families),
    gates: yield* closedGates,
    steps: { file: "steps.ndjson", ...steps },
    // Asked for when nobody has their turn any more: whoever wrote meanwhile wrote nothing that the plan is made from.
    ledger_version: yield* ledgerVersion,
    ...particulars
  })
  const file = join(folder, "plan.json")
  yield* onDisk("write the plan", file, (disk) => writeOwnFile(disk, file, `${JSON.stringify(plan, null, 2)}\n`))
  return { plan, folder }
})

/** ISO instant until which a plan is good: no longer than the approvals on which its steps rest. */
const expiryOf = (definition: Definition, now: string, approvals: ReadonlyArray<ApprovalUse>): string =>
  [
    new Date(Date.parse(now) + definition.load.planExpiresAfterHours * 3_600_000).toISOString(),
    ...approvals.filter((approval) => approval.steps > 0).map((approval) => approval.expires_at)
  ].reduce((earliest, one) => (one < earliest ? one : earliest))

/** Gates that would stop steps of the table `change` at the moment of planning, by the table `stopped`. */
const closedGates = Effect.gen(function* () {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`SELECT gate, stopped.say, count(*) AS steps FROM stopped JOIN ${changes.table} USING (entity, key) WHERE hold IS NULL GROUP BY ALL ORDER BY ALL`,
    Schema.Struct({ gate: Text, say: Text, steps: Count })
  )
  return rows
})
