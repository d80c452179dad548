import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { sql } from "../../src/core/sql.ts"
import { explainRecords } from "../../src/history/explain-records.ts"
import { nightsAfterTheFirst } from "../run/nights.ts"

it("tells since which run a record is there by the runs of its own pipeline, whichever other has one of that key", async () => {
  await nightsAfterTheFirst((night, first) =>
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      yield* warehouse.execute(sql`INSERT INTO runs BY NAME SELECT 0 AS run, 'apply' AS kind, 'other' AS pipeline, '2026-09-01T07:00:00.000Z' AS started_at, 'done' AS outcome, '{}' AS report;
INSERT INTO outcome BY NAME SELECT 0 AS run, 'other-2026-09-01-1' AS plan, 1 AS seq, 'user' AS entity, 's21' AS key, 'create' AS action, 'done' AS outcome, true AS wrote, '2026-09-01T07:00:00.000Z' AS ended_at`)
      const { definition } = night
      const contracts = { collections: definition.collections, resources: definition.resources }
      const record = { entity: "user", key: "s21", source: null, read: null }
      const { records } = yield* explainRecords(definition, contracts, [record], "alone")
      expect(records).toMatchObject([{ key: "s21", presence: "present", since: first.run }])
    })
  )
})
