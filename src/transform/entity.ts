import { about, joined, name as quoted, sql, type Sql, written } from "../core/sql.ts"
import type {
  Definition,
  EntityDefinition,
  FieldDefinition,
  JoinDefinition,
  Rule,
  SqlText,
  Value
} from "../pipeline/definition.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import {
  type CompiledField,
  isOfAll,
  makeUnique,
  missing,
  type PickColumn,
  pickColumns,
  pickFirst,
  pickOne,
  resolveRefs,
  type Step
} from "./other-rows.ts"
import { type Relation, relationOf, verdict, verdictFrom } from "./relations.ts"
import { compileValue } from "./values.ts"
import { candidatesOf } from "./tables.ts"
import { made, named, type Temporary } from "../core/table.ts"
import { toldInSql } from "../core/told.ts"

/** Names of the entities that are written to the target; their fields are text, those of the others keep their type. */
export const loadedEntities = (definition: Definition): ReadonlySet<string> =>
  new Set(definition.load.entities.map((load) => load.entity))

/**
 * The statement that makes an entity's table. Rows that are turned away stay in it with `_turned` (verdict, rule, say), so
 * that every source row can be accounted for:
 * `unwanted` = a rule did not want it; `quarantine` = it should have become something and could not.
 * Rows that the `where` of an entity does not want are left out, where it is neither written nor referred to: nobody
 * asks for them.
 * `whole`: entities of which no row in reach is turned away, where that is known; nothing is looked up among those.
 * One statement as a rule. A pick marks afterwards the few rows that another ranks before: to go through all of them
 * again in the one statement costs twice as much. What is to be unique is chosen among the picked.
 */
export const entityStatement = (
  definition: Definition,
  entity: EntityDefinition,
  contracts: ReadonlyMap<string, CollectionContract>,
  whole: ReadonlySet<string> = new Set()
): Sql => {
  const candidates = candidatesOf(entity.name)
  const table = named(candidates)
  const fields = entity.fields.map((field) => compileField(field, entity, definition))
  const refs = fields.filter((field) => field.ref !== null)
  const unique = fields.filter((field) => field.isUnique)
  const picked = entity.pick === null ? null : pickColumns(entity.pick, sameColumn(definition, entity))
  const hidden = picked === null ? [] : [...picked.per, ...picked.order].filter(({ madeOf }) => madeOf !== null)
  const reached: Rows = {
    steps: reachSteps(definition, entity, { fields, hidden }, contracts),
    readTwice: [],
    last: sql`reached`,
    turned: sql`_turned_1`
  }
  const tied: Rows =
    refs.length === 0
      ? reached
      : {
          steps: [...reached.steps, resolveRefs(refs, reached, definition, whole)],
          readTwice: [],
          last: sql`referred`,
          turned: sql`_turned_2`
        }
  const columns = outputColumns(definition, entity, fields)
  const content = [
    sql`key, label, _school, _section`,
    ...fields.flatMap((field) => field.columns.map(([, name]) => name))
  ]
  const statements: Array<Sql> = []
  if (entity.pick === null || picked === null)
    statements.push(tableOf(candidates, columns, makeAllUnique(unique, tied)))
  else if (unique.length === 0 && isOfAll(entity.pick) && !isAskedAfter(definition, entity.name)) {
    const first = pickFirst(picked, content, tied)
    statements.push(
      tableOf(candidates, columns, { ...tied, steps: [...tied.steps, first], readTwice: [tied.last], last: first.name })
    )
  } else {
    const pick = pickOne(entity.pick, picked, content, table)
    if (unique.length === 0) {
      statements.push(tableOf(candidates, [...columns, ...hidden.map(({ name }) => name)], tied), pick)
      for (const { name } of hidden) statements.push(sql`ALTER TABLE ${table} DROP COLUMN ${name}`)
    } else {
      statements.push(tableOf(candidates, [sql`* EXCLUDE (${tied.turned})`], tied), pick)
      statements.push(
        tableOf(
          candidates,
          columns,
          makeAllUnique(unique, { steps: [], readTwice: [], last: table, turned: sql`_turned` })
        )
      )
    }
  }
  const from = [entity.from.relation, ...entity.alsoFrom, ...entity.joins.map((one) => one.relation)].join(", ")
  return sql`${about(`${entity.name}: from ${from}`)}${about("grain: one row per row considered; the kept ones have no _turned and a key of their own")}${joined(statements, ";\n")}`
}

/** Rows that common table expressions lead to: the name of the last, and the column with its verdicts. */
interface Rows {
  readonly steps: ReadonlyArray<Step>
  /** Names of steps that later ones read more than once: they are computed once. */
  readonly readTwice: ReadonlyArray<Sql>
  readonly last: Sql
  readonly turned: Sql
}

