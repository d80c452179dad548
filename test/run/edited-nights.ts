import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import type { Journal } from "../../src/core/ports/journal.ts"
import type { TargetReader, TargetWriter } from "../../src/core/ports/target.ts"
import type { Warehouse } from "../../src/core/ports/warehouse.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { keptRead } from "../../src/extract/kept-reads.ts"
import { makePlan, makeWhatIf } from "../../src/run/make-plan.ts"
import { memorySource, type Rows, type Tampered } from "../memory/source.ts"
import { memoryTenant, type MemoryTenantOptions } from "../memory/tenant.ts"
import { inFolder, load } from "../tools/definitions.ts"
import { district } from "./nights.ts"
import { oneThread } from "../tools/one-thread.ts"

/** Nights with a pipeline that was edited, in one workspace. */

const roster = readFileSync(new URL("../../pipelines/roster.yaml", import.meta.url).pathname, "utf8")

export const clock = { asOf: "2026-10-01", now: "2026-10-01T07:00:00.000Z" }
const quiet = { stage: () => undefined, read: () => undefined }

/** The shipped pipeline with pieces of its text replaced. */
export const rosterWith = (...edits: ReadonlyArray<readonly [from: string, to: string]>): Promise<Definition> => {
  const name = JSON.stringify(edits)
  const known = definitions.get(name) ?? edited(edits)
  definitions.set(name, known)
  return known
}

/** To read a pipeline takes as long as a night: each is read once. */
const definitions = new Map<string, Promise<Definition>>()

const edited = async (edits: ReadonlyArray<readonly [from: string, to: string]>): Promise<Definition> => {
  const text = edits.reduce((edited, [from, to]) => {
    if (!edited.includes(from)) throw new Error(`the pipeline does not hold: ${from}`)
    return edited.replace(from, to)
  }, roster)
  return (await load(text)).definition
}

/** The district with records changed or added by dataset and id, and without others. */
export const districtWith = (then: Rows, gone: Readonly<Record<string, ReadonlyArray<string>>> = {}): Rows =>
  Object.fromEntries(
    Object.entries(district).map(([dataset, rows]) => {
      const changes = new Map((then[dataset] ?? []).map((row) => [row["sourcedId"], row]))
      const known = new Set(rows.map((row) => row["sourcedId"]))
      return [
        dataset,
        [
          ...rows
            .filter((row) => gone[dataset]?.includes(String(row["sourcedId"])) !== true)
            .map((row) => ({ ...row, ...changes.get(row["sourcedId"]) })),
          ...[...changes.values()].filter((row) => !known.has(row["sourcedId"]))
        ]
      ]
    })
  )

type Services = Warehouse | Journal | TargetReader | TargetWriter

/** Runs with a workspace of its own and a tenant that takes every step. */
export const inWorkspace = <A, E>(
  use: (home: string) => Effect.Effect<A, E, Services>,
  tenant: MemoryTenantOptions = {}
): Promise<A> =>
  inFolder((home) =>
    Effect.runPromise(
      use(home).pipe(
        Effect.provide(
          Layer.mergeAll(
            warehouseLayer({ stateFile: join(home, "state.duckdb"), ...oneThread }),
            journalLayer(join(home, "journal")),
            memoryTenant(tenant)
          )
        )
      )
    )
  )

export const plan = (definition: Definition, rows: Rows, tampered: Tampered = {}) =>
  makePlan({ definition, clock, part: wholePlan, progress: quiet }).pipe(Effect.provide(memorySource(rows, tampered)))

/** A plan, and its apply. */
export const night = (definition: Definition, rows: Rows) =>
  Effect.gen(function* () {
    const made = yield* plan(definition, rows)
    const applied = yield* applyPlan({
      id: made.plan.plan_id,
      definition,
      now: clock.now,
      part: wholePlan,
      extent: "everything",
      onProgress: () => undefined
    })
    return { ...made, applied }
  })

export const whatIf = (definition: Definition, run: number | "last") =>
  Effect.gen(function* () {
    const kept = yield* keptRead(definition.name, run)
    return yield* makeWhatIf({
      definition,
      collections: oneRosterCollections,
      kept,
      clock,
      part: wholePlan,
      progress: quiet
    })
  })
