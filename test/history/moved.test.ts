import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { wholePlan } from "../../src/core/plan-part.ts"
import { Journal } from "../../src/core/ports/journal.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { applyPlan } from "../../src/run/apply.ts"
import { noteRestored } from "../../src/state/ledger.ts"
import { changed, district, firstNight, morning, nightsAfter, nightsIn, without } from "../run/nights.ts"
import { livedThrough } from "../tools/lived-through.ts"
import { plain } from "../tools/plain-sql.ts"

const renamed = changed(district, "users", "s21", { familyName: "Reed" })

/** A first night, and a plan of the second one, which somebody may overtake. */
const planned = livedThrough(async (home) => {
  await firstNight(home)
  return nightsIn(home, (night) => night.plan(renamed), {})
})

it("a plan overtaken by another apply names its records that were written, and the run", async () => {
  await nightsAfter(planned, (night, overtaken) =>
    Effect.gen(function* () {
      const other = yield* night.apply((yield* night.plan(renamed)).plan.plan_id)
      expect((yield* Effect.flip(night.apply(overtaken.plan.plan_id))).message).toBe(
        `plan ${overtaken.plan.plan_id} is refused: run ${other.run} of roster wrote 1 record since it was made. 1 of its steps is about such records: user s21 (run ${other.run}). Plan again`
      )
    })
  )
})

it("says so when none of its own records were written", async () => {
  await nightsAfter(planned, (night, overtaken) =>
    Effect.gen(function* () {
      yield* night.apply((yield* night.plan(without(district, { enrollments: ["e28"] }))).plan.plan_id)
      expect((yield* Effect.flip(night.apply(overtaken.plan.plan_id))).message).toContain("none of them among its own")
    })
  )
})

it("a plan is as good as before when a pipeline wrote that has nothing to do with it", async () => {
  await nightsAfter(planned, (night, overtaken) =>
    Effect.gen(function* () {
      const other = yield* night.apply((yield* night.plan(without(renamed, { enrollments: ["e28"] }))).plan.plan_id)
      yield* (yield* Warehouse).execute(
        plain(`UPDATE runs SET pipeline = 'grades' WHERE run = ${other.run};
DELETE FROM outcome WHERE run = ${other.run} AND entity = 'user'`)
      )
      expect((yield* night.apply(overtaken.plan.plan_id)).execution.failed).toBe(0)
    })
  )
})

it("a plan whose source was read otherwise since names the records, though nothing was written", async () => {
  await nightsAfter(planned, (night, overtaken) =>
    Effect.gen(function* () {
      const later = yield* night.plan(changed(district, "users", "s21", { familyName: "Vale" }))
      expect((yield* Effect.flip(night.apply(overtaken.plan.plan_id))).message).toContain(
        `the source was read otherwise since it was made. 1 of its steps is about such records: user s21 (run ${later.plan.run})`
      )
      // The same rows read once more move nothing.
      yield* night.plan(changed(district, "users", "s21", { familyName: "Vale" }))
      expect((yield* night.apply(later.plan.plan_id)).execution.done).toBe(1)
    })
  )
})

it("a plan takes nobody away whom a later read shows, be that read whole or not, or the record in quarantine", async () => {
  await nightsAfter(firstNight, (night) =>
    Effect.gen(function* () {
      const leaving = without(district, { enrollments: ["e28"] })
      const { plan: first } = yield* night.plan(leaving)
      const again = yield* night.plan(leaving)
      const removals = (yield* night.stepsOf(again)).filter(({ action }) => action === "unenroll")
      expect(removals.map(({ entity, hold }) => [entity, hold])).toEqual([
        ["enrollment", null],
        ["section_enrollment", null]
      ])
      const cut = yield* night.plan(district, morning, { enrollments: { totalAtEnd: 1_000 } })
      expect(cut.plan.source.find(({ dataset }) => dataset === "enrollments")?.proven).toBe(false)
      const say = (run: number) =>
        `a later plan leaves what it would take away. 2 of its steps are about such records: ${removals.map(({ entity, key }) => `${entity} ${key} (run ${run})`).join(", ")}`
      for (const plan of [first, again.plan]) {
        expect((yield* Effect.flip(night.apply(plan.plan_id))).message).toContain(say(cut.plan.run))
      }
    })
  )
  await nightsAfter(firstNight, (night) =>
    Effect.gen(function* () {
      const { plan } = yield* night.plan(without(district, { enrollments: ["e28"] }))
      const unsure = yield* night.plan(changed(district, "enrollments", "e28", { role: "" }))
      expect(unsure.plan.quarantine).not.toEqual([])
      expect((yield* Effect.flip(night.apply(plan.plan_id))).message).toContain(
        "a later plan leaves what it would take away. 2 of its steps"
      )
    })
  )
})

it("a plan of an edited pipeline names the pieces that differ", async () => {
  await nightsAfter(planned, (night, overtaken) =>
    Effect.gen(function* () {
      const { "entity user": _, ...others } = night.definition.pieces
      const edited = {
        ...night.definition,
        hash: "other",
        pieces: { ...others, "rule class_code": "other", "entity user": "other" }
      }
      const refused = yield* Effect.flip(
        applyPlan({
          id: overtaken.plan.plan_id,
          definition: edited,
          now: morning,
          part: wholePlan,
          extent: "everything",
          onProgress: () => undefined
        })
      )
      expect(refused.message).toContain(
        "the pipeline roster was edited since (rule class_code, entity user). Plan again"
      )
    })
  )
})

it("a plan that was made before a backup took the place of the state is neither carried out nor taken up", async () => {
  await nightsAfter(planned, (night, { plan: { plan_id } }) =>
    Effect.gen(function* () {
      yield* noteRestored(0)
      const refused = yield* Effect.flip(night.apply(plan_id))
      expect(refused.message).toBe(
        `plan ${plan_id} is refused: the workspace was restored from a backup since it was made, and what was written meanwhile is not known. Plan again`
      )
      // An apply of it was under way when the backup was made.
      yield* Effect.scoped((yield* Journal).open(plan_id))
      expect((yield* Effect.flip(night.apply(plan_id))).message).toMatch(
        /`rollbook resume --begun-only`, then plan again$/
      )
      const settled = yield* applyPlan({
        id: plan_id,
        definition: night.definition,
        now: morning,
        part: wholePlan,
        extent: "begun",
        onProgress: () => undefined
      })
      expect(settled.execution).toMatchObject({ done: 0, notReached: 0 })
      const next = yield* night.plan(renamed)
      expect((yield* night.apply(next.plan.plan_id)).execution).toMatchObject({ done: 1, failed: 0 })
    })
  )
})
