import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Diagnostic } from "../core/diagnostics.ts"
import { identifier, literal } from "../core/sql.ts"
import { columnsAsked, columnType } from "../core/ports/contracts.ts"
import { type BindEngine, type BindError, withBindEngine } from "./bind-engine.ts"
import { zoneProblems } from "./bind-zone.ts"
import { engineWords } from "./engine-words.ts"
import type { Definition, EntityDefinition, SqlText, Value } from "./definition.ts"
import { longestExpression } from "./expression-cost.ts"
import { type ReadExpression, readExpressions } from "./expression-trees.ts"
import { looseDates } from "./loose-dates.ts"
import { namesOnlyBefore } from "./join-reach.ts"
import { fieldType, untyped } from "./value-type.ts"
import type { SourceFile } from "./source-file.ts"
import { expressionsOf, newsOf, rulesOf, valuesOf } from "./references.ts"
import type { Doing } from "../core/doing.ts"

/**
 * Binds every expression of a definition against empty tables of the declared columns, in an engine that can reach
 * nothing. Complaints name the place inside the expression and the nearest column. `joins` is for the test that says that
 * nothing is lost where rows are put beside each other.
 */
export const bindExpressions = Effect.fn("pipeline.bind")(function* (
  source: SourceFile,
  definition: Definition,
  joins: "as rows" | "as written" = "as rows"
): Doing<ReadonlyArray<Diagnostic>, BindError> {
  const now = yield* Clock.currentTimeMillis
  return yield* withBindEngine((engine) => new Binder(source, definition, engine, joins).bind(now))
})

/** An expression, and whether it must be a condition. */
interface Asked {
  readonly sql: SqlText
  readonly isCondition: boolean
}

class Binder {
  readonly problems: Array<Diagnostic> = []
  /** Each expression as the engine's parser reads it, by its text. */
  read: ReadonlyMap<string, ReadExpression> = new Map()
  readonly refused = new Map<SqlText, boolean>()
  /** Columns by relation. */
  readonly columns = new Map<string, ReadonlyArray<string>>([["run", ["as_of", "now", "timezone"]]])
  /** Names in reach of what is being bound, to the relations they stand for. */
  reach: ReadonlyMap<string, string> = new Map()
  readonly source: SourceFile
  readonly definition: Definition
  readonly engine: BindEngine
  readonly joins: "as rows" | "as written"

  constructor(source: SourceFile, definition: Definition, engine: BindEngine, joins: "as rows" | "as written") {
    this.source = source
    this.definition = definition
    this.engine = engine
    this.joins = joins
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
      const contract = this.definition.collections.get(dataset.endpoint)
      const columns = contract === undefined ? [] : columnsAsked(contract, dataset.fields)
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
    this.read = await readExpressions(this.engine, unique)
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
        type: isLoaded ? "VARCHAR" : fieldType(field, this.definition.rules, types)
      }))
    ])
  }

  /** Binds an entity's expressions in one go where nothing is wrong; otherwise join by join, so that each fault is told. */
  async entityTypes(entity: EntityDefinition, from: string): Promise<ReadonlyMap<SqlText, string | null>> {
    const asked = this.asked(entity)
    const joined = (join: EntityDefinition["joins"][number], on: string): string =>
      ` ${on === "" ? "CROSS" : "LEFT"} JOIN ${identifier(join.relation)} AS ${identifier(join.alias)}${on}`
    if (asked.every(({ sql }) => this.isAllowed(sql))) {
      const beside = from + entity.joins.map((join) => joined(join, "")).join("")
      const types =
        (await this.describeRows(entity, asked, beside)) ??
        (await this.describe(
          asked,
          from + entity.joins.map((join) => joined(join, ` ON ${wrapped(join.on)}`)).join("")
        ))
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
   * The types of an entity's expressions where nothing at all is wrong, or null. Each relation is one row of nulls: to put them beside
   * each other gives the row that joining them gives, for half of the work, as long as no join names what only comes after it.
   */
  async describeRows(
    entity: EntityDefinition,
    asked: ReadonlyArray<Asked>,
    from: string
  ): Promise<ReadonlyMap<SqlText, string> | null> {
    if (this.joins === "as written" || entity.joins.length === 0 || !namesOnlyBefore(entity, this)) return null
    try {
      const { failing, types } = await this.compute(asked, from)
      if (failing.length > 0 || asked.some((one) => !isFit(one, types))) return null
      for (const { sql } of asked) this.doubtDates(sql)
      return types
    } catch {
      return null
    }
  }

  /** The types of expressions, and those that fail of a row of nulls. Fails where one of them cannot be bound. */
  async compute(
    asked: ReadonlyArray<Asked>,
    from: string
  ): Promise<{ readonly types: ReadonlyMap<SqlText, string>; readonly failing: ReadonlyArray<SqlText> }> {
    const [found = []] = await this.engine.rows(
      asked.length === 0
        ? `SELECT NULL FROM ${from}`
        : `SELECT ${asked.map((_, index) => `typeof(_${index}['value']), _${index} IS NULL`).join(", ")}
FROM (SELECT ${asked.map(({ sql }, index) => `TRY({'value': ${wrapped(sql)}}) AS _${index}`).join(", ")} FROM ${from})`
    )
    return {
      types: new Map(asked.map(({ sql }, index) => [sql, String(found[2 * index])])),
      failing: asked.flatMap(({ sql }, index) => (found[2 * index + 1] === true ? [sql] : []))
    }
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
      const { failing, types } = await this.compute(asked, from)
      this.expectConditions(asked, types)
      for (const sql of failing) await this.fails(sql, from)
      for (const { sql } of asked) this.doubtDates(sql)
      return types
    } catch (error) {
      const [first] = asked
      if (explains && first !== undefined) await this.explainFirst(first, from, error)
      return null
    }
  }

  expectConditions(asked: ReadonlyArray<Asked>, types: ReadonlyMap<SqlText, string>): void {
    for (const one of asked)
      if (!isFit(one, types)) this.complain(one.sql, `this is ${types.get(one.sql)}, where a condition is needed`)
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

  readOf({ sql }: SqlText): ReadExpression {
    const read = this.read.get(sql)
    if (read === undefined) throw new Error("an expression was bound that was not read before")
    return read
  }

  isAllowed(sql: SqlText): boolean {
    const known = this.refused.get(sql)
    if (known !== undefined) return !known
    const refusal = this.readOf(sql).refusal
    this.refused.set(sql, refusal !== null)
    if (refusal !== null) this.complain(sql, refusal.message, "", refusal)
    return refusal === null
  }

  explain(sql: SqlText, error: unknown, prefixLength: number): void {
    const { hint, message, offset } = engineWords(sql.sql, error, prefixLength, this)
    this.complain(sql, message, hint, { offset })
  }

  /** Complains of texts from outside that the engine makes dates by itself. */
  doubtDates(sql: SqlText): void {
    for (const { hint, message, offset } of looseDates(this, this.readOf(sql).casts))
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

/** Whether an expression is a condition where it must be one. */
const isFit = ({ isCondition, sql }: Asked, types: ReadonlyMap<SqlText, string>): boolean =>
  !isCondition || types.get(sql) === "BOOLEAN" || types.get(sql) === untyped

const wrapped = (sql: SqlText): string => `(${sql.sql}\n)`

const wordLength = (sql: string, offset: number): number => /^[\w."]+/.exec(sql.slice(offset))?.[0].length ?? 1
