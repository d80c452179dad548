import * as Effect from "effect/Effect"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { about, joined, name as quoted, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { faultsTable } from "../pipeline/relations.ts"
import { isReadFromSource, originOf } from "../pipeline/references.ts"
import { isRemoval } from "../state/actions.ts"
import { changes } from "../state/change-set.ts"
import type { Doing } from "../core/doing.ts"

/**
 * Takes out of the change set the removals of what came of a list in a row that does not fit the record contract: of the
 * row itself the id may be all that could be read, so that its list says nothing of who is gone. Such a record hangs by a
 * ref on the record of the row, and stays as that stays.
 */
export const keepWhatHangsOnUnread = Effect.fn("snapshot.keep-unread")(function* (
  definition: Definition
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  for (const { entity } of definition.load.entities) {
    const dataset = originOf(definition, entity)
    const source = definition.datasets.find((one) => one.name === dataset)
    if (source === undefined || !isReadFromSource(source)) continue
    const refs = (definition.entities.find((one) => one.name === entity)?.fields ?? []).flatMap((field) =>
      field.kind === "ref"
        ? field.entities
            .filter((target) => originOf(definition, target) === dataset)
            .map((target) => ({ field: field.name, target }))
        : []
    )
    if (refs.length === 0) continue
    const hangs = refs.map(
      ({ field, target }) =>
        sql`(t.before->>${field}) IN (SELECT ${`${target}:`} || key FROM ${quoted(faultsTable(dataset))} WHERE key IS NOT NULL)`
    )
    yield* warehouse.execute(
      sql`${about(`${entity} that hang on rows of ${dataset} which could not be read`)}${changes.remove(
        sql`t.entity = ${entity} AND t.${isRemoval} AND (${joined(hangs, " OR ")})`
      )}`
    )
  }
})
