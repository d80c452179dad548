import type { DuckDBConnection } from "@duckdb/node-api"
import * as Effect from "effect/Effect"
import type { Diagnostic } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import { identifier, literal } from "../core/sql.ts"
import { type CollectionContract, columnType } from "../ports/contracts.ts"
import type { Definition, EntityDefinition, FieldDefinition, SqlText, Value } from "./definition.ts"
import { refusalOf } from "./expression.ts"
import type { SourceFile } from "./source-file.ts"
import { expressionsOf, valuesOf } from "./walk.ts"

/**
 * Binds every expression of a definition against empty tables of the declared columns, in an engine that can reach
 * nothing. Complaints name the place inside the expression and the nearest column.
 */
export const bindExpressions: (
  source: SourceFile,
  definition: Definition,
  collections: ReadonlyMap<string, CollectionContract>
) => Effect.Effect<ReadonlyArray<Diagnostic>> = Effect.fn("pipeline.bind")(function* (
  source: SourceFile,
  definition: Definition,
  collections: ReadonlyMap<string, CollectionContract>
) {
  return yield* Effect.acquireUseRelease(
    Effect.promise(async () => {
      const { DuckDBInstance } = await import("@duckdb/node-api")
      const instance = await DuckDBInstance.create(":memory:", { threads: "1" })
      const connection = await instance.connect()
      for (const setting of [
        "errors_as_json = true",
        "TimeZone = 'UTC'",
        "enable_external_access = false",
        "lock_configuration = true"
      ]) {
        await connection.run(`SET ${setting}`)
      }
      return { instance, connection }
    }),
    ({ connection }) => Effect.promise(() => new Binder(source, definition, collections, connection).bind()),
    ({ instance, connection }) =>
      Effect.sync(() => {
        connection.closeSync()
        instance.closeSync()
      })
  )
})

const prefix = "SELECT ("

class Binder {
  readonly problems: Array<Diagnostic> = []
  readonly checked = new Map<SqlText, boolean>()
  readonly source: SourceFile
  readonly definition: Definition
  readonly collections: ReadonlyMap<string, CollectionContract>
  readonly connection: DuckDBConnection

  constructor(
    source: SourceFile,
    definition: Definition,
    collections: ReadonlyMap<string, CollectionContract>,
    connection: DuckDBConnection
  ) {
    this.source = source
    this.definition = definition
    this.collections = collections
    this.connection = connection
  }

  async bind(): Promise<ReadonlyArray<Diagnostic>> {
    await this.connection.run("CREATE TABLE run (as_of DATE, now TIMESTAMP, timezone VARCHAR)")
    for (const dataset of this.definition.datasets) {
      const columns = this.collections.get(dataset.endpoint)?.columns ?? []
      await this.connection.run(
        `CREATE TABLE ${identifier(dataset.name)} (${columns.map((column) => `${identifier(column.name)} ${columnType(column.kind)}`).join(", ")})`
      )
    }
    const loaded = new Set(this.definition.load.entities.map((load) => load.entity))
    for (const entity of this.definition.entities) await this.entity(entity, loaded.has(entity.name))
    for (const load of this.definition.load.entities) {
      const entity = this.definition.entities.find((one) => one.name === load.entity)
      if (load.keepWhen === null || entity === undefined) continue
      const columns = ["key", "label", ...entity.fields.map((field) => field.name)]
      await this.expression(
        load.keepWhen,
        `(SELECT ${columns.map((column) => `NULL::VARCHAR AS ${identifier(column)}`).join(", ")}) AS ${identifier(load.entity)} CROSS JOIN run`
      )
    }
    return this.problems
  }

  async entity(entity: EntityDefinition, isLoaded: boolean): Promise<void> {
    let from = `${identifier(entity.from.relation)} AS ${identifier(entity.from.alias)} CROSS JOIN run`
    for (const each of entity.each) {
      const type = await this.expression(each.list, from)
      if (type !== null && !type.endsWith("[]")) this.complain(each.list, `this is ${type}, not a list`)
      from += ` CROSS JOIN LATERAL (SELECT unnest(${type?.endsWith("[]") === true ? wrapped(each.list) : "NULL::VARCHAR[]"}) AS ${identifier(each.alias)}) AS ${identifier(`_each_${each.alias}`)}`
    }
    for (const join of entity.joins) {
      const joined = `${from} CROSS JOIN ${identifier(join.relation)} AS ${identifier(join.alias)}`
      await this.condition(join.on, joined)
      from = joined
    }
    if (entity.where !== null) await this.condition(entity.where, from)
    for (const rule of [...entity.reject, ...entity.warn]) await this.condition(rule.when, from)
    for (const sql of [...(entity.pick?.onePer ?? []), ...(entity.pick?.orderBy ?? [])])
      await this.expression(sql, from)
    for (const value of valuesOf(entity)) for (const sql of this.expressions(value)) await this.expression(sql, from)
    if (entity.expect !== null && entity.expect.show !== null && entity.expect.showFrom !== null) {
      await this.expression(entity.expect.show, `${identifier(entity.expect.showFrom)} CROSS JOIN run`)
    }
    const columns: Array<string> = []
    for (const field of entity.fields)
      columns.push(`${identifier(field.name)} ${isLoaded ? "VARCHAR" : await this.fieldType(field, from)}`)
    await this.connection.run(
      `CREATE TABLE ${identifier(entity.name)} (${["key VARCHAR", "label VARCHAR", ...columns].join(", ")})`
    )
  }

