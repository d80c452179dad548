import * as Effect from "effect/Effect"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { unzipSync } from "fflate"
import { parse } from "csv-parse/sync"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { formatOf } from "../../../src/adapters/brightspace/bulk/format.ts"
import { batchName, zipOf } from "../../../src/adapters/brightspace/bulk/zip.ts"
import { layer as warehouseLayer } from "../../../src/adapters/duckdb/warehouse.ts"
import type { RowFormat, RowKind } from "../../../src/core/ports/bulk.ts"
import { Warehouse } from "../../../src/core/ports/warehouse.ts"
import { identifier, literal } from "../../../src/core/sql.ts"
import { emptied } from "../../../src/core/table.ts"
import { handedTable } from "../../../src/load/tables.ts"
import { countRowSteps, fillUpload, prepareRows, writeRows } from "../../../src/load/bulk/rows.ts"
import { type LoadedEntity as Entity, loadedEntitiesOf } from "../../../src/pipeline/loaded-entities.ts"
import { steps } from "../../../src/state/change-set.ts"
import { prepareTables } from "../../../src/state/tables.ts"
import { rowsOfBatch } from "../../../src/sandbox/brightspace/bulk/format.ts"
import { definitionOf, inFolder } from "../../tools/definitions.ts"
import { oneThread } from "../../tools/one-thread.ts"
import { anyRow, plain } from "../../tools/plain-sql.ts"

const entities = `  entities:
    school: { from: orgs AS o, key: o.sourcedId, fields: { name: o.name, code: o.identifier } }
    term: { from: orgs AS o, key: o.sourcedId, fields: { name: o.name, code: o.identifier } }
    course: { from: orgs AS o, key: o.sourcedId, fields: { name: o.name, code: o.identifier, parent: { ref: school, key: o.sourcedId } } }
    offering:
      from: orgs AS o
      key: o.sourcedId
      fields: { name: o.name, code: o.identifier, start_date: o.name, template: { ref: course, key: o.sourcedId }, semester: { ref: term, key: o.sourcedId, optional: true } }
    section: { from: orgs AS o, key: o.sourcedId, fields: { name: o.name, code: o.identifier, offering: { ref: offering, key: o.sourcedId } } }
    person:
      from: users AS p
      key: p.sourcedId
      fields: { first_name: p.givenName, middle_name: p.givenName, last_name: p.familyName, username: p.username, org_defined_id: p.sourcedId, email: p.email, role: "'Student'" }
    place:
      from: users AS p
      key: p.sourcedId
      fields: { org_unit: { ref: [offering, school], key: p.sourcedId }, user: { ref: person, key: p.sourcedId }, role: "'Student'" }
    seat:
      from: users AS p
      key: p.sourcedId
      fields: { section: { ref: section, key: p.sourcedId }, user: { ref: person, key: p.sourcedId }, enrollment: { ref: place, key: p.sourcedId } }`
const load = `
    school: { resource: org_unit, type: School, on_gone: keep }
    term: { resource: org_unit, type: Semester, on_gone: keep }
    course: { resource: course_template, on_gone: keep }
    offering: { resource: course_offering, on_gone: keep }
    section: { resource: section, on_gone: keep }
    person: { resource: user, on_gone: deactivate }
    place: { resource: enrollment, on_gone: unenroll }
    seat: { resource: section_enrollment, on_gone: unenroll }`

const leave = () => Effect.succeed(0)

type Fields = Readonly<Record<string, string | null>>
const unit = (code: string, more: Fields = {}): Fields => ({ name: `Unit ${code}`, code, ...more })
const course = unit("C1", { parent: "school:N" })
const offering = (code: string, more: Fields = {}): Fields =>
  unit(code, { start_date: null, template: "course:C1", semester: "term:T", ...more })
const person = (id: string, more: Fields = {}): Fields => ({
  first_name: "Ada",
  middle_name: null,
  last_name: "Quill",
  username: `u.${id}`,
  org_defined_id: id,
  email: null,
  role: "student",
  is_active: null,
  ...more
})
const place = (org_unit: string, who: string, role = "student"): Fields => ({ org_unit, user: `person:${who}`, role })