const makeAllUnique = (fields: ReadonlyArray<CompiledField>, rows: Rows): Rows =>
  fields.reduce(
    ({ last, readTwice, steps, turned }, field, index) => ({
      steps: [...steps, ...makeUnique(field, index, last, turned)],
      readTwice: [...readTwice, last],
      last: sql`distinct_${index}`,
      turned: sql`_turned_unique_${index}`
    }),
    rows
  )

const tableOf = (table: Temporary, columns: ReadonlyArray<Sql>, { last, readTwice, steps, turned }: Rows): Sql => {
  const twice = new Set(readTwice.map((one) => one.text))
  const ctes = steps.map(
    ({ name, sql: rows }) => sql`${name} AS ${twice.has(name.text) ? sql`MATERIALIZED ` : sql``}(\n  ${rows}\n)`
  )
  return sql`${made(table)}
${ctes.length === 0 ? sql`` : sql`WITH ${joined(ctes, ",\n")}\n`}SELECT ${joined(columns, ",\n  ")}, ${turned} AS _turned
FROM ${last}`
}

const outputColumns = (
  definition: Definition,
  entity: EntityDefinition,
  fields: ReadonlyArray<CompiledField>
): ReadonlyArray<Sql> => {
  const isLoaded = loadedEntities(definition).has(entity.name)
  const warned = sql`list_filter([${joined(
    entity.warn.map(
      (rule, index) => sql`CASE WHEN _warn_${index} IS NOT NULL THEN {'rule': ${rule.id}, 'say': _warn_${index}} END`
    ),
    ", "
  )}], lambda one: one IS NOT NULL) AS _warned`
  return [
    sql`_source, key, label, _school, _section`,
    ...fields.map((field) => {
      const name = quoted(field.name)
      return isLoaded && field.ref === null ? sql`CAST(${name} AS VARCHAR) AS ${name}` : name
    }),
    ...(entity.warn.length === 0 ? [] : [warned])
  ]
}

/**
 * The rows in reach with every value computed, and the first reason for which each is turned away. What is missing is asked
 * of the values in a second step: an expression that cleans a name is long, and would be planned and computed twice.
 */
const reachSteps = (
  definition: Definition,
  entity: EntityDefinition,
  { fields, hidden }: { readonly fields: ReadonlyArray<CompiledField>; readonly hidden: ReadonlyArray<PickColumn> },
  contracts: ReadonlyMap<string, CollectionContract>
): ReadonlyArray<Step> => {
  const source = takenFrom(definition, entity, contracts)
  const from = quoted(entity.from.alias)
  const key = compileValue(entity.key, definition)
  // An entity that starts from another one belongs where that belongs, and is called what that is called, unless it says
  // otherwise.
  const optional = (value: Value | null, column: Sql): Sql =>
    value === null
      ? source.isDataset
        ? sql`NULL::VARCHAR`
        : sql`${from}.${column}`
      : sql`CAST(${compileValue(value, definition).sql} AS VARCHAR)`
  const refusals = [
    ...key.refusals.map((refusal) => ({ field: "key", refusal })),
    ...fields.flatMap((field) => field.refusals.map((refusal) => ({ field: field.name, refusal })))
  ]
  const where = entity.where === null ? null : written(entity.where)
  const notWanted = toldInSql("record.not-wanted", { entity: entity.name })
  const passesOver = where !== null && !isAskedAfter(definition, entity.name)
  const required = fields.filter((field) => field.isRequired && field.ref === null && !field.isUnique)
  const hasNoKey = (value: Sql): Sql =>
    verdict(sql`${value} IS NULL`, "quarantine", "no-key", toldInSql("record.no-key", { entity: entity.name }))
  const verdicts = [
    // A record that is certainly not wanted is not worth a complaint; one of which it cannot be told is.
    ...(where === null || passesOver ? [] : [verdict(sql`${where} IS FALSE`, "unwanted", "where", notWanted)]),
    source.isDataset
      ? verdictFrom(
          sql`${from}._fault IS NOT NULL`,
          sql`'quarantine'`,
          sql`${from}._fault.rule`,
          sql`${from}._fault.say`
        )
      : verdictFrom(
          sql`${from}._turned IS NOT NULL`,
          sql`${from}._turned.verdict`,
          sql`${from}._turned.rule`,
          sql`${from}._turned.say`
        ),
    ...entity.joins
      .filter((join) => !join.optional)
      .flatMap((join) => joinVerdicts(join, relationOf(definition, join.relation, contracts))),
    ...(where === null ? [] : [verdict(sql`${where} IS NOT TRUE`, "unwanted", "where", notWanted)]),
    ...entity.skip.map((rule) => verdict(written(rule.when), "unwanted", rule.id, reasonOf(rule))),
    ...entity.reject.map((rule) => verdict(written(rule.when), "quarantine", rule.id, reasonOf(rule))),
    ...refusals.map(({ field, refusal }) =>
      verdictFrom(
        refusal.when,
        sql`'quarantine'`,
        sql`${`${refusal.rule}:${field}`}`,
        sql`${`${field}: `} || ${refusal.say}`
      )
    ),
    ...(required.length > 0 ? [] : [hasNoKey(key.sql)])
  ]
  const columns = [
    sql`${from}.${source.isDataset ? source.key : sql`_source`} AS _source`,
    sql`CAST(${key.sql} AS VARCHAR) AS key`,
    sql`${optional(entity.label, sql`label`)} AS label`,
    sql`${optional(entity.scope.school, sql`_school`)} AS _school`,
    sql`${optional(entity.scope.section, sql`_section`)} AS _section`,
    ...fields.flatMap((field) => field.columns.map(([value, name]) => sql`${value} AS ${name}`)),
    ...hidden.flatMap(({ madeOf, name }) => (madeOf === null ? [] : [sql`${written(madeOf)} AS ${name}`])),
    ...entity.warn.map(
      (rule, index) => sql`CASE WHEN ${written(rule.when)} THEN ${reasonOf(rule)} END AS _warn_${index}`
    )
  ]
  const filter = passesOver ? sql`\n  WHERE ${where} IS NOT FALSE` : sql``
  const computed = sql`SELECT ${joined(columns, ",\n    ")},
    CASE
      ${joined(verdicts, "\n      ")}
    END AS _turned_1
  ${reachOf(definition, entity, contracts)}${filter}`
  if (required.length === 0) return [{ name: sql`reached`, sql: computed }]
  const lacks = [...required.map(({ name }) => missing(name, sql`${quoted(name)} IS NULL`)), hasNoKey(sql`key`)]
  return [
    { name: sql`computed`, sql: computed },
    {
      name: sql`reached`,
      sql: sql`SELECT * REPLACE (CASE WHEN _turned_1 IS NOT NULL THEN _turned_1
      ${joined(lacks, "\n      ")}
    END AS _turned_1) FROM computed`
    }
  ]
}

