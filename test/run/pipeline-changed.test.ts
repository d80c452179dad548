import * as Effect from "effect/Effect"
import { expect, it, vi } from "vitest"
import { entityHash } from "../../src/pipeline/entity-hash.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { definitionOf, load, smallPipeline } from "../tools/definitions.ts"
import { wholePlan } from "../../src/core/plan-part.ts"
import { readBaseline } from "../../src/guards/holds/baseline.ts"
import { makePlan } from "../../src/run/make-plan.ts"
import { memorySource } from "../memory/source.ts"
import { district, morning, nightsAfterTheFirst, without } from "./nights.ts"
import { plain } from "../tools/plain-sql.ts"

vi.setConfig({ testTimeout: 400_000 })

const entities = `  rules:
    place: org.name
    call: person.givenName
  entities:
    school:
      from: orgs AS org
      key: org.sourcedId
      fields: { name: { rule: place }, code: org.identifier }
    person:
      from: users AS person
      key: person.sourcedId
      fields: { first_name: { rule: call }, last_name: person.familyName, username: person.username, org_defined_id: person.sourcedId, role: "'Student'" }`
const loads = `
    school: { resource: org_unit, type: School, on_gone: recycle }
    person: { resource: user, on_gone: deactivate }`

it("knows of each entity whether its part of the pipeline was edited, and nothing of guards", async () => {
  const hashes = async (text: string, loaded = loads) => {
    const definition = await definitionOf(text, loaded)
    return { school: entityHash(definition, "school"), person: entityHash(definition, "person") }
  }
  const before = await hashes(entities)
  const ofSchool = await hashes(entities.replace("place: org.name", "place: upper(org.name)"))
  expect(ofSchool.school).not.toBe(before.school)
  expect(ofSchool.person).toBe(before.person)
  const ofPerson = await hashes(entities, loads.replace("deactivate", "keep"))
  expect(ofPerson.person).not.toBe(before.person)
  expect(ofPerson.school).toBe(before.school)
  const guarded = `${smallPipeline(entities, loads)}  guards: { defaults: { gone: { percent: 50 } } }\n`
  const loosened = (await load(guarded)).definition
  expect(entityHash(loosened, "school")).toBe(before.school)
})

it("holds the removals of the first night on another engine, until they are gone; what is gone later is judged as ever", () =>
  nightsAfterTheFirst(({ plan, stepsOf }) =>
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      yield* warehouse.execute(plain("UPDATE made_by SET engine = 'v0.0.1'"))
      const upgraded = yield* plan(without(district, { enrollments: ["e28"] }))
      expect(upgraded.plan.holds[0]).toMatchObject({
        guard: "pipeline_changed",
        entity: "enrollment",
        say: "1 of 10 enrollment would be removed, and the engine is another one since run 1"
      })
      // The engine is no news any more, and what was held then waits on. Another drop is judged as ever: two of ten in one
      // school are too many.
      const later = yield* plan(without(district, { enrollments: ["e28", "e27"] }))
      const guards = new Map(later.plan.holds.map((hold) => [hold.id, hold.guard]))
      const held = (yield* stepsOf(later)).flatMap((step) =>
        step.entity === "enrollment" ? [[step.key, guards.get(step.hold ?? "")]] : []
      )
      expect(Object.fromEntries(held)).toEqual({ "c2/s27": "per_school", "c2/s28": "pipeline_changed" })
      const back = yield* plan(district)
      expect(back.plan.holds).toEqual([])
      const other = yield* plan(without(district, { enrollments: ["e26"] }))
      expect(other.plan.holds).toEqual([])
    })
  ))

it("holds them on the next night though another day was rehearsed meanwhile, and takes no rehearsal for a usual night", () =>
  nightsAfterTheFirst(({ definition, plan }) =>
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      yield* warehouse.execute(plain("UPDATE made_by SET engine = 'v0.0.1'"))
      const quiet = { stage: () => undefined, read: () => undefined }
      const clock = { asOf: "2026-11-02", now: morning }
      const rehearsed = yield* makePlan({ definition, clock, part: wholePlan, progress: quiet }).pipe(
        Effect.provide(memorySource(district, {}))
      )
      expect(rehearsed.plan).toMatchObject({ as_of: "2026-11-02", steps: { count: 0 } })
      const tonight = yield* plan(without(district, { enrollments: ["e28"] }))
      expect(tonight.plan.holds[0]).toMatchObject({ guard: "pipeline_changed", entity: "enrollment" })
      expect((yield* readBaseline("roster")).runs).toEqual([tonight.plan.run, 1])
    })
  ))
