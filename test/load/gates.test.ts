import * as Effect from "effect/Effect"
import { beforeAll, expect, it } from "vitest"
import { activeFreezes, gateState, localMoment, rehearsalDays, stopAtGates } from "../../src/load/gates.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { changes } from "../../src/state/change-set.ts"
import { load, smallPipeline, withWarehouse } from "../tools/definitions.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

const rules = `  entities:
    school:
      from: orgs AS org
      key: org.sourcedId
      scope: { school: org.sourcedId }
      fields: { name: org.name, code: org.identifier, session: org.type, session_title: org.type }`

const text = `${smallPipeline(rules, "{ school: { resource: org_unit, type: School, on_gone: keep, state_only: [session, session_title] } }")}  gates:
    open_when: [{ id: named, when: record.code <> 'closed', say: it is closed }]
    freeze:
      - { from: "2026-10-20T16:00", until: "2026-10-21", schools: [N], sessions: [q1], say: Q1 is on report cards }
      - { from: "2026-11-01T01:30", until: "2026-11-01T02:30", say: the night of the clock }
      - { from: "2027-06-05", say: grades are final }
`

let definition: Definition
beforeAll(async () => {
  definition = (await load(text)).definition
})

const says = (moment: string) => activeFreezes(definition, moment).map((freeze) => freeze.say)

it.each<[string, ReadonlyArray<string>]>([
  ["2026-10-20T15:59", []],
  ["2026-10-20T16:00", ["Q1 is on report cards"]],
  ["2026-10-21T23:59", ["Q1 is on report cards"]],
  ["2026-10-22T00:00", []],
  ["2027-06-04T23:59", []],
  ["2027-06-05T00:00", ["grades are final"]],
  ["2031-01-01T00:00", ["grades are final"]]
])("at %s holds: %j", (moment, expected) => {
  expect(says(moment)).toEqual(expected)
})

it("goes by the clock on the wall, also in the hour that is there twice", () => {
  const at = (instant: string) => localMoment(new Date(instant), "America/Chicago", 0)
  expect(at("2026-11-01T06:30:00Z")).toBe("2026-11-01T01:30")
  expect(at("2026-11-01T07:30:00Z")).toBe("2026-11-01T01:30")
  expect([at("2026-11-01T06:29:00Z"), at("2026-11-01T08:31:00Z")].flatMap(says)).toEqual([])
  expect([at("2026-11-01T06:30:00Z"), at("2026-11-01T08:30:00Z")].map((one) => says(one).length)).toEqual([1, 1])
  expect(at("2027-03-14T08:00:00Z")).toBe("2027-03-14T03:00")
})

it("rehearses another day at the same time of day, summer time between or not", () => {
  const night = "2026-11-27T05:11:00Z" // 23:11 on the evening before
  const days = rehearsalDays(night, "2026-10-01", "America/Chicago")
  expect(localMoment(new Date(night), "America/Chicago", days)).toBe("2026-10-01T23:11")
  expect(localMoment(new Date("2026-11-27T06:11:00Z"), "America/Chicago", days)).toBe("2026-10-02T00:11")
})

it("asks again exactly where an edge or a midnight was passed", () => {
  const same = (a: string, b: string) => gateState(definition, a) === gateState(definition, b)
  expect(same("2026-10-20T15:00", "2026-10-20T15:59")).toBe(true)
  expect(same("2026-10-20T15:59", "2026-10-20T16:00")).toBe(false)
  expect(same("2026-10-20T16:00", "2026-10-20T23:59")).toBe(true)
  expect(same("2026-10-21T23:59", "2026-10-22T00:00")).toBe(false)
})

/**
 * Keys that are stopped at a moment, with what is said; `before`: the sessions in which some of them were; `due`: the
 * grading periods in which they are due.
 */
const stopped = (
  moment: string,
  before: Readonly<Record<string, string>> = {},
  due: Readonly<Record<string, string>> = {}
) =>
  withWarehouse(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      yield* warehouse.execute(changes.empty)
      const fields = (code: string, session: string | undefined, period?: string): string =>
        session === undefined
          ? "NULL"
          : `'${JSON.stringify({ code, session, session_title: session, due_period: period, due_period_title: period })}'`
      const row = (key: string, school: string, code: string, session: string): string =>
        `INSERT INTO change (entity, key, school, before, after) VALUES ('school', '${key}', '${school}', ${fields(code, before[key])}, ${fields(code, session, due[key])})`
      yield* warehouse.execute(
        plain(
          [
            row("1", "N", "open", "Q1"),
            row("2", "N", "open", "Q2"),
            row("3", "S", "open", "Q1"),
            row("4", "S", "closed", "Q2")
          ].join(";")
        )
      )
      yield* stopAtGates(definition, changes, moment)
      return (yield* warehouse.rows(plain("SELECT key, gate, say FROM stopped ORDER BY key"), anyRow)).map((one) => ({
        ...one
      }))
    })
  )

it("stops by school and session, and what a gate keeps out", async () => {
  expect(await stopped("2026-10-20T16:00")).toEqual([
    { key: "1", gate: "freeze", say: "Q1 is on report cards" },
    { key: "4", gate: "named", say: "it is closed" }
  ])
  expect(await stopped("2026-10-20T15:59")).toEqual([{ key: "4", gate: "named", say: "it is closed" }])
})

it("stops what leaves a session that is frozen, and what comes into it", async () => {
  expect((await stopped("2026-10-20T16:00", { 2: "Q1" })).map((one) => one["key"])).toEqual(["1", "2", "4"])
  expect((await stopped("2026-10-20T16:00", { 1: "Q2" })).map((one) => one["key"])).toEqual(["1", "4"])
})

it("stops by the grading period in which something is due, whatever term it carries", async () => {
  const keys = (await stopped("2026-10-20T16:00", {}, { 2: "Q1", 3: "Q1" })).map((one) => one["key"])
  expect(keys).toEqual(["1", "2", "4"])
})

it("stops everything in a freeze of all, a freeze before a gate", async () => {
  expect((await stopped("2027-06-05T00:00")).map((one) => one["say"])).toEqual(Array(4).fill("grades are final"))
})
