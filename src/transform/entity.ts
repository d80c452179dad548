import { identifier, literal } from "../core/sql.ts"
import { datasetTable } from "../extract/land.ts"
import type { Definition, EntityDefinition, FieldDefinition, Value } from "../pipeline/definition.ts"
import { type CollectionContract, columnType } from "../ports/contracts.ts"
import { compileValue, parenthesised } from "./values.ts"

/** Every row an entity considered, kept or turned away. Grain: one row per row of its `from`, its `each` and its joins. */
export const candidateTable = (entity: string): string => `candidate_${entity}`

/** View over the kept rows of an entity: `key`, `label`, `_school`, `_section`, `_source`, its fields. Grain: one row per key. */
export const entityView = (entity: string): string => `entity_${entity}`

/** Names of the entities that are written to the target; their fields are text, those of the others keep their type. */
export const loadedEntities = (definition: Definition): ReadonlySet<string> =>
  new Set(definition.load.entities.map((load) => load.entity))

/**
 * The one statement of an entity. Rows that are turned away stay in it with `_turned` (verdict, rule, say), so that
 * every source row can be accounted for:
 * `unwanted` = a rule did not want it; `quarantine` = it should have become something and could not.
 */
export const entityStatement = (
  definition: Definition,
  entity: EntityDefinition,
  contracts: ReadonlyMap<string, CollectionContract>
): string => {
  const compiled = entity.fields.map((field) => compileField(field, definition))
  const key = compileValue(entity.key, definition)
  const optional = (value: Value | null): string =>
    value === null ? "NULL" : `CAST(${compileValue(value, definition).sql} AS VARCHAR)`
  const isLoaded = loadedEntities(definition).has(entity.name)
  const source = relation(definition, entity.from.relation)
  const from = identifier(entity.from.alias)
  const refs = compiled.flatMap((field) => (field.ref === null ? [] : [field]))
  const uniques = compiled.flatMap((field) => (field.tries === null ? [] : [field]))

  const verdicts = [
    ...(entity.where === null
      ? []
      : [
          verdict(
            `${parenthesised(entity.where)} IS FALSE`,
            "unwanted",
            "where",
            literal(`not wanted by ${entity.name}`)
          )
        ]),
    ...(source.isDataset
      ? [verdictFrom(`${from}._fault IS NOT NULL`, "quarantine", `${from}._fault.rule`, `${from}._fault.say`)]
      : [
          verdictFrom(
            `${from}._turned IS NOT NULL`,
            `${from}._turned.verdict`,
            `${from}._turned.rule`,
            `${from}._turned.say`
          )
        ]),
    ...entity.joins
      .filter((join) => !join.optional)
      .map((join) => {
        const joined = relation(definition, join.relation)
        const presence = `${identifier(join.alias)}.${joined.isDataset ? identifier(keyOf(definition, join.relation, contracts)) : "key"}`
        return joined.isDataset
          ? verdict(
              `${presence} IS NULL`,
              "quarantine",
              `no-${join.alias}`,
              literal(`no record of ${join.relation} matches`)
            )
          : verdict(`${presence} IS NULL`, "unwanted", `no-${join.alias}`, literal(`no ${join.relation} matches`))
      }),
    ...entity.joins
      .filter((join) => relation(definition, join.relation).isDataset)
      .map((join) => {
        const fault = `${identifier(join.alias)}._fault`
        return verdictFrom(
          `${fault} IS NOT NULL`,
          "quarantine",
          `${fault}.rule`,
          `${literal(`${join.alias}: `)} || ${fault}.say`
        )
      }),
    ...(entity.where === null
      ? []
      : [
          verdict(
            `${parenthesised(entity.where)} IS NOT TRUE`,
            "unwanted",
            "where",
            literal(`not wanted by ${entity.name}`)
          )
        ]),
    ...entity.reject.map((rule) => verdict(parenthesised(rule.when), "quarantine", rule.id, literal(rule.say))),
    ...[
      ...key.refusals.map((refusal) => ({ field: "key", refusal })),
      ...compiled.flatMap((field) => field.refusals.map((refusal) => ({ field: field.name, refusal })))
    ].map(({ field, refusal }) =>
      verdictFrom(
        refusal.when,
        "quarantine",
        literal(`${refusal.rule}:${field}`),
        `${literal(`${field}: `)} || ${refusal.say}`
      )
    ),
    verdict(`${key.sql} IS NULL`, "quarantine", "no-key", literal(`${entity.name} has no key`))
  ]

  const reached = `reached AS (
  SELECT row_number() OVER () AS _row,
    ${source.isDataset ? `${from}.${identifier(keyOf(definition, entity.from.relation, contracts))}` : `${from}._source`} AS _source,
    CAST(${key.sql} AS VARCHAR) AS key,
    ${optional(entity.label)} AS label,
    ${optional(entity.scope.school)} AS _school,
    ${optional(entity.scope.section)} AS _section,
${compiled.map((field) => `    ${field.columns}`).join(",\n")}${compiled.length > 0 ? "," : ""}
${(entity.pick?.onePer ?? []).map((sql, index) => `    ${parenthesised(sql)} AS _per_${index},\n`).join("")}${(entity.pick?.orderBy ?? []).map((sql, index) => `    ${parenthesised(sql)} AS _order_${index},\n`).join("")}    CASE
      ${verdicts.join("\n      ")}
    END AS _turned_1
  FROM ${source.sql(entity.from.alias)}
  CROSS JOIN run${entity.each
    .map(
      (each) =>
        `\n  CROSS JOIN LATERAL (SELECT unnest(${parenthesised(each.list)}) AS ${identifier(each.alias)}) AS ${identifier(`_each_${each.alias}`)}`
    )
    .join("")}${entity.joins
    .map(
      (join) => `\n  LEFT JOIN ${relation(definition, join.relation).joined(join.alias)} ON ${parenthesised(join.on)}`
    )
    .join("")}
)`

  const steps = [reached]
  let last = "reached"
  let turned = "_turned_1"
  if (refs.length > 0) {
    steps.push(resolveRefs(refs, last, turned, definition))
    last = "referred"
    turned = "_turned_2"
  }
  if (entity.pick !== null) {
    steps.push(...pickOne(entity.pick.onePer.length, entity.pick.orderBy.length, last, turned))
    last = "picked"
    turned = "_turned_3"
  }
  for (const [index, field] of uniques.entries()) {
    steps.push(...makeUnique(field, index, last, turned))
    last = `distinct_${index}`
    turned = `_turned_unique_${index}`
  }
  const output = compiled.map((field) => {
    const name = identifier(field.name)
    return isLoaded && field.ref === null ? `CAST(${name} AS VARCHAR) AS ${name}` : name
  })
  return `-- ${entity.name}: from ${entity.from.relation}${entity.joins.map((join) => `, ${join.relation}`).join("")}
-- grain: one row per row considered; the kept ones have no _turned and a key of their own
CREATE OR REPLACE TEMP TABLE ${identifier(candidateTable(entity.name))} AS
WITH ${steps.join(",\n")}
SELECT _row, _source, key, label, _school, _section${output.map((column) => `,\n  ${column}`).join("")},
  ${turned} AS _turned
FROM ${last}`
}

