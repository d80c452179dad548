import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { sql } from "../../src/core/sql.ts"
import { Text, TextOrNull, Warehouse } from "../../src/core/ports/warehouse.ts"
import { emptied } from "../../src/core/table.ts"
import { stoppedTable } from "../../src/load/tables.ts"
import { changes } from "../../src/state/change-set.ts"
import { readSteps, writeSteps } from "../../src/state/steps-file.ts"
import { withWarehouse } from "../tools/definitions.ts"

/** Steps as a plan has them on disk, by name of column. */
const read = (lines: ReadonlyArray<Readonly<Record<string, unknown>>>) =>
  withWarehouse(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      mkdirSync(warehouse.folders.plans, { recursive: true })
      const file = join(warehouse.folders.plans, "steps.ndjson")
      writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
      yield* readSteps(file)
      return yield* warehouse.rows(
        sql`SELECT key, previous_key FROM step ORDER BY seq`,
        Schema.Struct({ key: Text, previous_key: TextOrNull })
      )
    })
  )

it("reads a rekey of an earlier build, which calls the previous key the former one", async () => {
  const step = { phase: 0, entity: "user", action: "rekey" }
  expect(await read([{ ...step, seq: 1, key: "s2", former_key: "s1" }])).toEqual([{ key: "s2", previous_key: "s1" }])
  expect(
    await read([
      { ...step, seq: 1, key: "s2", previous_key: "s1" },
      { ...step, seq: 2, key: "s3", action: "create", previous_key: null }
    ])
  ).toEqual([
    { key: "s2", previous_key: "s1" },
    { key: "s3", previous_key: null }
  ])
})

/** Sequence, phase, school, key and gate. */
const inOrder = [
  [1, 0, "s1", "k9", null],
  [2, 0, "s3", "k10", null],
  [3, 0, "s4", "k8", null],
  [4, 1, "s1", "k7", null],
  [5, 1, "s2", "k3", null],
  [6, 1, "s2", "k5", null],
  [7, 1, null, "k2", null],
  [8, 1, null, "k4", null],
  [9, 2, "s4", "k6", null],
  [10, 3, null, "k0", "exam week"],
  [11, 4, "s3", "k1", null]
]

it("puts steps in the order of phase, school, section and key, however many of them at once", () =>
  withWarehouse(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      mkdirSync(warehouse.folders.plans, { recursive: true })
      yield* warehouse.execute(sql`${changes.empty};
${emptied(stoppedTable)};
${changes.insert(
  {
    entity: sql`CASE WHEN i % 3 = 0 THEN 'user' ELSE 'seat' END`,
    key: sql`'k' || (i * 7 % 11)`,
    action: sql`CASE WHEN i % 4 = 0 THEN 'unenroll' ELSE 'create' END`,
    implied_by: sql`CASE WHEN i = 8 THEN 'user:k9' END`,
    reason: sql`'Łódź ' || i`,
    school: sql`CASE WHEN i % 5 > 0 THEN 's' || i % 5 END`,
    changed: sql`['role']`,
    after: sql`CASE WHEN i % 4 > 0 THEN json_object('role', i::VARCHAR) END`
  },
  sql`FROM range(11) AS t(i)`
)};
INSERT INTO stopped SELECT 'user', 'k0', 'exam week', 'closed'`)
      const written = Effect.fnUntraced(function* (name: string, atOnce?: number) {
        const file = join(warehouse.folders.plans, name)
        const steps = yield* writeSteps(["user", "seat"], file, atOnce === undefined ? {} : { atOnce })
        const text = readFileSync(file, "utf8")
        expect(steps).toEqual({ count: 11, sha256: createHash("sha256").update(text).digest("hex") })
        return text
      })
      const whole = yield* written("whole.ndjson")
      const lines = whole
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>)
      expect(lines.map(({ gate, key, phase, school, seq }) => [seq, phase, school, key, gate])).toEqual(inOrder)
      expect([yield* written("by-two.ndjson", 2), yield* written("by-eleven.ndjson", 11)]).toEqual([whole, whole])
      expect(readdirSync(warehouse.folders.plans).toSorted()).toEqual([
        "by-eleven.ndjson",
        "by-two.ndjson",
        "whole.ndjson"
      ])

      // Before each part all that came before it stands in files, and nothing is on its way.
      const before: Array<number> = []
      const { plans } = warehouse.folders
      const linesSoFar = Effect.sync(() => {
        const files = readdirSync(plans).filter((name) => name.startsWith("given-way"))
        const lines = files.flatMap((name) => readFileSync(join(plans, name), "utf8").split("\n"))
        before.push(lines.filter((line) => line !== "").length)
      })
      yield* writeSteps(["user", "seat"], join(plans, "given-way.ndjson"), { atOnce: 2, between: linesSoFar })
      expect(before).toEqual([0, 2, 4, 6, 8, 10])
      expect(readFileSync(join(plans, "given-way.ndjson"), "utf8")).toBe(whole)
    })
  ))
