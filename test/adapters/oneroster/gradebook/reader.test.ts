import * as Effect from "effect/Effect"
import { beforeEach, expect, it } from "vitest"
import { gradebookReaderLayer } from "../../../../src/adapters/oneroster/gradebook/reader.ts"
import { remoteIdOf } from "../../../../src/adapters/oneroster/gradebook/remote-id.ts"
import type { OneRosterConnection } from "../../../../src/adapters/oneroster/settings.ts"
import { type FindRequest, TargetReader, type TargetReaderService } from "../../../../src/core/ports/target.ts"
import { connectionTo, type Reply } from "../fake-campus.ts"
import { type FakeGradebook, lineItem, result, said, startGradebook, write } from "./fake-gradebook.ts"

let fake: FakeGradebook
let essay: string
beforeEach(async () => {
  fake = await startGradebook()
  essay = remoteIdOf(fake.campus.baseUrl, "line_item", "7001/101")
})

const read = <A, E>(
  ask: (reader: TargetReaderService) => Effect.Effect<A, E>,
  changes: Partial<OneRosterConnection> = {}
): Promise<A> =>
  Effect.runPromise(
    Effect.flatMap(TargetReader, ask).pipe(
      Effect.provide(gradebookReaderLayer(connectionTo(fake.campus, changes), "America/Chicago"))
    )
  )

const find = (request: Pick<FindRequest, "resource" | "wanted">) =>
  read((reader) => reader.find({ type: null, matchBy: ["remote_id"], ...request }))

const sent = () => fake.campus.asked.map(({ url }) => url.pathname.split("/v1p1/")[1])

it("has neither roles nor org units, and asks nobody", async () => {
  expect(await read((reader) => reader.describe)).toMatchObject({ rootOrgUnitId: "", roles: [], orgUnitTypes: [] })
  expect(fake.campus.asked).toEqual([])
})

it("gives back what was written in the spelling in which it was sent", async () => {
  await write(fake, [lineItem(), result({}, { line_item: essay, comment: "Well argued" })], { readBack: "never" })
  fake.campus.asked.splice(0)
  expect(await find({ resource: "line_item", wanted: [{ remote_id: essay }, { remote_id: "gone" }] })).toEqual([
    {
      remoteId: essay,
      fields: {
        title: "Essay",
        description: "Two pages",
        assign_date: "2026-10-01T14:30:00.000Z",
        due_date: "2026-10-01T14:30:00.000Z",
        class: "C1",
        grading_period: null,
        result_value_max: "20",
        result_value_min: "0"
      }
    }
  ])
  const id = remoteIdOf(fake.campus.baseUrl, "result", "7001/101/301")
  expect((await find({ resource: "result", wanted: [{ remote_id: id, class: "C1" }] }))[0]?.fields).toEqual({
    line_item: essay,
    student: "s1",
    score: "17.5",
    score_status: "fully graded",
    score_date: "2026-10-02T14:00:00.000Z",
    comment: "Well argued"
  })
  expect(sent()).toEqual([`lineItems/${essay}`, "lineItems/gone", `results/${id}`])
})

it.each<[string, Reply]>([
  ["a web page", { raw: "<html>Sign in</html>" }],
  ["half a body", { raw: '{"lineItem":{"sourcedId"' }],
  ["nothing", { raw: "" }]
])("asks again for what was answered with %s", async (_, none) => {
  await write(fake, [lineItem()], { readBack: "never" })
  let asked = 0
  fake.instead = () => (asked++ < 2 ? none : null)
  expect((await find({ resource: "line_item", wanted: [{ remote_id: essay }] })).map((one) => one.remoteId)).toEqual([
    essay
  ])
  expect(asked).toBe(3)
})

it("reads references, numbers and dates as other servers spell them, and nothing of what is marked as deleted", async () => {
  fake.held.set("result/r1", { lineItem: "a", student: { sourcedId: "s1" }, score: "8.50", scoreDate: "2026-10-02" })
  fake.held.set("result/r2", { lineItem: { sourcedId: "a" }, status: "tobedeleted" })
  expect(await find({ resource: "result", wanted: [{ remote_id: "r1" }, { remote_id: "r2" }] })).toEqual([
    {
      remoteId: "r1",
      fields: {
        line_item: "a",
        student: "s1",
        score: "8.5",
        score_status: null,
        score_date: "2026-10-02T14:30:00.000Z",
        comment: null
      }
    }
  ])
})

const fill = async (count: number): Promise<ReadonlyArray<string>> => {
  const keys = Array.from({ length: count }, (_, index) => String(index))
  await write(fake, [lineItem(), ...keys.map((key) => result({ key }, { line_item: essay }))], { readBack: "never" })
  fake.campus.asked.splice(0)
  return keys.map((key) => remoteIdOf(fake.campus.baseUrl, "result", key))
}

it("lists a class where many of its records are wanted, page by page, and gives only those", async () => {
  const ids = await fill(25)
  const wanted = ids.slice(0, 12).map((id) => ({ remote_id: id, class: "C1" }))
  const found = await find({ resource: "result", wanted })
  expect(found.map(({ remoteId }) => remoteId).sort()).toEqual(ids.slice(0, 12).sort())
  expect(fake.campus.asked.map(({ url }) => url.search)).toEqual([
    "?limit=10&offset=0",
    "?limit=10&offset=10",
    "?limit=10&offset=20",
    "?limit=10&offset=25"
  ])
  expect(await find({ resource: "result", wanted: [{ class: "C1" }] })).toHaveLength(25)
})

it("asks one by one where a server has no nested collections", async () => {
  const ids = await fill(8)
  fake.instead = ({ url }) => (url.pathname.includes("/classes/") ? said(404, "unknown object", "") : null)
  expect(await find({ resource: "result", wanted: ids.map((id) => ({ remote_id: id, class: "C1" })) })).toHaveLength(8)
})

it("ends with a server that does not page", async () => {
  const one = { sourcedId: "r1", lineItem: { sourcedId: "a" }, student: { sourcedId: "s1" } }
  fake.instead = () => ({ body: { results: [one] } })
  expect(await find({ resource: "result", wanted: [{ class: "C1" }] })).toHaveLength(1)
})

it.each<[string, Pick<FindRequest, "resource" | "wanted">, Reply, RegExp]>([
  ["other kinds", { resource: "user", wanted: [] }, {}, /line items and results/],
  ["a class that may not be read", { resource: "result", wanted: [{ class: "C1" }] }, { status: 403 }, /HTTP 403/],
  [
    "a list in which a record is not JSON",
    { resource: "result", wanted: [{ class: "C1" }] },
    { raw: '{"results":[{"sourcedId":"r1"},null,{"sourcedId":tru}]}' },
    /GET \S*\/classes\/C1\/results \(HTTP 200\): record 3 of the page at offset 0 is not JSON\. Ask the provider/
  ]
])("fails for %s", async (_, request, answer, message) => {
  fake.instead = () => answer
  await expect(find(request)).rejects.toThrow(message)
})
