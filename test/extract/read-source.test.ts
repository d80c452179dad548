import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { district, nightsAfterTheFirst } from "../run/nights.ts"
import { plain } from "../tools/plain-sql.ts"

// Engines of their own, on a machine that others use too.
it("what the last good run read is known, however many runs of other pipelines there were since", async () => {
  const source = await nightsAfterTheFirst(({ plan }) =>
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      // A day on which teachers exported: two runs each.
      yield* warehouse.execute(
        plain(`INSERT INTO runs BY NAME SELECT last.* REPLACE (last.run + n::INTEGER AS run, 'grades' AS pipeline,
  CASE WHEN n % 2 = 1 THEN 'plan' ELSE 'apply' END AS kind) FROM range(1, 501) AS more (n), (FROM runs ORDER BY run DESC LIMIT 1) AS last`)
      )
      return (yield* plan({ ...district, enrollments: [] })).plan.source
    })
  )
  expect(source.find(({ dataset }) => dataset === "enrollments")).toMatchObject({ rows: 0, proven: false })
})
