import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { exitCodeOf } from "../../src/cli/exit.ts"
import { exitCodes } from "../../src/core/exit-codes.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import { makePlan } from "../../src/run/make-plan.ts"
import { listRuns } from "../../src/state/runs.ts"
import { memorySource } from "../memory/source.ts"
import { memoryTarget } from "../memory/target.ts"
import { load, smallPipeline, withWarehouse } from "../tools/definitions.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { afterNights, loadPipelines } from "./grade-nights.ts"
import { morning } from "./nights.ts"

/** A plan of a pipeline with one entity, whatever folder it lies in. */
const planned = (pipeline: string, entity: string) =>
  Effect.gen(function* () {
    const entities = `  entities:
    ${entity}:
      from: users AS person
      key: person.sourcedId
      fields: { first_name: person.givenName, last_name: person.familyName, username: person.username, org_defined_id: person.sourcedId, role: "'Student'" }`
    const loaded = `\n    ${entity}: { resource: user, on_gone: deactivate }`
    const text = smallPipeline(entities, loaded).replace("pipeline: small", `pipeline: ${pipeline}`)
    const { definition } = yield* Effect.promise(() => load(text))
    return yield* makePlan({
      definition,
      clock: { asOf: "2026-10-01", now: morning },
      part: wholePlan,
      progress: { stage: () => undefined, read: () => undefined }
    }).pipe(Effect.provide(memorySource({ orgs: [], users: [] }, {})), Effect.provide(memoryTarget()), Effect.either)
  })

it("refuses a pipeline whose records would be kept with those of another one of this state", () =>
  withWarehouse(
    Effect.gen(function* () {
      expect(yield* planned("roster_school", "enrollment")).toMatchObject({ _tag: "Right" })
      const runs = (yield* listRuns(10)).length
      const refused = yield* planned("roster", "school_enrollment")
      expect(refused).toMatchObject({
        left: {
          _tag: "TablesTaken",
          of: { pipeline: "roster", entity: "school_enrollment" },
          by: { pipeline: "roster_school", entity: "enrollment" }
        }
      })
      expect(refused._tag === "Left" ? exitCodeOf(refused.left) : null).toBe(exitCodes.invalidDefinition)
      // Nothing was begun.
      expect(yield* listRuns(10)).toHaveLength(runs)
      // Of another name, and the one that was first: both go on.
      expect(yield* planned("roster", "enrollment")).toMatchObject({ _tag: "Right" })
      expect(yield* planned("roster_school", "enrollment")).toMatchObject({ _tag: "Right" })
    })
  ))

it("refuses one whose grade books would be kept with those of another one, and lets that one go on", async () => {
  const { grades, roster } = await loadPipelines()
  /** The pipeline of grades as another file has it: its name, and what its datasets are called in the state. */
  const called = (name: string, before = ""): Definition => ({
    ...grades,
    name,
    datasets: grades.datasets.map((dataset) => ({
      ...dataset,
      ...(dataset.parts !== null && { name: `${before}${dataset.name}` }),
      ...(dataset.mode.kind === "ledger" &&
        dataset.mode.pipeline === "grades" && { mode: { ...dataset.mode, pipeline: name } })
    }))
  })
  const north = called("grades_north")
  const items = [{ id: 1, scores: { ada: 12 } }]
  const refused = await afterNights(
    { grades: north, roster },
    [{ items }, { items }],
    makePlan({
      definition: { ...called("grades", "north_"), load: { ...grades.load, entities: [] } },
      clock: { asOf: "2026-10-20", now: "2026-10-20T09:00:00.000Z" },
      part: wholePlan,
      progress: { stage: () => undefined, read: () => undefined }
    }).pipe(Effect.provide(memorySource({}, {})), Effect.provide(memoryTarget()), Effect.either)
  )
  expect(refused).toMatchObject({
    left: {
      _tag: "TablesTaken",
      of: { pipeline: "grades", entity: expect.stringMatching(/^north_/) },
      by: { pipeline: "grades_north" }
    }
  })
})
