import type { BindEngine } from "./bind-engine.ts"
import type { SqlText } from "./definition.ts"
import { type Reading, readings, type Refusal, refusalOf } from "./expression.ts"
import { type Cast, castsIn, eachNode } from "./loose-dates.ts"

/** An expression as far as its tree tells. */
export interface ReadExpression {
  /** The first thing in it that is not allowed; null where all is. */
  readonly refusal: Refusal | null
  /** Its casts to dates and instants; none where it is refused. */
  readonly casts: ReadonlyArray<Cast>
  /** The columns that it names, each by its parts: `person`, `birth_date`; none where it is refused. */
  readonly columns: ReadonlyArray<ReadonlyArray<string>>
}

/** Asks the engine's parser for all expressions at once, and gives what it says of each, by its text. */
export const readExpressions = async (
  engine: BindEngine,
  expressions: ReadonlyArray<SqlText>
): Promise<ReadonlyMap<string, ReadExpression>> => {
  const texts = [...new Set(expressions.map(({ sql }) => sql))]
  if (texts.length === 0) return new Map()
  const [bare, bracketed] = readings
  const trees = await engine.rows(
    "SELECT json_serialize_sql(one) FROM (SELECT unnest($1::VARCHAR[]) AS one)",
    texts.flatMap((sql) => [`${bare}${sql}\n`, `${bracketed}${sql}\n)`])
  )
  const treeAt = (index: number): Reading => JSON.parse(String(trees[index]?.[0])) as Reading
  return new Map(texts.map((sql, index) => [sql, readExpression(treeAt(2 * index), treeAt(2 * index + 1))]))
}

const readExpression = (bare: Reading, bracketed: Reading): ReadExpression => {
  const refusal = refusalOf(bare, bracketed)
  return refusal === null
    ? { refusal, casts: castsIn(bracketed), columns: columnsIn(bracketed) }
    : { refusal, casts: [], columns: [] }
}

const columnsIn = (bracketed: Reading): ReadonlyArray<ReadonlyArray<string>> => {
  const found: Array<ReadonlyArray<string>> = []
  eachNode(bracketed, (node) => {
    if (node.class === "COLUMN_REF") found.push((node["column_names"] as ReadonlyArray<string> | undefined) ?? [])
  })
  return found
}
