import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { identifier, literal } from "../../src/core/sql.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { compare } from "../../src/snapshot/change.ts"
import { freeze } from "../../src/snapshot/freeze.ts"
import { prepareTables } from "../../src/state/tables.ts"
import { transform } from "../../src/transform/transform.ts"

import { definitionOf, withWarehouse } from "../tools/definitions.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"
import { datasetOf } from "../../src/extract/tables.ts"
import { emptied } from "../../src/core/table.ts"

/** Whether anything is ever taken for unchanged because some sum over all rows came out the same. */

let definition: Definition

beforeAll(async () => {
  definition = await definitionOf(
    `  entities:
    person:
      from: users AS person
      key: person.sourcedId
      scope: { school: person.email, section: person.identifier }
      fields: { middle_name: person.givenName, email: person.familyName, username: person.username, first_name: "'Kim'", last_name: "'Vale'", org_defined_id: "'7'", role: "'Student'" }`,
    `
    person: { resource: user, on_gone: deactivate }`
  )
})

/** Middle name, address, username, school, section; the last two are not compared, but kept. */
type Person = readonly [
  middle: string | null,
  email: string | null,
  username: string,
  school: string | null,
  section: string | null
]
type People = ReadonlyMap<string, Person>

/** Makes these the rows that are wanted. */
const want = Effect.fn(function* (people: People) {
  const warehouse = yield* Warehouse
  for (const dataset of definition.datasets) {
    const contract = oneRosterCollections.get(dataset.endpoint)
    if (contract !== undefined) yield* warehouse.execute(emptied(datasetOf(dataset.name, contract)))
  }
  const rows = [...people].map(([key, values]) => `(${[key, ...values].map(literal).join(", ")})`)
  if (rows.length > 0)
    yield* warehouse.execute(
      plain(
        `INSERT INTO dataset_users (sourcedId, givenName, familyName, username, email, identifier) VALUES ${rows.join(", ")}`
      )
    )
  yield* transform(definition, oneRosterCollections, { asOf: "2026-10-01", now: "2026-10-01T07:00:00.000Z" })
})

/** Takes what is wanted as written. */
const believe = Effect.fn(function* () {
  const warehouse = yield* Warehouse
  const fields = ["middle_name", "email", "username", "first_name", "last_name", "org_defined_id", "role"]
    .map(identifier)
    .join(", ")
  yield* warehouse.transaction([
    plain("DELETE FROM ledger_small_person"),
    plain(`INSERT INTO ledger_small_person (key, label, _school, _section, remote_id, presence, origin, run, fingerprint, ${fields})
SELECT key, label, _school, _section, key, 'present', 'created', 1, fingerprint, ${fields} FROM desired_person`)
  ])
})

/** Keys whose values are others than before, and what `compare` and `freeze` find, each in order. */
const found = Effect.fn(function* (before: People, after: People) {
  const warehouse = yield* Warehouse
  yield* prepareTables(loadedEntitiesOf(definition))
  yield* warehouse.execute(plain("DELETE FROM ledger_small_person; DELETE FROM snapshot_small_person"))
  yield* want(before)
  yield* compare(definition, [])
  yield* freeze(definition, 1)
  yield* believe()
  yield* want(after)
  yield* compare(definition, [])
  const compared = yield* warehouse.rows(plain("SELECT key FROM change ORDER BY key"), anyRow)
  yield* freeze(definition, 2)
  const frozen = yield* warehouse.rows(
    plain("SELECT key, middle_name, email, username, _school, _section FROM snapshot_small_person ORDER BY key"),
    anyRow
  )
  return { compared: compared.map((row) => String(row["key"])), frozen: frozen.map((row) => Object.values(row)) }
})

const told = (people: People) => [...people].map(([key, values]) => [key, ...values]).toSorted(byKey)
const byKey = (a: ReadonlyArray<unknown>, b: ReadonlyArray<unknown>): number => (String(a[0]) < String(b[0]) ? -1 : 1)
const differing = (before: People, after: People): ReadonlyArray<string> =>
  [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => {
      const [was, is] = [before.get(key), after.get(key)]
      return was === undefined || is === undefined || was.slice(0, 3).some((value, index) => value !== is[index])
    })
    .toSorted()

