import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, expect, it } from "vitest"
import { layer as warehouseLayer } from "../../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../../src/adapters/journal/journal.ts"
import { wholePlan } from "../../../src/core/plan-part.ts"
import type { Definition } from "../../../src/pipeline/definition.ts"
import { loadDefinition } from "../../../src/pipeline/load-definition.ts"
import { applyPlan } from "../../../src/run/apply.ts"
import { makePlan } from "../../../src/run/make-plan.ts"
import { emptyEnvironment, gradeOffer } from "../../tools/definitions.ts"
import { emptySis, memorySis } from "../../memory/sis.ts"
import { type GradebookRows, memoryGradebooks } from "../../memory/source.ts"
import { standAtTarget } from "../../tools/stand-at-target.ts"
import { roster, rowsOf, type Score, type TeacherItem, userIds } from "./teacher.ts"
import { oneThread } from "../../tools/one-thread.ts"

let grades: Definition
let rosterDefinition: Definition
beforeAll(async () => {
  const load = (name: string) =>
    Effect.runPromise(
      loadDefinition(
        new URL(`../../../pipelines/${name}`, import.meta.url).pathname,
        name,
        gradeOffer,
        emptyEnvironment
      )
    )
  grades = (await load("grades.yaml")).definition
  rosterDefinition = (await load("roster.yaml")).definition
})

const points = fc.oneof(fc.constantFrom(0, 1 / 3, 20, 1e-9, -0), fc.double({ min: -50, max: 500, noNaN: true }))
const score: fc.Arbitrary<Score> = fc.oneof(
  fc.constant(null),
  fc.constant("excused" as const),
  points,
  fc.record({ points, out_of: fc.constantFrom(null, 0, 3, 20, 33.3), excused: fc.boolean() })
)
/** Due in the months of fall that lie in it in every time zone; every minute, so that both sides of midnight come. */
const due = fc
  .integer({ min: Date.UTC(2026, 8, 1), max: Date.UTC(2026, 11, 15) })
  .map((at) => new Date(at).toISOString())
const gradebook = fc
  .uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 40 }),
      type: fc.constantFrom("Numeric", "PassFail", "SelectBox", "Formula", "Text", "Calculated"),
      points: fc.constantFrom(null, 0, 0.1, 20, 33.3),
      category: fc.constantFrom("tests", "tests", "practice", null),
      session: fc.constantFrom("fall", "fall", "fall", "spring", "untold", null),
      hidden: fc.boolean(),
      activity: fc.option(fc.record({ due })),
      scores: fc.dictionary(fc.constantFrom(...Object.keys(userIds)), score, { maxKeys: 5 })
    }),
    { selector: (item) => item.id, minLength: 12, maxLength: 25 }
  )
  .map((items): ReadonlyArray<TeacherItem> => items)

/** Plans and applies, and plans once more; from a state in which the roster alone stands. */
const twoNights = async (rows: GradebookRows, timezone: string) => {
  const home = mkdtempSync(join(tmpdir(), "rollbook-grade-property-"))
  const sis = emptySis()
  const clock = { asOf: "2026-10-01", now: "2026-10-01T09:00:00.000Z" }
  const definition = { ...grades, timezone }
  const plan = makePlan({
    definition,
    clock,
    part: wholePlan,
    progress: { stage: () => undefined, read: () => undefined }
  })
  return Effect.runPromise(
    Effect.gen(function* () {
      yield* standAtTarget(rosterDefinition, roster)
      const { plan: first } = yield* plan
      const { execution } = yield* applyPlan({
        id: first.plan_id,
        definition,
        now: clock.now,
        part: wholePlan,
        extent: "everything",
        onProgress: () => undefined
      })
      const { plan: second } = yield* plan
      return { steps: first.steps, execution, left: second.steps.count, sis }
    }).pipe(
      Effect.provide(
        Layer.mergeAll(
          warehouseLayer({ stateFile: join(home, "state.duckdb"), ...oneThread }),
          journalLayer(join(home, "journal")),
          memorySis(timezone, sis),
          memoryGradebooks(() => rows)
        )
      )
    )
  ).finally(() => rmSync(home, { recursive: true, force: true }))
}

const dayIn = (instant: string, timeZone: string): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(
    new Date(instant)
  )

it("whatever a grade book holds: plan, apply and plan leaves nothing; the order of rows changes no plan; no day moves and no number is one that nobody wrote", async () => {
  const zone = fc.constantFrom(...Intl.supportedValuesOf("timeZone"))
  await fc.assert(
    fc.asyncProperty(gradebook, zone, async (items, timezone) => {
      const rows = rowsOf(items, {}, "2026-09-30T20:00:00.000Z")
      const night = await twoNights(rows, timezone)
      expect(night.execution.failed).toBe(0)
      // What a gate stopped is planned again; nothing else is.
      expect(night.left).toBe(night.execution.stopped)
      for (const put of night.sis.puts) {
        expect(put).not.toMatch(/NaN|undefined|null|Infinity/)
        for (const [, number] of put.matchAll(/"(?:score|resultValueM\w\w)":([^,}]*)/g)) {
          expect(number).toMatch(/^-?\d{1,10}(\.\d{1,4})?$/)
        }
      }
      for (const item of items) {
        const sent = night.sis.records.get(`line_item:7001/${item.id}`)?.fields
        if (sent === undefined || item.activity == null) continue
        expect(sent["due_date"]).toBe(dayIn(String(item.activity.due), timezone))
      }
      const turned = Object.fromEntries(Object.entries(rows).map(([name, list]) => [name, list.toReversed()]))
      expect((await twoNights(turned, timezone)).steps.sha256).toBe(night.steps.sha256)
    }),
    { numRuns: 4, endOnFailure: true }
  )
})
