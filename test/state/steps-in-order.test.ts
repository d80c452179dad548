import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { layer } from "../../src/adapters/duckdb/warehouse.ts"
import { onDisk } from "../../src/core/ports/disk.ts"
import { joined, name, type Sql, sql } from "../../src/core/sql.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { emptied } from "../../src/core/table.ts"
import { stoppedTable } from "../../src/load/tables.ts"
import { changes } from "../../src/state/change-set.ts"
import { stepTypes } from "../../src/state/step-columns.ts"
import { apart, stepsBehind } from "../../src/state/steps-in-order.ts"
import { writeSteps } from "../../src/state/steps-file.ts"
import { inFolder, withWarehouse } from "../tools/definitions.ts"

const runs = Number(process.env["ROLLBOOK_PROPERTY_RUNS"] ?? 25)

/** Texts with what ends a line, a text or a text of JSON, and others. */
const text = fc
  .oneof(
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.array(
      fc.constantFrom('"', "\\", "\n", "\r\n", "\t", "\u0001", "\u2028", "{", '{"seq":', "7", ",", "Ł", "😀", "'"),
      {
        maxLength: 8
      }
    )
  )
  .map((drawn) => [...drawn].join("").replaceAll("\u0000", ""))
const maybe = fc.option(text)
const fields = fc.option(fc.record({ name: maybe, role: maybe }))
const drawnStep = fc.record({
  entity: fc.constantFrom("user", "seat"),
  key: text,
  action: fc.constantFrom("create", "update", "unenroll", "delete", "forget"),
  reason: text,
  label: maybe,
  school: fc.option(fc.constantFrom("s1", "s2", '"')),
  section: fc.option(fc.constantFrom("c1", "c2", "\n")),
  remote_id: maybe,
  before: fields,
  after: fields,
  changed: fc.array(text, { maxLength: 3 }),
  implied_by: fc.option(text, { freq: 5 }),
  hold: maybe,
  edited: fields
})

type Step = typeof drawnStep extends fc.Arbitrary<infer S> ? S : never

const json = (value: unknown): Sql => (value === null ? sql`NULL` : sql`${JSON.stringify(value)}::JSON`)
const listOf = (values: ReadonlyArray<string>): Sql =>
  sql`[${joined(
    values.map((value) => sql`${value}`),
    ", "
  )}]::VARCHAR[]`

/** Steps as the engine itself puts them in order while it writes them. */
const plainly = (file: string): Sql => sql`COPY (
  SELECT ${joined(
    Object.keys(stepTypes).map((column) => name(column)),
    ", "
  )}
  FROM (SELECT *, row_number() OVER (ORDER BY phase, school, section, key, entity) AS seq FROM (
    SELECT *, CASE WHEN implied_by IS NOT NULL THEN 4 WHEN action IN ('unenroll', 'delete', 'forget') THEN CASE entity WHEN 'user' THEN 3 ELSE 2 END
      ELSE CASE entity WHEN 'user' THEN 0 ELSE 1 END END AS phase FROM ${changes.table}))
  LEFT JOIN stopped USING (entity, key) ORDER BY seq) TO ${file} (FORMAT json)`

it("writes any steps byte for byte as the engine writes them in order", () =>
  withWarehouse(
    Effect.flatMap(Warehouse, (warehouse) =>
      Effect.promise(async () => {
        const { plans } = warehouse.folders
        mkdirSync(plans, { recursive: true })
        const [ours, theirs] = [join(plans, "ours.ndjson"), join(plans, "theirs.ndjson")]
        let written = 0
        const check = Effect.fnUntraced(function* (steps: ReadonlyArray<Step>, atOnce: number, mostPasses: number) {
          yield* warehouse.execute(sql`${changes.empty};\n${emptied(stoppedTable)}`)
          for (const { after, before, changed, edited, ...texts } of steps) {
            const values = Object.fromEntries(Object.entries(texts).map(([column, value]) => [column, sql`${value}`]))
            const rest = { before: json(before), after: json(after), edited: json(edited), changed: listOf(changed) }
            yield* warehouse.execute(changes.insert({ ...values, ...rest }, sql``))
          }
          if (steps[0] !== undefined)
            yield* warehouse.execute(
              sql`INSERT INTO stopped SELECT ${steps[0].entity}, ${steps[0].key}, 'exam "week"', 'closed'`
            )
          const { count, sha256 } = yield* writeSteps(["user", "seat"], ours, { atOnce, mostPasses })
          yield* warehouse.execute(plainly(theirs))
          const bytes = readFileSync(ours)
          expect(bytes.equals(readFileSync(theirs)), readFileSync(theirs, "utf8")).toBe(true)
          expect({ count, sha256 }).toEqual({
            count: steps.length,
            sha256: createHash("sha256").update(bytes).digest("hex")
          })
          expect(readdirSync(plans).toSorted()).toEqual(["ours.ndjson", "theirs.ndjson"])
          written += count
        })
        await fc.assert(
          fc.asyncProperty(
            fc.uniqueArray(drawnStep, { maxLength: 12, selector: ({ entity, key }) => `${entity}:${key}` }),
            fc.integer({ min: 1, max: 13 }),
            fc.integer({ min: 1, max: 4 }),
            (...drawn) => Effect.runPromise(Effect.provideService(check(...drawn), Warehouse, warehouse))
          ),
          { numRuns: runs, endOnFailure: true }
        )
        expect(written).toBeGreaterThan(runs)
      })
    )
  ))

