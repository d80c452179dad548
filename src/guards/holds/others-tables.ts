import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, type Sql, sql, texts } from "../../core/sql.ts"
import { named } from "../../core/table.ts"
import { Text, Warehouse, type WarehouseError } from "../../core/ports/warehouse.ts"
import { stand } from "../../state/migrations.ts"
import { madeByTable, partwiseTable } from "./tables.ts"
import type { Doing } from "../../core/doing.ts"

/** An entity of a pipeline, or a dataset that it reads part by part. */
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

const isOther = (known: Sql, pipeline: string, own: ReadonlyArray<string>): Sql =>
  sql`SELECT own.entity, made.pipeline AS by_pipeline, made.entity AS by_entity
FROM (SELECT unnest(${texts(own)}) AS entity) AS own
JOIN ${known} AS made ON made.pipeline || '_' || made.entity = ${`${pipeline}_`} || own.entity
WHERE made.pipeline <> ${pipeline}`

const Taken = Schema.Struct({ entity: Text, by_pipeline: Text, by_entity: Text })

/**
 * Fails where an entity of a pipeline, or a dataset that it reads part by part, would have its records in the tables of another
 * pipeline that was planned in this state: each would take the other's records for its own. Pipelines of one folder are refused
 * together, by their definitions; of others the state alone knows, in which these datasets are noted.
 */
export const refuseTablesOfOthers = Effect.fn("holds.tables-of-others")(function* (
  pipeline: string,
  entities: ReadonlyArray<string>,
  partwise: ReadonlyArray<string>
): Doing<void, TablesTaken | WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* stand(madeByTable, partwiseTable)
  const noted = sql`(SELECT pipeline, dataset AS entity FROM ${named(partwiseTable)})`
  const [taken] = yield* warehouse.rows(
    sql`${about("tables that another pipeline has")}${isOther(named(madeByTable), pipeline, entities)}
UNION ALL ${isOther(noted, pipeline, partwise)} ORDER BY ALL LIMIT 1`,
    Taken
  )
  if (taken !== undefined) {
    return yield* new TablesTaken({
      of: { pipeline, entity: taken.entity },
      by: { pipeline: taken.by_pipeline, entity: taken.by_entity }
    })
  }
  if (partwise.length === 0) return
  yield* warehouse.execute(
    sql`INSERT INTO ${named(partwiseTable)} SELECT ${pipeline}, entity FROM (SELECT unnest(${texts(partwise)}) AS entity)
WHERE (${pipeline}, entity) NOT IN ${noted}`
  )
})
