import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { join } from "node:path"
import { beforeAll, expect, it } from "vitest"
import { openWarehouse } from "../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { type PlanPart, wholePlan } from "../../src/core/plan-part.ts"
import type { Journal } from "../../src/core/ports/journal.ts"
import { Source } from "../../src/core/ports/source.ts"
import { type TargetReader, TargetWriter } from "../../src/core/ports/target.ts"
import { Warehouse, type WarehouseService } from "../../src/core/ports/warehouse.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { makePlan } from "../../src/run/make-plan.ts"
import { roster, rowsOf } from "../cases/grades/teacher.ts"
import { emptySis, memorySis } from "../memory/sis.ts"
import { type GradebookRows, memoryGradebooks } from "../memory/source.ts"
import { inFolder } from "../tools/definitions.ts"
import { oneThread } from "../tools/one-thread.ts"
import { standAtTarget } from "../tools/stand-at-target.ts"
import { loadPipelines, type Pipelines } from "./grade-nights.ts"

/**
 * An export of one course at each moment of a night that is at work in the same process: what the teacher had corrected by then
 * stands in the SIS, nobody else's scores are lost, and nothing is sent twice.
 */

/**
 * When the teacher corrects and exports: as the night reads a dataset, as it plans, as it is applied, after so many of its
 * writes, of which there are thirty-two. Each costs three seconds of a processor: all of them where `ROLLBOOK_MOMENTS` is `all`.
 */
const all = [
  ...["courses", "items", "values", "item_settings", "exemptions"].map((dataset) => `read ${dataset}`),
  // The night compares while the export is in the middle of its writes.
  "amid the export",
  "transform",
  "apply",
  ...Array.from({ length: 32 }, (_, write) => `write ${write}`)
]
const moments = process.env["ROLLBOOK_MOMENTS"] === "all" ? all : ["read values", "amid the export", "apply"]

let pipelines: Pipelines
beforeAll(async () => {
  pipelines = await loadPipelines()
})

const two = {
  ...roster,
  course_offering: [
    ...roster.course_offering,
    { ...roster.course_offering[0], key: "c2", remote_id: "7002", label: "1200 2 English 9", _section: "c2" }
  ],
  enrollment: [
    ...roster.enrollment,
    ...roster.enrollment.map((seat) => ({
      ...seat,
      key: seat.key.replace("c1", "c2"),
      remote_id: `${seat.remote_id}b`,
      org_unit: "course_offering:c2"
    }))
  ]
}

const items = [1, 2, 3, 4]

/** Both courses with four items each; the corrected one is the second, whose steps of the night come last. */
const booksOf = (points: number, at: string): GradebookRows => {
  const book = (each: number, saved: string) =>
    rowsOf(
      items.map((id) => ({ id, scores: { ada: each + id, cal: 2, dee: each } })),
      {},
      saved
    )
  const second = book(points, at)
  const renamed = JSON.parse(JSON.stringify(second).replaceAll("7001", "7002")) as GradebookRows
  return Object.fromEntries(
    Object.entries(book(5, "2026-09-20T15:00:00.000Z")).map(([name, rows]) => [
      name,
      [...rows, ...(renamed[name] ?? [])]
    ])
  )
}

/** What stands in the SIS when all of it was sent. */
const scoresOf = (points: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [["7001", 5] as const, ["7002", points] as const].flatMap(([course, each]) =>
      items.flatMap((id) => [
        [`result:${course}/${id}/301`, `${each + id}.0`],
        [`result:${course}/${id}/302`, "2.0"],
        [`result:${course}/${id}/303`, `${each}.0`]
      ])
    )
  )

