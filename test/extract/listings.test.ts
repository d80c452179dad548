import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { type Listing, type ListingFile, type ListingForm, Listings } from "../../src/core/ports/listings.ts"
import { Text, TextOrNull, Warehouse } from "../../src/core/ports/warehouse.ts"
import { sql } from "../../src/core/sql.ts"
import { landListings, listedTable } from "../../src/extract/listings.ts"
import { inFolder } from "../tools/definitions.ts"
import { oneThread } from "../tools/one-thread.ts"

const form: ListingForm = {
  name: "Pupils",
  key: ["Id"],
  version: "Version",
  mostRows: 4,
  columns: [
    { name: "Id", kind: "id", required: true },
    { name: "Name", kind: "text", required: true },
    { name: "IsHere", kind: "boolean", required: false },
    { name: "Since", kind: "timestamp", required: false },
    { name: "Height", kind: "number", required: false },
    { name: "Version", kind: "id", required: false }
  ]
}

const days = ["2026-10-04T05:00:00.000Z", "2026-10-05T05:00:00.000Z", "2026-10-06T05:00:00.000Z"]

/** Lands files of these texts, the first as a full one, and gives the rows. */
const landed = (...texts: ReadonlyArray<string>) =>
  inFolder((home) => {
    const download = (_: ReadonlyArray<string>, folder: string): Effect.Effect<ReadonlyArray<Listing>> =>
      Effect.sync(() => {
        const files = texts.map((text, index): ListingFile => {
          const path = join(folder, `pupils-${index}.csv`)
          writeFileSync(path, text)
          const day = days[index] ?? ""
          const kind = index === 0 ? "full" : "changes"
          const [header = ""] = text.replace("\uFEFF", "").split(/\r?\n/)
          return { name: `Pupils, ${kind} of ${day}`, path, asOf: day, header: header.split(",") }
        })
        return [{ form, files, doubt: null }]
      })
    const listings = Layer.succeed(Listings, {
      connection: "north",
      resource: () => Effect.succeed(null),
      collection: () => null,
      download
    })
    return Effect.gen(function* () {
      const [listing] = yield* landListings(["Pupils"])
      const warehouse = yield* Warehouse
      expect(existsSync(join(warehouse.folders.pages, "listings"))).toBe(false)
      if (listing === undefined) throw new Error("nothing was landed")
      const rows = yield* warehouse.rows(
        sql`SELECT concat_ws(' | ', "Id", "Name", coalesce("IsHere"::VARCHAR, 'untold'), "Since", "Height", strftime(_as_of, '%d')) AS row, "Name" AS name FROM ${listedTable(listing)} ORDER BY "Id"`,
        Schema.Struct({ row: Text, name: TextOrNull })
      )
      return rows.map(({ row }) => row)
    }).pipe(
      Effect.provide(Layer.merge(listings, warehouseLayer({ stateFile: join(home, "state.duckdb"), ...oneThread }))),
      Effect.catchTag("SourceError", (error) => Effect.succeed(error.message)),
      Effect.runPromise
    )
  })

it("reads columns by their names, whatever their order, with more of them and without those that may be missing", async () => {
  expect(
    await landed(
      '\uFEFFNew,Version,Name,Id,IsHere,Since\r\nx,1,"Quill, ""Ada""\r\nB.",1,True,2026-08-01T06:00:00.000Z\r\n,2,,2,False,\r\n'
    )
  ).toEqual(['1 | Quill, "Ada"\r\nB. | true | 2026-08-01 06:00:00 | 04', "2 | false | 04"])
  expect(await landed("Id,Name\n7,Bo\n")).toEqual(["7 | Bo | untold | 04"])
  expect(await landed("Id,Name,Height\n7,Bo,1.660000000\n8,Cy,\n")).toEqual([
    "7 | Bo | untold | 1.66 | 04",
    "8 | Cy | untold | 04"
  ])
})

it("takes an instant for the one that it is, in whatever zone it is written, and without a zone for UTC", async () => {
  const written = ["2026-08-01T06:00:00.000Z", "2026-08-01T01:00:00.000-05:00", "2026-08-01 06:00:00"]
  expect(await landed(`Id,Name,Since\n${written.map((since, index) => `${index},a,${since}\n`).join("")}`)).toEqual(
    written.map((_, index) => `${index} | a | untold | 2026-08-01 06:00:00 | 04`)
  )
})

it("takes of each key the newest row: by its version, or, without one, that of the latest file", async () => {
  const versioned = [
    "Id,Name,Version\n1,a,10\n2,b,11\n3,c,19\n",
    "Id,Name,Version\n2,B,13\n4,d,14\n",
    "Id,Name,Version\n2,old,12\n3,older,18\n"
  ]
  expect(await landed(...versioned)).toEqual([
    "1 | a | untold | 04",
    "2 | B | untold | 06",
    "3 | c | untold | 06",
    "4 | d | untold | 05"
  ])
  // Versions that not every file tells say of none which is the newer.
  expect(await landed("Id,Name,Version\n1,a,10\n2,b,11\n", "Id,Name\n2,B\n")).toEqual([
    "1 | a | untold | 04",
    "2 | B | untold | 05"
  ])
  const plain = ["Id,Name\n1,a\n2,b\n", "Id,Name\n2,B\n", "Id,Name\n2,C\n"]
  expect(await landed(...plain)).toEqual(["1 | a | untold | 04", "2 | C | untold | 06"])
})

it("refuses a file that is none, by its line and column and without what stands there", async () => {
  const of = `north: Pupils, full of ${days[0]}: `
  const faults = {
    "Id,Name,IsHere\n1,Ada,True\n2,Quill,perhaps\nx,Bo,no,\n":
      "line 3, column IsHere: this is no value of the column's type, and 1 more faults",
    "Id,Name\n1,Ada\n2\n": "line 3, column Name: the line has fewer columns than line 1",
    "Id,Name\n1,Ada,Quill\n": "line 2: the line has more columns than line 1",
    'Id,Name\n1,"Ada" Quill\n': "line 2, column Name: a quotation mark is not closed, or stands where none may"
  }
  for (const [text, words] of Object.entries(faults)) {
    const said = await landed(text)
    expect(said).toBe(`${of}${words}. Nothing of it was taken: it is to be made again`)
    expect(said).not.toMatch(/Quill|perhaps/)
  }
  expect(await landed("Id,Name\n,Ada\n1,Bo\n")).toContain("1 of its lines lack Id, by which they are known")
})

it("refuses a full file that has as many rows as one may have, for there may be more", async () => {
  const rows = (count: number) => `Id,Name\n${Array.from({ length: count }, (_, index) => `${index},a\n`).join("")}`
  expect(await landed(rows(3), rows(4))).toHaveLength(4)
  expect(await landed(rows(4))).toBe(
    `north: Pupils, full of ${days[0]}: it has 4 lines, and a file has 4 at most: others may be missing. Nothing of it was taken: so large a listing tells of nothing that is not in it`
  )
})
