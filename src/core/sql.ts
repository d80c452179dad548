/** SQL text is made here and nowhere else: names and values are quoted, never pasted. */

/**
 * A piece of SQL: a statement, a condition, an expression, a name. Made by the tag `sql` and by the functions below alone,
 * so that whatever takes one cannot be given mere text.
 */
export class Sql {
  readonly #text: string
  private constructor(text: string) {
    this.#text = text
  }
  /** The text for the engine. */
  get text(): string {
    return this.#text
  }
  /** For this file; what comes in must be quoted. */
  static readonly of = (text: string): Sql => new Sql(text)
}

/** A value within a statement: SQL goes in as it is, everything else as a literal. */
export type SqlValue = Sql | string | number | boolean | null

/** A piece of SQL out of a template: values become literals, other pieces stay what they are. */
export const sql = (texts: TemplateStringsArray, ...values: ReadonlyArray<SqlValue>): Sql =>
  Sql.of(texts.map((text, index) => (index === 0 ? text : `${rendered(values[index - 1] ?? null)}${text}`)).join(""))

const rendered = (value: SqlValue): string => {
  if (value instanceof Sql) return value.text
  if (typeof value === "string" || value === null) return literal(value)
  if (typeof value === "boolean") return String(value)
  // A number that is none would be taken for a name.
  if (!Number.isFinite(value)) throw new Error(`${value} is no number for a statement`)
  return String(value)
}

/** A quoted name of a table, view, column or field. */
export const name = (text: string): Sql => Sql.of(identifier(text))

/** Several pieces with something between them; `none` where there are none. */
export const joined = (pieces: ReadonlyArray<Sql>, between: string, none: Sql = sql``): Sql =>
  pieces.length === 0 ? none : Sql.of(pieces.map((piece) => piece.text).join(between))

/** All of these conditions; of none, true. */
export const all = (conditions: ReadonlyArray<Sql>): Sql => joined(conditions, " AND ", sql`true`)

/** A list of texts: `['a', 'b']`. */
export const texts = (values: ReadonlyArray<string>): Sql => Sql.of(`${list(values)}::VARCHAR[]`)

/** The values of an IN: `'a', 'b'` or `1, 2`; NULL, which nothing equals, where there are none. */
export const oneOf = (values: ReadonlyArray<string | number>): Sql => Sql.of(values.map(rendered).join(", ") || "NULL")

/** An instant of the wire as the engine keeps it: a TIMESTAMP that is UTC. */
export const timestamp = (instant: string): Sql => sql`CAST(CAST(${instant} AS TIMESTAMPTZ) AS TIMESTAMP)`

/** The line that heads a statement: what it is for, as errors name it. */
export const about = (text: string): Sql => Sql.of(`-- ${text.replaceAll(/[\r\n]+/g, " ")}\n`)

/**
 * An expression that the author of a pipeline wrote, set apart from what stands around it; a comment at its end must not
 * swallow the bracket. It runs as written: it was bound and checked where the pipeline was read.
 */
export const written = ({ sql: text }: { readonly sql: string }): Sql =>
  Sql.of(text.includes("--") ? `(${text.trim()}\n)` : `(${text.trim()})`)

/** The types of columns in the engine. */
export type ColumnType =
  | "VARCHAR"
  | "VARCHAR[]"
  | "JSON"
  | "BOOLEAN"
  | "INTEGER"
  | "BIGINT"
  | "UBIGINT"
  | "UBIGINT[]"
  | "DOUBLE"
  | "DATE"
  | "TIMESTAMP"

/** Columns by name, with their types, a structure as a piece of SQL: what a table is made of. */
export type Columns = Readonly<Record<string, ColumnType | Sql>>

const typeText = (type: ColumnType | Sql): string => (typeof type === "string" ? type : type.text)

/** The columns of a table as they are declared: `"key" VARCHAR, "run" INTEGER`. */
export const declared = (columns: Columns): Sql =>
  Sql.of(
    Object.entries(columns)
      .map(([column, type]) => `${identifier(column)} ${typeText(type)}`)
      .join(", ")
  )

/** A relation of these columns without a row: `(SELECT NULL::VARCHAR AS "id" WHERE false)`. */
export const noRows = (columns: Columns): Sql =>
  Sql.of(
    `(SELECT ${Object.entries(columns)
      .map(([column, type]) => `NULL::${typeText(type)} AS ${identifier(column)}`)
      .join(", ")} WHERE false)`
  )

/** A quoted identifier: `"name"`. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A quoted text literal, or NULL. A NUL character has no place in SQL text and is written as the replacement character. */
export const literal = (text: string | null): string =>
  text === null ? "NULL" : `'${text.replaceAll("\u0000", "\uFFFD").replaceAll("'", "''")}'`

/** A list literal of texts: `['a', 'b']`. */
export const list = (texts: ReadonlyArray<string>): string => `[${texts.map(literal).join(", ")}]`