/** The rows that an entity looks at: those of its `from`, one per element of its lists, with what its joins match. */
export const reachOf = (
  definition: Definition,
  entity: EntityDefinition,
  contracts: ReadonlyMap<string, CollectionContract>
): Sql => {
  const from = quoted(entity.from.alias)
  return joined(
    [
      // A list is unfolded beside the row's own columns: the engine joins a lateral query to its rows by their content.
      sql`FROM ${entity.each.reduce(
        (rows, each) =>
          sql`(SELECT ${from}.*, unnest(${written(each.list)}) AS ${quoted(each.alias)} FROM ${rows} AS ${from} CROSS JOIN run)`,
        takenFrom(definition, entity, contracts).from
      )} AS ${from}`,
      sql`CROSS JOIN run`,
      ...entity.joins.map((join) => {
        const relation = relationOf(definition, join.relation, contracts)
        return sql`LEFT JOIN ${join.optional ? relation.optional : relation.required} AS ${quoted(join.alias)} ON ${written(join.on)}`
      })
    ],
    "\n  "
  )
}

/** The reason of a rule as SQL, with the other record that it is about. */
const reasonOf = ({ say, names }: Rule): Sql =>
  names === null ? sql`${say}` : sql`concat(${say}, ': ' || CAST(${written(names)} AS VARCHAR))`

/** The relation in `from`, with the rows of the further entities. */
const takenFrom = (
  definition: Definition,
  entity: EntityDefinition,
  contracts: ReadonlyMap<string, CollectionContract>
): Relation => {
  const first = relationOf(definition, entity.from.relation, contracts)
  if (entity.alsoFrom.length === 0) return first
  const others = entity.alsoFrom.map((name) => relationOf(definition, name, contracts))
  return {
    ...first,
    from: sql`(${joined(
      [first, ...others].map((one) => sql`FROM ${one.from}`),
      " UNION ALL BY NAME "
    )})`
  }
}

/** Whether the reason for which a row of an entity is not wanted is of use to anybody. */
const isAskedAfter = (definition: Definition, entity: string): boolean =>
  loadedEntities(definition).has(entity) ||
  definition.entities.some((other) =>
    other.fields.some((field) => field.kind === "ref" && field.entities.includes(entity))
  )

