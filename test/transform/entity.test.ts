import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { identifier } from "../../src/core/sql.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { type Row, Warehouse, type WarehouseError, type WarehouseService } from "../../src/core/ports/warehouse.ts"
import { entityStatement } from "../../src/transform/entity.ts"
import { transform } from "../../src/transform/transform.ts"
import { definitionOf, withWarehouse } from "../tools/definitions.ts"
import { entityView } from "../../src/pipeline/relations.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"
import { datasetOf } from "../../src/extract/tables.ts"
import { emptied } from "../../src/core/table.ts"

type Given = Readonly<Record<string, ReadonlyArray<Readonly<Record<string, string>>>>>

/** Entities over rows of `orgs` and `users`; values are SQL. `_fault` marks a record that its contract turned away. */
const run = <A extends object = object>(
  definition: Definition,
  given: Given,
  further: (warehouse: WarehouseService) => Effect.Effect<A, WarehouseError> = () => Effect.succeed({} as A)
) =>
  withWarehouse(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      for (const dataset of definition.datasets) {
        const contract = oneRosterCollections.get(dataset.endpoint)
        if (contract === undefined) continue
        yield* warehouse.execute(emptied(datasetOf(dataset.name, contract)))
        for (const row of given[dataset.name] ?? []) {
          yield* warehouse.execute(
            plain(
              `INSERT INTO dataset_${dataset.name} (${Object.keys(row).map(identifier).join(", ")}) SELECT ${Object.values(row).join(", ")}`
            )
          )
        }
      }
      const transformed = yield* transform(definition, oneRosterCollections, {
        asOf: "2026-10-01",
        now: "2026-10-01T07:00:00Z"
      })
      const rows = new Map<string, ReadonlyArray<Row>>()
      for (const { name } of definition.entities)
        rows.set(
          name,
          yield* warehouse.rows(plain(`SELECT * FROM ${identifier(entityView(name))} ORDER BY key`), anyRow)
        )
      const quarantine = yield* warehouse.rows(
        plain("SELECT entity, key, rule, say FROM quarantine ORDER BY ALL"),
        anyRow
      )
      return { transformed, rows, quarantine, ...(yield* further(warehouse)) }
    })
  )

const org = (id: string, more: Readonly<Record<string, string>> = {}) => ({
  sourcedId: `'${id}'`,
  status: "'active'",
  type: "'school'",
  name: `'School ${id}'`,
  ...more
})
const user = (id: string, more: Readonly<Record<string, string>> = {}) => ({
  sourcedId: `'${id}'`,
  status: "'active'",
  role: "'student'",
  orgs: "['A']",
  ...more
})
const fault = { _fault: "{'rule': 'contract:type', 'say': 'type is missing'}" }

const schools = `    school:
      from: orgs AS org
      where: org.status = 'active'
      key: org.sourcedId
      label: org.name
      scope: { school: org.sourcedId }
      fields: { name: org.name }
      reject: [{ id: nameless, when: org.name IS NULL, say: the school has no name }]`

it("accounts for every row, and lists what was turned away with its reason", async () => {
  const definition = await definitionOf(`  entities:\n${schools}`)
  const { transformed, quarantine } = await run(definition, {
    orgs: [org("A"), org("B", { name: "NULL" }), org("C", { status: "'tobedeleted'" }), org("D", fault)],
    users: [user("s")]
  })
  expect(transformed.entities).toEqual([{ entity: "school", kept: 1, unwanted: 0, quarantined: 2 }])
  // Nothing is loaded here, so nothing became a record of the target.
  expect(transformed.accounts).toEqual([
    { dataset: "orgs", rows: 4, became: 0, quarantined: 2, unwanted: 2 },
    { dataset: "users", rows: 1, became: 0, quarantined: 0, unwanted: 1 }
  ])
  expect(quarantine).toEqual([
    { entity: "school", key: "B", rule: "nameless", say: "the school has no name" },
    { entity: "school", key: "D", rule: "contract:type", say: "type is missing" }
  ])
})