const check = Effect.fn(function* (before: People, after: People) {
  const { compared, frozen } = yield* found(before, after)
  expect(compared).toEqual(differing(before, after))
  expect(frozen).toEqual(told(after))
})

const twins: People = new Map([
  ["u1", ["Ada", "Lind", "ada.lind", "s1", "c1"]],
  ["u2", ["Bea", "Moss", "bea.moss", "s2", "c2"]],
  ["u3", ["Cal", "Reed", "cal.reed", "s3", "c3"]]
])
/** Each of these people with the values of the next, the last with those of the first. */
const exchanged = (people: People, ...keys: ReadonlyArray<string>): People =>
  new Map(
    [...people].map(([key, own]) => {
      const place = keys.indexOf(key)
      return [key, place < 0 ? own : (people.get(keys[(place + 1) % keys.length] ?? key) ?? own)]
    })
  )

describe("no sum over all rows hides", () => {
  it("two people who exchange all their values", () => withWarehouse(check(twins, exchanged(twins, "u1", "u2"))))

  it("three whose values go round", () => withWarehouse(check(twins, exchanged(twins, "u1", "u2", "u3"))))

  it("an exchange beside another change", () =>
    withWarehouse(
      check(twins, new Map([...exchanged(twins, "u1", "u2"), ["u3", ["Cal", "Reid", "cal.reed", "s3", "c3"]]]))
    ))

  it("two who exchange their sections, or their schools, alone", () =>
    withWarehouse(
      Effect.gen(function* () {
        yield* check(twins, moved(4))
        yield* check(twins, moved(3))
      })
    ))

  it("a pair that is equal to another pair", () =>
    withWarehouse(
      check(
        new Map([...twins, ["u4", ["Dot", "Ames", "x", null, null]], ["u5", ["Dot", "Ames", "x", null, null]]]),
        new Map([...twins, ["u4", ["Eve", "Bush", "y", null, null]], ["u5", ["Eve", "Bush", "y", null, null]]])
      )
    ))

  it("two values of one person in each other's place, or nothing in place of something", () =>
    withWarehouse(
      Effect.gen(function* () {
        yield* check(twins, new Map([...twins, ["u1", ["Lind", "Ada", "ada.lind", "s1", "c1"]]]))
        yield* check(
          new Map([["u1", [null, "Lind", "a", null, null]]]),
          new Map([["u1", ["Lind", null, "a", null, null]]])
        )
      })
    ))

  it("whatever becomes of any set of people", () =>
    withWarehouse(
      Effect.gen(function* () {
        const runtime = yield* Effect.runtime<Warehouse>()
        // Few values, so that rows are equal, exchange places and cancel each other out again and again.
        const few = fc.constantFrom("a", "b", "ab", null)
        const person = fc.tuple(few, few, fc.constantFrom("a", "b"), few, few)
        const people = fc.uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c", "d", "e", "f"), person), {
          maxLength: 6,
          selector: ([key]) => key
        })
        const nights = people.chain((before) =>
          fc.tuple(
            fc.constant(before),
            fc.oneof(
              fc
                .shuffledSubarray(
                  before.map(([, values]) => values),
                  { minLength: before.length }
                )
                .map((values) => before.map(([key, own], index) => [key, values[index] ?? own] as const)),
              people
            )
          )
        )
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(nights, ([before, after]) =>
              Effect.runPromise(Effect.provide(check(new Map(before), new Map(after)), runtime))
            ),
            { numRuns: 25 }
          )
        )
      })
    ))
})

/** The first two with each other's value in one place. */
const moved = (place: 3 | 4): People => {
  const [one, two] = [twins.get("u1"), twins.get("u2")]
  if (one === undefined || two === undefined) throw new Error("there are twins")
  return new Map([
    ...twins,
    ["u1", one.with(place, two[place]) as unknown as Person],
    ["u2", two.with(place, one[place]) as unknown as Person]
  ])
}
