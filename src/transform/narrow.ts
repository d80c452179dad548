import { identifier, literal } from "../core/sql.ts"
import type { Definition, EntityDefinition } from "../pipeline/definition.ts"
import { turnedAway, verdict, verdictFrom } from "./relations.ts"
import { type CompiledValue, parenthesised } from "./values.ts"
import { candidateTable, entityView } from "../pipeline/relations.ts"

/**
 * The steps of an entity's statement that look at other rows than their own. Each takes the step before it and the name
 * of its verdict column, and gives common table expressions, the last of which carries its own verdict column.
 */

/** One common table expression. */
export interface Step {
  readonly name: string
  readonly sql: string
}

export interface CompiledField {
  readonly name: string
  /** What the first step selects for the field: expression and name. */
  readonly columns: ReadonlyArray<readonly [sql: string, name: string]>
  readonly refusals: CompiledValue["refusals"]
  readonly ref: {
    readonly entities: ReadonlyArray<string>
    readonly optional: boolean
    /** Whether it names a kept row in every row that has not been turned away, unless it is null. */
    readonly isSettled: boolean
  } | null
  /** Whether the columns are the forms of a unique value, of which one is still to be chosen. */
  readonly isUnique: boolean
  /** Whether the target takes no record without it. */
  readonly isRequired: boolean
}

/** Turns away a row that lacks a field which the target must have. */
export const missing = (field: string, when: string): string =>
  verdict(when, "quarantine", `missing:${field}`, literal(`the record has no ${field.replaceAll("_", " ")}`))

/**
 * Ties refs to the entities they name. A ref becomes `entity:key`. Where the row referred to was turned away, this one
 * follows it with the same verdict and the cause; where it exists nowhere, the ref dangles. An optional ref follows into
 * quarantine alone, and is null where its record is not wanted or does not exist. What another row vouches for is not
 * looked up.
 */
export const resolveRefs = (
  refs: ReadonlyArray<CompiledField>,
  last: string,
  turned: string,
  definition: Definition
): Step => {
  const known = new Set(definition.entities.map((entity) => entity.name))
  const joins: Array<string> = []
  const columns: Array<string> = []
  const verdicts: Array<string> = []
  for (const field of refs) {
    const name = identifier(field.name)
    const targets = (field.ref?.entities ?? []).filter((entity) => known.has(entity))
    const kept = targets.map((_, index) => identifier(`_kept_${field.name}_${index}`))
    const gone = targets.map((_, index) => identifier(`_gone_${field.name}_${index}`))
    const isOptional = field.ref?.optional ?? false
    const what = targets.join(" or ")
    if (!isOptional) {
      verdicts.push(verdict(`${last}.${name} IS NULL`, "quarantine", `no-${field.name}`, literal(`names no ${what}`)))
    }
    if (field.ref?.isSettled === true) {
      columns.push(`CASE WHEN ${last}.${turned} IS NULL THEN ${literal(`${what}:`)} || ${last}.${name} END AS ${name}`)
      continue
    }
    for (const [index, target] of targets.entries()) {
      joins.push(
        `LEFT JOIN (SELECT key FROM ${identifier(entityView(target))}) AS ${kept[index]} ON ${kept[index]}.key = ${last}.${name}`
      )
      joins.push(
        `LEFT JOIN (SELECT key, min(_turned) AS turned FROM ${identifier(candidateTable(target))} WHERE _turned IS NOT NULL GROUP BY key) AS ${gone[index]} ON ${gone[index]}.key = ${last}.${name}`
      )
    }
    const found = `coalesce(${targets.map((target, index) => `${literal(`${target}:`)} || ${kept[index]}.key`).join(", ")})`
    columns.push(`${found} AS ${name}`)
    // A quarantined row takes its dependents along even where another entity merely did not want the key.
    const causes = [
      ...targets.map((target, index) => ({ target, alias: gone[index], kind: "quarantine" })),
      ...(isOptional ? [] : targets.map((target, index) => ({ target, alias: gone[index], kind: "unwanted" })))
    ]
    for (const cause of causes) {
      verdicts.push(
        verdictFrom(
          `${found} IS NULL AND ${cause.alias}.turned.verdict = ${literal(cause.kind)}`,
          cause.kind,
          `'depends-on:' || ${cause.alias}.turned.rule`,
          `${literal(`depends on ${cause.target} `)} || ${last}.${name} || ': ' || ${cause.alias}.turned.say`
        )
      )
    }
    if (isOptional) continue
    verdicts.push(
      verdictFrom(
        `${last}.${name} IS NOT NULL AND ${found} IS NULL`,
        "quarantine",
        literal(`dangling:${field.name}`),
        `${literal(`${field.name} names ${what} `)} || ${last}.${name} || ', which the source does not hold'`
      )
    )
  }
  return {
    name: "referred",
    sql: `SELECT ${last}.* REPLACE (${columns.join(", ")}),
    CASE WHEN ${last}.${turned} IS NOT NULL THEN ${last}.${turned}
      ${verdicts.join("\n      ")}
    END AS _turned_2
  ${[`FROM ${last}`, ...joins].join("\n  ")}`
  }
}

