import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Diagnostic } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import { identifier, literal } from "../core/sql.ts"
import { columnType } from "../core/ports/contracts.ts"
import { type BindEngine, type BindError, withBindEngine } from "./bind-engine.ts"
import { zoneProblems } from "./bind-zone.ts"
import type { Definition, EntityDefinition, FieldDefinition, SqlText, Value } from "./definition.ts"
import { longestExpression } from "./expression-cost.ts"
import { readings, refusalOf } from "./expression.ts"
import { looseDates } from "./loose-dates.ts"
import type { SourceFile } from "./source-file.ts"
import { expressionsOf, newsOf, rulesOf, valuesOf } from "./references.ts"
import type { Doing } from "../core/doing.ts"

/**
 * Binds every expression of a definition against empty tables of the declared columns, in an engine that can reach
 * nothing. Complaints name the place inside the expression and the nearest column.
 */
export const bindExpressions = Effect.fn("pipeline.bind")(function* (
  source: SourceFile,
  definition: Definition
): Doing<ReadonlyArray<Diagnostic>, BindError> {
  const now = yield* Clock.currentTimeMillis
  return yield* withBindEngine((engine) => new Binder(source, definition, engine).bind(now))
})

/** An expression, and whether it must be a condition. */
interface Asked {
  readonly sql: SqlText
  readonly isCondition: boolean
}

class Binder {
  readonly problems: Array<Diagnostic> = []
  /** The engine's tree of each expression, as it serialises it. */
  readonly trees = new Map<SqlText, readonly [bare: string, bracketed: string]>()
  readonly refused = new Map<SqlText, boolean>()
  /** Columns by relation. */
  readonly columns = new Map<string, ReadonlyArray<string>>([["run", ["as_of", "now", "timezone"]]])
  /** Names in reach of what is being bound, to the relations they stand for. */
  reach: ReadonlyMap<string, string> = new Map()
  readonly source: SourceFile
  readonly definition: Definition
  readonly engine: BindEngine

  constructor(source: SourceFile, definition: Definition, engine: BindEngine) {
    this.source = source
    this.definition = definition
    this.engine = engine
  }

  async bind(now: number): Promise<ReadonlyArray<Diagnostic>> {
    this.problems.push(...(await zoneProblems(this.engine, this.definition, this.source, now)))
    await this.readTrees()
    await this.engine.makeRow("run", [
      { name: "as_of", type: "DATE", value: "DATE '2026-10-01'" },
      { name: "now", type: "TIMESTAMP", value: "TIMESTAMP '2026-10-01 07:00:00'" },
      { name: "timezone", type: "VARCHAR", value: literal(this.definition.timezone) }
    ])
    for (const dataset of this.definition.datasets) {
      const columns = this.definition.collections.get(dataset.endpoint)?.columns ?? []
      this.columns.set(
        dataset.name,
        columns.map((column) => column.name)
      )
      await this.engine.makeRow(
        dataset.name,
        columns.map((column) => ({ name: column.name, type: columnType(column).text }))
      )
    }
    await this.parts()
    const loaded = new Set(this.definition.load.entities.map((load) => load.entity))
    for (const entity of this.definition.entities) await this.entity(entity, loaded.has(entity.name))
    for (const load of this.definition.load.entities) {
      if (load.keepWhen !== null) await this.overFields(load.keepWhen, load.entity, this.columns.get(load.entity) ?? [])
    }
    // A gate looks at the fields of whatever is about to be sent.
    const fields = new Set([...loaded].flatMap((entity) => this.columns.get(entity) ?? []))
    for (const gate of this.definition.load.gates.openWhen) await this.overFields(gate.when, "record", [...fields])
    return this.problems
  }

  async parts(): Promise<void> {
    for (const { name, parts, mode } of this.definition.datasets) {
      if (parts === null) continue
      this.reach = new Map([
        [parts.alias, parts.relation],
        ["run", "run"]
      ])
      const from = `${identifier(parts.relation)} AS ${identifier(parts.alias)} CROSS JOIN run`
      await this.types([{ sql: parts.id, isCondition: false }], from)
      if (parts.when !== null) await this.types([{ sql: parts.when, isCondition: true }], from)
      for (const news of newsOf({ mode })) {
        this.reach = new Map([
          [news.alias, news.relation],
          ["run", "run"]
        ])
        await this.types(
          [{ sql: news.id, isCondition: false }],
          `${identifier(news.relation)} AS ${identifier(news.alias)} CROSS JOIN run`
        )
      }
      if (mode.kind !== "kept" || mode.againWhen === null) continue
      this.reach = new Map([
        ["kept", name],
        ["run", "run"]
      ])
      await this.types([{ sql: mode.againWhen, isCondition: true }], `${identifier(name)} AS kept CROSS JOIN run`)
    }
  }