  /** The expressions of a value with those of the rules it uses: a rule is bound where it is used. */
  expressions(value: Value): ReadonlyArray<SqlText> {
    const rule = value.kind === "rule" ? this.definition.rules.get(value.rule) : undefined
    if (value.kind === "rule") return rule === undefined ? [] : this.expressions(rule)
    const direct = expressionsOf(value)
    return [
      ...direct,
      ...this.innerRules(value).flatMap((name) => this.expressions({ kind: "rule", rule: name, at: ruleRange }))
    ]
  }

  innerRules(value: Value): ReadonlyArray<string> {
    switch (value.kind) {
      case "sql":
        return []
      case "rule":
        return [value.rule]
      case "template":
        return value.parts.flatMap((part) => ("hole" in part ? this.innerRules(part.hole) : []))
      case "first_of":
        return value.branches.flatMap((branch) => this.innerRules(branch.value))
      case "map":
      case "clean":
      case "date":
        return this.innerRules(value.of)
      case "unique":
        return value.tries.flatMap((one) => this.innerRules(one))
    }
  }

  async fieldType(field: FieldDefinition, from: string): Promise<string> {
    return field.kind === "ref" ? "VARCHAR" : this.valueType(field.value, from)
  }

  async valueType(value: Value, from: string): Promise<string> {
    switch (value.kind) {
      case "sql":
        return (await this.expression(value.sql, from)) ?? "VARCHAR"
      case "rule": {
        const rule = this.definition.rules.get(value.rule)
        return rule === undefined ? "VARCHAR" : this.valueType(rule, from)
      }
      case "first_of": {
        const first = value.branches[0]
        return first === undefined ? "VARCHAR" : this.valueType(first.value, from)
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

  async condition(sql: SqlText, from: string): Promise<void> {
    const type = await this.expression(sql, from)
    if (type !== null && type !== "BOOLEAN" && type !== '"NULL"')
      this.complain(sql, `this is ${type}, where a condition is needed`)
  }

  /** The type of an expression, or null when it is wrong, which was then said once. */
  async expression(sql: SqlText, from: string): Promise<string | null> {
    let allowed = this.checked.get(sql)
    if (allowed === undefined) {
      allowed = await this.isAllowed(sql)
      this.checked.set(sql, allowed)
    }
    if (!allowed) return null
    try {
      const reader = await this.connection.runAndReadAll(`DESCRIBE SELECT ${wrapped(sql)} FROM ${from}`)
      return String(reader.getRows()[0]?.[1])
    } catch (error) {
      this.explain(sql, error instanceof Error ? error.message : String(error), "DESCRIBE SELECT (".length)
      return null
    }
  }

  async isAllowed(sql: SqlText): Promise<boolean> {
    const reader = await this.connection.runAndReadAll(
      `SELECT json_serialize_sql(${literal(`${prefix}${sql.sql}\n)`)})`
    )
    const refusal = refusalOf(String(reader.getRows()[0]?.[0]), prefix.length)
    if (refusal === null) return true
    this.complain(sql, refusal.message, "", refusal.offset)
    return false
  }

  explain(sql: SqlText, message: string, prefixLength: number): void {
    const at = message.indexOf("{")
    if (at < 0) return this.complain(sql, message.split("\n", 1)[0] ?? message)
    const detail = JSON.parse(message.slice(at)) as {
      readonly exception_message: string
      readonly position?: string
      readonly name?: string
      readonly candidates?: string
      readonly error_subtype?: string
    }
    const offset = detail.position === undefined ? null : Number(detail.position) - prefixLength
    const text = (detail.exception_message.split("\n", 1)[0] ?? "").replace(/!$/, "")
    const candidates = (detail.candidates ?? "")
      .split(",")
      .map((one) => one.replaceAll('"', "").trim())
      .filter((one) => one !== "")
    const written = detail.name ?? ""
    this.complain(sql, text, candidates.length === 0 || written === "" ? "" : suggestion(written, candidates), offset)
  }

  complain(sql: SqlText, message: string, hint = "", offset: number | null = null): void {
    const range = sql.at
    const known = this.source.diagnostic([], message, { hint })
    const shift = offset === null ? 0 : this.shiftIn(sql, offset)
    const length = offset === null ? Math.min(range.length, sql.sql.length) : wordLength(sql.sql, offset)
    const placed: Diagnostic = {
      ...known,
      line: range.line,
      column: range.column + shift,
      length,
      text: this.lineOf(range.line)
    }
    if (
      !this.problems.some(
        (one) => one.line === placed.line && one.column === placed.column && one.message === placed.message
      )
    ) {
      this.problems.push(placed)
    }
  }

  /** How far the fault lies behind the place of the scalar: past an opening quote, and past what precedes a template's hole. */
  shiftIn(sql: SqlText, offset: number): number {
    const line = this.lineOf(sql.at.line)
    const rest = line.slice(sql.at.column - 1)
    const start = rest.indexOf(sql.sql.split("\n", 1)[0] ?? "")
    return start < 0 || offset < 0 || offset >= sql.sql.length ? 0 : start + offset
  }

  lineOf(line: number): string {
    return this.source.lines[line - 1] ?? ""
  }
}

const ruleRange = { file: "", line: 1, column: 1, offset: 0, length: 1 }

const wrapped = (sql: SqlText): string => `(${sql.sql}\n)`

const wordLength = (sql: string, offset: number): number => /^[\w."]+/.exec(sql.slice(offset))?.[0].length ?? 1
