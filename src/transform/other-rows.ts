import { joined, name as quoted, sql, type Sql } from "../core/sql.ts"
import type { Definition, EntityDefinition, SqlText } from "../pipeline/definition.ts"
import { turnedAway, verdict, verdictFrom } from "./relations.ts"
import type { CompiledValue } from "./values.ts"
import { candidateTable, entityView } from "../pipeline/relations.ts"
import { toldInSql } from "../core/told.ts"

/**
 * The steps of an entity's statement that look at other rows than their own. Each takes the step before it and the name
 * of its verdict column, and gives common table expressions, the last of which carries its own verdict column.
 */

/** One common table expression. */
export interface Step {
  readonly name: Sql
  readonly sql: Sql
}

export interface CompiledField {
  readonly name: string
  /** Columns that the first step selects for the field: expression and name. */
  readonly columns: ReadonlyArray<readonly [value: Sql, name: Sql]>
  readonly refusals: CompiledValue["refusals"]
  readonly ref: {
    readonly entities: ReadonlyArray<string>
    readonly optional: boolean
    /** Whether it names a kept row in every row that has not been turned away, unless it is null. */
    readonly isVouchedFor: boolean
  } | null
  /** Whether the columns are the forms of a unique value, of which one is still to be chosen. */
  readonly isUnique: boolean
  /** Whether the target takes no record without it. */
  readonly isRequired: boolean
}

/** Turns away a row that lacks a field which the target must have. */
export const missing = (field: string, when: Sql): Sql =>
  verdict(when, "quarantine", `missing:${field}`, toldInSql("record.no-field", { field: field.replaceAll("_", " ") }))

/**
 * Ties refs to the entities they name. A ref becomes `entity:key`. Where the row referred to was turned away, this one
 * follows it with the same verdict and the cause; where it exists nowhere, the ref dangles. An optional ref follows into
 * quarantine alone, and is null where its record is not wanted or does not exist. What another row vouches for is not
 * looked up. `whole`: entities none of whose rows are turned away.
 */
export const resolveRefs = (
  refs: ReadonlyArray<CompiledField>,
  { last, turned }: { readonly last: Sql; readonly turned: Sql },
  definition: Definition,
  whole: ReadonlySet<string>
): Step => {
  const known = new Set(definition.entities.map((entity) => entity.name))
  const joins: Array<Sql> = []
  const columns: Array<Sql> = []
  const verdicts: Array<Sql> = []
  for (const field of refs) {
    const name = quoted(field.name)
    const targets = (field.ref?.entities ?? [])
      .filter((entity) => known.has(entity))
      .map((entity, index) => ({
        entity,
        kept: quoted(`_kept_${field.name}_${index}`),
        gone: quoted(`_gone_${field.name}_${index}`)
      }))
    const isOptional = field.ref?.optional ?? false
    const what = targets.map(({ entity }) => entity).join(" or ")
    if (!isOptional) {
      verdicts.push(
        verdict(
          sql`${last}.${name} IS NULL`,
          "quarantine",
          `no-${field.name}`,
          toldInSql("record.names-none", { entity: what })
        )
      )
    }
    if (field.ref?.isVouchedFor === true) {
      columns.push(sql`CASE WHEN ${last}.${turned} IS NULL THEN ${`${what}:`} || ${last}.${name} END AS ${name}`)
      continue
    }
    for (const { entity, gone, kept } of targets) {
      joins.push(
        sql`LEFT JOIN (SELECT key FROM ${quoted(entityView(entity))}) AS ${kept} ON ${kept}.key = ${last}.${name}`
      )
      if (whole.has(entity)) continue
      joins.push(
        sql`LEFT JOIN (SELECT key, min(_turned) AS turned FROM ${quoted(candidateTable(entity))} WHERE _turned IS NOT NULL GROUP BY key) AS ${gone} ON ${gone}.key = ${last}.${name}`
      )
    }
    const found = sql`coalesce(${joined(
      targets.map(({ entity, kept }) => sql`${`${entity}:`} || ${kept}.key`),
      ", "
    )})`
    columns.push(sql`${found} AS ${name}`)
    // A quarantined row takes its dependents along even where another entity merely did not want the key.
    const withAway = targets.filter(({ entity }) => !whole.has(entity))
    const causes = [
      ...withAway.map((target) => ({ ...target, kind: "quarantine" })),
      ...(isOptional ? [] : withAway.map((target) => ({ ...target, kind: "unwanted" })))
    ]
    for (const cause of causes) {
      verdicts.push(
        verdictFrom(
          sql`${found} IS NULL AND ${cause.gone}.turned.verdict = ${cause.kind}`,
          sql`${cause.kind}`,
          sql`'depends-on:' || ${cause.gone}.turned.rule`,
          toldInSql(
            "record.depends",
            { entity: cause.entity, key: sql`${last}.${name}` },
            sql`${cause.gone}.turned.say`
          )
        )
      )
    }
    if (isOptional) continue
    verdicts.push(
      verdictFrom(
        sql`${last}.${name} IS NOT NULL AND ${found} IS NULL`,
        sql`'quarantine'`,
        sql`${`dangling:${field.name}`}`,
        toldInSql("record.dangling", { field: field.name, entity: what, key: sql`${last}.${name}` })
      )
    )
  }
  return {
    name: sql`referred`,
    sql: sql`SELECT ${last}.* REPLACE (${joined(columns, ", ")}),
    CASE WHEN ${last}.${turned} IS NOT NULL THEN ${last}.${turned}
      ${joined(verdicts, "\n      ")}
    END AS _turned_2
  ${joined([sql`FROM ${last}`, ...joins], "\n  ")}`
  }
}

