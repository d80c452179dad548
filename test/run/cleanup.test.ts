import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { join } from "node:path"
import { beforeAll, expect, it, vi } from "vitest"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { loadDefinition } from "../../src/pipeline/load-definition.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { listCleanup } from "../../src/run/cleanup.ts"
import { makePlan } from "../../src/run/make-plan.ts"
import { choose } from "../../src/run/own-tables.ts"
import { memoryGradebooks, memorySis, standAtTarget } from "../cases/grades/memory.ts"
import { roster, rowsOf, type TeacherItem } from "../cases/grades/teacher.ts"
import { emptyEnvironment, gradeOffer, inFolder } from "../tools/definitions.ts"

/** What `rollbook cleanup` lists for people to do in the SIS, and what it does not. */

// Engines of their own, on a machine that others use too.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let grades: Definition
let rosterDefinition: Definition
beforeAll(async () => {
  const load = (name: string) =>
    Effect.runPromise(
      loadDefinition(new URL(`../../pipelines/${name}`, import.meta.url).pathname, name, gradeOffer, emptyEnvironment)
    )
  grades = (await load("grades.yaml")).definition
  rosterDefinition = (await load("roster.yaml")).definition
})

interface Night {
  readonly items: ReadonlyArray<TeacherItem>
  /** First names of those who are in the class no more. */
  readonly left?: ReadonlyArray<string>
  /** An item that somebody keeps back with `rollbook items`. */
  readonly keptBack?: string
}

const sisIds: Readonly<Record<string, string>> = { ada: "s21", cal: "s22", dee: "s23" }

/** What is listed after some nights, each as `reason item: students`. */
const listedAfter = (...nights: ReadonlyArray<Night>): Promise<ReadonlyArray<string>> =>
  inFolder((home) => {
    let items: ReadonlyArray<TeacherItem> = []
    const state = Layer.mergeAll(
      warehouseLayer({ stateFile: join(home, "state.duckdb"), memoryLimit: null }),
      journalLayer(join(home, "journal")),
      memorySis("America/Chicago", { records: new Map(), puts: [], refused: {} }),
      memoryGradebooks(() => rowsOf(items, {}, "2026-09-20T15:00:00.000Z"))
    )
    return Effect.runPromise(
      Effect.gen(function* () {
        for (const [index, night] of nights.entries()) {
          items = night.items
          const left = new Set(night.left?.map((name) => `c1/${sisIds[name] ?? name}`))
          yield* standAtTarget(rosterDefinition, {
            ...roster,
            enrollment: roster.enrollment.map((seat) => (left.has(seat.key) ? { ...seat, presence: "gone" } : seat))
          })
          if (night.keptBack !== undefined) yield* choose(grades, night.keptBack, "keep", "o.hernandez")
          const asOf = `2026-10-${String(1 + 8 * index).padStart(2, "0")}`
          const clock = { asOf, now: `${asOf}T09:00:00.000Z` }
          const quiet = { stage: () => undefined, read: () => undefined }
          const { plan } = yield* makePlan(grades, clock, wholePlan, quiet)
          yield* applyPlan(plan.plan_id, grades, clock.now, wholePlan, "everything", () => undefined)
        }
        const listed = yield* listCleanup(grades)
        return (listed ?? []).map(
          ({ reason, students, title }) => `${reason} ${title}: ${students.map(({ id }) => id).join(" ")}`
        )
      }).pipe(Effect.provide(state))
    )
  })

const two: ReadonlyArray<TeacherItem> = [
  { id: 1, scores: { ada: 12, cal: 13, dee: 14 } },
  { id: 2, scores: { ada: 15, cal: 16 } }
]

it("lists a score that was cleared, and none of a student who left the class: Brightspace hides those", async () => {
  // A week later every score of the course is read again.
  const listed = await listedAfter(
    { items: two },
    {
      items: [
        { id: 1, scores: { dee: 14 } },
        { id: 2, scores: { cal: 16 } }
      ],
      left: ["ada"]
    }
  )
  expect(listed).toEqual(["scores-gone Essay 1: s22"])
})

it("lists nothing of an item that is hidden for a while, or kept back, nor of the scores of either", async () => {
  const listed = await listedAfter(
    { items: two },
    { items: [{ ...two[0], id: 1, hidden: true }, ...two.slice(1)], keptBack: "7001/2" }
  )
  expect(listed).toEqual([])
})

it("lists an item that was hidden and then deleted, and one that no longer goes for another reason as well", async () => {
  const listed = await listedAfter(
    { items: two },
    { items: two.map((item) => ({ ...item, hidden: true })) },
    { items: [{ id: 2, hidden: true, session: null, scores: { ada: 15, cal: 16 } }] }
  )
  expect(listed).toEqual(["deleted Essay 1: s21 s22 s23", "not-eligible Essay 2: s21 s22"])
})
