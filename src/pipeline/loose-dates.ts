import { columnType } from "../core/ports/contracts.ts"
import type { Definition } from "./definition.ts"
import type { TreeNode as Node } from "./expression-cost.ts"
import { type Reading, readings } from "./expression.ts"

/**
 * The engine makes dates of much that is none: of `infinity`, and of a date with anything behind it. What comes as text
 * from outside is to be read by `date`; that of a ledger was written by rollbook, which writes dates as they are to be.
 */

/** The relations that an expression can reach. */
interface Reach {
  readonly definition: Definition
  /** Names to the relations they stand for. */
  readonly reach: ReadonlyMap<string, string>
}

export interface DateDoubt {
  readonly message: string
  readonly hint: string
  /** Characters into the expression; null = the whole of it. */
  readonly offset: number | null
}

/** Those of the casts of an expression that make a date or an instant of text of a source or a file. */
export const looseDates = ({ definition, reach }: Reach, casts: ReadonlyArray<Cast>): ReadonlyArray<DateDoubt> =>
  casts.flatMap(({ column: names, offset, type }) => {
    const [alias = "", column = ""] = names
    const dataset = definition.datasets.find(({ name }) => name === reach.get(alias))
    if (dataset === undefined || dataset.mode.kind === "ledger" || names.length !== 2) return []
    const known = definition.collections.get(dataset.endpoint)?.columns.find(({ name }) => name === column)
    if (known === undefined || columnType(known).text !== "VARCHAR") return []
    const name = names.join(".")
    return [
      {
        message: `${name} is text, of which the engine makes a ${type} even where it is \`infinity\` or more than a date`,
        hint: `in a field or a rule, { date: { of: ${name} } } takes dates alone and turns the others away`,
        offset: offset === null ? null : offset - readings[1].length
      }
    ]
  })

/** A cast to a date or an instant. */
export interface Cast {
  /** Characters into the serialised statement; null where the engine does not tell. */
  readonly offset: number | null
  readonly type: string
  /** A column that may come to it as text, after its relation: `person`, `birth_date`. */
  readonly column: ReadonlyArray<string>
}

/** The casts to dates and instants in the tree of an expression, in brackets, with each column that comes to them. */
export const castsIn = (bracketed: Reading): ReadonlyArray<Cast> => {
  const found: Array<Cast> = []
  eachNode(bracketed, (node) => {
    const type = castType(node)
    if (type === null || !/^(DATE|TIMESTAMP)/.test(type)) return
    const { query_location: offset } = node
    for (const column of textsOf(node["child"] as Node))
      found.push({ offset: offset === undefined || offset > 1e9 ? null : offset, type, column })
  })
  return found
}

/** Nodes that decide over a value and are no part of it, and functions that read a value by a form that is named. */
const apart = new Set(["COMPARISON", "CONJUNCTION", "BETWEEN"])
const byForm = new Set(["strptime", "try_strptime"])

const textsOf = (node: Node): ReadonlyArray<ReadonlyArray<string>> => {
  const columns: Array<ReadonlyArray<string>> = []
  eachNode(
    node,
    (inner) => {
      if (inner.class === "COLUMN_REF") columns.push((inner["column_names"] as ReadonlyArray<string> | undefined) ?? [])
    },
    (inner) => {
      const type = castType(inner)
      return (
        apart.has(inner.class ?? "") ||
        byForm.has((inner.function_name ?? "").toLowerCase()) ||
        (type !== null && type !== "VARCHAR")
      )
    }
  )
  return columns
}

const castType = (node: Node): string | null =>
  node.class === "CAST" ? ((node["cast_type"] as { readonly id?: string } | undefined)?.id ?? "") : null

/** Visits every node of a tree, but for those that are passed over, with all in them. */
export const eachNode = (
  value: unknown,
  visit: (node: Node) => void,
  passesOver: (node: Node) => boolean = () => false
): void => {
  if (value === null || typeof value !== "object") return
  const node = value as Node
  if (passesOver(node)) return
  if (!Array.isArray(value) && node.class !== undefined) visit(node)
  for (const member of Object.values(value)) eachNode(member, visit, passesOver)
}