it("counts with a record that does not fit its contract what joins it, as what depends on it", async () => {
  const definition = await definitionOf(`  entities:
    member:
      from: users AS person
      join: [{ orgs AS org: "org.sourcedId = person.orgs[1]" }]
      key: person.sourcedId
      fields: { name: org.name }`)
  const { quarantine } = await run(definition, { orgs: [org("A", fault)], users: [user("a")] })
  expect(quarantine).toEqual([
    { entity: "member", key: "a", rule: "depends-on:contract:type", say: "org: type is missing" }
  ])
})

it("takes what depends on a quarantined row along, by ref and by join; an optional join stays", async () => {
  const definition = await definitionOf(`  entities:
${schools}
    by_ref:
      from: users AS person
      key: person.sourcedId
      fields: { school: { ref: school, key: "person.orgs[1]" } }
    by_join:
      from: users AS person
      join: [{ school AS school: "school.key = person.orgs[1]" }]
      key: person.sourcedId
      fields: { name: school.name }
    by_optional_join:
      from: users AS person
      join: [{ school AS school: "school.key = person.orgs[1]", optional: true }]
      key: person.sourcedId
      fields: { name: school.name }
    after:
      from: by_join AS before
      key: before.key
      fields: {}`)
  const { rows, quarantine, transformed } = await run(definition, {
    orgs: [org("A", { name: "NULL" }), org("B", { status: "'tobedeleted'" }), org("C")],
    users: [
      user("a"),
      user("b", { orgs: "['B']" }),
      user("c", { orgs: "['C']" }),
      user("x", { orgs: "['X']" }),
      user("n", { orgs: "[]" })
    ]
  })
  const keys = (entity: string) => rows.get(entity)?.map((row) => row["key"])
  expect(keys("by_ref")).toEqual(["c"])
  expect(keys("by_join")).toEqual(["c"])
  expect(keys("after")).toEqual(["c"])
  expect(keys("by_optional_join")).toEqual(["a", "b", "c", "n", "x"])
  const about = (entity: string) => quarantine.filter((row) => row["entity"] === entity)
  expect(about("by_ref")).toEqual([
    {
      entity: "by_ref",
      key: "a",
      rule: "depends-on:nameless",
      say: "depends on school A: the school has no name"
    },
    { entity: "by_ref", key: "n", rule: "no-school", say: "names no school" },
    {
      entity: "by_ref",
      key: "x",
      rule: "dangling:school",
      say: "school names school X, which the source does not hold"
    }
  ])
  // What `by_join` turned away is told where it would have gone.
  expect(about("by_join")).toEqual([])
  expect(about("after")).toEqual([
    { entity: "after", key: "a", rule: "depends-on:nameless", say: "school: the school has no name" }
  ])
  expect(transformed.entities.find((one) => one.entity === "by_join")).toMatchObject({ unwanted: 3, quarantined: 1 })
})

it("leaves an optional ref null where its record is not wanted, and follows it into quarantine", async () => {
  const definition = await definitionOf(`  entities:
${schools}
    member:
      from: users AS person
      key: person.sourcedId
      fields: { school: { ref: school, key: "person.orgs[1]", optional: true } }`)
  const { rows, quarantine } = await run(definition, {
    orgs: [org("A", { name: "NULL" }), org("B", { status: "'tobedeleted'" }), org("C")],
    users: [user("a"), user("b", { orgs: "['B']" }), user("c", { orgs: "['C']" }), user("x", { orgs: "['X']" })]
  })
  expect(rows.get("member")?.map((row) => [row["key"], row["school"]])).toEqual([
    ["b", null],
    ["c", "school:C"],
    ["x", null]
  ])
  expect(quarantine.filter((row) => row["entity"] === "member")).toMatchObject([{ key: "a" }])
})

it("picks the first of those that are alike; with reject the others are quarantined with its id", async () => {
  const definition = await definitionOf(`  entities:
    quiet:
      from: users AS person
      pick: { one_per: [lower(person.username)], order_by: [person.role] }
      key: person.sourcedId
      fields: {}
    loud:
      from: users AS person
      pick: { one_per: [lower(person.username)], order_by: [person.role], reject: { id: taken, say: ranks behind } }
      key: person.sourcedId
      fields: {}
      reject: [{ id: none, when: person.username IS NULL, say: no username }]`)
  const { rows, quarantine, transformed } = await run(definition, {
    users: [user("1", { username: "'X'" }), user("2", { username: "'x'", role: "'aide'" }), user("3"), user("4")]
  })
  expect(rows.get("quiet")?.map((row) => row["key"])).toEqual(["2", "3"])
  expect(rows.get("loud")?.map((row) => row["key"])).toEqual(["2"])
  expect(transformed.entities[0]).toMatchObject({ unwanted: 2, quarantined: 0 })
  expect(quarantine).toEqual([
    { entity: "loud", key: "1", rule: "taken", say: "ranks behind: 2" },
    { entity: "loud", key: "3", rule: "none", say: "no username" },
    { entity: "loud", key: "4", rule: "none", say: "no username" }
  ])
})

