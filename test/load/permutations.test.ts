import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { identifier, literal } from "../../src/core/sql.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { loadDefinition } from "../../src/pipeline/load-definition.ts"
import type { TargetErrorReason } from "../../src/core/ports/target.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { prepareTables } from "../../src/state/tables.ts"
import { emptyTarget, memoryTarget, type Standing } from "../memory/target.ts"
import { emptyEnvironment, gradeOffer, inFolder, smallPipeline } from "../tools/definitions.ts"
import { oneThread } from "../tools/one-thread.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { plain } from "../tools/plain-sql.ts"
import { carryOut } from "./carry-out.ts"

/**
 * Names that no two records of a target can have, and that are to be another record's tomorrow: however they are
 * permuted, and however the target says that one is taken, all of them arrive.
 */

let definition: Definition

/** What a record is called, by what it must be unique in, and within what. */
const names = [
  { entity: "person", field: "username", within: null },
  { entity: "person", field: "org_defined_id", within: null },
  { entity: "school", field: "code", within: null },
  { entity: "template", field: "code", within: null },
  { entity: "offering", field: "code", within: null },
  { entity: "section", field: "code", within: null },
  { entity: "assignment", field: "title", within: "class" }
] as const

type Name = (typeof names)[number]

beforeAll(async () => {
  const entity = (name: string, fields: string): string => `
    ${name}: { from: users AS person, key: person.sourcedId, fields: { ${fields} } }`
  definition = await inFolder((folder) => {
    const path = join(folder, "pipeline.yaml")
    writeFileSync(
      path,
      smallPipeline(
        `  entities:${entity("person", "first_name: person.givenName, last_name: person.familyName, username: person.username, org_defined_id: person.sourcedId, role: \"'Student'\"")}${entity("school", "name: person.givenName, code: person.username")}${entity("template", "name: person.givenName, code: person.username, parent: { ref: school, key: person.sourcedId }")}${entity("offering", "name: person.givenName, code: person.username, template: { ref: template, key: person.sourcedId }")}${entity("section", "name: person.givenName, code: person.username, offering: { ref: offering, key: person.sourcedId }")}${entity("assignment", "title: person.givenName, class: person.username, assign_date: run.now, due_date: run.now, result_value_max: '1'")}`,
        `
    person: { resource: user, on_gone: deactivate }
    school: { resource: org_unit, type: School, on_gone: recycle }
    template: { resource: course_template, on_gone: keep }
    offering: { resource: course_offering, on_gone: keep }
    section: { resource: section, on_gone: keep }
    assignment: { resource: line_item, on_gone: keep }`
      )
    )
    return Effect.runPromise(loadDefinition(path, "pipeline.yaml", gradeOffer, emptyEnvironment))
  }).then((loaded) => loaded.definition)
})

/** A record by its number: what it is called now, and what it is to be called. Null before: it is new. */
interface Renamed {
  readonly before: string | null
  readonly after: string
  readonly scope: string
}

const fieldsOf = (name: Name, one: Renamed, value: string | null): Record<string, string | null> => ({
  name: "same",
  first_name: "same",
  [name.field]: value,
  ...scopeOf(name, one)
})

const scopeOf = (name: Name, one: Renamed): Record<string, string> =>
  name.within === null ? {} : { [name.within]: one.scope }

const isRef = (name: Name): boolean => ["template", "offering", "section"].includes(name.entity)

const apply = (
  name: Name,
  records: ReadonlyArray<Renamed>,
  strangers: ReadonlyArray<string>,
  reason: TargetErrorReason
) =>
  inFolder(async (folder) => {
    const keyOf = (index: number): string => `r${100 + index}`
    const standing = records.flatMap((one, index) => (one.before === null ? [] : [[keyOf(index), one.before] as const]))
    const called = (value: string, more = {}): Standing => ({
      resource: "any",
      fields: { ...more, [name.field]: value }
    })
    const world = emptyTarget([
      ...records.flatMap((one, index) =>
        one.before === null ? [] : [[keyOf(index), called(one.before, scopeOf(name, one))] as const]
      ),
      // A stranger's record is in no class that the test knows of.
      ...strangers.map((value, index) => [`stranger ${index}`, called(value)] as const)
    ])
    const namesThere = new Map<string, string | null>()
    const entities = loadedEntitiesOf(definition)
    const phase = entities.findIndex((one) => one.load.entity === name.entity)
    const execution = await Effect.runPromise(
      Effect.gen(function* () {
        const warehouse = yield* Warehouse
        yield* prepareTables(loadedEntitiesOf(definition))
        for (const [key] of standing) {
          yield* warehouse.execute(
            plain(`INSERT INTO ${identifier(entities[phase]?.tables.ledger ?? "")} (key, remote_id, presence, origin, run, fingerprint)
VALUES (${literal(key)}, ${literal(key)}, 'present', 'created', 1, 0)`)
          )
        }
        yield* warehouse.execute(
          plain(`CREATE OR REPLACE TEMP TABLE step (seq BIGINT, phase INTEGER, entity VARCHAR, key VARCHAR, action VARCHAR,
  reason VARCHAR, label VARCHAR, school VARCHAR, section VARCHAR, remote_id VARCHAR, before JSON, after JSON, changed VARCHAR[],
  implied_by VARCHAR, hold VARCHAR, previous_key VARCHAR, approval VARCHAR)`)
        )
        for (const [index, one] of records.entries()) {
          const before = one.before === null ? null : JSON.stringify(fieldsOf(name, one, one.before))
          yield* warehouse.execute(
            plain(`INSERT INTO step VALUES (${index + 1}, ${phase}, ${literal(name.entity)}, ${literal(keyOf(index))},
  ${one.before === null ? "'create'" : "'update'"}, '', NULL, NULL, NULL, ${one.before === null ? "NULL" : literal(keyOf(index))},
  ${literal(before)}, ${literal(JSON.stringify(fieldsOf(name, one, one.after)))}, ['${name.field}'], NULL, NULL, NULL, NULL)`)
          )
        }
        return yield* carryOut(definition)
      }).pipe(
        Effect.provide(
          Layer.mergeAll(
            // It refuses a name which another record of the scope has, whatever its case, in its own words.
            memoryTarget(world, { idOf: ({ key }) => key, unique: { ...name, reason } }),
            journalLayer(join(folder, "journal")),
            warehouseLayer({ stateFile: join(folder, "state.duckdb"), ...oneThread })
          )
        )
      )
    )
    for (const [key, { fields }] of world.records) namesThere.set(key, fields[name.field] ?? null)
    return { execution, names: namesThere, requests: world.sent.length, keyOf }
  })

