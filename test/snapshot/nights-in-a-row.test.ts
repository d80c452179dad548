import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { literal } from "../../src/core/sql.ts"
import { emptied } from "../../src/core/table.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { datasetOf } from "../../src/extract/tables.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { compare } from "../../src/snapshot/change.ts"
import { freeze } from "../../src/snapshot/freeze.ts"
import { prepareTables } from "../../src/state/tables.ts"
import { transform } from "../../src/transform/transform.ts"
import { definitionOf, withWarehouse } from "../tools/definitions.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

/** A person as the source has them on a night. Without a username they are in quarantine; the note is kept, and not compared. */
interface Person {
  readonly email: string | null
  readonly note: string | null
  readonly school: string | null
  readonly section: string | null
  readonly username: string | null
  /** Whether what is to be done about them tonight is done. */
  readonly arrives: boolean
}
type Night = Readonly<Record<string, Person>>

interface Standing extends Omit<Person, "arrives"> {
  readonly presence: "present" | "gone"
}
interface Frozen extends Omit<Person, "arrives"> {
  readonly from: number
}

const pick = ({ email, note, school, section, username }: Omit<Person, "arrives">) => ({
  email,
  note,
  school,
  section,
  username
})
const isSame = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The tables as they must be after some nights, each reckoned from all rows by themselves. */
const reckoned = (nights: ReadonlyArray<Night>) => {
  const ledger = new Map<string, Standing>()
  const snapshot = new Map<string, Frozen>()
  const history: Array<ReadonlyArray<unknown>> = []
  const changes: Array<ReadonlyArray<string>> = []
  for (const [index, night] of nights.entries()) {
    const run = index + 1
    const wanted = new Map(Object.entries(night).filter(([, person]) => person.username !== null))
    const steps = [...new Set([...wanted.keys(), ...ledger.keys()])].flatMap((key): ReadonlyArray<[string, string]> => {
      const [is, was] = [wanted.get(key), ledger.get(key)]
      if (is === undefined) return was?.presence === "present" && night[key] === undefined ? [[key, "deactivate"]] : []
      if (was === undefined) return [[key, "create"]]
      if (was.presence === "gone") return [[key, "restore"]]
      return is.email === was.email && is.username === was.username ? [] : [[key, "update"]]
    })
    changes.push(steps.map((step) => step.join(" ")).toSorted())
    for (const [key, was] of snapshot) {
      const is = wanted.get(key)
      if (is === undefined ? night[key] !== undefined : isSame(pick(is), pick(was))) continue
      history.push([key, ...Object.values(pick(was)), was.from, run])
      snapshot.delete(key)
    }
    for (const [key, is] of wanted) {
      if (snapshot.has(key)) continue
      snapshot.set(key, { ...pick(is), from: run })
      const stands = ledger.get(key)
      if (stands !== undefined) ledger.set(key, { ...stands, note: is.note, school: is.school, section: is.section })
    }
    for (const [key, action] of steps) {
      const [is, stands] = [wanted.get(key), ledger.get(key)]
      if (action === "deactivate" ? stands === undefined : is?.arrives !== true) continue
      if (is !== undefined) ledger.set(key, { ...pick(is), presence: "present" })
      else if (stands !== undefined) ledger.set(key, { ...stands, presence: "gone" })
    }
  }
  const rows = (map: ReadonlyMap<string, Standing | Frozen>, last: "presence" | "from") =>
    [...map].map(([key, one]) => [key, ...Object.values(pick(one)), (one as unknown as Record<string, unknown>)[last]])
  return {
    changes,
    history: sorted(history),
    ledger: sorted(rows(ledger, "presence")),
    snapshot: sorted(rows(snapshot, "from"))
  }
}

const sorted = (rows: ReadonlyArray<ReadonlyArray<unknown>>) =>
  rows.map((row) => JSON.stringify(row.map((value) => (typeof value === "number" ? String(value) : value)))).toSorted()

const definition = await definitionOf(
  `  entities:
    person:
      from: users AS person
      key: person.sourcedId
      label: person.sourcedId
      scope: { school: person.email, section: person.identifier }
      fields: { email: person.familyName, username: person.username, note: person.givenName, first_name: "'Kim'", last_name: "'Vale'", org_defined_id: "'7'", role: "'Student'" }`,
  `
    person: { resource: user, on_gone: deactivate, state_only: [note] }`
)
const fields = "email, username, note, first_name, last_name, org_defined_id, role"
const told = "key, email, note, _school, _section, username"

