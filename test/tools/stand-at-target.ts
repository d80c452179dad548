import * as Effect from "effect/Effect"
import { identifier, literal } from "../../src/core/sql.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { ledgerTable } from "../../src/pipeline/relations.ts"
import { prepareTables } from "../../src/state/tables.ts"
import { plain } from "./plain-sql.ts"

/** Puts rows into the ledgers of a pipeline, as if it had written them. */
export const standAtTarget = Effect.fn("test.stand-at-target")(function* (
  definition: Definition,
  rows: Readonly<Record<string, ReadonlyArray<Readonly<Record<string, string>>>>>
) {
  const warehouse = yield* Warehouse
  yield* prepareTables(loadedEntitiesOf(definition))
  for (const [entity, records] of Object.entries(rows)) {
    const table = identifier(ledgerTable(definition.name, entity))
    yield* warehouse.execute(plain(`DELETE FROM ${table}`))
    for (const record of records) {
      const columns = { presence: "present", ...record }
      yield* warehouse.execute(
        plain(
          `INSERT INTO ${table} (${Object.keys(columns).map(identifier).join(", ")}) VALUES (${Object.values(columns).map(literal).join(", ")})`
        )
      )
    }
  }
})
