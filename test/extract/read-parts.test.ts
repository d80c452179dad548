import * as Effect from "effect/Effect"
import { cpSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { type PlanPart, wholePlan } from "../../src/core/plan-part.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { loadDefinition } from "../../src/pipeline/load-definition.ts"
import type { Source, SourceError } from "../../src/core/ports/source.ts"
import type { StoreError } from "../../src/core/ports/disk.ts"
import { Warehouse, type WarehouseError } from "../../src/core/ports/warehouse.ts"
import { readSource } from "../../src/extract/read-source.ts"
import { type AskedPart, memoryGradebooks } from "../memory/source.ts"
import { standAtTarget } from "../tools/stand-at-target.ts"
import { roster, rowsOf, type TeacherItem } from "../cases/grades/teacher.ts"
import { emptyEnvironment, gradeOffer, inFolder, withWarehouse } from "../tools/definitions.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

/** What the shipped grades pipeline asks Brightspace for, night by night. */

let grades: Definition
/** As the shipped one, but what changes seldom is asked for by turns. */
let byTurns: Definition
let rosterDefinition: Definition
/** As the shipped one, with an expression of it replaced by one that cannot be computed of every item. */
let withCast: (written: string, cast: string) => Promise<Definition>

const pipelines = new URL("../../pipelines", import.meta.url).pathname

beforeAll(async () => {
  const load = (folder: string, name: string) =>
    Effect.runPromise(loadDefinition(join(folder, name), name, gradeOffer, emptyEnvironment))
  grades = (await load(pipelines, "grades.yaml")).definition
  rosterDefinition = (await load(pipelines, "roster.yaml")).definition
  const edited = (edit: (text: string) => string): Promise<Definition> =>
    inFolder(async (folder) => {
      cpSync(pipelines, folder, { recursive: true })
      writeFileSync(join(folder, "grades.yaml"), edit(readFileSync(join(folder, "grades.yaml"), "utf8")))
      return (await load(folder, "grades.yaml")).definition
    })
  const turns = [
    "again_after_days: 7\n          again_when: kept.AcademicSessionOrgUnitId IS NULL",
    "again_after_days: 2"
  ]
  const inTurns = (text: string): string => {
    const [whole, ...others] = text.split("again_after_days: 0\n          minutes: 60")
    return others.reduce((left, right, at) => left + turns[at] + right, whole ?? "")
  }
  byTurns = await edited(inTurns)
  withCast = (written, cast) =>
    edited((text) => {
      const turned = inTurns(text)
      expect(turned).toContain(written)
      return turned.replace(written, cast)
    })
})

interface World {
  items: ReadonlyArray<TeacherItem>
  unread: ReadonlyArray<string>
  /** Parts that are not reached before the minutes are over. */
  late: ReadonlyArray<string>
  /** When scores were saved that do not say so themselves. */
  savedAt: string
  /** The collection whose first record comes without its id. */
  nameless: string | null
  /** What the last night said of its reads. */
  warnings: ReadonlyArray<string>
}

/** What was asked for in a night, by dataset. */
type Night = (
  asOf: string,
  part?: PlanPart,
  /** Time of day, UTC. */
  at?: string
) => Effect.Effect<
  Readonly<Record<string, ReadonlyArray<AskedPart>>>,
  SourceError | WarehouseError | StoreError,
  Source | Warehouse
>

const inWorld = <A>(
  items: ReadonlyArray<TeacherItem>,
  test: (night: Night, world: World) => Effect.Effect<A, SourceError | WarehouseError | StoreError, Source | Warehouse>,
  definition: Definition = grades
): Promise<A> => {
  const world: World = {
    items,
    unread: [],
    late: [],
    savedAt: "2026-09-20T15:00:00.000Z",
    nameless: null,
    warnings: []
  }
  const asked: Array<AskedPart> = []
  const night: Night = (asOf, part = wholePlan, at = "09:00") =>
    Effect.gen(function* () {
      asked.length = 0
      const clock = { asOf, now: `${asOf}T${at}:00.000Z` }
      const contracts = new Map([...gradeOffer.collections, ...definition.used])
      const read = yield* readSource({ definition, contracts, clock, part, onProgress: () => undefined })
      world.warnings = read.flatMap(({ proof }) => proof.warnings)
      const byDataset: Record<string, Array<AskedPart>> = {}
      for (const one of asked) (byDataset[one.dataset] ??= []).push(one)
      return byDataset
    })
  const books = memoryGradebooks(
    () => {
      const rows = rowsOf(world.items, {}, world.savedAt)
      const [first, ...others] = rows[world.nameless ?? ""] ?? []
      return first === undefined ? rows : { ...rows, [world.nameless ?? ""]: [{ ...first, RecordId: "" }, ...others] }
    },
    () => world.unread,
    asked,
    () => world.late
  )
  return withWarehouse(
    Effect.zipRight(standAtTarget(rosterDefinition, roster), test(night, world)).pipe(Effect.provide(books))
  )
}

const ids = (parts: ReadonlyArray<AskedPart> | undefined): ReadonlyArray<string> =>
  (parts ?? []).map((part) => part.id).toSorted()

const rowsIn = Effect.fn(function* (dataset: string, key = "RecordId") {
  const warehouse = yield* Warehouse
  return yield* warehouse.rows(plain(`SELECT * FROM dataset_${dataset} ORDER BY ${key}`), anyRow)
})

const two: ReadonlyArray<TeacherItem> = [
  { id: 1, scores: { ada: 12 } },
  { id: 2, scores: { ada: 13 } }
]

it("asks for everything on the first night, and then for what changed since the day before", () =>
  inWorld(two, (night) =>
    Effect.gen(function* () {
      const first = yield* night("2026-10-01")
      expect(ids(first["item_settings"])).toEqual(["7001/1", "7001/2"])
      expect(first["values"]).toEqual([{ dataset: "values", id: "7001", since: null }])
      const second = yield* night("2026-10-02")
      expect(ids(second["items"])).toEqual(["7001"])
      // A day of overlap; once a week, by turns, all is read.
      expect([null, "2026-09-30T09:00:00.000Z"]).toContain(second["values"]?.[0]?.since)
      expect(yield* rowsIn("values")).toHaveLength(2)
    })
  ))

it("knows what was not read in this run: what failed, what was not reached in its minutes, and what hangs below those", () =>
  inWorld(two, (night, world) =>
    Effect.gen(function* () {
      const known = (table: string) =>
        Effect.map(rowsIn(table, "id"), (rows) => rows.map((row) => [row["id"], row["is_current"]]))
      yield* night("2026-10-01")
      const all = [
        ["7001/1", true],
        ["7001/2", true]
      ]
      expect(yield* known("settings_read")).toEqual(all)
      world.late = ["item_settings 7001/2"]
      yield* night("2026-10-02")
      expect(yield* known("settings_read")).toEqual([all[0], ["7001/2", false]])
      expect(yield* known("exemptions_read")).toEqual([all[0], ["7001/2", false]])
      const late = yield* (yield* Warehouse).rows(plain("SELECT id, is_late FROM unread_item_settings"), anyRow)
      expect(late.map((row) => [row["id"], row["is_late"]])).toEqual([["7001/2", true]])
      // The course itself cannot be read: of all that hangs below nothing is of this run.
      world.late = []
      world.unread = ["7001"]
      yield* night("2026-10-03")
      expect(yield* known("items_read")).toEqual([["7001", false]])
      expect(yield* known("settings_read")).toEqual(all.map(([id]) => [id, false]))
      // A run of another section leaves what it does not look at as it was told before; of its own it knows what failed.
      yield* night("2026-10-03", { ...wholePlan, sections: ["c9"] })
      expect(yield* known("settings_read")).toEqual(all)
      yield* night("2026-10-03", { ...wholePlan, sections: ["c1"] })
      expect(yield* known("settings_read")).toEqual(all.map(([id]) => [id, false]))
      world.unread = []
      yield* night("2026-10-03", { ...wholePlan, sections: ["c1"] })
      expect(yield* known("settings_read")).toEqual(all)
    })
  ))

it("asks first for what changed and has new scores, since the minutes may be over before the last one", () =>
  inWorld(
    Array.from({ length: 12 }, (_, index) => ({ id: index + 1 })),
    (night, world) =>
      Effect.gen(function* () {
        yield* night("2026-10-01")
        world.items = world.items.map((item) =>
          item.id === 5
            ? { id: 5, name: "Renamed" }
            : item.id === 9
              ? { id: 9, scores: { ada: { points: 15, at: "2026-10-01T20:00:00.000Z" } } }
              : item
        )
        const settings = (yield* night("2026-10-02"))["item_settings"] ?? []
        expect(settings).toHaveLength(12)
        expect(ids(settings.slice(0, 2))).toEqual(["7001/5", "7001/9"])
      })
  ))

it("asks on every night what teachers set of each item that could go, and who is excused, though nothing hints at a change", () =>
  inWorld([...two, { id: 3, session: null }, { id: 4, type: "Text" }], (night, world) =>
    Effect.gen(function* () {
      yield* night("2026-10-01")
      world.items = [{ id: 1, session: "spring", scores: { ada: 12 } }, ...world.items.slice(1)]
      const second = yield* night("2026-10-02")
      expect(ids(second["item_settings"])).toEqual(["7001/1", "7001/2", "7001/3"])
      expect(ids(second["exemptions"])).toEqual(["7001/1", "7001/2"])
      const sessions = (yield* rowsIn("item_settings")).map((row) => row["AcademicSessionOrgUnitId"])
      expect(sessions.slice(0, 2)).toEqual(["6701", "6700"])
    })
  ))

it("by turns, asks for the settings of an item again when it changed, and when it is new", () =>
  inWorld(
    two,
    (night, world) =>
      Effect.gen(function* () {
        yield* night("2026-10-01")
        const quiet = ids((yield* night("2026-10-01"))["item_settings"])
        expect(quiet).toEqual([])
        world.items = [{ id: 1, name: "Renamed", scores: { ada: 12 } }, ...two.slice(1), { id: 3 }]
        expect(ids((yield* night("2026-10-01"))["item_settings"])).toEqual(["7001/1", "7001/3"])
      }),
    byTurns
  ))

it("by turns, asks on every run which categories go, and again for the session of an item whose activity has another date", () =>
  inWorld(
    [{ id: 1, activity: { due: "2026-10-20T17:00:00.000Z" } }, { id: 2 }],
    (night, world) =>
      Effect.gen(function* () {
        yield* night("2026-10-01")
        const quiet = yield* night("2026-10-01", wholePlan, "10:00")
        expect(ids(quiet["item_settings"])).toEqual([])
        expect(ids(quiet["category_settings"])).toEqual(["7001/8", "7001/9"])
        world.items = [{ id: 1, activity: { due: "2026-10-27T17:00:00.000Z" } }, { id: 2 }]
        expect(ids((yield* night("2026-10-01", wholePlan, "11:00"))["item_settings"])).toEqual(["7001/1"])
        expect(ids((yield* night("2026-10-01", wholePlan, "12:00"))["item_settings"])).toEqual([])
      }),
    byTurns
  ))

it("by turns, asks again for what has new scores, once, and also where the night in between could not", () =>
  inWorld(
    two,
    (night, world) =>
      Effect.gen(function* () {
        yield* night("2026-10-01")
        world.items = [{ id: 1, scores: { ada: { points: 15, at: "2026-10-01T20:00:00.000Z" } } }, ...two.slice(1)]
        world.unread = ["7001/1"]
        const failed = yield* night("2026-10-02")
        expect(ids(failed["item_settings"])).toContain("7001/1")
        expect(ids(failed["exemptions"])).not.toContain("7001/1")
        world.unread = []
        const settings = (yield* night("2026-10-03"))["item_settings"]
        expect(ids(settings)).toContain("7001/1")
        expect(ids((yield* night("2026-10-03"))["item_settings"])).toEqual([])
      }),
    byTurns
  ))

it("knows who is excused from an item only where that was read, and since its newest score", () =>
  inWorld(two, (night, world) =>
    Effect.gen(function* () {
      const known = Effect.map(rowsIn("exemptions_read", "id"), (rows) =>
        rows.map((row) => [row["id"], row["is_current"]])
      )
      world.unread = ["exemptions 7001/1"]
      yield* night("2026-10-01")
      // Never read: there is no row of it.
      expect(yield* known).toEqual([["7001/2", true]])
      world.unread = []
      yield* night("2026-10-01")
      const all = [
        ["7001/1", true],
        ["7001/2", true]
      ]
      expect(yield* known).toEqual(all)
      world.items = [{ id: 1, scores: { ada: { points: 15, at: "2026-10-01T20:00:00.000Z" } } }, ...two.slice(1)]
      const behind = [["7001/1", false], all[1]]
      world.unread = ["exemptions 7001/1"]
      yield* night("2026-10-02")
      expect(yield* known).toEqual(behind)
      // Nobody asks below what could not be read, and yet it is not known.
      world.items = [{ id: 1, scores: { ada: { points: 16, at: "2026-10-02T20:00:00.000Z" } } }, ...two.slice(1)]
      world.unread = ["item_settings 7001/1"]
      expect(ids((yield* night("2026-10-03"))["exemptions"])).not.toContain("7001/1")
      expect(yield* known).toEqual(behind)
      world.unread = []
      yield* night("2026-10-03")
      expect(yield* known).toEqual(all)
    })
  ))

it("leaves a part as it was told before where one of its records has no id, and asks again", () =>
  inWorld(two, (night, world) =>
    Effect.gen(function* () {
      yield* night("2026-10-01")
      const before = yield* rowsIn("items")
      world.nameless = "items"
      yield* night("2026-10-02")
      expect(yield* rowsIn("items")).toEqual(before)
      world.nameless = null
      world.items = [{ id: 1, name: "Renamed", scores: { ada: 12 } }, ...two.slice(1)]
      expect(ids((yield* night("2026-10-03"))["items"])).toEqual(["7001"])
      expect((yield* rowsIn("items")).map((row) => row["Name"])).toContain("Renamed")
    })
  ))

it("by turns, asks on every night where an item has no session yet", () =>
  inWorld(
    [{ id: 1, session: null }],
    (night) =>
      Effect.gen(function* () {
        yield* night("2026-10-01")
        expect(ids((yield* night("2026-10-01"))["item_settings"])).toEqual(["7001/1"])
      }),
    byTurns
  ))

it("takes turns: in a week every setting and every score is asked for again, and on no night all of them", () =>
  inWorld(
    Array.from({ length: 30 }, (_, index) => ({ id: index + 1, scores: { ada: 12 } })),
    (night, world) =>
      Effect.gen(function* () {
        yield* night("2026-10-01")
        // A score that was cleared shows only where all are read.
        world.items = world.items.map((item) => (item.id === 1 ? { id: 1 } : item))
        const nights: Array<ReadonlyArray<string>> = []
        for (let day = 2; day <= 8; day++) nights.push(ids((yield* night(`2026-10-0${day}`))["item_settings"]))
        expect(new Set(nights.flat()).size).toBe(30)
        expect(Math.max(...nights.map((one) => one.length))).toBeLessThan(25)
        expect((yield* rowsIn("values")).map((row) => row["RecordId"])).not.toContain("7001/1/301")
        expect(yield* rowsIn("values")).toHaveLength(29)
      }),
    byTurns
  ))

it("asks in another order on each night, so that what is refused does not always come before the same ones", () =>
  inWorld(
    Array.from({ length: 8 }, (_, index) => ({ id: index + 1, session: null })),
    (night) =>
      Effect.gen(function* () {
        const orders = new Set<string>()
        for (let day = 1; day <= 4; day++) {
          const settings = (yield* night(`2026-10-0${day}`))["item_settings"]
          expect(settings).toHaveLength(8)
          orders.add((settings ?? []).map((part) => part.id).join())
        }
        expect(orders.size).toBe(4)
      })
  ))

it("reads the scores of a course whole when an item of it is new, came back or has other points, and then not again", () =>
  inWorld(two, (night, world) =>
    Effect.gen(function* () {
      // Hour by hour, so that it is no day on which all scores are read in turn.
      let hour = 9
      const asked = Effect.suspend(() =>
        Effect.map(night("2026-10-01", wholePlan, `${++hour}:00`), (parts) => parts["values"]?.[0]?.since ?? null)
      )
      yield* night("2026-10-01")
      expect(yield* asked).not.toBeNull()
      world.items = two.slice(1)
      // That an item is gone says nothing about the scores of others.
      expect(yield* asked).not.toBeNull()
      world.items = two
      expect(yield* asked).toBeNull()
      expect(yield* asked).not.toBeNull()
      world.items = [...two.slice(0, 1), { id: 2, points: 40, scores: { ada: 13 } }]
      expect(yield* asked).toBeNull()
      expect((yield* rowsIn("values")).map((row) => row["PointsDenominator"])).toEqual([20, 40])
      expect(yield* asked).not.toBeNull()
    })
  ))

it("by turns, keeps a setting that was told once where Brightspace refuses to tell it, and asks again", () =>
  inWorld(
    two,
    (night, world) =>
      Effect.gen(function* () {
        const settings = Effect.map(rowsIn("item_settings"), (rows) =>
          rows.map((row) => [row["RecordId"], row["AcademicSessionOrgUnitId"], row["IsTold"]])
        )
        yield* night("2026-10-01")
        world.items = [{ id: 1, name: "Renamed", session: "untold" }, ...two.slice(1), { id: 3, session: "untold" }]
        yield* night("2026-10-01")
        const refused = [
          ["7001/1", "6700", true],
          ["7001/2", "6700", true],
          ["7001/3", null, false]
        ]
        expect(yield* settings).toEqual(refused)
        expect(ids((yield* night("2026-10-01"))["item_settings"])).toEqual(["7001/1", "7001/3"])
        expect(yield* settings).toEqual(refused)
        world.items = [{ id: 1, name: "Renamed", session: "spring" }, ...two.slice(1), { id: 3, session: "untold" }]
        yield* night("2026-10-01")
        expect(yield* settings).toEqual([["7001/1", "6701", true], ...refused.slice(1)])
      }),
    byTurns
  ))

it("leaves what could not be read as it was, and asks for nothing below it", () =>
  inWorld(two, (night, world) =>
    Effect.gen(function* () {
      yield* night("2026-10-01")
      world.items = [{ id: 1, name: "Renamed" }, { id: 3 }]
      world.unread = ["7001"]
      const blind = yield* night("2026-10-02")
      expect(Object.keys(blind)).toEqual(["courses"])
      expect((yield* rowsIn("items")).map((row) => row["Name"])).toEqual(["Essay 1", "Essay 2"])
      world.unread = []
      yield* night("2026-10-03")
      expect((yield* rowsIn("items")).map((row) => row["Name"])).toEqual(["Renamed", "Essay 3"])
    })
  ))

it("asks in a narrowed run for its section alone, afresh, and keeps the rest", () =>
  inWorld(two, (night) =>
    Effect.gen(function* () {
      yield* night("2026-10-01")
      const own = yield* night("2026-10-01", { ...wholePlan, sections: ["c1"] })
      expect(ids(own["item_settings"])).toEqual(["7001/1", "7001/2"])
      const other = yield* night("2026-10-01", { ...wholePlan, sections: ["c9"] })
      expect(other).toEqual({})
      expect(yield* rowsIn("items")).toHaveLength(2)
    })
  ))

it("keeps what it reads though the clock was set back since the last read, and trusts no read of a clock that was ahead", () =>
  inWorld(two, (night, world) =>
    Effect.gen(function* () {
      const points = Effect.map(rowsIn("values"), (rows) => rows.map((row) => row["PointsNumerator"]))
      yield* night("2026-10-01")
      world.items = [{ id: 1, scores: { ada: 17 } }, ...two.slice(1)]
      yield* night("2026-10-01", { ...wholePlan, sections: ["c1"] }, "08:59")
      expect(yield* points).toEqual([17, 13])
      yield* night("2026-10-20")
      world.items = [{ id: 1, scores: { ada: 18 } }, ...two.slice(1)]
      const set = yield* night("2026-10-02")
      expect(set["values"]).toEqual([{ dataset: "values", id: "7001", since: null }])
      expect(yield* points).toEqual([18, 13])
    })
  ))

it("reads all anew where the columns of a collection are others than those kept", () =>
  inWorld(two, (night) =>
    Effect.gen(function* () {
      yield* night("2026-10-01")
      const warehouse = yield* Warehouse
      yield* warehouse.execute(
        plain("DROP VIEW dataset_item_settings; ALTER TABLE read_grades_item_settings DROP COLUMN IsTold")
      )
      expect(ids((yield* night("2026-10-01"))["item_settings"])).toEqual(["7001/1", "7001/2"])
    })
  ))

it("says what to run first where the roster pipeline has done nothing yet", () => {
  const read = withWarehouse(
    readSource({
      definition: grades,
      contracts: new Map([...gradeOffer.collections, ...grades.used]),
      clock: { asOf: "2026-10-01", now: "2026-10-01T09:00:00.000Z" },
      part: wholePlan,
      onProgress: () => undefined
    }).pipe(Effect.provide(memoryGradebooks(() => ({}))))
  )
  return expect(read).rejects.toThrow(/roster.course_offering: nothing of it is known yet. Run `rollbook run roster`/)
})

describe("an expression of the reading that cannot be computed of one item", () => {
  const items: ReadonlyArray<TeacherItem> = [
    { id: 1, name: "41", scores: { ada: 12 } },
    { id: 2, name: "Brown", scores: { ada: 13 } },
    { id: 3, name: "43" }
  ]
  const turnedAway = Effect.flatMap(Warehouse, (warehouse) =>
    warehouse.rows(plain("SELECT key, rule, say FROM faults_item_settings ORDER BY key"), anyRow)
  )
  const unread = Effect.flatMap(Warehouse, (warehouse) =>
    warehouse.rows(plain("SELECT id FROM unread_item_settings"), anyRow)
  )

  it.each([
    ["when", "item.CategoryId IS NOT NULL", "CAST(item.Name AS INTEGER) > 0", "7001/2"],
    ["id", "id: item.RecordId", "id: CASE WHEN CAST(item.Name AS INTEGER) > 0 THEN item.RecordId END", null]
  ])("turns that item away by `%s`, says so, and reads the others", async (_, written, cast, part) => {
    const definition = await withCast(written, cast)
    await inWorld(
      items,
      (night, world) =>
        Effect.gen(function* () {
          expect(ids((yield* night("2026-10-01"))["item_settings"])).toEqual(["7001/1", "7001/3"])
          const place = /^grades\.yaml:\d+:\d+ cannot be computed of this record of items: /
          const [row, ...others] = yield* turnedAway
          expect([row?.["key"], row?.["rule"], others]).toEqual(["7001/2", "not-computed", []])
          expect(row?.["say"]).toMatch(place)
          expect(yield* unread).toEqual([{ id: part }])
          expect(world.warnings).toEqual([
            expect.stringMatching(/^grades\.yaml:\d+:\d+ cannot be computed of 7001\/2 of items, so .*write TRY_CAST/)
          ])
          expect(world.warnings.join()).not.toContain("Brown")
          // Once it can be computed again, the item goes its way.
          world.items = items.map((item) => (item.id === 2 ? { ...item, name: "42" } : item))
          expect(ids((yield* night("2026-10-02"))["item_settings"])).toContain("7001/2")
          expect([yield* turnedAway, yield* unread, world.warnings]).toEqual([[], [], []])
        }),
      definition
    )
  })

  it("asks again for every part of which that item may be news, and by `again_when` for its own", async () => {
    const news = "activities AS activity: activity.OrgUnitId || '/' || activity.GradeObjectId"
    const definition = await withCast(news, "items AS item: item.OrgUnitId || '/' || CAST(item.Name AS INTEGER)")
    await inWorld(
      [items[0]!, { ...items[1]!, name: "42" }, items[2]!],
      (night, world) =>
        Effect.gen(function* () {
          yield* night("2026-10-01")
          expect(ids((yield* night("2026-10-01"))["item_settings"])).toEqual([])
          world.items = items
          expect(ids((yield* night("2026-10-01", wholePlan, "10:00"))["item_settings"])).toEqual([
            "7001/1",
            "7001/2",
            "7001/3"
          ])
          expect(world.warnings.join()).toMatch(/of 7001\/2 of items, so that they count as news of every part/)
          // Once: by then every part was read since that item changed.
          expect(ids((yield* night("2026-10-01", wholePlan, "11:00"))["item_settings"])).toEqual([])
        }),
      definition
    )
    const again = await withCast("kept.AcademicSessionOrgUnitId IS NULL", "CAST(kept.SectionOrgUnitId AS INTEGER) = 9")
    await inWorld(
      two,
      (night) =>
        Effect.gen(function* () {
          yield* night("2026-10-01")
          expect(ids((yield* night("2026-10-01"))["item_settings"])).toEqual([])
          yield* (yield* Warehouse).execute(
            plain("UPDATE read_grades_item_settings SET SectionOrgUnitId = 'x' WHERE RecordId = '7001/1'")
          )
          expect(ids((yield* night("2026-10-01"))["item_settings"])).toEqual(["7001/1"])
        }),
      again
    )
  })
})