/** What the flow makes of the nights, each planned, frozen, and carried out as far as it arrives. */
const lived = Effect.fn(function* (nights: ReadonlyArray<Night>) {
  const warehouse = yield* Warehouse
  const run = (text: string) => warehouse.execute(plain(text))
  const all = (text: string) =>
    Effect.map(warehouse.rows(plain(text), anyRow), (rows) => sorted(rows.map((row) => Object.values(row))))
  yield* prepareTables(loadedEntitiesOf(definition))
  yield* run("DELETE FROM ledger_small_person; DELETE FROM snapshot_small_person; DELETE FROM history_small_person")
  const changes: Array<ReadonlyArray<string>> = []
  for (const [index, night] of nights.entries()) {
    for (const dataset of definition.datasets) {
      const contract = oneRosterCollections.get(dataset.endpoint)
      if (contract !== undefined) yield* warehouse.execute(emptied(datasetOf(dataset.name, contract)))
    }
    const people = Object.entries(night).map(
      ([key, { email, note, school, section, username }]) =>
        `(${[key, email, note, school, section, username].map(literal).join(", ")})`
    )
    if (people.length > 0)
      yield* run(
        `INSERT INTO dataset_users (sourcedId, familyName, givenName, email, identifier, username) VALUES ${people.join(", ")}`
      )
    yield* transform(definition, oneRosterCollections, { asOf: "2026-10-01", now: "2026-10-01T07:00:00.000Z" })
    yield* compare(definition, [])
    const rows = yield* warehouse.rows(plain("SELECT key || ' ' || action AS step FROM change ORDER BY step"), anyRow)
    changes.push(rows.map((row) => String(row["step"])))
    yield* freeze(definition, index + 1)
    const arrived = Object.entries(night).flatMap(([key, { arrives }]) => (arrives ? [key] : []))
    const done = `(SELECT key FROM change WHERE after IS NOT NULL AND list_contains([${arrived.map(literal).join(", ")}]::VARCHAR[], key))`
    yield* run(`DELETE FROM ledger_small_person WHERE key IN ${done};
INSERT INTO ledger_small_person (key, label, _school, _section, remote_id, presence, origin, run, fingerprint, ${fields})
SELECT key, label, _school, _section, key, 'present', 'created', 1, fingerprint, ${fields} FROM desired_person WHERE key IN ${done};
UPDATE ledger_small_person SET presence = 'gone' WHERE key IN (SELECT key FROM change WHERE action = 'deactivate')`)
  }
  return {
    changes,
    history: yield* all(`SELECT ${told}, valid_from, valid_to FROM history_small_person`),
    ledger: yield* all(`SELECT ${told}, presence FROM ledger_small_person`),
    snapshot: yield* all(`SELECT ${told}, valid_from FROM snapshot_small_person`)
  }
})

// Few people, few values, and most of them as they were: each thing that can befall a record befalls one by itself.
const few = fc.constantFrom("a", "a", "a", "a", "b", null)
const person: fc.Arbitrary<Person> = fc.record({
  email: few,
  note: few,
  school: few,
  section: few,
  username: fc.constantFrom("k", "k", "k", "k", "l", null),
  arrives: fc.constantFrom(true, true, false)
})
const maybe = fc.option(person, { freq: 4 })
const night: fc.Arbitrary<Night> = fc
  .tuple(maybe, maybe, maybe, maybe)
  .map((people) => Object.fromEntries(people.flatMap((one, index) => (one === null ? [] : [[`u${index}`, one]]))))

it("what is kept after some nights is what follows from all their rows, each night reckoned by itself", () =>
  withWarehouse(
    Effect.gen(function* () {
      const runtime = yield* Effect.runtime<Warehouse>()
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(fc.array(night, { minLength: 2, maxLength: 5 }), async (nights) => {
            expect(await Effect.runPromise(Effect.provide(lived(nights), runtime))).toEqual(reckoned(nights))
          }),
          { numRuns: 20 }
        )
      )
    })
  ))
