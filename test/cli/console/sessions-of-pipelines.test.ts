import * as Effect from "effect/Effect"
import { beforeAll, expect, it } from "vitest"
import { startExportOf } from "../../../src/cli/console/courses.ts"
import { exportsOf } from "../../../src/cli/console/exports.ts"
import type { Room } from "../../../src/cli/console/room.ts"
import { Warehouse } from "../../../src/core/ports/warehouse.ts"
import type { Definition } from "../../../src/pipeline/definition.ts"
import { makeAskedRuns } from "../../../src/service/asked.ts"
import { course, roster } from "../../cases/grades/teacher.ts"
import { loadPipelines, type Pipelines } from "../../run/grade-nights.ts"
import { withWarehouse } from "../../tools/definitions.ts"
import { standAtTarget } from "../../tools/stand-at-target.ts"

/** A course of which two pipelines take the grades, each by a roster with terms of its own. */

let pipelines: Pipelines
let evening: Definition
beforeAll(async () => {
  pipelines = await loadPipelines()
  const { grades } = pipelines
  evening = {
    ...grades,
    name: "evening",
    datasets: grades.datasets.map((dataset) =>
      dataset.mode.kind === "ledger" && dataset.mode.pipeline === "roster"
        ? { ...dataset, mode: { ...dataset.mode, pipeline: "evening_roster" } }
        : dataset
    )
  }
})

const by = {
  who: "o.hernandez",
  reveals: false,
  asker: { by: "lti", key: "", launched: null }
} as const

/** What the course's page says of an export of one session, pipeline by pipeline. */
const exported = (session: string) =>
  withWarehouse(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      const semester = [{ key: "t9", remote_id: "6709", label: "Evening term" }]
      yield* standAtTarget(pipelines.roster, roster)
      yield* standAtTarget({ ...pipelines.roster, name: "evening_roster" }, { ...roster, semester })
      const asked = makeAskedRuns([], () => Effect.void)
      const room = {
        exporting: Effect.succeed([pipelines.grades, evening]),
        installation: Effect.succeed((connection: string) => connection),
        live: { asked, wake: Effect.void, progress: new Map() },
        note: () => Effect.void,
        read: (_: string, work: Effect.Effect<unknown, unknown, Warehouse>) =>
          Effect.provideService(work, Warehouse, warehouse)
      } as unknown as Room
      const meant = { named: course, launchedFrom: null }
      yield* startExportOf(room, meant, { section: null, session }, by)
      const { under_way: told } = yield* exportsOf(room, meant)
      return told.map(({ outcome, pipeline, reason, state }) => [pipeline, state, outcome, reason?.say ?? null])
    })
  )

it("an export of one session is asked of the pipelines that know it, and told of the others", async () => {
  const unknown = (pipeline: string, session: string) => [
    pipeline,
    "ended",
    "refused",
    `the pipeline ${pipeline} knows no academic session ${session}, so it exports nothing of it`
  ]
  expect(await exported("evening term")).toEqual([
    ["evening", "waiting", null, null],
    unknown("grades", "evening term")
  ])
  expect(await exported("Fall")).toEqual([["grades", "waiting", null, null], unknown("evening", "Fall")])
})

it("one that none of them knows is asked of each: what they read tells", async () => {
  expect(await exported("Winter")).toEqual([
    ["grades", "waiting", null, null],
    ["evening", "waiting", null, null]
  ])
})