type Pick = NonNullable<EntityDefinition["pick"]>

/** What a pick needs of each row, as the first step selects it. Rows are paired by a hash, which is quick. */
export const pickValues = ({ onePer, orderBy }: Pick): ReadonlyArray<string> => [
  `hash(${onePer.map(parenthesised).join(", ")}) AS _alike`,
  ...onePer.map((one, index) => `${parenthesised(one)} AS _per_${index}`),
  ...orderBy.map((one, index) => `${parenthesised(one)} AS _order_${index}`)
]

/** Their names. */
export const pickColumns = ({ onePer, orderBy }: Pick): ReadonlyArray<string> => [
  "_alike",
  ...onePer.map((_, index) => `_per_${index}`),
  ...orderBy.map((_, index) => `_order_${index}`)
]

/**
 * Of the surviving rows that share the `one_per` values, the first by order stays. Ties go by source and then by content,
 * so that the order in which rows came decides nothing. Only rows that do share them are ranked: most often few.
 */
export const pickOne = (pick: Pick, content: ReadonlyArray<string>, table: string): string => {
  // Rows that the hash pairs without reason are each the first of their own values.
  const values = ["_alike", ...pick.onePer.map((_, index) => `_per_${index}`)]
  const order = [...pick.orderBy.map((_, index) => `_order_${index}`), "_source", `hash(${content.join(", ")})`]
  const loser =
    pick.reject === null
      ? turnedAway("'unwanted'", "'pick'", "'another record ranks before it'")
      : turnedAway("'quarantine'", literal(pick.reject.id), `${literal(`${pick.reject.say}: `)} || ranked.first`)
  return `UPDATE ${table} SET _turned = ${loser} FROM (
  SELECT rowid AS row, row_number() OVER alike AS rank, first(_source) OVER alike AS first
  FROM ${table} SEMI JOIN (SELECT _alike FROM ${table} WHERE _turned IS NULL GROUP BY _alike HAVING count(*) > 1) AS shared
    USING (_alike)
  WHERE _turned IS NULL
  WINDOW alike AS (PARTITION BY ${values.join(", ")} ORDER BY ${order.join(", ")})
) AS ranked WHERE ranked.rank > 1 AND ${table}.rowid = ranked.row`
}

/**
 * A row takes the first of its candidates that no other row has among its own candidates. So every member of a colliding
 * group moves on together, and the outcome depends on neither the order of rows nor on earlier runs.
 */
export const makeUnique = (field: CompiledField, index: number, last: string, turned: string): ReadonlyArray<Step> => {
  const tries = field.columns.map(([, name]) => name)
  const formed = `coalesce(${tries.map((one) => `${last}.${one}`).join(", ")})`
  const shared = tries.map((_, position) => `_shared_${index}_${position}`)
  const value = `CASE ${tries
    .map(
      (one, position) => `WHEN ${last}.${one} IS NOT NULL AND ${shared[position]}.candidate IS NULL THEN ${last}.${one}`
    )
    .join(" ")} END`
  const noneLeft = literal(`no form of ${field.name} is the row's own`)
  const verdicts = [
    ...(field.isRequired ? [missing(field.name, `${formed} IS NULL`)] : []),
    verdict(`${formed} IS NOT NULL AND (${value}) IS NULL`, "quarantine", `not-unique:${field.name}`, noneLeft)
  ]
  return [
    {
      name: `shared_${index}`,
      sql: `SELECT candidate FROM (
    SELECT unnest(list_distinct([${tries.map((one) => `lower(${one})`).join(", ")}])) AS candidate
    FROM ${last} WHERE ${turned} IS NULL
  ) GROUP BY candidate HAVING count(*) > 1`
    },
    {
      name: `distinct_${index}`,
      sql: `SELECT ${last}.* EXCLUDE (${tries.join(", ")}), ${value} AS ${identifier(field.name)},
    CASE WHEN ${turned} IS NOT NULL THEN ${turned}
      ${verdicts.join("\n      ")}
    END AS _turned_unique_${index}
  FROM ${last}${tries.map((one, position) => `\n  LEFT JOIN shared_${index} AS ${shared[position]} ON ${shared[position]}.candidate = lower(${last}.${one})`).join("")}`
    }
  ]
}