type Pick = NonNullable<EntityDefinition["pick"]>

/** A column that a pick needs of each row: where no other column says the same, it is made for it. */
export interface PickColumn {
  readonly name: Sql
  readonly madeOf: SqlText | null
}

/** `same`: the column of the table that tells kept rows apart as an expression does, null where there is none. */
export const pickColumns = (
  { onePer, orderBy }: Pick,
  same: (text: SqlText) => Sql | null
): Readonly<Record<"per" | "order", ReadonlyArray<PickColumn>>> => ({
  per: onePer.map((one, index) => {
    const name = same(one)
    return name === null ? { name: quoted(`_per_${index}`), madeOf: one } : { name, madeOf: null }
  }),
  order: orderBy.map((one, index) => ({ name: quoted(`_order_${index}`), madeOf: one }))
})

/** Whether a pick takes one of all rows, and asks for no reason why the others stay away. */
export const isOfAll = ({ onePer, reject }: Pick): boolean =>
  reject === null && onePer.every((one) => /^\s*(?:true|\d+)\s*$/.test(one.sql))

/** Rows of which at most one survives, in the order of `pickOne`; the others are left out at once. */
export const pickFirst = (
  { order }: ReturnType<typeof pickColumns>,
  content: ReadonlyArray<Sql>,
  { last, turned }: { readonly last: Sql; readonly turned: Sql }
): Step => {
  const ranks = [...order.map(({ name }) => name), sql`_source`, sql`hash(${joined(content, ", ")})`]
  return {
    name: sql`first`,
    sql: sql`SELECT * FROM ${last} WHERE ${turned} IS NOT NULL
  UNION ALL SELECT * FROM (SELECT * FROM ${last} WHERE ${turned} IS NULL ORDER BY ${joined(ranks, ", ")} LIMIT 1)`
  }
}

/**
 * Keeps the first by order of the surviving rows that share the `one_per` values. Ties go by source and then by content,
 * so that the order in which rows came decides nothing. Only rows that do share them are ranked: most often few.
 * They are paired by a hash, which is quick; those that it pairs without reason are each the first of their own values.
 */
export const pickOne = (
  pick: Pick,
  columns: ReturnType<typeof pickColumns>,
  content: ReadonlyArray<Sql>,
  table: Sql
): Sql => {
  const values = joined(
    columns.per.map(({ name }) => name),
    ", "
  )
  const order = [...columns.order.map(({ name }) => name), sql`_source`, sql`hash(${joined(content, ", ")})`]
  const loser =
    pick.reject === null
      ? turnedAway(sql`'unwanted'`, sql`'pick'`, toldInSql("record.ranks-behind", {}))
      : turnedAway(sql`'quarantine'`, sql`${pick.reject.id}`, sql`${`${pick.reject.say}: `} || ranked.first`)
  return sql`UPDATE ${table} SET _turned = ${loser} FROM (
  SELECT rowid AS row, row_number() OVER alike AS rank, first(_source) OVER alike AS first
  FROM ${table} SEMI JOIN (SELECT hash(${values}) AS _alike FROM ${table} WHERE _turned IS NULL GROUP BY _alike HAVING count(*) > 1) AS shared
    ON _alike = hash(${values})
  WHERE _turned IS NULL
  WINDOW alike AS (PARTITION BY ${values} ORDER BY ${joined(order, ", ")})
) AS ranked WHERE ranked.rank > 1 AND ${table}.rowid = ranked.row`
}

/**
 * A row takes the first of its candidates that no other row has among its own candidates. So every member of a colliding
 * group moves on together, and the outcome depends on neither the order of rows nor on earlier runs.
 */
export const makeUnique = (field: CompiledField, index: number, last: Sql, turned: Sql): ReadonlyArray<Step> => {
  const tries = field.columns.map(([, column], position) => ({
    column,
    shared: sql`_shared_${index}_${position}`
  }))
  const formed = sql`coalesce(${joined(
    tries.map(({ column }) => sql`${last}.${column}`),
    ", "
  )})`
  const value = sql`CASE ${joined(
    tries.map(
      ({ column, shared }) =>
        sql`WHEN ${last}.${column} IS NOT NULL AND ${shared}.candidate IS NULL THEN ${last}.${column}`
    ),
    " "
  )} END`
  const noneLeft = sql`${`no form of ${field.name} is the row's own`}`
  const verdicts = [
    ...(field.isRequired ? [missing(field.name, sql`${formed} IS NULL`)] : []),
    verdict(sql`${formed} IS NOT NULL AND (${value}) IS NULL`, "quarantine", `not-unique:${field.name}`, noneLeft)
  ]
  return [
    {
      name: sql`shared_${index}`,
      sql: sql`SELECT candidate FROM (
    SELECT unnest(list_distinct([${joined(
      tries.map(({ column }) => sql`lower(${column})`),
      ", "
    )}])) AS candidate
    FROM ${last} WHERE ${turned} IS NULL
  ) GROUP BY candidate HAVING count(*) > 1`
    },
    {
      name: sql`distinct_${index}`,
      sql: sql`SELECT ${last}.* EXCLUDE (${joined(
        tries.map(({ column }) => column),
        ", "
      )}), ${value} AS ${quoted(field.name)},
    CASE WHEN ${turned} IS NOT NULL THEN ${turned}
      ${joined(verdicts, "\n      ")}
    END AS _turned_unique_${index}
  FROM ${last}${joined(
    tries.map(
      ({ column, shared }) =>
        sql`\n  LEFT JOIN shared_${index} AS ${shared} ON ${shared}.candidate = lower(${last}.${column})`
    ),
    ""
  )}`
    }
  ]
}