/** Steps of a plan; those of the second list are of kinds that rows have, and cannot be rows. */
const asRows: ReadonlyArray<readonly [entity: string, key: string, after: Fields, action?: string, changed?: string]> =
  [
    ["course", "C1", course],
    ["offering", "O1", offering("O1", { name: 'Art, "light"\nand colour' })],
    ["offering", "O2", offering("O2", { semester: null, is_active: "false" })],
    ["section", "S1", unit("S1", { offering: "offering:O1" })],
    ["section", "S50", unit("5".repeat(50), { offering: "offering:O1" })],
    ["person", "p1", person("p1", { first_name: "=1+1", last_name: "O'Neil, Jr.", email: "ada@x.example" })],
    ["person", "p2", person("p2", { last_name: "Ørsted 🌻" })],
    ["place", "a", place("offering:O1", "p1")],
    ["place", "b", place("school:N", "p0", "TEACHER")],
    ["place", "c", place("school:N", "p2"), "update", "role"],
    ["seat", "a", { section: "section:S1", user: "person:p1", enrollment: "place:a" }],
    // The role is that which its place is to have, and which the row before it gives.
    ["place", "t", place("school:N", "p0", "TEACHER"), "update", "role"],
    ["seat", "t", { section: "section:S1", user: "person:p0", enrollment: "place:t" }]
  ]
const oneByOne: typeof asRows = [
  // A date, whose form nobody tells; a template that is not there.
  ["offering", "O3", offering("O3", { start_date: "2026-08-17 05:00:00" })],
  ["offering", "O4", offering("O4", { template: "course:C9" })],
  // One code for an offering and its section, and who is to be in one of them.
  ["offering", "X", offering("X")],
  ["section", "X", unit("x", { offering: "offering:O1" })],
  ["place", "x", place("offering:X", "p1")],
  ["person", "m", person("m", { middle_name: "Jo" })],
  ["person", "n", person("n", { first_name: " " })],
  ["person", "o", person("o", { first_name: "x".repeat(65) })],
  ["section", "S51", unit("5".repeat(51), { offering: "offering:O1" })],
  // As many letters as there may be, of which two are counted as two by some.
  ["section", "S52", unit(`${"6".repeat(48)}🌻🌻`, { offering: "offering:O1" })],
  ["person", "q", person("q", { role: "Astronaut" })],
  // The name of somebody who stands.
  ["person", "r", person("r", { username: "U.P0" })],
  // The same for a system that goes by neither width nor accents, or does not see what has no width.
  ["person", "ra", person("ra", { username: "ｕ.ｐ０" })],
  ["person", "rb", person("rb", { username: "u.\u200Bp0" })],
  ["person", "rc", person("rc", { username: "ú.p0" })],
  ["person", "rd", person("rd", { org_defined_id: "００４１" })],
  ["person", "re", person("re", { org_defined_id: "0041" })],
  // What becomes of a line feed in a name, or of a blank at its end, nobody tells.
  ["section", "S53", unit("S\n53", { offering: "offering:O1" })],
  ["section", "S54", unit("S 54 ", { offering: "offering:O1" })],
  ["person", "s", person("s"), "update", "first_name"],
  ["place", "d", place("offering:O1", "p1"), "update", "org_unit"],
  ["place", "e", place("offering:O1", "m")],
  // Its school has another code before the row is worked off.
  ["school", "M", unit("M2"), "update", "code"],
  ["place", "u", place("school:M", "p1")]
]
/** What is taken away: one that rows can name, and those that go by themselves. */
const away: typeof asRows = [
  ["place", "f", place("school:N", "p0", "teacher"), "unenroll"],
  ["place", "g", place("school:N", "p9"), "unenroll"],
  ["place", "k", place("offering:O9", "p0"), "unenroll"],
  ["place", "i", place("school:N", "p0", "Astronaut"), "unenroll"],
  ["seat", "f", { section: "section:S1", user: "person:p0", enrollment: "place:f" }, "unenroll"],
  ["person", "p0", person("p0"), "deactivate"],
  ["offering", "O1", offering("O1"), "delete"],
  ["school", "N", unit("N1"), "delete"]
]

