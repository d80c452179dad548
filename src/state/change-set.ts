import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, type ColumnType, joined, name, type Sql, sql } from "../core/sql.ts"
import { countRows, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import type { ChangeColumn, StepColumn } from "./step-columns.ts"
import { changeTable, stepTable } from "./temporary.ts"
import { emptied, named, type Temporary } from "../core/table.ts"

type Done<A> = Effect.Effect<A, WarehouseError, Warehouse>
type Values<Column extends string> = Readonly<Partial<Record<Column, Sql>>>

/**
 * A table of records that differ, one row each, and all that may be done to it: nobody else writes it, or knows the order
 * of its columns. Conditions and values are asked of a row under the alias `t`, or without one where no other table has
 * the column.
 */
export interface ChangeSet<Column extends string = ChangeColumn> {
  /** The table, for whoever reads it in a query of their own. */
  readonly table: Sql
  /** Statement that makes it, empty. */
  readonly empty: Sql
  /** Statement that puts in the rows of a query's FROM and what follows it; columns that are left out are null. */
  readonly insert: (values: Values<Column>, from: Sql) => Sql
  /** Statement that puts in the rows of a table that has its columns, by their names, and others; `from` begins at its FROM. */
  readonly fill: (from: Sql) => Sql
  /** Statement that sets columns of the rows that meet a condition; `from` names further tables for both. */
  readonly set: (values: Values<Column>, condition: Sql, from?: Sql) => Sql
  /** Statement that takes out the rows that meet a condition. */
  readonly remove: (condition: Sql) => Sql
  /** Query for the rows that meet a condition, in brackets: of an IN, a FROM, a count. */
  readonly where: (condition: Sql, columns?: Sql) => Sql
  /** How many rows meet a condition. */
  readonly count: (condition: Sql) => Done<number>
  /** Whether any row meets a condition. */
  readonly has: (condition: Sql) => Done<boolean>
  /** Entities of which it has rows; on a quiet night none. */
  readonly entities: Done<ReadonlySet<string>>
  /**
   * Puts the rows that meet a condition, and that no other hold has, under the hold `id`; gives how many it has then.
   * `what` heads the statement.
   */
  readonly hold: (id: string, what: string, condition: Sql) => Done<number>
}

const OfEntity = Schema.Struct({ entity: Text })

const changeSet = <Column extends string>(
  declaration: Temporary & { readonly columns: Readonly<Record<Column, ColumnType>> }
): ChangeSet<Column> => {
  const table = named(declaration)
  const where: ChangeSet["where"] = (condition, columns = sql`t.*`) =>
    sql`(SELECT ${columns} FROM ${table} AS t WHERE ${condition})`
  const pairs = (values: Values<Column>) =>
    Object.entries<Sql | undefined>(values).flatMap(([column, value]) =>
      value === undefined ? [] : [{ column: name(column), value }]
    )
  return {
    table,
    empty: emptied(declaration),
    insert: (values, from) =>
      sql`INSERT INTO ${table} (${joined(
        pairs(values).map(({ column }) => column),
        ", "
      )}) SELECT ${joined(
        pairs(values).map(({ value }) => value),
        ", "
      )} ${from}`,
    fill: (from) =>
      sql`INSERT INTO ${table} BY NAME SELECT ${joined(
        Object.keys(declaration.columns).map((column) => name(column)),
        ", "
      )} ${from}`,
    set: (values, condition, from) =>
      sql`UPDATE ${table} AS t SET ${joined(
        pairs(values).map(({ column, value }) => sql`${column} = ${value}`),
        ", "
      )}${from === undefined ? sql`` : sql` FROM ${from}`} WHERE ${condition}`,
    remove: (condition) => sql`DELETE FROM ${table} AS t WHERE ${condition}`,
    where,
    count: (condition) => countRows(sql`FROM ${table} AS t WHERE ${condition}`),
    has: (condition) =>
      Effect.map(countRows(sql`FROM (SELECT 1 FROM ${table} AS t WHERE ${condition} LIMIT 1)`), (count) => count > 0),
    entities: Effect.gen(function* () {
      const warehouse = yield* Warehouse
      const rows = yield* warehouse.rows(sql`SELECT DISTINCT entity FROM ${table}`, OfEntity)
      return new Set(rows.map((row) => row.entity))
    }),
    hold: (id, what, condition) =>
      Effect.gen(function* () {
        const warehouse = yield* Warehouse
        yield* warehouse.execute(
          sql`${about(`hold ${id}: ${what}`)}UPDATE ${table} AS t SET hold = ${id} WHERE t.hold IS NULL AND (${condition})`
        )
        return yield* countRows(sql`FROM ${table} WHERE hold = ${id}`)
      })
  }
}

/**
 * The differences between what is wanted and what was last written, or the steps that take a run back: the table `change`.
 * `implied_by` names the ref whose removal takes a record along; `edited` holds the fields that somebody changed at the
 * target, as they stand there; `previous_key` is the key under which a `rekey` was known.
 */
export const changes: ChangeSet = changeSet(changeTable)

/** The steps of a plan that is read or carried out: the table `step`. */
export const steps: ChangeSet<StepColumn> = changeSet(stepTable)

/** The operations that may be done to either of them. */
export type Steps = Pick<ChangeSet, keyof ChangeSet>