/** The view of the kept rows. */
export const entityViewStatement = (entity: string): string =>
  `CREATE OR REPLACE TEMP VIEW ${identifier(entityView(entity))} AS
SELECT * EXCLUDE (_row, _turned) FROM ${identifier(candidateTable(entity))} WHERE _turned IS NULL`

interface CompiledField {
  readonly name: string
  /** What the first step selects for the field. */
  readonly columns: string
  readonly refusals: ReturnType<typeof compileValue>["refusals"]
  readonly ref: { readonly entities: ReadonlyArray<string>; readonly optional: boolean } | null
  /** Number of candidates of a unique value. */
  readonly tries: number | null
}

const compileField = (field: FieldDefinition, definition: Definition): CompiledField => {
  const name = identifier(field.name)
  if (field.kind === "ref") {
    const key = compileValue(field.key, definition)
    return {
      name: field.name,
      columns: `CAST(${key.sql} AS VARCHAR) AS ${name}`,
      refusals: key.refusals,
      ref: { entities: field.entities, optional: field.optional },
      tries: null
    }
  }
  if (field.value.kind === "unique") {
    const tries = field.value.tries.map((one) => compileValue(one, definition))
    return {
      name: field.name,
      columns: tries
        .map((one, index) => `CAST(${one.sql} AS VARCHAR) AS ${identifier(`_try_${field.name}_${index}`)}`)
        .join(",\n    "),
      refusals: tries.flatMap((one) => one.refusals),
      ref: null,
      tries: tries.length
    }
  }
  const value = compileValue(field.value, definition)
  return { name: field.name, columns: `${value.sql} AS ${name}`, refusals: value.refusals, ref: null, tries: null }
}