it("takes one of all rows, by order and then by source, and leaves the others out at once", async () => {
  const definition = await definitionOf(`  entities:
    any:
      from: users AS person
      where: person.role IS NOT NULL
      pick: { one_per: ["true"], order_by: [person.role] }
      key: person.username
      fields: { of: person.sourcedId }`)
  const students = ["5", "4", "3"].map((id) => user(id, { username: `'u${id}'` }))
  const { rows, quarantine, transformed } = await run(definition, {
    users: [...students, user("1", { role: "'aide'" }), user("2", { role: "'teacher'", username: "'t'" })]
  })
  expect(rows.get("any")).toMatchObject([{ key: "u3", of: "3" }])
  expect(quarantine).toEqual([{ entity: "any", key: null, rule: "no-key", say: "any has no key" }])
  expect(transformed.entities[0]).toEqual({ entity: "any", kept: 1, unwanted: 0, quarantined: 1 })
  expect((await run(definition, {})).rows.get("any")).toEqual([])
})

it("takes a row along for one reason, in whatever order come those that it could be", async () => {
  const definition = await definitionOf(`  entities:
    account:
      from: users AS person
      where: person.role <> 'student'
      reject:
        - { id: one, when: person.role = 'aide', say: an aide }
        - { id: other, when: person.role = 'teacher', say: a teacher }
      key: person.username
      fields: {}
    pupil:
      from: users AS person
      join: [{ account AS account: account.key = person.username }]
      where: person.role = 'student'
      key: person.sourcedId
      fields: {}`)
  const named = (id: string, role: string) => user(id, { role: `'${role}'`, username: "'x'" })
  const others = [named("1", "teacher"), named("2", "aide")]
  for (const users of [
    [...others, named("3", "student")],
    [...others.toReversed(), named("3", "student")]
  ]) {
    const { quarantine } = await run(definition, { users })
    expect(quarantine.filter(({ entity }) => entity === "pupil").map(({ rule }) => rule)).toEqual(["depends-on:one"])
  }
})

it("ranks rows by the columns that an entity has of them, and makes none for it", async () => {
  const definition = await definitionOf(`  entities:
    school:
      from: orgs AS org
      key: org.sourcedId
      fields: {}
    seat:
      from: users AS person
      pick: { one_per: ["person.orgs[1]", person.middleName], order_by: [person.role] }
      key: person.sourcedId
      fields: { school: { ref: school, key: "person.orgs[1]" } }
    named:
      from: users AS person
      pick: { one_per: [person.username], order_by: [person.role] }
      key: person.username
      fields: {}`)
  const seat = (id: string, school: string, more: Readonly<Record<string, string>> = {}) =>
    user(id, { orgs: `['${school}']`, middleName: "'m'", username: `'${school}'`, ...more })
  const { rows, quarantine } = await run(definition, {
    orgs: [org("A"), org("B")],
    users: [
      seat("1", "A"),
      seat("2", "A", { role: "'aide'" }),
      seat("3", "A", { middleName: "NULL" }),
      seat("4", "B"),
      seat("5", "C")
    ]
  })
  expect(rows.get("seat")?.map((row) => row["key"])).toEqual(["2", "3", "4"])
  expect(Object.keys(rows.get("seat")?.[0] ?? {}).filter((one) => one.startsWith("_"))).toEqual([
    "_source",
    "_school",
    "_section"
  ])
  expect(rows.get("named")?.map((row) => [row["key"], row["_source"]])).toEqual([
    ["A", "2"],
    ["B", "4"],
    ["C", "5"]
  ])
  expect(quarantine.map(({ entity, key, rule }) => `${entity} ${key} ${rule}`)).toEqual(["seat 5 dangling:school"])
})

