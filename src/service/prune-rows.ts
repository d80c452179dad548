import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, all, name, type Sql, sql } from "../core/sql.ts"
import { named } from "../core/table.ts"
import type { Doing } from "../core/doing.ts"
import { Count, countRows, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { isRemoval } from "../state/actions.ts"
import { approvalTable, approvedTable, movedKeys, outcomeTable, releasedTable, runsTable } from "../state/durable.ts"
import { stand } from "../state/migrations.ts"

/** Counts of rows that were, or would be, taken away. */
export interface PrunedRows {
  readonly runs: number
  /** Rows of how steps ended, and of what was wanted or approved. */
  readonly history: number
  readonly quarantine: number
}

/** So many of the newest plans and applies of a pipeline stay, however old: what comes next is compared with them. */
const runsKept = 20

/**
 * Takes away of the state what was over before an instant, in milliseconds; null takes nothing away. What stands at a target now,
 * who made it, and how the last sending of each record ended stay, and so does each run that they name: by it alone is known when
 * that was, and of which pipeline. Who approved which records, why, and how the sending ended that this released stays; their values
 * go once the approval is over, for nothing is released by it then.
 */
export const pruneRows = Effect.fn("service.prune-rows")(function* (
  before: { readonly history: number | null; readonly quarantine: number | null },
  isDry: boolean
): Doing<PrunedRows, WarehouseError, Warehouse> {
  yield* stand(runsTable, outcomeTable, movedKeys, approvalTable, approvedTable, releasedTable)
  const [history, quarantine] = [yield* lastRunBefore(before.history), yield* lastRunBefore(before.quarantine)]
  const wanted = (yield* tablesNamed("history_")).map((table) => overIn(table, history))
  const turnedAway = (yield* tablesNamed("fate_")).map((table) => overIn(table, quarantine))
  const replaced: Over = { from: named(outcomeTable), isOver: isReplaced(history) }
  const runs: Over = {
    from: named(runsTable),
    isOver: isForgotten(history, yield* naming(replaced, [...wanted, ...turnedAway]))
  }
  const approved: Over = { from: named(approvedTable), isOver: isApprovedNoMore(before.history) }
  const pruned: PrunedRows = {
    history: yield* countOver("what was wanted, sent or approved once", [replaced, ...wanted, approved]),
    quarantine: yield* countOver("what was turned away once", turnedAway),
    runs: yield* countOver("runs that nothing names", [runs])
  }
  // Runs go last: by them it is told of which pipeline the others are, and what is left names the same ones.
  const gone = [replaced, ...wanted, ...turnedAway, runs]
  if (!isDry) {
    yield* (yield* Warehouse).transaction([
      ...gone.map(({ from, isOver }) => sql`DELETE FROM ${from} WHERE ${isOver}`),
      sql`UPDATE ${approved.from} SET before = NULL, after = NULL WHERE ${approved.isOver}`
    ])
  }
  return pruned
})

/** The rows of a table that are over. */
interface Over {
  readonly from: Sql
  readonly isOver: Sql
}

const overIn = (table: string, last: number): Over => ({
  from: name(table),
  isOver: sql`coalesce(valid_to <= ${last}, false)`
})

const countOver = (what: string, rows: ReadonlyArray<Over>): Effect.Effect<number, WarehouseError, Warehouse> =>
  Effect.map(
    Effect.forEach(rows, ({ from, isOver }) => countRows(sql`FROM ${from} WHERE ${isOver}`, about(what))),
    (counts) => counts.reduce((sum, one) => sum + one, 0)
  )

/** Outcomes with the pipeline of their run: a key is that of a record of one pipeline, whatever others have. */
const ofPipelines = sql`(SELECT sent.plan, seq, sent.run, entity, key, action, sent.outcome, pipeline FROM ${named(outcomeTable)} AS sent
  LEFT JOIN ${named(runsTable)} AS by_run ON by_run.run = sent.run)`

/**
 * Whether a later sending of the record took the place of an outcome. How a record came, and how it was taken away, is what it is
 * told by, and taken back by, until it came or went so once more; that somebody's approval was carried out is told for good.
 */
const isReplaced = (last: number): Sql =>
  sql`(plan, seq) IN (SELECT (plan, seq) FROM ${ofPipelines} AS o WHERE ${all([
    sql`run <= ${last}`,
    sql`(plan, seq) NOT IN (SELECT (plan, seq) FROM ${named(releasedTable)})`,
    sql`EXISTS (SELECT 1 FROM ${ofPipelines} AS later WHERE ${all([
      sql`later.pipeline IS NOT DISTINCT FROM o.pipeline`,
      sql`later.entity = o.entity AND later.key = o.key AND later.run > o.run`,
      sql`(o.outcome <> 'done' OR NOT (o.action IN ('create', 'adopt') OR o.${isRemoval}) OR (later.outcome = 'done' AND later.action = o.action))`
    ])})`
  ])})`

/** Whether an operation has its values still, though its approval ended before an instant: by its time, or because it was taken back. */
const isApprovedNoMore = (instant: number | null): Sql =>
  instant === null
    ? sql`false`
    : sql`(before IS NOT NULL OR after IS NOT NULL) AND approval IN (SELECT approval FROM ${named(approvalTable)} WHERE least(expires_at, coalesce(withdrawn_at, expires_at)) < ${new Date(instant).toISOString()})`

/** Whether a run is so old, and neither one of the newest of its kind nor among those that the queries name. */
const isForgotten = (last: number, queries: ReadonlyArray<Sql>): Sql =>
  all([
    sql`run <= ${last}`,
    sql`run NOT IN (SELECT run FROM ${named(runsTable)} QUALIFY row_number() OVER (PARTITION BY pipeline, kind ORDER BY run DESC) <= ${runsKept})`,
    ...queries.map((query) => sql`run NOT IN (SELECT run FROM (${query}) AS named (run) WHERE run IS NOT NULL)`)
  ])

/** Queries for the runs that what stays names. */
const naming = (
  replaced: Over,
  spans: ReadonlyArray<Over>
): Effect.Effect<ReadonlyArray<Sql>, WarehouseError, Warehouse> =>
  Effect.gen(function* () {
    const columns = (tables: ReadonlyArray<string>, column: Sql) =>
      tables.map((table) => sql`SELECT ${column} FROM ${name(table)}`)
    return [
      sql`SELECT run FROM ${replaced.from} WHERE NOT ${replaced.isOver}`,
      sql`SELECT run FROM ${named(movedKeys)}`,
      ...columns(yield* tablesNamed("ledger_"), sql`run`),
      ...columns(yield* tablesNamed("snapshot_"), sql`valid_from`),
      ...spans.map(({ from, isOver }) => sql`SELECT unnest([valid_from, valid_to]) FROM ${from} WHERE NOT ${isOver}`)
    ]
  })

/** The last run that began before an instant, whether or not it is remembered still; 0 where there is none, and of no instant. */
const lastRunBefore = (instant: number | null): Effect.Effect<number, WarehouseError, Warehouse> =>
  instant === null
    ? Effect.succeed(0)
    : Effect.flatMap(Warehouse, (warehouse) =>
        Effect.map(
          warehouse.rows(
            sql`${about("the last run before an instant")}SELECT coalesce((SELECT min(run) - 1 FROM ${named(runsTable)} WHERE started_at >= ${new Date(instant).toISOString()}), (SELECT max(run) FROM ${named(runsTable)}), 0)::INT AS run`,
            Schema.Struct({ run: Count })
          ),
          ([row]) => row?.run ?? 0
        )
      )

const tablesNamed = (beginning: string): Effect.Effect<ReadonlyArray<string>, WarehouseError, Warehouse> =>
  Effect.flatMap(Warehouse, (warehouse) =>
    Effect.map(
      warehouse.rows(
        sql`${about("durable tables of a kind")}SELECT table_name AS name FROM duckdb_tables() WHERE NOT temporary AND starts_with(table_name, ${beginning}) ORDER BY name`,
        Schema.Struct({ name: Text })
      ),
      (rows) => rows.map((row) => row.name)
    )
  )
