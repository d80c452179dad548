import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { readPage } from "../../src/adapters/oneroster/page.ts"
import { landCollection } from "../../src/extract/land.ts"
import type { CollectionContract } from "../../src/core/ports/contracts.ts"
import type { PageFile } from "../../src/core/ports/source.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { withWarehouse } from "../tools/definitions.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

const contract: CollectionContract = {
  endpoint: "/things",
  pageKeys: ["things"],
  key: "sourcedId",
  modified: "dateLastModified",
  refKey: "sourcedId",
  standing: { column: "status", value: "active" },
  columns: [
    { name: "sourcedId", kind: "text", required: true },
    {
      name: "status",
      kind: "text",
      required: true,
      values: ["active", "tobedeleted"],
      aliases: { inactive: "tobedeleted" }
    },
    { name: "dateLastModified", kind: "timestamp" },
    { name: "title", kind: "text", personal: true },
    { name: "enabled", kind: "boolean" },
    { name: "weight", kind: "number" },
    { name: "day", kind: "date" },
    { name: "parent", kind: "ref" },
    { name: "terms", kind: "refs" },
    { name: "periods", kind: "texts" },
    { name: "points", kind: "number", path: ["metadata", "points"] }
  ]
}

/** Lands one page of records, each as it was sent. */
const landRecords = (...records: ReadonlyArray<string>) => land(`{"things":[${records.join(",")}]}`)

/** Lands pages of text. */
const land = (...pages: ReadonlyArray<string>) =>
  withWarehouse(Effect.flatMap(Warehouse, ({ folders }) => landed(filesOf(folders.pages, pages))))

const filesOf = (folder: string, pages: ReadonlyArray<string>): ReadonlyArray<PageFile> =>
  pages.flatMap((text, index) => {
    const page = readPage(Buffer.from(text), ["things"])
    if (typeof page === "string") throw new Error(page)
    return page.chunks.map(({ bytes, isPlain, rows }, part) => {
      const path = join(folder, `page-${index}-${part}.json`)
      writeFileSync(path, bytes)
      return { path, rows, isPlain }
    })
  })

const landed = (files: ReadonlyArray<PageFile>) =>
  Effect.gen(function* () {
    const warehouse = yield* Warehouse
    const landing = yield* landCollection("things", contract, files)
    const rows = yield* warehouse.rows(
      plain(`SELECT * EXCLUDE (_fault) REPLACE (CAST(day AS VARCHAR) AS day, CAST(dateLastModified AS VARCHAR) AS dateLastModified,
          to_json(terms) AS terms, to_json(periods) AS periods), _fault.rule AS fault FROM dataset_things ORDER BY ALL`),
      anyRow
    )
    const faults = yield* warehouse.rows(plain("SELECT * FROM faults_things ORDER BY ALL"), anyRow)
    return { landing, rows, faults }
  })

const page = (...rows: ReadonlyArray<object>): string => JSON.stringify({ things: rows })
const thing = (sourcedId: string, more: object = {}) => ({ sourcedId, status: "active", ...more })

it("reads what a well-behaved server sends", async () => {
  const { landing, rows } = await land(
    page(
      thing("0042", {
        dateLastModified: "2026-03-01T04:30:00.000Z",
        title: "A title",
        enabled: "true",
        weight: 1.5,
        day: "2026-03-01",
        parent: { href: "https://x/1", sourcedId: "p", type: "org" },
        terms: [{ sourcedId: "1" }, { sourcedId: "2" }],
        periods: ["1", "2"],
        metadata: { points: 10, other: true },
        unknown: { deep: [1, 2] }
      })
    ),
    page(thing("7"))
  )
  expect(landing).toEqual({
    dataset: "things",
    read: 2,
    kept: 2,
    faulty: 0,
    keyless: 0,
    equalDuplicates: 0,
    differingDuplicates: 0,
    differingKeys: []
  })
  expect(rows).toMatchObject([
    {
      sourcedId: "0042",
      status: "active",
      dateLastModified: "2026-03-01 04:30:00",
      title: "A title",
      enabled: true,
      weight: 1.5,
      day: "2026-03-01",
      parent: "p",
      terms: '["1","2"]',
      periods: '["1","2"]',
      points: 10,
      fault: null
    },
    { sourcedId: "7", title: null, enabled: null, parent: null, terms: null, periods: null }
  ])
})