it("moves every member of a colliding group to its next form, and turns away who has none", async () => {
  const definition = await definitionOf(`  entities:
    school:
      from: orgs AS org
      key: org.sourcedId
      fields: { code: { unique: [org.name, org.name || ' ' || org.identifier] } }`)
  const { rows, quarantine } = await run(definition, {
    orgs: [
      org("A", { name: "'North'", identifier: "'1'" }),
      org("B", { name: "'NORTH'", identifier: "'2'" }),
      org("C", { name: "'South'" }),
      org("D", { name: "'East'", identifier: "'9'" }),
      org("E", { name: "'East'", identifier: "'9'" }),
      org("F", { name: "'North 1'", identifier: "'7'" })
    ]
  })
  expect(rows.get("school")?.map((row) => [row["key"], row["code"]])).toEqual([
    ["B", "NORTH 2"],
    ["C", "South"],
    ["F", "North 1 7"]
  ])
  expect(quarantine.map((row) => [row["key"], row["rule"]])).toEqual([
    ["A", "not-unique:code"],
    ["D", "not-unique:code"],
    ["E", "not-unique:code"]
  ])
})

it("turns away a row that lacks what the target must have", async () => {
  const definition = await definitionOf(
    `  entities:
    school:
      from: orgs AS org
      key: org.sourcedId
      fields:
        name: { clean: { of: org.name, steps: [trim] } }
        code: { unique: [org.identifier] }`,
    "{ school: { resource: org_unit, type: School, on_gone: keep } }"
  )
  const { rows, quarantine } = await run(definition, {
    orgs: [org("A", { identifier: "'1'" }), org("B", { name: "'  '", identifier: "'2'" }), org("C")]
  })
  expect(rows.get("school")?.map((row) => row["key"])).toEqual(["A"])
  expect(quarantine).toEqual([
    { entity: "school", key: "B", rule: "missing:name", say: "the record has no name" },
    { entity: "school", key: "C", rule: "missing:code", say: "the record has no code" }
  ])
})

it("keeps one of several rows with one key", async () => {
  const definition = await definitionOf(`  entities:
    role:
      from: users AS person
      key: person.role
      fields: { user: person.sourcedId }`)
  const { rows, quarantine } = await run(definition, { users: [user("2"), user("1"), user("3", { role: "'aide'" })] })
  expect(rows.get("role")?.map((row) => [row["key"], row["user"]])).toEqual([
    ["aide", "3"],
    ["student", "1"]
  ])
  expect(quarantine).toMatchObject([{ key: "student", rule: "key-not-unique" }])
})

it("makes a row of each element of a list, and none of an empty one", async () => {
  const definition = await definitionOf(`  entities:
    membership:
      from: users AS person
      each: { org: person.orgs }
      key: { template: "{person.sourcedId}/{org}" }
      fields: {}`)
  const { rows } = await run(definition, {
    users: [user("a", { orgs: "['A', 'B']" }), user("b", { orgs: "[]" }), user("c", { orgs: "NULL" })]
  })
  expect(rows.get("membership")?.map((row) => row["key"])).toEqual(["a/A", "a/B"])
})

it("lets an entity that starts from another inherit its label and scope, and use its refs as keys", async () => {
  const definition = await definitionOf(`  entities:
${schools}
    member:
      from: users AS person
      key: person.sourcedId
      label: person.role
      scope: { school: "person.orgs[1]" }
      fields: { school: { ref: school, key: "person.orgs[1]" } }
    again:
      from: member AS member
      key: member.key
      fields: { school: { ref: school, key: member.school } }`)
  const { rows } = await run(definition, { orgs: [org("A")], users: [user("a")] })
  expect(rows.get("again")).toMatchObject([{ key: "a", label: "student", _school: "A", school: "school:A" }])
})

