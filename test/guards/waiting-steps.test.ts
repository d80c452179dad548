import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { Text, Warehouse } from "../../src/core/ports/warehouse.ts"
import { sql } from "../../src/core/sql.ts"
import { rememberPipelineChanges } from "../../src/guards/holds/pipeline-changes.ts"
import { madeByTable, pipelineHoldTable } from "../../src/guards/holds/tables.ts"
import { changes } from "../../src/state/change-set.ts"
import { standing } from "../../src/state/migrations.ts"
import { withWarehouse } from "../tools/definitions.ts"

it("lets a step wait for an edit as long as the plan has it: that record, that entity, that action, that pipeline", () =>
  withWarehouse(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      yield* warehouse.execute(sql`${changes.empty};
${changes.insert({ entity: sql`'seat'`, key: sql`'s1'`, action: sql`'delete'`, changed: sql`[]` }, sql``)};
${standing(madeByTable, pipelineHoldTable)};
INSERT INTO redefined_hold SELECT pipeline, entity, key, action, 1, 'engine' FROM (VALUES
  ('roster', 'seat', 's1', 'delete'), ('roster', 'seat', 's2', 'delete'), ('roster', 'seat', 's1', 'update'),
  ('roster', 'user', 's1', 'delete'), ('grades', 'seat', 's2', 'delete')) AS t(pipeline, entity, key, action)`)
      yield* rememberPipelineChanges({ pipeline: "roster", hashes: new Map(), run: 2, pipelineChanges: [], holds: [] })
      const waiting = yield* warehouse.rows(
        sql`SELECT pipeline, entity, key, action FROM redefined_hold ORDER BY ALL`,
        Schema.Struct({ pipeline: Text, entity: Text, key: Text, action: Text })
      )
      expect(waiting.map((one) => Object.values(one).join(" "))).toEqual([
        "grades seat s2 delete",
        "roster seat s1 delete"
      ])
    })
  ))