  /** Binds a condition over fields, which are text. */
  async overFields(sql: SqlText, name: string, columns: ReadonlyArray<string>): Promise<void> {
    this.columns.set("_fields", columns)
    this.reach = new Map([
      [name, "_fields"],
      ["run", "run"]
    ])
    const from = `(SELECT ${columns.map((column) => `NULL::VARCHAR AS ${identifier(column)}`).join(", ")}) AS ${identifier(name)} CROSS JOIN run`
    await this.types([{ sql, isCondition: true }], from)
  }

  /** Asks the engine's parser for all expressions at once. */
  async readTrees(): Promise<void> {
    const all = [
      ...this.definition.entities.flatMap((entity) => [
        ...entity.each.map((each) => each.list),
        ...this.asked(entity).map((one) => one.sql),
        ...(entity.expect?.show == null ? [] : [entity.expect.show])
      ]),
      ...this.definition.load.entities.flatMap((load) => (load.keepWhen === null ? [] : [load.keepWhen])),
      ...this.definition.load.gates.openWhen.map((gate) => gate.when),
      ...this.definition.datasets.flatMap(({ parts, mode }) => [
        ...(parts === null ? [] : [parts.id, ...(parts.when === null ? [] : [parts.when])]),
        ...(mode.kind === "kept" && mode.againWhen !== null ? [mode.againWhen] : []),
        ...newsOf({ mode }).map((news) => news.id)
      ])
    ]
    const unique = [...new Set(all)].filter((sql) => {
      if (sql.sql.length <= longestExpression) return true
      this.refused.set(sql, true)
      this.complain(
        sql,
        `an expression has ${longestExpression} characters at most: make rules, or an entity of its own`
      )
      return false
    })
    if (unique.length === 0) return
    const [bare, bracketed] = readings
    const trees = await this.engine.rows(
      "SELECT unnest(list_transform($1::VARCHAR[], lambda one: json_serialize_sql(one)))",
      unique.flatMap(({ sql }) => [`${bare}${sql}\n`, `${bracketed}${sql}\n)`])
    )
    for (const [index, sql] of unique.entries())
      this.trees.set(sql, [String(trees[2 * index]?.[0]), String(trees[2 * index + 1]?.[0])])
  }

  /** Every expression of an entity that sees its whole reach; the lists of `each` come before it. */
  asked(entity: EntityDefinition): ReadonlyArray<Asked> {
    return [
      ...[
        ...entity.joins.map((join) => join.on),
        ...(entity.where === null ? [] : [entity.where]),
        ...[...entity.skip, ...entity.reject, ...entity.warn].map((rule) => rule.when)
      ].map((sql) => ({ sql, isCondition: true })),
      ...[
        ...[...entity.skip, ...entity.reject, ...entity.warn].flatMap((rule) => rule.names ?? []),
        ...(entity.pick?.onePer ?? []),
        ...(entity.pick?.orderBy ?? []),
        ...valuesOf(entity).flatMap((value) => this.expressions(value))
      ].map((sql) => ({ sql, isCondition: false }))
    ]
  }

  async entity(entity: EntityDefinition, isLoaded: boolean): Promise<void> {
    this.reach = new Map([
      ["run", "run"],
      ...[entity.from, ...entity.joins].map((one) => [one.alias, one.relation] as const),
      ...entity.each.map((each) => [each.alias, ""] as const)
    ])
    this.columns.set(entity.name, ["key", "label", ...entity.fields.map((field) => field.name)])
    let from = `${identifier(entity.from.relation)} AS ${identifier(entity.from.alias)} CROSS JOIN run`
    for (const each of entity.each) {
      const type = (await this.types([{ sql: each.list, isCondition: false }], from)).get(each.list) ?? null
      if (type !== null && !type.endsWith("[]")) this.complain(each.list, `this is ${type}, not a list`)
      from += ` LEFT JOIN LATERAL (SELECT unnest(${type?.endsWith("[]") === true ? wrapped(each.list) : "NULL::VARCHAR[]"}) AS ${identifier(each.alias)}) AS ${identifier(`_each_${each.alias}`)} ON true`
    }
    const types = await this.entityTypes(entity, from)
    if (entity.expect !== null && entity.expect.show !== null && entity.expect.showFrom !== null) {
      this.reach = new Map([
        [entity.expect.showFrom, entity.expect.showFrom],
        ["run", "run"]
      ])
      await this.types(
        [{ sql: entity.expect.show, isCondition: false }],
        `${identifier(entity.expect.showFrom)} CROSS JOIN run`
      )
    }
    await this.engine.makeRow(entity.name, [
      ...["key", "label"].map((name) => ({ name, type: "VARCHAR" })),
      ...entity.fields.map((field) => ({
        name: field.name,
        type: isLoaded ? "VARCHAR" : this.fieldType(field, types)
      }))
    ])
  }