const turnedType = "STRUCT(verdict VARCHAR, rule VARCHAR, say VARCHAR)"

const verdict = (when: string, kind: "unwanted" | "quarantine", rule: string, say: string): string =>
  verdictFrom(when, kind, literal(rule), say)

const verdictFrom = (when: string, kind: string, rule: string, say: string): string =>
  `WHEN ${when} THEN {'verdict': ${kind === "unwanted" || kind === "quarantine" ? literal(kind) : kind}, 'rule': ${rule}, 'say': ${say}}::${turnedType}`

/**
 * Ties refs to the entities they name. A ref becomes `entity:key`. Where the row referred to was turned away, this one
 * follows it with the same verdict and the cause; where it exists nowhere, the ref dangles.
 */
const resolveRefs = (
  refs: ReadonlyArray<CompiledField>,
  last: string,
  turned: string,
  definition: Definition
): string => {
  const known = new Set(definition.entities.map((entity) => entity.name))
  const joins: Array<string> = []
  const columns: Array<string> = []
  const verdicts: Array<string> = []
  for (const field of refs) {
    const name = identifier(field.name)
    const targets = (field.ref?.entities ?? []).filter((entity) => known.has(entity))
    const kept = targets.map((_, index) => identifier(`_kept_${field.name}_${index}`))
    const gone = targets.map((_, index) => identifier(`_gone_${field.name}_${index}`))
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
    const what = targets.join(" or ")
    if (!(field.ref?.optional ?? false)) {
      verdicts.push(verdict(`${last}.${name} IS NULL`, "quarantine", `no-${field.name}`, literal(`names no ${what}`)))
    }
    // A quarantined row takes its dependents along even where another entity merely did not want the key.
    const causes = [
      ...targets.map((target, index) => ({ target, alias: gone[index], kind: "quarantine" })),
      ...targets.map((target, index) => ({ target, alias: gone[index], kind: "unwanted" }))
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
    verdicts.push(
      verdictFrom(
        `${last}.${name} IS NOT NULL AND ${found} IS NULL`,
        "quarantine",
        literal(`dangling:${field.name}`),
        `${literal(`${field.name} names ${what} `)} || ${last}.${name} || ', which the source does not hold'`
      )
    )
  }
  return `referred AS (
  SELECT ${last}.* REPLACE (${columns.join(", ")}),
    CASE WHEN ${last}.${turned} IS NOT NULL THEN ${last}.${turned}
      ${verdicts.join("\n      ")}
    END AS _turned_2
  FROM ${last}
  ${joins.join("\n  ")}
)`
}

/** Of the surviving rows that share the `one_per` values, the first by order, then by source; the others are not wanted. */
const pickOne = (per: number, order: number, last: string, turned: string): ReadonlyArray<string> => {
  const values = Array.from({ length: per }, (_, index) => `_per_${index}`)
  const ranks = [...Array.from({ length: order }, (_, index) => `_order_${index}`), "_source", "_row"]
  return [
    `winners AS (
  SELECT ${values.join(", ")}, arg_min(_row, row(${ranks.join(", ")})) AS _winner
  FROM ${last} WHERE ${turned} IS NULL GROUP BY ALL HAVING count(*) > 1
)`,
    `picked AS (
  SELECT ${last}.*,
    CASE WHEN ${turned} IS NOT NULL THEN ${turned}
      ${verdict("winners._winner IS NOT NULL AND winners._winner <> _row", "unwanted", "pick", "'another row ranks before it'")}
    END AS _turned_3
  FROM ${last} LEFT JOIN winners ON ${values.map((value) => `${last}.${value} IS NOT DISTINCT FROM winners.${value}`).join(" AND ")}
)`
  ]
}

/**
 * A row takes the first of its candidates that no other row has among its own candidates. So every member of a colliding
 * group moves on together, and the outcome depends on neither the order of rows nor on earlier runs.
 */
const makeUnique = (field: CompiledField, index: number, last: string, turned: string): ReadonlyArray<string> => {
  const tries = Array.from({ length: field.tries ?? 0 }, (_, position) => identifier(`_try_${field.name}_${position}`))
  const shared = tries.map((_, position) => `_shared_${index}_${position}`)
  const value = `CASE ${tries
    .map(
      (one, position) => `WHEN ${last}.${one} IS NOT NULL AND ${shared[position]}.candidate IS NULL THEN ${last}.${one}`
    )
    .join(" ")} END`
  return [
    `shared_${index} AS (
  SELECT candidate FROM (
    SELECT _row, unnest(list_distinct([${tries.map((one) => `lower(${one})`).join(", ")}])) AS candidate
    FROM ${last} WHERE ${turned} IS NULL
  ) GROUP BY candidate HAVING count(*) > 1
)`,
    `distinct_${index} AS (
  SELECT ${last}.* EXCLUDE (${tries.join(", ")}), ${value} AS ${identifier(field.name)},
    CASE WHEN ${turned} IS NOT NULL THEN ${turned}
      ${verdict(`coalesce(${tries.map((one) => `${last}.${one}`).join(", ")}) IS NOT NULL AND (${value}) IS NULL`, "quarantine", `not-unique:${field.name}`, literal(`no form of ${field.name} is the row's own`))}
    END AS _turned_unique_${index}
  FROM ${last}${tries.map((one, position) => `\n  LEFT JOIN shared_${index} AS ${shared[position]} ON ${shared[position]}.candidate = lower(${last}.${one})`).join("")}
)`
  ]
}

interface Relation {
  readonly isDataset: boolean
  /** As `from`: turned-away rows of an entity come along, so that dependents follow them. */
  readonly sql: (alias: string) => string
  /** As a join: kept rows only. */
  readonly joined: (alias: string) => string
}

const relation = (definition: Definition, name: string): Relation => {
  const isDataset = definition.datasets.some((dataset) => dataset.name === name)
  return isDataset
    ? {
        isDataset,
        sql: (alias) => `${identifier(datasetTable(name))} AS ${identifier(alias)}`,
        joined: (alias) => `${identifier(datasetTable(name))} AS ${identifier(alias)}`
      }
    : {
        isDataset,
        // Of an entity's unwanted rows only those that a key still names matter to nobody: they are left out here.
        sql: (alias) =>
          `(SELECT * FROM ${identifier(candidateTable(name))} WHERE _turned IS NULL OR _turned.verdict = 'quarantine') AS ${identifier(alias)}`,
        joined: (alias) => `${identifier(entityView(name))} AS ${identifier(alias)}`
      }
}

const keyOf = (definition: Definition, dataset: string, contracts: ReadonlyMap<string, CollectionContract>): string => {
  const endpoint = definition.datasets.find((one) => one.name === dataset)?.endpoint
  const contract = endpoint === undefined ? undefined : contracts.get(endpoint)
  if (contract === undefined) throw new Error(`dataset ${dataset} has no contract`)
  return contract.key
}

/** Empty tables of the declared columns, for binding expressions and for tests without a network. */
export const emptyDatasetStatement = (dataset: string, contract: CollectionContract): string =>
  `CREATE OR REPLACE TEMP TABLE ${identifier(datasetTable(dataset))} (${contract.columns
    .map((column) => `${identifier(column.name)} ${columnType(column.kind)}`)
    .join(", ")}, _fault STRUCT(rule VARCHAR, say VARCHAR))`