const formatFor = (version: "2.1" | "3.0"): RowFormat =>
  formatOf(
    { sourceSystem: "1", version, at: 1, waitMinutes: 1, settleHours: 1 },
    ["Student", "Teacher"].map((name, id) => ({ id: String(id), name, code: null, isCascading: false }))
  )
const kindOf = (version: "2.1" | "3.0"): RowKind => {
  const [kind] = formatFor(version).kinds
  if (kind === undefined) throw new Error("there is no kind of rows")
  return kind
}

/** Text of letters that mean something to whoever reads CSV, and of any others but the one that no text of the engine holds. */
const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom(",", '"', "'", "\n", "\r", "=", "#", ";", "\t", " ", "\\", "é", "🌻", "N") }),
  fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\0", ""))
)

/** `before` and `after` of a step: what is taken away has no side after it. */
const sides = (action: string, fields: Fields): string => {
  const side = literal(JSON.stringify(fields))
  return ["unenroll", "deactivate", "delete"].includes(action) ? `${side}, NULL` : `NULL, ${side}`
}

it("writes what is new, and enrollments that end, as rows of D2L Standard CSV, and leaves what they cannot hold", () =>
  inFolder(async (folder) => {
    const all = loadedEntitiesOf(await definitionOf(entities, load))
    const format = formatFor("3.0")
    const ledgerOf = (name: string) => identifier(all.find((one) => one.name === name)?.tables.ledger ?? "")
    const files = await Effect.runPromise(
      Effect.gen(function* () {
        const warehouse = yield* Warehouse
        yield* prepareTables(all)
        yield* warehouse.execute(
          plain(`INSERT INTO ${ledgerOf("school")} (key, remote_id, presence, code) VALUES ('N', '71', 'present', 'N1'), ('M', '74', 'present', 'M1');
INSERT INTO ${ledgerOf("place")} (key, remote_id, presence, role) VALUES ('t', '71/73', 'present', 'Student');
INSERT INTO ${ledgerOf("term")} (key, remote_id, presence, code) VALUES ('T', '72', 'present', 'T1');
INSERT INTO ${ledgerOf("person")} (key, remote_id, presence, username, org_defined_id) VALUES ('p0', '73', 'present', 'u.p0', 'p0');
CREATE OR REPLACE TEMP TABLE begun (seq BIGINT); CREATE OR REPLACE TEMP TABLE edited_since (seq BIGINT);
CREATE OR REPLACE TEMP TABLE stopped (entity VARCHAR, key VARCHAR);
INSERT INTO begun VALUES (1002); INSERT INTO stopped VALUES ('person', 'z');
CREATE OR REPLACE TEMP TABLE step (seq BIGINT, entity VARCHAR, key VARCHAR, action VARCHAR, before JSON, after JSON, changed VARCHAR[], implied_by VARCHAR, hold VARCHAR)`)
        )
        const waiting: typeof asRows = ["h", "y", "z"].map((key) => ["person", key, person(key)])
        for (const [index, [entity, key, after, action = "create", changed]] of [
          ...asRows,
          ...oneByOne,
          ...waiting,
          ...away
        ].entries()) {
          const seq = key === "y" && entity === "person" ? 1002 : index
          yield* warehouse.execute(
            plain(`INSERT INTO step VALUES (${seq}, ${literal(entity)}, ${literal(key)}, ${literal(action)}, ${sides(action, after)},
  ${changed === undefined ? "[]" : `[${literal(changed)}]`}, NULL, ${key === "h" ? "'hold-1'" : "NULL"})`)
          )
        }
        yield* prepareRows(all, format, steps.table)
        // Held ones, dates, middle names, and changes that no row makes are no matter of rows; the rest is seen row by row.
        expect(yield* countRowSteps(all, format, steps.table)).toBe(asRows.length + oneByOne.length - 5 + 2 + 4)
        const fill = (upload: number) =>
          fillUpload({ ends: false, entities: all, format, from: all[0] as Entity, leave, upload })
        expect(yield* fill(1)).toBe(asRows.length)
        expect(yield* fill(2)).toBe(0)
        // Once it has that code, the row names it so.
        yield* warehouse.execute(plain(`UPDATE ${ledgerOf("school")} SET code = 'M2' WHERE key = 'M'`))
        expect(yield* fill(3)).toBe(1)
        let taken = 0
        for (const [index, from] of all.entries()) {
          taken += yield* fillUpload({ ends: true, entities: all, format, from, leave, upload: 10 + index })
        }
        const [leaver] = yield* warehouse.rows(
          plain("SELECT file || ' ' || array_to_string(cells, ',') AS row FROM handed WHERE upload >= 10"),
          anyRow
        )
        expect([taken, leaver?.["row"]]).toEqual([1, "08-Enrollments.csv enrollment,DELETE,p0,Teacher,N1"])
        const rows = join(warehouse.folders.pages, "rows")
        mkdirSync(rows)
        const written = new Map(
          format.kinds.map((kind) => [kind.file, { name: kind.file, path: join(rows, kind.file) }])
        )
        for (const kind of format.kinds) yield* writeRows(1, kind, join(rows, kind.file))
        return [...written.values()]
      }).pipe(Effect.provide(warehouseLayer({ stateFile: join(folder, "state.duckdb"), ...oneThread })))
    )
    expect(files.map(({ name, path }) => `${name}\n${readFileSync(path, "utf8")}`).join("\n")).toMatchSnapshot()

    const moment = Date.parse("2026-10-01T02:03:04Z")
    expect(batchName(moment)).toBe("D2LStdCSV-20261001020304.zip")
    const zip = await Effect.runPromise(zipOf(files, "3.0", moment))
    expect(Object.keys(unzipSync(zip))).toContain("manifest.json")
    // The stand-in, which shares no line with this, reads the same rows.
    const read = rowsOfBatch(zip, "3.0")
    expect(read).toHaveLength(asRows.length)
    expect(read).toContainEqual(
      expect.objectContaining({ cells: expect.objectContaining({ name: 'Art, "light"\nand colour', code: "O1" }) })
    )
  }))

