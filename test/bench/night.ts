import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { statSync } from "node:fs"
import { join } from "node:path"
import { brightspaceResources } from "../../src/adapters/brightspace/contracts.ts"
import { readerLayer } from "../../src/adapters/brightspace/reader.ts"
import { writerLayer } from "../../src/adapters/brightspace/writer.ts"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { layer as sourceLayer } from "../../src/adapters/oneroster/source.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { loadDefinition } from "../../src/pipeline/load-definition.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { makePlan, type PlanStage } from "../../src/run/make-plan.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import { brightspaceConnection, campusConnection } from "./connections.ts"
import { memoryLimit, peakMegabytes } from "./measure.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { plain } from "../tools/plain-sql.ts"

/**
 * One night of the shipped roster pipeline: `night.ts PORT FOLDER apply|believe|plan [delta|etags]`, with `delta` by delta reads,
 * with `etags` by the ETags of the last read.
 * `apply` carries the plan out; `believe` takes it as carried out, so that a large district need not be written to
 * measure the night after; `plan` leaves it. Prints seconds per stage, steps, size of the state and peak memory.
 */
const [port = "", folder = "", then = "plan", mode = "whole"] = process.argv.slice(2)
const stateFile = join(folder, "state.duckdb")
const stages: Record<string, number> = {}
let stage: PlanStage | "apply" | null = null
let since = performance.now()
const enter = (next: PlanStage | "apply" | null): void => {
  const now = performance.now()
  if (stage !== null) stages[stage] = (stages[stage] ?? 0) + (now - since) / 1000
  stage = next
  since = now
}

const file = new URL("../../pipelines/roster.yaml", import.meta.url).pathname
const clock = { asOf: "2026-10-01", now: new Date().toISOString() }

const byDelta = (definition: Definition): Definition => ({
  ...definition,
  datasets: definition.datasets.map((dataset) =>
    dataset.mode.kind === "whole"
      ? { ...dataset, mode: { kind: "delta" as const, overlapHours: 24, wholeEveryDays: 7, wholeWith: [] } }
      : dataset
  )
})

const night = Effect.gen(function* () {
  const offer = { collections: oneRosterCollections, resources: brightspaceResources }
  const environment = { variable: () => undefined, readFile: () => null }
  const { definition: shipped } = yield* loadDefinition(file, "roster.yaml", offer, environment)
  const definition = mode === "delta" ? byDelta(shipped) : shipped
  const start = performance.now()
  const made = yield* makePlan({
    definition,
    clock,
    part: wholePlan,
    progress: { stage: enter, read: () => undefined }
  })
  enter(null)
  if (mode === "delta" && then === "plan" && made.plan.source.some(({ delta }) => delta === undefined))
    throw new Error(`not read by delta: ${made.plan.source.flatMap((one) => one.read_whole ?? []).join("; ")}`)
  const cpu = process.cpuUsage()
  const processorSeconds = (cpu.user + cpu.system) / 1e6
  const planSeconds = (performance.now() - start) / 1000
  let applySeconds = 0
  let sent = 0
  if (then === "apply") {
    if (made.plan.unknown.length > 0) throw new Error(made.plan.unknown.join("; "))
    const begin = performance.now()
    const applied = yield* applyPlan({
      id: made.plan.plan_id,
      definition,
      now: clock.now,
      part: wholePlan,
      extent: "everything",
      onProgress: () => undefined
    })
    const { failed, notReached, stoppedBy } = applied.execution
    if (failed + notReached > 0) throw new Error(`${failed} failed, ${notReached} not reached: ${stoppedBy ?? ""}`)
    sent = applied.execution.done
    applySeconds = (performance.now() - begin) / 1000
  }
  if (then === "believe") {
    const warehouse = yield* Warehouse
    for (const entity of loadedEntitiesOf(definition)) {
      const fields = entity.fields.map((field) => `"${field}"`).join(", ")
      yield* warehouse.execute(
        plain(`INSERT INTO "${entity.tables.ledger}" (key, label, _school, _section, remote_id, presence, origin, run, fingerprint, ${fields})
SELECT key, label, _school, _section, key, 'present', 'created', 1, fingerprint, ${fields} FROM "desired_${entity.load.entity}"`)
      )
    }
  }
  return {
    planSeconds,
    processorSeconds,
    applySeconds,
    sent,
    steps: made.plan.steps.count,
    notSent: made.plan.source.filter((one) => one.not_modified === true).length,
    held: made.plan.holds.length
  }
}).pipe(
  Effect.provide(
    Layer.mergeAll(
      sourceLayer(campusConnection(port, mode === "etags"), "America/Chicago"),
      readerLayer(brightspaceConnection(port), "America/Chicago"),
      writerLayer(brightspaceConnection(port), "America/Chicago"),
      warehouseLayer({ stateFile, memoryLimit, threads: null }),
      journalLayer(join(folder, "journal"))
    )
  )
)

const told = await Effect.runPromise(night)
process.stdout.write(
  `${JSON.stringify({ ...told, ...stages, stateMegabytes: Math.round(statSync(stateFile).size / 1e6), peakMegabytes: peakMegabytes() })}\n`
)
process.exit(0)
