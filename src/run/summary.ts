import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { sha256 } from "../core/hash.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { PlanFile } from "../plan/plan.ts"
import { type PlanSummary, PlanSummarySchema } from "../plan/summary.ts"
import { onDisk, type StoreError, textOnDisk, writeOwnFile } from "../core/ports/disk.ts"
import type { Warehouse, WarehouseError } from "../core/ports/warehouse.ts"
import { summarize } from "../snapshot/summary.ts"
import { PlanRefused } from "./apply.ts"
import { plansBefore } from "../state/runs.ts"
import type { Doing } from "../core/doing.ts"

const fileName = "summary.json"

/** Sums the change set up beside the steps, in `summary.json`, and gives what the plan's header says of that file. */
export const writeSummary = Effect.fn("run.write-summary")(function* (
  definition: Definition,
  run: number,
  folder: string
): Doing<{ readonly file: string; readonly sha256: string }, WarehouseError | StoreError, Warehouse> {
  const summary: PlanSummary = {
    ...(yield* summarize(definition)),
    runs: yield* plansBefore(definition.name, run, 30)
  }
  const text = `${JSON.stringify(summary)}\n`
  const file = join(folder, fileName)
  yield* onDisk("write the summary of the plan", file, (disk) => writeOwnFile(disk, file, text))
  return { file: fileName, sha256: sha256(text) }
})

/** The summary beside a plan; null where the plan was made without one. Refuses one that was changed since. */
export const readSummary = Effect.fn("run.read-summary")(function* (
  plan: PlanFile,
  folder: string
): Doing<PlanSummary | null, PlanRefused | StoreError> {
  const said = plan.summary
  if (said === undefined) return null
  const refuse = (reason: PlanRefused["reason"], detail: string): PlanRefused =>
    new PlanRefused({ reason, plan: plan.plan_id, detail })
  const text = yield* textOnDisk("read the summary of the plan", join(folder, said.file))
  if (text === null) return yield* refuse("Missing", `its summary ${said.file} is gone`)
  if (sha256(text) !== said.sha256) return yield* refuse("Altered", "its summary was changed after it was made")
  return yield* Schema.decodeUnknown(Schema.parseJson(PlanSummarySchema))(text).pipe(
    Effect.mapError(() => refuse("Altered", "its summary has not the form of one"))
  )
})
