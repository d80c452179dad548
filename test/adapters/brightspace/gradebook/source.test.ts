import * as Effect from "effect/Effect"
import { mkdtemp, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { gradebookSourceLayer } from "../../../../src/adapters/brightspace/gradebook/source.ts"
import type { ReadScope } from "../../../../src/core/ports/source.ts"
import { type CollectionPages, Source } from "../../../../src/core/ports/source.ts"
import { course, type FakeGradebooks, item, startGradebooks, value } from "./fake-gradebook.ts"

let fake: FakeGradebooks
let home: string
beforeEach(async () => {
  fake = await startGradebooks()
  home = await mkdtemp(join(tmpdir(), "rollbook-gradebook-"))
})
afterEach(async () => {
  await fake.tenant.close()
  await rm(home, { recursive: true, force: true })
})

interface Reading {
  readonly proof: CollectionPages["proof"]
  readonly unread: ReadonlyArray<string>
  readonly late: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Record<string, unknown>>
  /** The page files as they stand on disk. */
  readonly text: string
}

/** Parts of which all is read. */
const whole = (...ids: ReadonlyArray<string>): ReadonlyArray<ReadScope> => ids.map((id) => ({ id, since: null }))

/** Reads collections one after the other through one source. */
const readAll = async (
  endpoints: ReadonlyArray<string>,
  scopes: ReadonlyArray<ReadScope> | null = whole("7001"),
  wasReadBefore = false,
  minutes: number | null = null
): Promise<ReadonlyArray<Reading>> => {
  const connection = fake.tenant.connection()
  const pages = await Effect.runPromise(
    Effect.flatMap(Source, (source) =>
      Effect.forEach(endpoints, (endpoint) =>
        Effect.gen(function* () {
          const directory = yield* Effect.promise(() => mkdtemp(join(home, "pages-")))
          return yield* source.read({
            dataset: "read",
            endpoint,
            filter: null,
            fields: [],
            ...(scopes === null ? {} : { scopes, wasReadBefore, minutes }),
            directory,
            onProgress: () => undefined
          })
        })
      )
    ).pipe(Effect.provide(gradebookSourceLayer(connection, "America/Chicago")))
  )
  return Promise.all(
    pages.map(async ({ files, late = [], proof, unread = [] }) => {
      const texts = await Promise.all(files.map(({ path }) => readFile(path, "utf8")))
      for (const { path } of files) expect((await stat(path)).mode & 0o077).toBe(0)
      const lines = texts.flatMap((text) => text.trimEnd().split("\n"))
      const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
      expect(rows).toHaveLength(proof.rowsRead)
      return { proof, unread, late, rows, text: texts.join("") }
    })
  )
}

const read = async (
  endpoint: string,
  scopes?: ReadonlyArray<ReadScope> | null,
  wasReadBefore = false
): Promise<Reading> => {
  const [reading] = await readAll([endpoint], scopes, wasReadBefore)
  if (reading === undefined) throw new Error("nothing was read")
  return reading
}

const calls = () => fake.tenant.calls()

it("reads values page by page and keeps private comments out of the file", async () => {
  fake.courses.set(
    "7001",
    course({ values: [value(101, 301), value(101, 302, { PointsNumerator: 0 }), value(102, 301)] })
  )
  const { rows, proof, text } = await read("/gradebook/values")
  expect(rows[0]).toEqual({
    RecordId: "7001/101/301",
    OrgUnitId: "7001",
    UserId: "301",
    GradeObjectId: "101",
    PointsNumerator: 17.5,
    PointsDenominator: 20,
    Comments: "Well argued",
    LastModified: "2026-10-02T14:00:00.000Z",
    ReleasedDate: null
  })
  expect(rows.map((row) => [row["RecordId"], row["PointsNumerator"]])).toEqual([
    ["7001/101/301", 17.5],
    ["7001/101/302", 0],
    ["7001/102/301", 17.5]
  ])
  expect(text).not.toMatch(/private|among teachers/i)
  expect(proof).toMatchObject({ mode: "full", endRecognisedBy: "whole_collection", warnings: [] })
  expect(calls()).toHaveLength(2)
})

it("asks only for what was modified since the course's own mark", async () => {
  fake.courses.set(
    "7001",
    course({ values: [value(101, 301), value(101, 302, { LastModified: "2026-10-05T00:00:00.000Z" })] })
  )
  const { rows, proof } = await read("/gradebook/values", [{ id: "7001", since: "2026-10-03T20:00:00-05:00" }])
  expect(rows.map((row) => row["RecordId"])).toEqual(["7001/101/302"])
  expect(proof.mode).toBe("delta")
  expect(calls()).toEqual(["GET /7001/grades/values/?pageSize=200&modifiedSince=2026-10-04T01:00:00.000Z"])
})

it("follows no next page to another host", async () => {
  fake.courses.set("7001", course())
  fake.courses.set("7002", course({ values: [value(1, 301)] }))
  fake.instead = ({ path }) =>
    path === "/7001/grades/values/"
      ? { status: 200, body: { Next: "https://elsewhere.example/d2l/api/le/1.82/7001/grades/values/", Objects: [] } }
      : null
  const { rows, proof } = await read("/gradebook/values", whole("7001", "7002"))
  expect(rows.map((row) => row["RecordId"])).toEqual(["7002/1/301"])
  expect(proof.warnings.join()).toMatch(/part 7001 .*another address/)
})

it("reads items with type, category and tool, in one call a course", async () => {
  fake.courses.set(
    "7001",
    course({
      items: [
        item(101, {
          Description: { Text: "Two pages", Html: "<p>Two pages</p>" },
          AssociatedTool: { ToolId: 2000, ToolItemId: 44 }
        }),
        item(102, { GradeType: "Formula", MaxPoints: null, CategoryId: 0 }),
        item(103, { GradeType: "Text" }),
        item(104, { GradeType: 2, IsHidden: true })
      ]
    })
  )
  const { rows, proof } = await read("/gradebook/items")
  expect(rows[0]).toEqual({
    RecordId: "7001/101",
    OrgUnitId: "7001",
    Id: "101",
    Name: "Essay 101",
    ShortName: "",
    GradeType: "Numeric",
    GradeObjectTypeId: "1",
    CategoryId: "9",
    Description: "Two pages",
    MaxPoints: 20,
    ToolId: "2000",
    ToolItemId: "44",
    IsHidden: false
  })
  expect(rows.map((row) => [row["GradeType"], row["GradeObjectTypeId"], row["CategoryId"], row["MaxPoints"]])).toEqual([
    ["Numeric", "1", "9", 20],
    ["Formula", "6", null, null],
    ["Text", "4", "9", 20],
    ["PassFail", "2", "9", 20]
  ])
  expect(calls()).toEqual(["GET /7001/grades/"])
  expect(proof.warnings).toEqual([])
})

it("reads the session of an item, record by record", async () => {
  fake.courses.set("7001", course({ sessions: { "101": 6700 } }))
  const { rows, proof } = await read("/gradebook/item_settings", whole("7001/101", "7001/102"))
  expect(rows).toEqual([
    {
      RecordId: "7001/101",
      OrgUnitId: "7001",
      Id: "101",
      AcademicSessionOrgUnitId: "6700",
      SectionOrgUnitId: null,
      IsTold: true
    },
    {
      RecordId: "7001/102",
      OrgUnitId: "7001",
      Id: "102",
      AcademicSessionOrgUnitId: null,
      SectionOrgUnitId: null,
      IsTold: true
    }
  ])
  expect(calls().toSorted()).toEqual(["GET /7001/grades/101/ipsis", "GET /7001/grades/102/ipsis"])
  expect(proof).toMatchObject({ endRecognisedBy: "whole_collection", warnings: [] })
})

it("reads categories, and record by record their flag for the SIS", async () => {
  fake.courses.set(
    "7001",
    course({
      categories: [
        { Id: 8, Name: "Practice", ShortName: "P", Grades: [], Weight: null },
        { Id: 9, Name: "Tests", ShortName: "T", Grades: [], Weight: null }
      ],
      exported: { "9": true }
    })
  )
  expect((await read("/gradebook/categories")).rows).toEqual([
    { RecordId: "7001/8", OrgUnitId: "7001", Id: "8", Name: "Practice", ShortName: "P" },
    { RecordId: "7001/9", OrgUnitId: "7001", Id: "9", Name: "Tests", ShortName: "T" }
  ])
  expect((await read("/gradebook/category_settings", whole("7001/8", "7001/9"))).rows).toEqual([
    { RecordId: "7001/8", OrgUnitId: "7001", Id: "8", ExportToSIS: false, IsTold: true },
    { RecordId: "7001/9", OrgUnitId: "7001", Id: "9", ExportToSIS: true, IsTold: true }
  ])
})

it("asks for nothing more once the minutes are over, and says what it did not come to", async () => {
  fake.courses.set("7001", course({ sessions: { "901": 6700, "902": 6700 } }))
  const scopes = whole("7001/901", "7001/902")
  const [over] = await readAll(["/gradebook/item_settings"], scopes, true, 0)
  expect(calls()).toEqual([])
  expect(over?.rows).toEqual([])
  expect(over?.late.toSorted()).toEqual(["7001/901", "7001/902"])
  expect(over?.unread.toSorted()).toEqual(["7001/901", "7001/902"])
  expect(over?.proof.warnings).toEqual(["2 parts were not asked for: the 0 minutes for them were over"])
  const [ample] = await readAll(["/gradebook/item_settings"], scopes, true, 5)
  expect(ample?.rows).toHaveLength(2)
  expect(ample?.unread).toEqual([])
})

it("takes a refusal for a setting that is not told, and stops asking a course that tells none", async () => {
  fake.courses.set("7001", course({ sessions: null }))
  const ids = Array.from({ length: 60 }, (_, index) => `7001/${101 + index}`)
  const { rows, proof, unread } = await read("/gradebook/item_settings", whole(...ids))
  expect(rows.filter((row) => row["IsTold"] !== false || row["AcademicSessionOrgUnitId"] !== null)).toEqual([])
  // Those that were on their way when it became plain come on top.
  expect(calls().length).toBeGreaterThanOrEqual(5)
  expect(calls().length).toBeLessThan(20)
  // Of the others nothing is known: they are not taken for refused.
  expect(rows).toHaveLength(calls().length)
  expect([...rows.map((row) => String(row["RecordId"])), ...unread].toSorted()).toEqual(ids)
  expect(proof.warnings).toEqual([
    `${unread.length} parts were not asked for: their courses told nothing of the first ones`
  ])
})

it("asks for every other course, however much one of them refuses", async () => {
  fake.courses.set("7001", course({ sessions: null }))
  fake.courses.set("7002", course({ sessions: { "901": 6700 } }))
  const ids = Array.from({ length: 60 }, (_, index) => `7001/${101 + index}`)
  const { rows } = await read("/gradebook/item_settings", whole(...ids, "7002/901"))
  expect(rows.filter((row) => row["IsTold"] === true).map((row) => row["RecordId"])).toEqual(["7002/901"])
})

it("goes on asking a course that tells some settings and refuses others", async () => {
  const told = "7001/160"
  const ids = [told, ...Array.from({ length: 40 }, (_, index) => `7001/${101 + index}`)]
  fake.courses.set("7001", course({ sessions: { "160": 6700 } }))
  fake.instead = ({ path }) => (path.includes("/160/") ? null : { status: 404, body: { title: "no" } })
  const { rows } = await read("/gradebook/item_settings", whole(...ids))
  expect(rows.filter((row) => row["IsTold"] === true).map((row) => row["RecordId"])).toEqual([told])
  expect(calls()).toHaveLength(ids.length)
})

it("reads who is exempt, item by item, of people with and without a value", async () => {
  fake.courses.set("7001", course({ exempt: { "102": ["301", "302"] } }))
  const { rows, text } = await read("/gradebook/exemptions", whole("7001/101", "7001/102"))
  expect(rows).toEqual([
    { RecordId: "7001/102/301", OrgUnitId: "7001", ItemRecordId: "7001/102", GradeObjectId: "102", UserId: "301" },
    { RecordId: "7001/102/302", OrgUnitId: "7001", ItemRecordId: "7001/102", GradeObjectId: "102", UserId: "302" }
  ])
  expect(calls().filter((call) => call.includes("/exemptions/"))).toHaveLength(2)
  expect(text).not.toContain("Iris")
})

it("does not ask for the items again where activities need them", async () => {
  fake.courses.set("7001", course({ items: [item(101)] }))
  await readAll(["/gradebook/items", "/gradebook/activities"])
  expect(calls().filter((call) => call === "GET /7001/grades/")).toHaveLength(1)
})

it("finds each graded activity from its own side, with its dates", async () => {
  fake.courses.set(
    "7001",
    course({
      items: [
        item(101, { AssociatedTool: { ToolId: 2000, ToolItemId: 44 } }),
        item(102, { AssociatedTool: { ToolId: 3100, ToolItemId: 45 } }),
        item(103, { AssociatedTool: { ToolId: 3200, ToolItemId: 46 } }),
        item(104, { AssociatedTool: { ToolId: 78000, ToolItemId: 47 } })
      ],
      folders: [
        {
          Id: 44,
          GradeItemId: 101,
          DueDate: "2026-10-01T04:59:00.000Z",
          Availability: { StartDate: null, EndDate: "2026-10-03T04:59:00.000Z" }
        },
        { Id: 49, GradeItemId: null, DueDate: "2026-11-01T04:59:00.000Z", Availability: null }
      ],
      quizzes: [{ QuizId: 45, GradeItemId: 102, DueDate: null, StartDate: "2026-09-01T05:00:00.000Z", EndDate: null }],
      topics: [
        { TopicId: 44, ForumId: 3, StartDate: null, EndDate: "2026-10-09T04:59:00.000Z" },
        { TopicId: 46, ForumId: 3, StartDate: null, EndDate: "2026-10-10T04:59:00.000Z" },
        { TopicId: 47, ForumId: 3, StartDate: null, EndDate: "2026-10-11T04:59:00.000Z" }
      ]
    })
  )
  const { rows } = await read("/gradebook/activities")
  expect(rows).toEqual([
    {
      RecordId: "7001/dropbox/44",
      OrgUnitId: "7001",
      Tool: "dropbox",
      ToolItemId: "44",
      GradeObjectId: "101",
      DueDate: "2026-10-01T04:59:00.000Z",
      StartDate: null,
      EndDate: "2026-10-03T04:59:00.000Z"
    },
    expect.objectContaining({ RecordId: "7001/quiz/45", GradeObjectId: "102", StartDate: "2026-09-01T05:00:00.000Z" }),
    expect.objectContaining({
      RecordId: "7001/discussion/46",
      GradeObjectId: "103",
      EndDate: "2026-10-10T04:59:00.000Z"
    })
  ])
})

it("asks for no topics where folders and quizzes explain every item", async () => {
  fake.courses.set(
    "7001",
    course({
      items: [item(101, { AssociatedTool: { ToolId: 2000, ToolItemId: 44 } }), item(102)],
      folders: [{ Id: 44, GradeItemId: 101, DueDate: null, Availability: null }]
    })
  )
  await read("/gradebook/activities")
  expect(calls()).toEqual(["GET /7001/grades/", "GET /7001/dropbox/folders/", "GET /7001/quizzes/"])
})

it("reads state and dates of courses", async () => {
  fake.courses.set(
    "7001",
    course({
      offering: { Name: "x", Code: "y", IsActive: false, StartDate: "2026-08-17T05:00:00.000Z", EndDate: null }
    })
  )
  expect((await read("/gradebook/courses")).rows).toEqual([
    { RecordId: "7001", OrgUnitId: "7001", IsActive: false, StartDate: "2026-08-17T05:00:00.000Z", EndDate: null }
  ])
})

it.each<[string, number]>([
  ["forbidden", 403],
  ["gone", 404],
  ["broken", 500]
])("goes on after a course that is %s and names it as one that was not read", async (_, status) => {
  fake.courses.set("7002", course({ values: [value(1, 301)] }))
  fake.instead = ({ path }) =>
    path.startsWith("/7001/") ? { status, body: { title: "no", detail: "not here" } } : null
  const { rows, proof, unread } = await read("/gradebook/values", whole("7001", "7002"))
  expect(rows.map((row) => row["RecordId"])).toEqual(["7002/1/301"])
  expect(unread).toEqual(["7001"])
  expect(proof.endRecognisedBy).toBe("whole_collection")
  expect(proof.warnings).toEqual([expect.stringMatching(`^part 7001 was not read: .*HTTP ${status}`)])
})

it.each<[string, () => Promise<unknown>, RegExp]>([
  ["every course refuses", () => read("/gradebook/values"), /HTTP 404/],
  ["no parts are named", () => read("/gradebook/values", null), /no parts were named/],
  ["the collection is unknown", () => read("/gradebook/finals"), /Known: \/gradebook\/courses/],
  ["the course is no org unit", () => read("/gradebook/values", whole("../x")), /no id of an org unit/],
  ["a record is no record", () => read("/gradebook/exemptions", whole("7001")), /no id of a record in a course/],
  ["the mark is no instant", () => read("/gradebook/values", [{ id: "7001", since: "soon" }]), /not an instant/]
])("fails where %s", async (_, act, message) => {
  await expect(act()).rejects.toThrow(message)
})

it.each([403, 404, 500])("lets records wait that were all that is due, and all answer %i", async (status) => {
  fake.instead = ({ path }) => (path.includes("/exemptions/") ? { status, body: { title: "no" } } : null)
  const due = whole("7001/101", "7002/201")
  const { rows, unread } = await read("/gradebook/exemptions", due, true)
  expect(rows).toEqual([])
  expect([...unread].toSorted()).toEqual(["7001/101", "7002/201"])
  await expect(read("/gradebook/exemptions", due)).rejects.toThrow(`HTTP ${status}`)
  await expect(read("/gradebook/values", whole("7003"), true)).rejects.toThrow(/HTTP 404/)
})

it("goes on after any number of courses that will not say who is exempt, unless nobody ever said", async () => {
  fake.courses.set("8001", course({ exempt: { "1": ["301"] } }))
  const due = [...Array.from({ length: 60 }, (_, index) => `${7001 + index}/101`), "8001/1"]
  const { rows, unread } = await read("/gradebook/exemptions", whole(...due), true)
  expect(rows).toHaveLength(1)
  expect(unread).toHaveLength(60)
  await expect(read("/gradebook/exemptions", whole(...due))).rejects.toThrow(/HTTP 404/)
})

it("does not go on without credentials", async () => {
  fake.courses.set("7002", course())
  fake.instead = ({ path }) => (path.startsWith("/7001/") ? { status: 401 } : null)
  await expect(
    read("/gradebook/values", [
      { id: "7001", since: null },
      { id: "7002", since: null }
    ])
  ).rejects.toThrow(/HTTP 401/)
})

it("reads nothing, and that whole, where no course is managed", async () => {
  expect(await read("/gradebook/items", [])).toMatchObject({ rows: [], proof: { endRecognisedBy: "whole_collection" } })
  expect(calls()).toEqual([])
})

it("refuses a tenant whose grades are older than what is supported", async () => {
  fake.tenant.supported["le"] = ["1.70", "1.81"]
  await expect(read("/gradebook/values")).rejects.toThrow(/le must be at least 1.82/)
})
