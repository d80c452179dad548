import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
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
import { TargetWriter } from "../../src/core/ports/target.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { makePlan, type PlanStage } from "../../src/run/make-plan.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import { brightspaceConnection, campusConnection } from "./connections.ts"
import { memoryLimit, peakMegabytes } from "./measure.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { plain } from "../tools/plain-sql.ts"

/**
 * One night of the shipped roster pipeline: `night.ts PORT FOLDER apply|believe|plan [delta|etags|requests|rows]`, with `delta`
 * by delta reads, with `etags` by the ETags of the last read; with `rows` what can goes as rows, of which nobody waits to see
 * one, with `requests` the same steps go one by one.
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

const shippedFile = new URL("../../pipelines/roster.yaml", import.meta.url).pathname
/** By a row an org unit is known by its code alone: sections have one of their own then, as the README says. */
const ownCodes = (): string => {
  mkdirSync(folder, { recursive: true })
  const edited = join(folder, "roster.yaml")
  const shipped = readFileSync(shippedFile, "utf8")
  const own = shipped.replace("        code: offering.code\n", "        code: \"'S ' || left(offering.code, 48)\"\n")
  if (own === shipped) throw new Error("roster.yaml gives sections another code than that of their offering")
  writeFileSync(edited, own)
  return edited
}
const isBulk = mode === "rows" || mode === "requests"
const file = isBulk ? ownCodes() : shippedFile
const bulk = { sourceSystem: "1", version: "3.0", at: 1, waitMinutes: 0, settleHours: 24 } as const
const tenant = brightspaceConnection(port)
let uploadSeconds = 0
/** The writer, with the time that its uploads take. */
const writer = Layer.map(
  writerLayer({ ...tenant, ...(mode === "rows" ? { bulk } : {}) }, "America/Chicago"),
  (context) => {
    const { rows, ...service } = Context.get(context, TargetWriter)
    if (rows === undefined) return context
    const handOver: typeof rows.handOver = (files) =>
      Effect.flatMap(Effect.timed(rows.handOver(files)), ([took]) =>
        Effect.sync(() => void (uploadSeconds += Duration.toSeconds(took)))
      )
    return Context.make(TargetWriter, { ...service, rows: { ...rows, handOver } })
  }
)
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
  const peakOfPlan = peakMegabytes()
  let [applySeconds, applyProcessorSeconds] = [0, 0]
  let [sent, handed] = [0, 0]
  if (then === "apply") {
    if (made.plan.unknown.length > 0) throw new Error(made.plan.unknown.join("; "))
    const [begin, before] = [performance.now(), process.cpuUsage()]
    const applied = yield* applyPlan({
      id: made.plan.plan_id,
      definition,
      now: clock.now,
      part: wholePlan,
      extent: "everything",
      onProgress: () => undefined
    })
    const { awaited = 0, failed, notReached, stoppedBy } = applied.execution
    // What belongs to rows waits for them.
    if (failed > 0 || (notReached > 0 && awaited === 0))
      throw new Error(`${failed} failed, ${notReached} not reached: ${stoppedBy ?? ""}`)
    sent = applied.execution.done
    handed = awaited
    applySeconds = (performance.now() - begin) / 1000
    const { system, user } = process.cpuUsage(before)
    applyProcessorSeconds = (user + system) / 1e6
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
    applyProcessorSeconds,
    sent,
    handed,
    uploadSeconds,
    steps: made.plan.steps.count,
    notSent: made.plan.source.filter((one) => one.not_modified === true).length,
    held: made.plan.holds.length,
    // To take a plan as carried out is no work of rollbook's.
    peakMegabytes: then === "believe" ? peakOfPlan : peakMegabytes()
  }
}).pipe(
  Effect.provide(
    Layer.mergeAll(
      sourceLayer(campusConnection(port, mode === "etags"), "America/Chicago"),
      readerLayer(tenant, "America/Chicago"),
      writer,
      warehouseLayer({ stateFile, memoryLimit, threads: null }),
      journalLayer(join(folder, "journal"))
    )
  )
)

const told = await Effect.runPromise(night)
process.stdout.write(
  `${JSON.stringify({ ...told, ...stages, stateMegabytes: Math.round(statSync(stateFile).size / 1e6) })}\n`
)
process.exit(0)
