import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { sql } from "../../src/core/sql.ts"
import { Text, TextOrNull, Warehouse } from "../../src/core/ports/warehouse.ts"
import { readSteps } from "../../src/state/steps-file.ts"
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
