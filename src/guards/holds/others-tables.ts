import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, sql, texts } from "../../core/sql.ts"
import { named } from "../../core/table.ts"
import { Text, Warehouse, type WarehouseError } from "../../core/ports/warehouse.ts"
import { stand } from "../../state/migrations.ts"
import { madeByTable } from "./tables.ts"
import type { Doing } from "../../core/doing.ts"

/** An entity of a pipeline. */
interface OfPipeline {
  readonly pipeline: string
  readonly entity: string
}

/** The state has another pipeline's records where those of this one would be kept; nothing was planned. */
export class TablesTaken extends Data.TaggedError("TablesTaken")<{ readonly of: OfPipeline; readonly by: OfPipeline }> {
  override get message(): string {
    const { by, of } = this
    return `nothing was planned: this state keeps the ${by.entity} of the pipeline ${by.pipeline} in the table in which the ${of.entity} of ${of.pipeline} would be kept, for pipeline and entity together come to one name, ${of.pipeline}_${of.entity}. Give one of the two pipelines another name, or a state of its own (ROLLBOOK_STATE, --state)`
  }
}

const Taken = Schema.Struct({ entity: Text, by_pipeline: Text, by_entity: Text })

/**
 * Fails where an entity of a pipeline would have its records in the tables of another pipeline that was planned in this state:
 * each would take the other's records for its own. Pipelines of one folder are refused together, by their definitions; of
 * others the state alone knows.
 */
export const refuseTablesOfOthers = Effect.fn("holds.tables-of-others")(function* (
  pipeline: string,
  entities: ReadonlyArray<string>
): Doing<void, TablesTaken | WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* stand(madeByTable)
  const [taken] = yield* warehouse.rows(
    sql`${about("tables that another pipeline has")}SELECT own.entity, made.pipeline AS by_pipeline, made.entity AS by_entity
FROM (SELECT unnest(${texts(entities)}) AS entity) AS own
JOIN ${named(madeByTable)} AS made ON made.pipeline || '_' || made.entity = ${`${pipeline}_`} || own.entity
WHERE made.pipeline <> ${pipeline} ORDER BY ALL LIMIT 1`,
    Taken
  )
  if (taken === undefined) return
  return yield* new TablesTaken({
    of: { pipeline, entity: taken.entity },
    by: { pipeline: taken.by_pipeline, entity: taken.by_entity }
  })
})