  /** Binds an entity's expressions in one go where nothing is wrong; otherwise join by join, so that each fault is told. */
  async entityTypes(entity: EntityDefinition, from: string): Promise<ReadonlyMap<SqlText, string | null>> {
    const asked = this.asked(entity)
    const joined = (join: EntityDefinition["joins"][number], on: string): string =>
      ` ${on === "" ? "CROSS" : "LEFT"} JOIN ${identifier(join.relation)} AS ${identifier(join.alias)}${on}`
    if (asked.every(({ sql }) => this.isAllowed(sql))) {
      const reach = from + entity.joins.map((join) => joined(join, ` ON ${wrapped(join.on)}`)).join("")
      const types = await this.describe(asked, reach)
      if (types !== null) return types
    }
    const all = new Map<SqlText, string | null>()
    let reach = from
    for (const join of entity.joins) {
      reach += joined(join, "")
      await this.types([{ sql: join.on, isCondition: true }], reach)
    }
    const joins = new Set(entity.joins.map((join) => join.on))
    for (const one of asked.filter(({ sql }) => !joins.has(sql)))
      for (const [sql, type] of await this.types([one], reach)) all.set(sql, type)
    return all
  }

  /** The expressions of a value with those of the rules it uses: a rule is bound where it is used. */
  expressions(value: Value): ReadonlyArray<SqlText> {
    const rule = value.kind === "rule" ? this.definition.rules.get(value.rule) : undefined
    if (value.kind === "rule") return rule === undefined ? [] : this.expressions(rule)
    const direct = expressionsOf(value)
    return [...direct, ...rulesOf(value).flatMap((inner) => this.expressions(inner))]
  }

  fieldType(field: FieldDefinition, types: ReadonlyMap<SqlText, string | null>): string {
    return field.kind === "ref" ? "VARCHAR" : this.valueType(field.value, types)
  }

  valueType(value: Value, types: ReadonlyMap<SqlText, string | null>): string {
    switch (value.kind) {
      case "sql": {
        const type = types.get(value.sql)
        return type === undefined || type === null || type === untyped ? "VARCHAR" : type
      }
      case "rule": {
        const rule = this.definition.rules.get(value.rule)
        return rule === undefined ? "VARCHAR" : this.valueType(rule, types)
      }
      case "first_of": {
        const first = value.branches[0]
        return first === undefined ? "VARCHAR" : this.valueType(first.value, types)
      }
      case "date":
        return value.as === "date" ? "DATE" : "VARCHAR"
      case "template":
      case "map":
      case "clean":
      case "unique":
        return "VARCHAR"
    }
  }

  /** The types of expressions; null for one that is wrong, which was then said once. */
  async types(asked: ReadonlyArray<Asked>, from: string): Promise<ReadonlyMap<SqlText, string | null>> {
    const types = new Map<SqlText, string | null>()
    for (const one of asked) {
      const found = this.isAllowed(one.sql) ? await this.describe([one], from, true) : null
      types.set(one.sql, found?.get(one.sql) ?? null)
    }
    return types
  }

  /**
   * The types of expressions that are all right, or null; `explains` says what is wrong with the first. They are computed
   * of a row of nulls as well: one that fails there, by what is written in it, would fail every night.
   */
  async describe(
    asked: ReadonlyArray<Asked>,
    from: string,
    explains = false
  ): Promise<ReadonlyMap<SqlText, string> | null> {
    try {
      const [found = []] = await this.engine.rows(
        asked.length === 0
          ? `SELECT NULL FROM ${from}`
          : `SELECT ${asked.map((_, index) => `typeof(_${index}['value']), _${index} IS NULL`).join(", ")}
FROM (SELECT ${asked.map(({ sql }, index) => `TRY({'value': ${wrapped(sql)}}) AS _${index}`).join(", ")} FROM ${from})`
      )
      const types = new Map(asked.map(({ sql }, index) => [sql, String(found[2 * index])]))
      this.expectConditions(asked, types)
      for (const { sql } of asked.filter((_, index) => found[2 * index + 1] === true)) await this.fails(sql, from)
      for (const { sql } of asked) this.doubtDates(sql)
      return types
    } catch (error) {
      const [first] = asked
      if (explains && first !== undefined) await this.explainFirst(first, from, error)
      return null
    }
  }