it("counts kept rows that a warn rule points at", async () => {
  const definition = await definitionOf(`  entities:
    member:
      from: users AS person
      where: person.role = 'student'
      key: person.sourcedId
      fields: {}
      warn:
        - { id: no-number, when: person.identifier IS NULL, say: the student has no number }
        - { id: no-email, when: person.email IS NULL, say: the student has no address }`)
  const { transformed } = await run(definition, {
    users: [user("a"), user("b", { identifier: "'1'" }), user("t", { role: "'teacher'" })]
  })
  expect(transformed.warnings).toEqual([
    { entity: "member", rule: "no-email", say: "the student has no address", rows: 2 },
    { entity: "member", rule: "no-number", say: "the student has no number", rows: 1 }
  ])
})

it("names the same record by a ref that another row vouches for as by one that is looked up", async () => {
  const definition = await definitionOf(`  entities:
${schools}
    member:
      from: users AS person
      join: [{ school AS school: "school.key = person.orgs[1]" }]
      key: person.sourcedId
      fields:
        vouched: { ref: school, key: school.key }
        looked_up: { ref: school, key: "'' || school.key" }
    seat:
      from: member AS member
      key: member.key
      fields:
        vouched: { ref: school, key: member.vouched }
        looked_up: { ref: school, key: "'' || substr(member.vouched, 8)" }
        member: { ref: member, key: member.key }`)
  const { quarantine, rows } = await run(definition, {
    orgs: [org("A"), org("B", { name: "NULL" }), org("C", { status: "'tobedeleted'" })],
    users: [user("a"), user("b", { orgs: "['B']" }), user("c", { orgs: "['C']" }), user("d", { orgs: "NULL" })]
  })
  const school = { vouched: "school:A", looked_up: "school:A" }
  expect(rows.get("member")).toMatchObject([{ key: "a", ...school }])
  expect(rows.get("seat")).toMatchObject([{ key: "a", ...school, member: "member:a" }])
  expect(quarantine.map(({ entity, key, rule }) => `${entity} ${key} ${rule}`)).toEqual([
    "school B nameless",
    "seat b depends-on:nameless"
  ])
})

it("makes the same rows whether or not it is known that an entity turned nobody away", async () => {
  const definition = await definitionOf(`  entities:
${schools}
    member:
      from: users AS person
      join: [{ school AS school: "school.key = person.orgs[1]" }]
      key: person.sourcedId
      fields: { school: { ref: school, key: "person.orgs[1]" }, other: { ref: school, key: "person.orgs[2]", optional: true } }`)
  const users = ["A", "B", "C"].map((id) => user(id, { orgs: `['A', '${id}']` }))
  for (const others of [[], [org("B", { status: "'tobedeleted'" })], [org("B", { name: "NULL" })]]) {
    const { asMade, anew } = await run(definition, { orgs: [org("A"), ...others], users }, (warehouse) =>
      Effect.gen(function* () {
        const candidates = warehouse.rows(plain("SELECT * FROM candidate_member ORDER BY key"), anyRow)
        const asMade = yield* candidates
        for (const entity of definition.entities)
          yield* warehouse.execute(entityStatement(definition, entity, oneRosterCollections))
        return { asMade, anew: yield* candidates }
      })
    )
    expect(asMade).toHaveLength(3)
    expect(anew).toEqual(asMade)
  }
})

it("stops where too few rows are left, and says what there was instead", async () => {
  const definition = await definitionOf(`  entities:
    district:
      from: orgs AS org
      where: org.type = 'district'
      key: org.sourcedId
      fields: {}
      expect: { min_rows: 1, say: no district, show: "name || ' (' || type || ')'", show_from: orgs }`)
  await expect(run(definition, { orgs: [org("B"), org("A")] })).rejects.toThrow(
    "no district (date of the run: 2026-10-01); the source holds: School A (school); School B (school)"
  )
  await expect(run(definition, {})).rejects.toThrow("no district (date of the run: 2026-10-01); the source holds none")
})

it("reads as one statement per entity", async () => {
  const definition = await definitionOf(`  entities:
${schools}
    member:
      from: users AS person
      join: [{ school AS school: "school.key = person.orgs[1]" }]
      where: person.role = 'student'
      pick: { one_per: [person.username] }
      key: person.sourcedId
      fields:
        school: { ref: school, key: school.key }
        first_school: { ref: school, key: "person.orgs[1]" }
        code: { unique: [person.username, person.sourcedId] }
      warn: [{ id: no-email, when: person.email IS NULL, say: no address }]`)
  const statements = definition.entities.map((entity) => entityStatement(definition, entity, oneRosterCollections))
  await expect(`${statements.map(({ text }) => text).join(";\n\n")};\n`).toMatchFileSnapshot("golden/statements.sql")
})