it("reads numbers as ids, texts as booleans, null, absent and empty as one, and any case of an enumeration", async () => {
  const { rows, landing } = await land(
    page(
      { sourcedId: 42, status: "Active", enabled: 1, weight: "2.5", day: "2026-03-01T23:00:00Z", periods: "3" },
      {
        sourcedId: "a",
        status: "INACTIVE",
        enabled: "No",
        title: "",
        parent: "p",
        terms: ["1", { sourcedId: 2 }, null]
      },
      { sourcedId: "b", status: "active", enabled: true, title: null, parent: null, terms: null, metadata: null },
      {
        sourcedId: "c",
        status: "active",
        enabled: "yes",
        parent: { sourcedId: "" },
        terms: { sourcedId: "9" },
        day: "3/01/2026"
      }
    )
  )
  expect(landing).toMatchObject({ read: 4, kept: 4, faulty: 0 })
  expect(rows).toMatchObject([
    { sourcedId: "42", status: "active", enabled: true, weight: 2.5, day: "2026-03-01", periods: '["3"]' },
    { sourcedId: "a", status: "tobedeleted", enabled: false, title: null, parent: "p", terms: '["1","2"]' },
    { sourcedId: "b", enabled: true, title: null, parent: null, terms: null, points: null },
    { sourcedId: "c", enabled: true, parent: null, terms: '["9"]', day: "2026-03-01" }
  ])
})

it("reads instants in any zone as the same moment", async () => {
  const spellings = ["2026-03-01T04:30:00.000Z", "2026-03-01T09:30:00+05:00", "2026-02-28 22:30:00 America/Chicago"]
  const { rows } = await land(page(...spellings.map((at, index) => thing(String(index), { dateLastModified: at }))))
  expect(rows.map((row) => row["dateLastModified"])).toEqual(spellings.map(() => "2026-03-01 04:30:00"))
})

it("takes a day of four-digit year for a date, with or without a time, and month/day/year; and nothing else", async () => {
  const days = ["2027-07-31", "2027-07-31T23:00:00Z", "2027-07-31 08:00:00+02", "7/31/2027", "07/31/2027"]
  const none = `7/31/27|07/31/27|7-31-2027|31/7/2027|20270731|2027-7-31|27-07-31|0027-07-31|7/31/0027|infinity|-infinity
epoch|today|2027-07-31 or so|7/31/2027 or so|2027-07-31T08:00:00Zz|2027-02-30|2/30/2027|2027-02-30T08:00:00Z
2027-07-31 (BC)|+2027-07-31|2027-07-31T`.split(/[|\n]/)
  for (const column of ["day", "dateLastModified"]) {
    const { faults, rows } = await land(
      page(...[...days, ...none].map((text, index) => thing(String(index).padStart(2, "0"), { [column]: text })))
    )
    const read = rows.map((row) => String(row[column]).slice(0, 10))
    expect(read).toEqual([...days.map(() => "2027-07-31"), ...none.map(() => "null")])
    expect(faults.map((fault) => fault["rule"])).toEqual(none.map(() => `contract:${column}`))
  }
})

it("keeps a text composed, without white space, control characters and what takes no width at its ends", async () => {
  const ends = [" ", "\t", "\r\n", "\u00a0", "\u3000", "\u2028", "\u200b", "\ufeff", "\u0007", "\u200e", "\u3164"]
  const { rows } = await land(
    page(
      ...ends.map((end, index) => thing(`${end}i${index}${end}`, { title: `${end}Zoe\u0308 ${end} X${end}` })),
      ...ends.map((end, index) => thing(`n${index}`, { title: `${end}${end}`, parent: { sourcedId: `p${end}` } })),
      thing("z", {
        title: "👩\u200d👩\u200d👧",
        terms: [{ sourcedId: "1\t" }, { sourcedId: "\t" }],
        periods: ["2\u00a0"]
      })
    )
  )
  const of = (id: string) => rows.find((row) => row["sourcedId"] === id)
  for (const [index, end] of ends.entries()) {
    expect(of(`i${index}`)).toMatchObject({ title: `Zo\u00eb ${end} X` })
    expect(of(`n${index}`)).toMatchObject({ title: null, parent: "p" })
  }
  expect(of("z")).toMatchObject({ title: "👩\u200d👩\u200d👧", terms: '["1"]', periods: '["2"]' })
})