it("writes any text so that it is read as it was", () =>
  inFolder((folder) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const warehouse = yield* Warehouse
        yield* warehouse.execute(emptied(handedTable))
        const kind = { ...kindOf("3.0"), header: ["one", "two"] }
        const path = join(warehouse.folders.pages, kind.file)
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(fc.array(fc.array(anyText, { minLength: 2, maxLength: 2 }), { minLength: 1 }), (rows) =>
              Effect.runPromise(
                Effect.gen(function* () {
                  yield* warehouse.execute(plain("DELETE FROM handed"))
                  for (const [index, row] of rows.entries()) {
                    const cells = row.map((cell) => (cell === "" ? "NULL" : literal(cell))).join(", ")
                    yield* warehouse.execute(
                      plain(`INSERT INTO handed VALUES (${index}, '', 1, ${literal(kind.file)}, [${cells}])`)
                    )
                  }
                  yield* writeRows(1, kind, path)
                  expect(parse(readFileSync(path, "utf8"))).toEqual([kind.header, ...rows])
                }).pipe(Effect.provideService(Warehouse, warehouse))
              )
            ),
            {
              numRuns: 30,
              examples: [
                [
                  [
                    ["=1+1", 'a "b"\nc'],
                    ["\r", ","]
                  ]
                ]
              ]
            }
          )
        )
      }).pipe(Effect.provide(warehouseLayer({ stateFile: join(folder, "state.duckdb"), ...oneThread })))
    )
  ))

it.each(["2.1", "3.0"] as const)("has the files of version %s as the stand-in reads them", async (version) => {
  const { kinds } = formatFor(version)
  await inFolder(async (folder) => {
    const files = kinds.map(({ file, header }) => {
      const path = join(folder, file)
      writeFileSync(path, `${header.join(",")}\n`)
      return { name: file, path }
    })
    const zip = await Effect.runPromise(zipOf(files, version, Date.parse("2026-10-01T02:03:04Z")))
    expect(rowsOfBatch(zip, version)).toEqual([])
    expect(rowsOfBatch(zip, version === "2.1" ? "3.0" : "2.1")).toContain("The manifest says")
  })
})
