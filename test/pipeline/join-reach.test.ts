import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import type { Diagnostic } from "../../src/core/diagnostics.ts"
import { bindExpressions } from "../../src/pipeline/bind.ts"
import type { Definition, EntityDefinition, SqlText } from "../../src/pipeline/definition.ts"
import { loadDefinition } from "../../src/pipeline/load-definition.ts"
import { readSourceFile, type SourceFile } from "../../src/pipeline/source-file.ts"
import { emptyEnvironment, gradeOffer, load, offer, smallPipeline } from "../tools/definitions.ts"

/** Conditions and values: right ones, and what is wrong in each way that names, types and rows of nulls can be. */
const expressions = [
  "true",
  "org.sourcedId = place.org",
  "person.sourcedId = place.key AND org.status = 'active'",
  "other.key = person.sourcedId",
  "run.as_of > place.begins",
  "role.role = 'student'",
  "username = 'x'",
  "identifier = place.key",
  "word = 'teacher'",
  "other.held[1].role = 'aide'",
  "len(list_filter(place.held, lambda one: one.role = 'aide')) > 0",
  "place.begins",
  "run.as_of",
  "person.username",
  "NULL",
  "1",
  "CAST('x' AS INTEGER) = 1",
  "CAST(org.name AS DATE) > run.as_of",
  "org.nome = 'x'",
  "nobody.key = place.key",
  "place.begins = 1",
  "OTHER.KEY = place.key",
  "strptime('x', '%Y') IS NULL"
]

/** Where an expression is put into an entity. */
const places = ["first join", "second join", "third join", "where", "field"] as const

/** Each expression at each place, and in the first join with another one in a field. */
const changes = places.flatMap((place) =>
  expressions.flatMap((expression, index) => [
    { place, expression, field: null },
    ...(place === "first join"
      ? [{ place, expression, field: expressions[(index * 7 + 3) % expressions.length] ?? null }]
      : [])
  ])
)

/** Joins of every kind of relation, with lists before them, once for each change; what comes after looks at the types. */
const text = smallPipeline(`  entities:
    place:
      from: users AS person
      each: { one: person.roles }
      key: { template: "{person.sourcedId}/{one.role}" }
      fields: { begins: one.beginDate, word: one.role, held: person.roles, org: one.org }
${changes
  .map(
    (_, index) => `    seat_${index}:
      from: place AS place
      each: { role: place.held }
      join:
        - { orgs AS org: org.sourcedId = place.org }
        - { users AS person: person.sourcedId = place.key, optional: true }
        - { place AS other: other.key = place.key, optional: true }
      where: org.status = 'active'
      key: { template: "{place.key}/{org.sourcedId}" }
      fields: { day: place.begins, name: person.username, roles: other.held }
    after_${index}:
      from: seat_${index} AS seat
      key: seat.key
      fields: { later: "seat.day + 1", long: "length(seat.name)", first: "seat.roles[1].role" }`
  )
  .join("\n")}
`)

const found = (source: SourceFile, definition: Definition, joins: "as rows" | "as written") =>
  Effect.runPromise(bindExpressions(source, definition, joins))

const sameEitherWay = async (source: SourceFile, definition: Definition): Promise<ReadonlyArray<Diagnostic>> => {
  const asRows = await found(source, definition, "as rows")
  expect(asRows).toEqual(await found(source, definition, "as written"))
  return asRows
}

const instead = (sql: SqlText, other: string | null): SqlText => (other === null ? sql : { ...sql, sql: other })

const changed = (
  entity: EntityDefinition,
  { expression, field, place }: (typeof changes)[number]
): EntityDefinition => ({
  ...entity,
  joins: entity.joins.map((join, index) =>
    index === places.indexOf(place) ? { ...join, on: instead(join.on, expression) } : join
  ),
  where: entity.where === null || place !== "where" ? entity.where : instead(entity.where, expression),
  fields: entity.fields.map((one) =>
    one.name === "day" && one.kind !== "ref" && one.value.kind === "sql"
      ? { ...one, value: { ...one.value, sql: instead(one.value.sql, place === "field" ? expression : field) } }
      : one
  )
})

it("finds the same of rows that are put beside each other as of rows that are joined, whatever stands in joins and fields", async () => {
  const { definition, warnings } = await load(text)
  expect(warnings).toEqual([])
  const entities = definition.entities.map((entity) => {
    const change = changes[Number(/^seat_(\d+)$/.exec(entity.name)?.[1] ?? "-1")]
    return change === undefined ? entity : changed(entity, change)
  })
  const problems = await sameEitherWay(readSourceFile("pipeline.yaml", text), { ...definition, entities })
  for (const said of [
    "is not in reach here",
    "where a condition is needed",
    "there is no column",
    "Could not convert",
    "is text"
  ])
    expect(problems.filter(({ message }) => message.includes(said)).length, said).toBeGreaterThan(0)
})

it.each([
  ["roster.yaml", offer],
  ["grades.yaml", gradeOffer]
])(
  "finds the same in the shipped %s, with a join of each entity that names what comes after it",
  async (name, offered) => {
    const file = new URL(`../../pipelines/${name}`, import.meta.url).pathname
    const loaded = await Effect.runPromise(loadDefinition(file, name, offered, emptyEnvironment))
    const shipped = readSourceFile(name, readFileSync(file, "utf8"))
    expect(await sameEitherWay(shipped, loaded.definition)).toEqual(loaded.warnings)
    const entities = loaded.definition.entities.map((entity) => ({
      ...entity,
      joins: entity.joins.map((join, index) => {
        const next = entity.joins[index + 1]
        return index > 0 || next === undefined ? join : { ...join, on: instead(join.on, next.on.sql) }
      })
    }))
    const problems = await sameEitherWay(shipped, { ...loaded.definition, entities })
    expect(problems.map(({ message }) => message).join("\n")).toContain("is not in reach here")
  }
)