const rehearse = (moment: string) =>
  inFolder((home) => {
    let rows = booksOf(3, "2026-09-20T15:00:00.000Z")
    const sis = emptySis()
    const inMemory = Layer.mergeAll(
      memoryGradebooks(() => rows),
      memorySis("America/Chicago", sis)
    )
    const run = (now: string, part: PlanPart, at: (moment: string) => Effect.Effect<unknown>) =>
      Effect.gen(function* () {
        const warehouse = yield* Warehouse
        const source = yield* Source
        const writer = yield* TargetWriter
        let writes = 0
        const observed = Layer.mergeAll(
          // Nobody is in anybody's way while a source is asked.
          Layer.succeed(Source, {
            ...source,
            read: (asked) => Effect.tap(source.read(asked), at(`read ${asked.dataset}`))
          }),
          Layer.succeed(TargetWriter, {
            ...writer,
            perform: (step) =>
              Effect.tap(Effect.yieldNow(), () => at(`write ${writes++}`)).pipe(Effect.zipRight(writer.perform(step)))
          })
        )
        const clock = { asOf: now.slice(0, 10), now }
        let isTransformed = false
        const stage = (name: string): void =>
          void (isTransformed ||= name === "transform" && Effect.runSync(Effect.as(at(name), true)))
        const { plan } = yield* makePlan({
          definition: pipelines.grades,
          clock,
          part,
          progress: { stage, read: () => undefined }
        }).pipe(Effect.provide(observed))
        yield* at("apply")
        const { execution } = yield* applyPlan({
          id: plan.plan_id,
          definition: pipelines.grades,
          now: clock.now,
          part,
          extent: "everything",
          onProgress: () => undefined
        }).pipe(Effect.provide(observed))
        expect(execution).toMatchObject({ failed: 0, notReached: 0 })
        expect(warehouse.isReadOnly).toBe(false)
        return { plan, execution }
      })
    return Effect.runPromise(
      Effect.gen(function* () {
        const warehouse = yield* openWarehouse({ stateFile: join(home, "state.duckdb"), ...oneThread })
        const here = Effect.provideService(Warehouse, warehouse)
        yield* here(standAtTarget(pipelines.roster, two))
        const context = yield* Effect.context<Source | TargetReader | TargetWriter | Journal>()
        const exports: Array<Fiber.Fiber<unknown, unknown>> = []
        const written = yield* Deferred.make<void>()
        const corrected = beside(
          warehouse,
          run("2026-10-01T09:00:05.000Z", { ...wholePlan, sections: ["c2"] }, (reached) =>
            reached === "write 2" ? Deferred.succeed(written, undefined) : Effect.void
          )
        )
        const isAmid = moment === "amid the export"
        const at = (reached: string): Effect.Effect<unknown> =>
          Effect.suspend(() => {
            if (reached !== (isAmid ? "read exemptions" : moment) || exports.length > 0) return Effect.void
            rows = booksOf(13, "2026-10-01T09:00:01.000Z")
            const fiber = Effect.runFork(Effect.provide(corrected, context))
            exports.push(fiber)
            // While the source is asked the export comes to its end; otherwise it waits until nothing is in flight.
            if (isAmid) return Deferred.await(written)
            return reached.startsWith("read ") ? Fiber.await(fiber) : Effect.void
          })
        const night = yield* here(run("2026-10-01T09:00:00.000Z", wholePlan, at))
        yield* warehouse.sharing.away(Effect.forEach(exports, Fiber.join))
        const after = yield* here(run("2026-10-02T09:00:00.000Z", wholePlan, () => Effect.void))
        return { night: night.execution, after: after.plan.steps.count, exports: exports.length, sis }
      }).pipe(Effect.scoped, Effect.provide(Layer.merge(inMemory, journalLayer(join(home, "journal")))))
    )
  })

const beside = <A, E, R>(warehouse: WarehouseService, work: Effect.Effect<A, E, R | Warehouse>) =>
  Effect.scoped(
    Effect.flatMap(warehouse.sharing.takeIn ?? Effect.die("nobody is taken in"), (own) =>
      Effect.provideService(work, Warehouse, own)
    )
  )

it.each(moments)("an export at the moment of: %s", async (moment) => {
  const { after, exports, night, sis } = await rehearse(moment)
  const scores = [...sis.records].flatMap(([name, { fields }]) =>
    name.startsWith("result:") ? [[name, fields["score"]]] : []
  )
  expect(Object.fromEntries(scores)).toEqual(scoresOf(13))
  expect(exports).toBe(1)
  // Nothing was sent twice, and the next night finds nothing to do.
  expect(new Set(sis.puts).size).toBe(sis.puts.length)
  expect(after).toBe(0)
  expect(night.notReached).toBe(0)
})
