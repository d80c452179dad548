import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parse } from "yaml"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { type PlanPart, wholePlan } from "../../src/core/plan-part.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import type { PlanStep } from "../../src/plan/plan.ts"
import type { StoreError } from "../../src/core/ports/disk.ts"
import type { Journal } from "../../src/core/ports/journal.ts"
import type {
  ExistingRecord,
  TargetError,
  TargetReader,
  TargetWriter,
  WriteResult,
  WriteStep
} from "../../src/core/ports/target.ts"
import type { Warehouse } from "../../src/core/ports/warehouse.ts"
import { type Applied, applyPlan } from "../../src/run/apply.ts"
import { makePlan } from "../../src/run/make-plan.ts"
import type { MadePlan } from "../../src/run/write-plan.ts"
import { readPlanSteps } from "../../src/history/plan-steps.ts"
import { memorySource, type Rows, type Tampered } from "../memory/source.ts"
import { emptyTarget } from "../memory/target.ts"
import { memoryTenant, tenantIn } from "../memory/tenant.ts"
import { inFolder, load } from "../tools/definitions.ts"
import { livedThrough, once, type Past } from "../tools/lived-through.ts"
import { oneThread } from "../tools/one-thread.ts"

const pipeline = new URL("../../pipelines/roster.yaml", import.meta.url).pathname

/** The district of the case stories: one school, two teachers, eight students, two classes. */
export const district = parse(readFileSync(new URL("../cases/district.yaml", import.meta.url).pathname, "utf8")) as Rows

/** The district without some records, by dataset. */
export const without = (rows: Rows, gone: Readonly<Record<string, ReadonlyArray<string>>>): Rows =>
  Object.fromEntries(
    Object.entries(rows).map(([dataset, list]) => [
      dataset,
      list.filter((row) => !(gone[dataset] ?? []).includes(String(row["sourcedId"])))
    ])
  )

/** The district with other values in some records. */
export const changed = (rows: Rows, dataset: string, id: string, values: Readonly<Record<string, unknown>>): Rows => ({
  ...rows,
  [dataset]: (rows[dataset] ?? []).map((row) => (row["sourcedId"] === id ? { ...row, ...values } : row))
})

type Needs = Warehouse | Journal | TargetReader | TargetWriter

/** Nights of one workspace, with a source and a target in memory. */
export interface Nights {
  readonly definition: Definition
  readonly plan: (
    rows: Rows,
    at?: string,
    tampered?: Tampered,
    part?: PlanPart
  ) => Effect.Effect<MadePlan, unknown, Needs>
  readonly apply: (plan: string, at?: string, part?: PlanPart) => ReturnType<typeof applyPlan>
  /** Steps of a plan in the order in which they are carried out. */
  readonly stepsOf: (made: MadePlan) => Effect.Effect<ReadonlyArray<PlanStep>, StoreError>
  /** Steps that reached the target, in order. */
  readonly sent: Array<WriteStep>
}

/** Half an hour after seven of the day of every night. */
export const morning = "2026-10-01T07:00:00.000Z"

interface NightOptions {
  /** Other limits than those of the shipped pipeline. */
  readonly edit?: (definition: Definition) => Definition
  readonly existing?: Readonly<Record<string, ReadonlyArray<ExistingRecord>>>
  readonly refuse?: (step: WriteStep) => Effect.Effect<WriteResult, TargetError> | null
}

/** Lives through nights in a workspace of its own, which is gone afterwards. */
export const nights = <A, E>(
  live: (nights: Nights) => Effect.Effect<A, E, Needs>,
  options: NightOptions = {}
): Promise<A> => inFolder((home) => nightsIn(home, live, options))

/** As `nights`, after a past that others begin with too; `live` is given what came of it. */
export const nightsAfter = <P, A, E>(
  past: Past<P>,
  live: (nights: Nights, past: P) => Effect.Effect<A, E, Needs>,
  options: NightOptions = {}
): Promise<A> =>
  inFolder(async (home) => {
    const came = await past(home)
    return nightsIn(home, (night) => live(night, came), options)
  })

/** As `nights`, after a first night of the district in which nothing failed. */
export const nightsAfterTheFirst = <A, E>(
  live: (nights: Nights, first: Applied) => Effect.Effect<A, E, Needs>,
  options: NightOptions = {}
): Promise<A> => nightsAfter(firstNight, live, options)

/** The first night of the district by the shipped pipeline, which every further workspace begins with a copy of. */
export const firstNight = livedThrough((home) =>
  nightsIn(home, ({ apply, plan }) => Effect.flatMap(plan(district), (made) => apply(made.plan.plan_id)), {})
)

const shipped = once(async () => (await load(readFileSync(pipeline, "utf8"))).definition)

/** Lives through nights in a workspace that may have a past already. */
export const nightsIn = async <A, E>(
  home: string,
  live: (nights: Nights) => Effect.Effect<A, E, Needs>,
  options: NightOptions
): Promise<A> => {
  const definition = (options.edit ?? ((one) => one))(await shipped())
  const target = emptyTarget()
  const state = Layer.mergeAll(
    warehouseLayer({ stateFile: join(home, "state.duckdb"), ...oneThread }),
    journalLayer(join(home, "journal")),
    memoryTenant({
      file: tenantIn(home),
      target,
      existing: options.existing ?? {},
      answer: options.refuse ?? (() => null)
    })
  )
  const quiet = { stage: () => undefined, read: () => undefined }
  return Effect.runPromise(
    live({
      definition,
      sent: target.sent,
      plan: (rows, at = morning, tampered = {}, part = wholePlan) =>
        makePlan({ definition, clock: { asOf: at.slice(0, 10), now: at }, part, progress: quiet }).pipe(
          Effect.provide(memorySource(rows, tampered))
        ),
      apply: (plan, at = morning, part = wholePlan) =>
        applyPlan({ id: plan, definition, now: at, part, extent: "everything", onProgress: () => undefined }),
      stepsOf: ({ folder, plan }) =>
        Effect.map(
          readPlanSteps(plan, folder, { actions: [], school: null, section: null, entity: null, limit: 10_000 }),
          ({ steps }) => steps.toSorted((a, b) => a.seq - b.seq)
        )
    }).pipe(Effect.provide(state))
  )
}