/**
 * The verdicts of a join that must match. A missing record is the source's fault, a missing row of an entity is a
 * rule's doing; what stands in quarantine takes the row along.
 */
const joinVerdicts = (join: JoinDefinition, relation: Relation): ReadonlyArray<Sql> => {
  const alias = quoted(join.alias)
  const rule = `no-${join.alias}`
  const away = sql`${alias}.${relation.isDataset ? sql`_fault` : sql`_turned`}`
  return [
    relation.isDataset
      ? verdict(
          sql`${alias}.${relation.key} IS NULL`,
          "quarantine",
          rule,
          toldInSql("record.no-match", { dataset: join.relation })
        )
      : verdict(sql`${alias}.key IS NULL`, "unwanted", rule, toldInSql("record.no-row", { entity: join.relation })),
    verdictFrom(
      sql`${away} IS NOT NULL`,
      sql`'quarantine'`,
      sql`'depends-on:' || ${away}.rule`,
      sql`${`${join.alias}: `} || ${away}.say`
    )
  ]
}

const compileField = (field: FieldDefinition, entity: EntityDefinition, definition: Definition): CompiledField => {
  const name = quoted(field.name)
  const load = definition.load.entities.find((one) => one.entity === entity.name)
  const isRequired = load?.required.includes(field.name) ?? false
  const common = { name: field.name, ref: null, isUnique: false, isRequired }
  if (field.kind === "ref") {
    const key = compileValue(field.key, definition)
    const column = columnOf(field.key, entity, definition)
    return {
      ...common,
      columns: [[column?.isRef === true ? keyInRef(key.sql) : sql`CAST(${key.sql} AS VARCHAR)`, name]],
      refusals: key.refusals,
      ref: { entities: field.entities, optional: field.optional, isVouchedFor: isVouchedFor(column, field.entities) }
    }
  }
  if (field.value.kind === "unique") {
    const forms = field.value.tries.map((one) => compileValue(one, definition))
    return {
      ...common,
      columns: forms.map((one, index) => [sql`CAST(${one.sql} AS VARCHAR)`, quoted(`_try_${field.name}_${index}`)]),
      refusals: forms.flatMap((one) => one.refusals),
      isUnique: true
    }
  }
  const value = compileValue(field.value, definition)
  return { ...common, columns: [[value.sql, name]], refusals: value.refusals }
}

/** The column of an entity's own table, key or ref, that tells kept rows apart as an expression does. */
const sameColumn =
  (definition: Definition, entity: EntityDefinition) =>
  (text: SqlText): Sql | null => {
    const isIt = (value: Value): boolean => value.kind === "sql" && value.sql.sql.trim() === text.sql.trim()
    if (isIt(entity.key)) return sql`key`
    // A ref that is another entity's may name one of several: its key alone does not say which.
    const isAnothers = (value: Value): boolean => columnOf(value, entity, definition)?.isRef === true
    const ref = entity.fields.find(
      (field) => field.kind === "ref" && !field.optional && isIt(field.key) && !isAnothers(field.key)
    )
    return ref === undefined ? null : quoted(ref.name)
  }

/** A column of another entity, and the entities one of whose keys it holds in every kept row. */
interface EntityColumn {
  readonly isRef: boolean
  readonly holdsKeyOf: ReadonlyArray<string>
}

/** The column that a value is and nothing else; null for any other value, and for a column of a dataset. */
const columnOf = (value: Value, entity: EntityDefinition, definition: Definition): EntityColumn | null => {
  const [, alias, column] = (value.kind === "sql" && /^\s*(\w+)\.(\w+)\s*$/.exec(value.sql.sql)) || []
  const relation = [entity.from, ...entity.joins].find((one) => one.alias === alias)?.relation
  const other = definition.entities.find((one) => one.name === relation)
  if (other === undefined) return null
  // If rows come from several entities, it is not known which of them vouches.
  const isOneOfSeveral = alias === entity.from.alias && entity.alsoFrom.length > 0
  if (column === "key") return { isRef: false, holdsKeyOf: isOneOfSeveral ? [] : [other.name] }
  const field = other.fields.find((one) => one.name === column)
  return field?.kind === "ref" ? { isRef: true, holdsKeyOf: isOneOfSeveral ? [] : field.entities } : null
}

/** Whether a kept row of another entity vouches for a ref already, so that it need not be looked up. */
const isVouchedFor = (column: EntityColumn | null, targets: ReadonlyArray<string>): boolean =>
  column !== null && targets.length === 1 && column.holdsKeyOf.length === 1 && column.holdsKeyOf[0] === targets[0]

const keyInRef = (ref: Sql): Sql => sql`substr(${ref}, strpos(${ref}, ':') + 1)`