it("lands the composed and the decomposed form of any text as one, and again as it is", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "grapheme", minLength: 1 }), { minLength: 20, maxLength: 20 }),
      async (texts) => {
        const titles = async (form: "NFC" | "NFD", given: ReadonlyArray<string | null>) =>
          (
            await land(
              page(
                ...given.map((title, index) =>
                  thing(String(index).padStart(2, "0"), { title: (title ?? "").normalize(form) })
                )
              )
            )
          ).rows.map((row) => (row["title"] === null ? null : String(row["title"])))
        const whole = texts.filter((text) => !text.includes("\u0000"))
        const landed = await titles("NFD", whole)
        expect(await titles("NFC", whole)).toEqual(landed)
        expect(await titles("NFC", landed)).toEqual(landed)
      }
    ),
    { numRuns: 5 }
  )
})

it("turns away a text with a NUL character, and an object or a list in place of a text; what only looks so is a text", async () => {
  const { faults, landing, rows } = await land(
    page(
      thing("1", { title: "A\u0000B" }),
      thing("2", { title: { first: "Ada" } }),
      thing("3", { title: ["Ada"] }),
      thing("4", { title: "[1]" }),
      thing("5", { title: '{"first":"Ada"}' }),
      thing("6", { title: "[Honors] Biology" }),
      { sourcedId: { id: "7" }, status: "active" },
      thing("8\u0000a")
    )
  )
  expect(faults).toEqual([
    { key: "1", rule: "contract:title", say: "title holds a NUL character" },
    { key: "2", rule: "contract:title", say: "title is an object or a list, not a text" },
    { key: "3", rule: "contract:title", say: "title is an object or a list, not a text" },
    { key: null, rule: "contract:sourcedId", say: "sourcedId holds a NUL character" },
    { key: null, rule: "contract:sourcedId", say: "sourcedId is an object or a list, not a text" }
  ])
  expect(landing).toMatchObject({ kept: 6, keyless: 2 })
  expect(rows.map((row) => row["title"])).toEqual([null, null, null, "[1]", '{"first":"Ada"}', "[Honors] Biology"])
})

it("reads pretty pages and pages on one line side by side, whatever ends a line, and a record that is null", async () => {
  const pretty = JSON.stringify({ things: [thing("2", { parent: { sourcedId: "p" } }), null, thing("3")] }, null, 2)
  for (const lineEnd of ["\n", "\r\n", "\r"]) {
    const { landing } = await land(page(thing("1")), pretty.replaceAll("\n", lineEnd))
    expect(landing).toMatchObject({ read: 4, kept: 3, keyless: 1 })
  }
})

it("lands records of which no text is to be cleaned as it lands any other", async () => {
  const unit = fc.constantFrom(...'a1"\\/ \n\u007f\u00a0\u0000é\u200b'.split(""), "e\u0301")
  const text = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom("", "active", "2026-03-01", "true", "a b") },
    { weight: 1, arbitrary: fc.string({ unit, maxLength: 3 }) }
  )
  const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null))
  const reference = fc.option(fc.record({ sourcedId: value }))
  const record = fc.record(
    {
      sourcedId: value,
      status: value,
      dateLastModified: text,
      title: value,
      enabled: value,
      weight: value,
      day: text,
      parent: reference,
      terms: fc.option(fc.array(reference, { maxLength: 3 })),
      periods: fc.option(fc.array(text, { maxLength: 3 }))
    },
    { requiredKeys: [] }
  )
  let plainRows = 0
  await withWarehouse(
    Effect.flatMap(Warehouse, (warehouse) =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(fc.array(record, { minLength: 10, maxLength: 40 }), async (records) => {
            const files = filesOf(warehouse.folders.pages, [page(...records)])
            const run = (which: ReadonlyArray<PageFile>) =>
              Effect.runPromise(Effect.provideService(landed(which), Warehouse, warehouse))
            const told = await run(files)
            expect(told).toEqual(await run(files.map(({ path, rows }) => ({ path, rows }))))
            plainRows += files.reduce((sum, { isPlain, rows }) => sum + (isPlain === true ? rows : 0), 0)
          }),
          { numRuns: 12, endOnFailure: true }
        )
      )
    )
  )
  expect(plainRows).toBeGreaterThan(50)
})