  expectConditions(asked: ReadonlyArray<Asked>, types: ReadonlyMap<SqlText, string>): void {
    for (const { sql, isCondition } of asked) {
      const type = types.get(sql)
      if (isCondition && type !== "BOOLEAN" && type !== untyped)
        this.complain(sql, `this is ${type}, where a condition is needed`)
    }
  }

  /** Says why an expression fails of a row of nulls. */
  async fails(sql: SqlText, from: string): Promise<void> {
    try {
      await this.engine.rows(`SELECT ${wrapped(sql)} FROM ${from}`)
    } catch (error) {
      this.explain(sql, error, "SELECT (".length)
    }
  }

  /** Says why an expression cannot be bound; `error` is why it could not be computed. */
  async explainFirst(first: Asked, from: string, error: unknown): Promise<void> {
    let reason = error
    try {
      const [column] = await this.engine.rows(`DESCRIBE SELECT ${wrapped(first.sql)} FROM ${from}`)
      this.expectConditions([first], new Map([[first.sql, String(column?.[1])]]))
    } catch (unbound) {
      reason = unbound
    }
    this.explain(first.sql, reason, "DESCRIBE SELECT (".length)
  }

  isAllowed(sql: SqlText): boolean {
    const known = this.refused.get(sql)
    if (known !== undefined) return !known
    const refusal = refusalOf(...(this.trees.get(sql) ?? ["", ""]))
    this.refused.set(sql, refusal !== null)
    if (refusal !== null) this.complain(sql, refusal.message, "", refusal)
    return refusal === null
  }

  explain(sql: SqlText, error: unknown, prefixLength: number): void {
    const message = error instanceof Error ? error.message : String(error)
    const at = message.indexOf("{")
    if (at < 0) return this.complain(sql, message.split("\n", 1)[0] ?? message)
    const detail = JSON.parse(message.slice(at)) as { readonly exception_message: string; readonly position?: string }
    const offset = detail.position === undefined ? null : Number(detail.position) - prefixLength
    const text = (detail.exception_message.split("\n", 1)[0] ?? "").replace(/!$/, "")
    const [, table, column] = /^(?:Table|Values list) "(.*)" does not have a column named "(.*)"$/.exec(text) ?? []
    if (table !== undefined && column !== undefined) {
      const dot = offset === null ? 0 : (/^[\w"]+\./.exec(sql.sql.slice(offset))?.[0].length ?? 0)
      const known = this.columns.get(this.reach.get(table) ?? table) ?? []
      return this.complain(sql, `${table} has no column ${column}`, suggestion(column, known), {
        offset: offset === null ? null : offset + dot
      })
    }
    const [, missing] = /^Referenced table "(.*)" not found$/.exec(text) ?? []
    if (missing !== undefined)
      return this.complain(sql, `${missing} is not in reach here`, suggestion(missing, this.reach.keys()), { offset })
    const [, bare] = /^Referenced column "(.*)" (?:not found|was not found)/.exec(text) ?? []
    if (bare !== undefined) {
      const known = [...this.reach.values()].flatMap((relation) => this.columns.get(relation) ?? [])
      return this.complain(sql, `there is no column ${bare} in reach`, suggestion(bare, new Set(known)), { offset })
    }
    this.complain(sql, text, "", { offset })
  }

  /** Complains of texts from outside that the engine makes dates by itself. */
  doubtDates(sql: SqlText): void {
    for (const { hint, message, offset } of looseDates(this, this.trees.get(sql)?.[1] ?? "null"))
      this.complain(sql, message, hint, { offset, severity: "warning" })
  }

  complain(
    sql: SqlText,
    message: string,
    hint = "",
    { offset = null, severity = asError }: { readonly offset?: number | null; readonly severity?: typeof asError } = {}
  ): void {
    const isInside = offset !== null && offset >= 0 && offset < sql.sql.length
    const place = isInside
      ? this.source.within(sql.at, sql.sql, offset, wordLength(sql.sql, offset))
      : { ...sql.at, length: Math.min(sql.at.length, sql.sql.length) }
    const problem = this.source.diagnostic(place, message, { hint, severity })
    const isSaid = (one: Diagnostic): boolean =>
      one.line === problem.line && one.column === problem.column && one.message === problem.message
    if (!this.problems.some(isSaid)) this.problems.push(problem)
  }
}

const asError: Diagnostic["severity"] = "error"

/** The engine's name for the type of NULL. */
const untyped = '"NULL"'

const wrapped = (sql: SqlText): string => `(${sql.sql}\n)`

const wordLength = (sql: string, offset: number): number => /^[\w."]+/.exec(sql.slice(offset))?.[0].length ?? 1