it("turns away the records of which an expression cannot be computed, with its place and without their values", async () => {
  const definition = await definitionOf(
    `  rules:
    number: CAST(person.identifier AS INTEGER)
  entities:
    pupil:
      from: users AS person
      where: person.orgs[1]::INTEGER > 3
      key: person.sourcedId
      fields:
        number: { rule: number }
        twice: { sql: 2000000000 * (CAST(person.middleName AS INTEGER) + 1) }
        name: { template: "{person.familyName} {ln(length(person.givenName))}" }
      reject: [{ id: five, when: person.username = 5, say: five }]
      warn: [{ id: six, when: person.email = 6, say: six }]`
  )
  const numbers = { orgs: "['9']", identifier: "'7'", middleName: "'0'", familyName: "'Doe'", givenName: "'Al'" }
  const { quarantine, rows } = await run(definition, {
    users: [
      user("1", numbers),
      user("2", { ...numbers, identifier: "'Brown'" }),
      user("3", { ...numbers, middleName: "'7'" }),
      user("4", { ...numbers, givenName: "''" }),
      user("5", { ...numbers, username: "'Brown'" }),
      user("6", { ...numbers, email: "'brown@example.org'" }),
      user("7", { ...numbers, orgs: "['Brown']" }),
      user("8", { ...numbers, orgs: "['2']", identifier: "'Brown'" }),
      user("9", { ...numbers, username: "'5'" }),
      user("10", { identifier: "NULL", orgs: "['9']" })
    ]
  })
  expect(rows.get("pupil")?.map((row) => [row["key"], row["number"]])).toEqual([
    ["1", 7],
    ["10", null]
  ])
  expect(quarantine.map((row) => [row["key"], row["rule"]])).toEqual([
    ["2", "not-computed"],
    ["3", "not-computed"],
    ["4", "not-computed"],
    ["5", "not-computed"],
    ["6", "not-computed"],
    ["7", "not-computed"],
    ["9", "five"]
  ])
  expect(quarantine[0]?.["say"]).toBe(
    "pipeline.yaml:10:13 cannot be computed of this record: its values do not fit, or TRY_CAST is missing"
  )
  expect(JSON.stringify(quarantine).toLowerCase()).not.toContain("brown")
})

it.each([
  ["join", "join: [{ orgs AS org: org.identifier::INTEGER = 5 }]", "12:29: this condition of a join of pupil"],
  ["list", 'each: { one: "[person.identifier::INTEGER]" }', "12:20: this list of pupil"]
])("stops at a %s that cannot be computed, with its place and without a value", async (_, line, said) => {
  const definition = await definitionOf(
    `  entities:
    pupil:
      from: users AS person
      ${line}
      key: person.sourcedId
      fields: { name: person.familyName }`
  )
  const given = { users: [user("1", { identifier: "'Brown'" })], orgs: [org("A", { identifier: "'Brown'" })] }
  const failure = await run(definition, given).then(
    () => "",
    (error: unknown) => String(error)
  )
  expect(failure).toContain(said)
  expect(failure).toContain("write TRY_CAST")
  expect(failure).not.toContain("Brown")
})

it("turns away what is no date, where a date is made of it", async () => {
  const definition = await definitionOf(
    `  entities:
    pupil:
      from: users AS person
      key: person.sourcedId
      fields: { born: { date: { of: person.identifier } } }`
  )
  const { quarantine, rows } = await run(definition, {
    users: [
      user("1", { identifier: "'2026-02-28'" }),
      user("2", { identifier: "'2026-02-30'" }),
      user("3", { identifier: "'Brown'" }),
      user("4", { identifier: "NULL" })
    ]
  })
  expect(rows.get("pupil")?.map((row) => [row["key"], row["born"]])).toEqual([
    ["1", "2026-02-28"],
    ["4", null]
  ])
  expect(quarantine.map((row) => [row["key"], row["rule"], row["say"]])).toEqual([
    ["2", "no-date:born", "born: this is no date"],
    ["3", "no-date:born", "born: this is no date"]
  ])
})
