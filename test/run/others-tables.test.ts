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
