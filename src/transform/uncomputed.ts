import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { joined, type Sql, sql, written } from "../core/sql.ts"
import { fails, tryToCompute } from "../core/tried.ts"
import type { Definition, EntityDefinition, SqlText } from "../pipeline/definition.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import { Count, countRows, isOfValues, Warehouse, WarehouseError } from "../core/ports/warehouse.ts"
import { entityStatement, reachOf } from "./entity.ts"
import type { Doing } from "../core/doing.ts"

/**
 * Records of which an expression cannot be computed: text that is no number, a product beyond all numbers.
 * The engine stops at the first such record and says its value. Here the expressions are found that failed, and the
 * entity is made again with the records in quarantine of which they cannot be computed, under the rule `not-computed`.
 */

/** Makes an entity's table (`whole` as for its statement); the records of which an expression cannot be computed stand in quarantine. */
export const makeEntity = Effect.fn("transform.entity")(function* (
  definition: Definition,
  entity: EntityDefinition,
  contracts: ReadonlyMap<string, CollectionContract>,
  whole: ReadonlySet<string>
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(entityStatement(definition, entity, contracts, whole)).pipe(
    Effect.catchIf(isOfValues, (error) =>
      Effect.gen(function* () {
        const failing = yield* failingOf(definition, entity, contracts)
        if (failing.size === 0) return yield* error
        const guarded = withGuards(definition, entity, failing)
        yield* warehouse.execute(entityStatement(guarded.definition, guarded.entity, contracts, whole))
      })
    )
  )
})

/** The expressions that cannot be computed of some record. Fails, with the place, where a join or a list is one. */
const failingOf = Effect.fn("transform.failing")(function* (
  definition: Definition,
  entity: EntityDefinition,
  contracts: ReadonlyMap<string, CollectionContract>
) {
  const warehouse = yield* Warehouse
  // Lists and joins decide on which rows there are: of these no single record can be turned away.
  for (const [index, { list }] of entity.each.entries()) {
    const before = reachOf(definition, { ...entity, joins: [], each: entity.each.slice(0, index) }, contracts)
    if ((yield* countRows(sql`${before} WHERE ${failing(list)}`)) > 0)
      return yield* cannotBeComputed(entity, list, "list")
  }
  for (const [index, { on }] of entity.joins.entries()) {
    const reach = reachOf(definition, { ...entity, joins: entity.joins.slice(0, index + 1) }, contracts)
    yield* Effect.catchAll(countRows(reach), () => cannotBeComputed(entity, on, "condition of a join"))
  }
  const asked = expressionsIn({ ...entity, joins: [], each: [] }, definition)
  if (asked.length === 0) return new Set<SqlText>()
  const [counts] = yield* warehouse.rows(
    sql`SELECT ${joined(
      asked.map((text, index) => sql`count(*) FILTER (WHERE ${failing(text)}) AS failed_${index}`),
      ", "
    )} ${reachOf(definition, entity, contracts)}`,
    Schema.Record({ key: Schema.String, value: Count })
  )
  return new Set(asked.filter((_, index) => (counts?.[`failed_${index}`] ?? 0) > 0))
})

/** True of the rows of which an expression of the pipeline cannot be computed. */
const failing = (text: SqlText): Sql => written({ sql: fails(text.sql) })

const cannotBeComputed = (entity: EntityDefinition, { at }: SqlText, what: string): WarehouseError =>
  new WarehouseError({
    reason: "Conversion",
    statement: `${at.file}:${at.line}:${at.column}`,
    detail: `this ${what} of ${entity.name} cannot be computed of every record: where text may be no number or date, write TRY_CAST(… AS …)`
  })

const withGuards = (
  definition: Definition,
  entity: EntityDefinition,
  failing: ReadonlySet<SqlText>
): { readonly definition: Definition; readonly entity: EntityDefinition } => {
  const tried = (text: SqlText): SqlText => (failing.has(text) ? { ...text, sql: tryToCompute(text.sql) } : text)
  const { where } = entity
  return {
    definition: {
      ...definition,
      rules: new Map([...definition.rules].map(([name, rule]) => [name, mapExpressions(rule, tried)]))
    },
    entity: {
      ...mapExpressions(entity, tried),
      // Whether such a record is wanted is not known: it goes on to be turned away.
      where:
        where === null || !failing.has(where)
          ? where
          : { ...where, sql: `CASE WHEN ${fails(where.sql)} THEN true ELSE ${tryToCompute(where.sql)} END` },
      reject: [
        ...[...failing].map((text) => ({
          id: "not-computed",
          when: { ...text, sql: fails(text.sql) },
          say: `${text.at.file}:${text.at.line}:${text.at.column} cannot be computed of this record: its values do not fit, or TRY_CAST is missing`,
          names: null,
          isUsual: false
        })),
        ...mapExpressions(entity.reject, tried)
      ]
    }
  }
}

/** The expressions of an entity and of the rules it uses, each once. */
export const expressionsIn = (entity: EntityDefinition, definition: Definition): ReadonlyArray<SqlText> => {
  const found = new Set<SqlText>()
  const rules = new Set<string>()
  const look = (value: unknown): void => {
    if (isExpression(value)) found.add(value)
    else if (Array.isArray(value)) value.forEach(look)
    else if (typeof value === "object" && value !== null) {
      if ("rule" in value && typeof value.rule === "string" && !rules.has(value.rule)) {
        rules.add(value.rule)
        look(definition.rules.get(value.rule))
      }
      Object.values(value).forEach(look)
    }
  }
  look({ ...entity, expect: null })
  return [...found]
}

const isExpression = (value: unknown): value is SqlText =>
  typeof value === "object" && value !== null && "sql" in value && typeof value.sql === "string" && "at" in value

/** A value with every expression in it put through a function. */
const mapExpressions = <A>(value: A, change: (text: SqlText) => SqlText): A => {
  const visit = (one: unknown): unknown => {
    if (isExpression(one)) return change(one)
    if (Array.isArray(one)) return one.map(visit)
    if (typeof one !== "object" || one === null) return one
    return Object.fromEntries(Object.entries(one).map(([key, member]) => [key, visit(member)]))
  }
  return visit(value) as A
}