it("writes a first plan, which the engine makes in many pieces at once, in the same order", () =>
  inFolder((folder) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const warehouse = yield* Warehouse
        const { plans } = warehouse.folders
        const [ours, theirs] = [join(plans, "ours.ndjson"), join(plans, "theirs.ndjson")]
        yield* warehouse.execute(sql`${changes.empty};
${emptied(stoppedTable)};
${changes.insert(
  {
    entity: sql`CASE WHEN i % 3 = 0 THEN 'user' ELSE 'seat' END`,
    key: sql`'k' || hash(i)`,
    action: sql`'create'`,
    reason: sql`'new'`,
    school: sql`'s' || hash(i) % 7`
  },
  sql`FROM range(${150_000}) AS t(i)`
)}`)
        expect((yield* writeSteps(["user", "seat"], ours)).count).toBe(150_000)
        yield* warehouse.execute(plainly(theirs))
        expect(readFileSync(ours).equals(readFileSync(theirs))).toBe(true)
        let passes = 0
        const between = Effect.sync(() => void passes++)
        yield* writeSteps(["user", "seat"], ours, { atOnce: 20_000, mostPasses: 2, between })
        expect(passes).toBe(2)
        expect(readFileSync(ours).equals(readFileSync(theirs))).toBe(true)
      }).pipe(
        Effect.provide(layer({ stateFile: join(folder, "state.duckdb"), memoryLimit: null, threads: 4 })),
        Effect.scoped
      )
    )
  ))

describe("a part of steps", () => {
  /** Puts parts one behind the other; gives the file that comes of it. */
  const put = (...parts: ReadonlyArray<readonly [lines: string, after: number, count: number]>) =>
    inFolder(async (folder) => {
      const hash = createHash("sha256")
      const behind = stepsBehind(hash)
      const to = join(folder, "steps.ndjson")
      for (const [lines, after, count] of parts) {
        const path = join(folder, String(after))
        writeFileSync(path, lines)
        await Effect.runPromise(onDisk("put", to, (disk) => behind(disk, { path, after, count }, to)))
      }
      const bytes = readFileSync(to)
      expect(hash.digest("hex")).toBe(createHash("sha256").update(bytes).digest("hex"))
      expect(readdirSync(folder)).toEqual(["steps.ndjson"])
      return bytes.toString()
    })
  const line = (seq: number, length = 3) => `{"seq":${seq},"say":"${"é".repeat(length)}"}\n`

  it("is put in order, however long its lines are beside the pieces in which it is written", async () => {
    const long = [1, 500_000, 600_000, 2, 520_000].map((length, index) => line(index + 9, length))
    const shuffled = [3, 1, 4, 0, 2].map((place) => long[place] ?? "")
    const before = [4, 8, 1, 7, 2, 6, 3, 5].map((seq) => line(seq))
    const lines = Array.from({ length: 8 }, (_, index) => line(index + 1))
    expect((await put([before.join(""), 0, 8], [shuffled.join(""), 8, 5])) === [...lines, ...long].join("")).toBe(true)
    expect(await put(["", 0, 0])).toBe("")
  })

  /** Takes a part apart into parts of two steps; gives what lies in their files. */
  const parted = (lines: string, after: number, count: number) =>
    inFolder(async (folder) => {
      const path = join(folder, "part")
      writeFileSync(path, lines)
      const parts = await Effect.runPromise(onDisk("part", path, (disk) => apart(disk, { path, after, count }, 2)))
      expect(readdirSync(folder).map((file) => join(folder, file))).toEqual(parts.map((part) => part.path))
      return parts.map((part) => [part.after, part.count, readFileSync(part.path, "utf8")])
    })

  it("is taken apart where it is too long for memory, however its lines lie in the pieces in which it is read", async () => {
    const lines = [400_000, 3, 800_000, 700_000, 5].map((length, index) => line(index + 8, length))
    const of = (...places: ReadonlyArray<number>): string => places.map((place) => lines[place] ?? "").join("")
    expect(await parted(of(4, 2, 0, 3, 1), 7, 5)).toEqual([
      [7, 2, of(0, 1)],
      [9, 2, of(2, 3)],
      [11, 1, of(4)]
    ])
    expect(await parted(of(1, 0), 7, 2)).toEqual([[7, 2, of(1, 0)]])
    for (const [foreign, why] of [
      [line(1) + line(2) + line(5), "step 5 lies there"],
      [line(0) + line(1) + line(2), "step 0 lies there"],
      [line(1) + line(2) + line(3).trimEnd(), "the last line has no end"]
    ] as const)
      await expect(parted(foreign, 0, 3), foreign).rejects.toThrow(new RegExp(`steps 1 to 3 .*${why}; .*Plan again`))
  })

  it("is refused where it is not each step once that lies there", async () => {
    const refused: ReadonlyArray<readonly [lines: string, why: string]> = [
      [line(1) + line(2), "it holds 2 of them"],
      [line(1) + line(2) + line(2), "line 3 is step 2 once more"],
      [line(1) + line(2) + line(4), "line 3 is none of these steps"],
      [line(0) + line(1) + line(2), "line 1 is none of these steps"],
      [line(1) + line(2) + line(3) + line(3), "line 4 is step 3 once more"],
      [line(1) + line(2) + line(3).trimEnd(), "line 3 has no end"],
      [`${line(1) + line(2)}{"seq":,}\n`, "line 3 is none of these steps"],
      [`${line(1) + line(2) + line(3)}\n`, "line 4 is none of these steps"],
      [line(3).trimEnd(), "line 1 has no end"]
    ]
    for (const [lines, why] of refused) {
      const told = put([lines, 0, 3]).catch((error: unknown) => String(error))
      // The file, the cause and the remedy, and nothing of what lies there.
      expect(await told, lines).toMatch(new RegExp(`in order: .*/0: steps 1 to 3 .*${why}; .*Plan again`))
      expect(await told).not.toContain("say")
    }
  })
})