it("marks what does not fit with the field and the kind, never with the value of a personal field", async () => {
  const { landing, rows, faults } = await land(
    page(
      thing("1", { status: "gone" }),
      thing("2", { enabled: "perhaps" }),
      thing("3", { day: "2026-02-30" }),
      thing("4", { weight: "heavy" }),
      { sourcedId: "5" },
      thing("6", { dateLastModified: "yesterday" }),
      { status: "active" },
      thing("8")
    )
  )
  expect(landing).toMatchObject({ read: 8, kept: 7, faulty: 7, keyless: 1 })
  expect(rows.map((row) => row["sourcedId"])).toEqual(["1", "2", "3", "4", "5", "6", "8"])
  expect(faults).toEqual([
    { key: "1", rule: "contract:status", say: "status is none of active, tobedeleted: gone" },
    { key: "2", rule: "contract:enabled", say: "enabled is not a boolean: text of 7 characters" },
    { key: "3", rule: "contract:day", say: "day is not a date: text of 10 characters" },
    { key: "4", rule: "contract:weight", say: "weight is not a number: text of 5 characters" },
    { key: "5", rule: "contract:status", say: "status is missing" },
    { key: "6", rule: "contract:dateLastModified", say: "dateLastModified is not a timestamp: text of 9 characters" },
    { key: null, rule: "contract:sourcedId", say: "sourcedId is missing" }
  ])
})

it("collapses equal copies, and takes the newest of copies that differ, whatever their order", async () => {
  const old = thing("1", { title: "old", dateLastModified: "2026-01-01T00:00:00Z" })
  const young = thing("1", { title: "new", dateLastModified: "2026-02-01T00:00:00Z" })
  for (const pages of [
    [page(old, young, thing("2")), page(thing("2"))],
    [page(thing("2")), page(thing("2"), young, old)]
  ]) {
    const { landing, rows } = await land(...pages)
    expect(landing).toMatchObject({
      read: 4,
      kept: 2,
      equalDuplicates: 1,
      differingDuplicates: 1,
      differingKeys: ["1"]
    })
    expect(rows).toMatchObject([{ sourcedId: "1", title: "new" }, { sourcedId: "2" }])
  }
})

it("takes the active one of two copies of which nothing says which is newer, whatever their order", async () => {
  for (const [index, when] of [undefined, "2026-01-01T00:00:00Z"].entries()) {
    // Many keys, so that chance has no say.
    const ids = Array.from({ length: 20 }, (_, number) => `${index}-${number}`)
    const copies = ids.flatMap((id) => [
      thing(id, { dateLastModified: when, status: "tobedeleted" }),
      thing(id, { dateLastModified: when })
    ])
    for (const rows of [copies, copies.toReversed()]) {
      const landed = await land(page(...rows))
      expect(new Set(landed.rows.map((row) => row["status"]))).toEqual(new Set(["active"]))
    }
  }
})

it("makes an empty dataset of no pages and of empty pages", async () => {
  for (const pages of [[], [page()]]) {
    const { landing, rows } = await land(...pages)
    expect(landing).toMatchObject({ read: 0, kept: 0, faulty: 0, keyless: 0 })
    expect(rows).toEqual([])
  }
})

it("lands a dataset again over an earlier one", async () => {
  await withWarehouse(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      const path = join(warehouse.folders.pages, "page.json")
      for (const id of ["1", "2"]) {
        writeFileSync(path, JSON.stringify(thing(id)))
        expect(yield* landCollection("things", contract, [{ path, rows: 1 }])).toMatchObject({ kept: 1 })
      }
      expect(yield* warehouse.rows(plain("SELECT sourcedId FROM dataset_things"), anyRow)).toEqual([{ sourcedId: "2" }])
    })
  )
})

const halved = "a text of the record holds half of a surrogate pair"
const broken = "a text of the record holds a line end or other control character as it is"
const twice = "a name stands twice in the record, so that nobody can tell which value is meant"
const noJson = "the record is not well-formed JSON"