const reasons = fc.constantFrom<TargetErrorReason>("Conflict", "Invalid", "Forbidden", "Unknown")

/** Some records exchange their names in any way, some take new ones, and new records take names that others give up. */
const permuted = fc
  .record({
    order: fc.shuffledSubarray(["Lee", "Diaz", "Okafor", "Silva", "Khan", "Novak"], { minLength: 2 }),
    keeps: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    fresh: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    scopes: fc.integer({ min: 1, max: 2 })
  })
  .map(({ fresh, keeps, order, scopes }) =>
    Array.from({ length: scopes }, (_, scope): ReadonlyArray<Renamed> => {
      const before = order.toSorted()
      const renamed = before.map((was, index): Renamed => {
        const after = fresh[index] === true ? `${was} the new` : (order[index] ?? was)
        return { before: was, after: keeps[index] === true ? after.toUpperCase() : after, scope: `class ${scope}` }
      })
      // What nobody has any more, a new record may have.
      const free = before.find((was) => !renamed.some((one) => one.after.toLowerCase() === was.toLowerCase()))
      return [...renamed, ...(free === undefined ? [] : [{ before: null, after: free, scope: `class ${scope}` }])]
    }).flat()
  )

describe("names that exchange places", () => {
  for (const name of names) {
    it(`arrive, however they are permuted: ${name.field} of ${name.entity}`, async () => {
      await fc.assert(
        fc.asyncProperty(permuted, reasons, async (records, reason) => {
          const given = name.within === null ? records.filter((one) => one.scope === "class 0") : records
          // What merely keeps its name is no step.
          const steps = given.filter((one) => one.before !== one.after)
          const { execution, keyOf, names: called, requests } = await apply(name, steps, [], reason)
          expect(execution).toMatchObject({ done: steps.length, failed: 0, notReached: 0, stoppedBy: null })
          expect(steps.map((_, index) => called.get(keyOf(index)))).toEqual(steps.map((one) => one.after))
          // Refused once, out of the way, and back: no more than that is asked of the target for any of them.
          expect(requests).toBeLessThanOrEqual(3 * steps.length)
        }),
        { numRuns: isRef(name) ? 6 : 10 }
      )
    })
  }

  it("wait for nobody: a ring arrives beside a name that a stranger keeps", async () => {
    const records = ["Diaz", "Lee", "Okafor", "Silva"].map((before, index, all): Renamed => ({
      before,
      after: index === 3 ? "Khan" : (all[(index + 1) % 3] ?? ""),
      scope: "class"
    }))
    for (const reason of ["Conflict", "Invalid"] as const) {
      const { execution, keyOf, names: called } = await apply(names[6], records, ["Khan"], reason)
      expect(execution).toMatchObject({ done: 4, failed: 0 })
      const users = await apply(names[0], records, ["Khan"], reason)
      expect(users.execution).toMatchObject({ done: 3, failed: 1 })
      expect([0, 1, 2, 3].map((index) => users.names.get(keyOf(index)))).toEqual(["Lee", "Okafor", "Diaz", "Silva"])
      expect(called.get(keyOf(3))).toBe("Khan")
    }
  })

  it("are given back where the exchange fails in its middle", async () => {
    // The second wants the name of a stranger as well as the first wants the second's: nothing of it can be had.
    const records: ReadonlyArray<Renamed> = [
      { before: "Diaz", after: "Lee", scope: "class" },
      { before: "Lee", after: "Khan", scope: "class" }
    ]
    const { execution, keyOf, names: called } = await apply(names[0], records, ["Khan"], "Conflict")
    expect(execution).toMatchObject({ done: 0, failed: 2 })
    expect([called.get(keyOf(0)), called.get(keyOf(1))]).toEqual(["Diaz", "Lee"])
  })
})
