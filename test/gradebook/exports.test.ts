import * as Effect from "effect/Effect"
import { beforeAll, expect, it, vi } from "vitest"
import { wholePlan } from "../../src/core/plan-part.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { findClass } from "../../src/gradebook/classes.ts"
import { listExports } from "../../src/gradebook/exports.ts"
import { listItems } from "../../src/gradebook/grade-items.ts"
import { afterNights, loadPipelines, type Pipelines } from "../run/grade-nights.ts"

/** Exports of grades as people see them before and after: what goes, and who had what sent. */

// Engines of their own, on a machine that others use too.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })

let pipelines: Pipelines
beforeAll(async () => {
  pipelines = await loadPipelines()
})

const section = { ...wholePlan, sections: ["c1"] }

it("an export that sent nothing names its course in the history, and a nightly one none", async () => {
  const items = [{ id: 1, scores: { ada: 12 } }]
  const exports = await afterNights(
    pipelines,
    [{ items }, { items, part: section, askedBy: "o.hernandez" }, { items }],
    listExports(pipelines.grades, null, 10)
  )
  expect(exports.map(({ courses, run }) => [run.askedBy, courses.map(({ name }) => name)])).toEqual([
    [null, []],
    ["o.hernandez", ["1200 1 English 9"]],
    [null, ["1200 1 English 9"]]
  ])
})

/** The items of the class as `rollbook items` shows them on the day after some nights, with an edited pipeline. */
const shown = (grades: Definition) =>
  Effect.gen(function* () {
    const managed = yield* findClass(grades, "c1")
    if (managed === null) throw new Error("there is no class c1")
    const found = yield* listItems(grades, managed, "2026-10-20T10:00")
    return (found?.items ?? []).map(({ goes, name, reason }) => [name, goes, reason])
  })

it("an item goes only as far as a freeze and the gates let it on that day", async () => {
  const { grades } = pipelines
  const frozen: Definition = {
    ...grades,
    load: {
      ...grades.load,
      gates: {
        ...grades.load.gates,
        freezes: [
          {
            from: "2026-10-15",
            until: null,
            schools: [],
            sessions: ["spring"],
            say: "spring is final",
            at: { file: "grades.yaml", line: 1, column: 1, offset: 0, length: 1 }
          }
        ]
      }
    }
  }
  const items = [{ id: 1 }, { id: 2, session: "spring" as const }]
  expect(await afterNights(pipelines, [{ items }], shown(frozen))).toEqual([
    ["Essay 1", true, null],
    ["Essay 2", false, "waits: spring is final"]
  ])
})

it("an item does not go on what was known before the last run", async () => {
  const items = [{ id: 1 }, { id: 2 }]
  const nights = [{ items }, { items, unread: ["item_settings 7001/2"] }]
  expect(await afterNights(pipelines, nights, shown(pipelines.grades))).toEqual([
    ["Essay 1", true, null],
    ["Essay 2", false, "not read in the last run: what is known of it is of 2026-10-01 09:00 UTC"]
  ])
  const after = await afterNights(pipelines, [{ items }, { items, unread: ["7001"] }], shown(pipelines.grades))
  expect(after.map(([, goes]) => goes)).toEqual([false, false])
})