it.each([
  ["half a surrogate pair", '{"sourcedId":"2","title":"Ada \\ud83d","status":"active"}', "2", halved],
  ["half of one in its id", '{"sourcedId":"\\ude00","status":"active"}', null, halved],
  ["a raw line end in a text", '{"title":"Ada\nLee","sourcedId":"2","status":"active"}', "2", broken],
  ["a raw tab in its id", '{"sourcedId":"2\t","status":"active"}', null, broken],
  ["a name twice", '{"sourcedId":"2","title":"Ada","title":"Ada","status":"active"}', "2", twice],
  ["its id twice", '{"sourcedId":"2","sourcedId":"3","status":"active"}', null, twice],
  [
    "a name twice in a reference",
    '{"sourcedId":"2","status":"active","parent":{"sourcedId":"p","sourcedId":"q"}}',
    "2",
    twice
  ],
  ["one in a list", '{"sourcedId":"2","status":"active","terms":[{"sourcedId":"p","sourcedId":"q"}]}', "2", twice],
  ["an escape that is none", '{"sourcedId":"2","title":"\\q","status":"active"}', "2", noJson],
  ["a number that is none", '{"status":"active","weight":01,"sourcedId":2}', "2", noJson],
  ["a word that is none", "nothing", null, noJson]
])("puts aside a record with %s, and lands the others", async (_, record, key, say) => {
  const [one, three] = [JSON.stringify(thing("1")), JSON.stringify(thing("4", { title: "Zoë, {4}" }))]
  const { faults, landing, rows } = await landRecords(one, record, three)
  expect(faults).toEqual([{ key, rule: "contract:record", say }])
  expect(landing).toMatchObject({ read: 3, kept: key === null ? 2 : 3, keyless: key === null ? 1 : 0 })
  expect(rows.map((row) => row["title"])).toEqual(key === null ? [null, "Zoë, {4}"] : [null, null, "Zoë, {4}"])
})

it("puts aside the records that cannot be read of several pages, whatever else these hold", async () => {
  const bare = JSON.stringify(thing("0", { parent: "p", terms: ["t"] }))
  const bad = (id: number) => `{"sourcedId":"${id}","status":"active","title":"\\ud800"}`
  const pages = Array.from(
    { length: 4 },
    (_, index) =>
      `{"things":[${JSON.stringify(thing(`g${index}`, { parent: { sourcedId: "p" } }))},${bad(index)}${index === 3 ? `,${bare}` : ""}]}`
  )
  const { faults, landing, rows } = await land(...pages)
  expect(landing).toMatchObject({ read: 9, kept: 8, equalDuplicates: 0, differingDuplicates: 1 })
  expect(faults.map((fault) => fault["say"])).toEqual([halved, halved, halved, halved])
  expect(rows.filter((row) => row["fault"] === null).map((row) => row["parent"])).toContain("p")
})

it("lands the records beside one of any text at all", async () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'{}[]:,"\\\\u0d8trfn1-. ü\n\t'.split("")), maxLength: 30 }),
    fc.json({ maxDepth: 2 })
  )
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 5, maxLength: 10 }), async (values) => {
      // What tears the record itself open makes another page of it, and is the page's own fault.
      const records = values
        .map((value) => `{"sourcedId":"x","status":"active","title":${value},"more":"${value}"}`)
        .filter((record) => {
          const page = readPage(Buffer.from(`{"things":[${record}]}`), ["things"])
          return (
            typeof page !== "string" &&
            page.rows === 1 &&
            page.chunks[0]?.bytes.length === Buffer.byteLength(record) + 1
          )
        })
        .map((record, index) => record.replace('"x"', `"${index}"`))
      const sound = JSON.stringify(thing("sound", { title: "Sound" }))
      const { landing, rows } = await landRecords(sound, ...records)
      expect(landing.read).toBe(records.length + 1)
      expect(rows).toContainEqual(expect.objectContaining({ sourcedId: "sound", title: "Sound", fault: null }))
    }),
    { numRuns: 15 }
  )
})

it("names no value in the error of a page that is cut off", async () => {
  await withWarehouse(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      const path = join(warehouse.folders.pages, "page.json")
      writeFileSync(path, JSON.stringify(thing("1", { title: "Secret Name" })).slice(0, -5))
      const error = yield* Effect.flip(landCollection("things", contract, [{ path, rows: 1 }]))
      expect(error.message).not.toContain("Secret Name")
    })
  )
})

it("takes copies that differ in where one list ends and the next begins for differing ones", async () => {
  const { landing } = await land(
    page(
      thing("1", { terms: [{ sourcedId: "a" }, { sourcedId: "b" }] }),
      thing("1", { terms: [{ sourcedId: "a" }], periods: ["b"] })
    )
  )
  expect(landing).toMatchObject({ kept: 1, equalDuplicates: 0, differingDuplicates: 1 })
})
