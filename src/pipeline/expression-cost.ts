import { timezoneProblem } from "./check-times.ts"

/**
 * Refusals of functions that are harmless in themselves: output and work without bound, divisors that may be
 * zero, time zones that are none. Sizes are estimated, in characters: a column counts as `columnSize`.
 */

/** A node of the engine's tree, as far as it is looked at here. */
export interface TreeNode {
  readonly class?: string
  readonly type?: string
  readonly function_name?: string
  readonly schema?: string
  readonly catalog?: string
  readonly query_location?: number
  readonly [member: string]: unknown
}

/** Longest text of one expression, in characters. */
export const longestExpression = 10_000
/** Largest text or list that one expression may be estimated to make. */
const largestValue = 1_000_000
const columnSize = 100

/** Says why a call is not allowed; null where it is. */
export const callProblem = (node: TreeNode): string | null => {
  const [first, second] = childrenOf(node)
  switch ((node.function_name ?? "").toLowerCase()) {
    case "/":
    case "//":
    case "%":
    case "mod":
      return second === undefined || isNeverZero(second)
        ? null
        : "the divisor may be zero, which gives no number and no complaint: divide by nullif(…, 0), and null comes out"
    case "timezone": {
      const zone = first === undefined ? null : constantOf(first)
      return typeof zone === "string" ? timezoneProblem(zone) : null
    }
    case "printf":
    case "format": {
      const pattern = first === undefined ? null : constantOf(first)
      return typeof pattern === "string" && !/\d{4}|\*|:[^}]*\{/.test(pattern)
        ? null
        : "its first argument must be text written here, with widths below 1000"
    }
    case "list_reduce":
    case "reduce":
      return doubles(second)
        ? "a reduction may use what it has gathered so far only once: it would double each time"
        : null
  }
  return null
}

/** Says that a value may become far too large; null where it cannot. */
export const sizeProblem = (node: TreeNode): string | null =>
  sizeOf(node) > largestValue
    ? `this may make more than ${largestValue} characters or rounds of work of one value: a column counts as ${columnSize}`
    : null

const sizeOf = (node: TreeNode): number => {
  if (node.class === "CONSTANT") {
    const value = constantOf(node)
    return typeof value === "string" ? value.length : 1
  }
  if (node.class === "COLUMN_REF") return columnSize
  const children = childrenOf(node)
  const [first, second, third] = children
  const sum = children.reduce((sizes, child) => sizes + sizeOf(child), 0)
  if (node.class !== "FUNCTION" || first === undefined) return sum
  const lambda = children.find((child) => child.class === "LAMBDA")
  if (lambda !== undefined) return sizeOf(first) * Math.max(1, sizeOf(lambda))
  switch ((node.function_name ?? "").toLowerCase()) {
    case "repeat":
      return sizeOf(first) * timesOf(second)
    case "lpad":
    case "rpad":
      return sizeOf(first) + timesOf(second)
    case "printf":
    case "format":
      return sum + 1_000
    case "replace":
    case "regexp_replace": {
      const replaced = second === undefined ? null : constantOf(second)
      const shortest =
        typeof replaced === "string" && node.function_name === "replace" ? Math.max(1, replaced.length) : 1
      const growth = third === undefined ? 1 : sizeOf(third) / shortest
      return sizeOf(first) * Math.max(1, growth)
    }
    case "array_to_string":
    case "list_aggregate":
      return sizeOf(first) * Math.max(1, second === undefined ? 1 : sizeOf(second))
    case "levenshtein":
    case "damerau_levenshtein":
    case "list_intersect":
    case "list_has_any":
    case "list_has_all":
      return sizeOf(first) * (second === undefined ? 1 : sizeOf(second))
  }
  return sum
}

/** A count written in the expression; where it is computed, it may be anything. */
const timesOf = (node: TreeNode | undefined): number => {
  const times = node === undefined ? null : constantOf(node)
  return typeof times === "number" ? Math.max(1, times) : Infinity
}

/** Whether the first name of a reduction's lambda stands in its body more than once. */
const doubles = (lambda: TreeNode | undefined): boolean => {
  const lhs = lambda?.["lhs"] as TreeNode | undefined
  const gathered = lhs === undefined ? undefined : (childrenOf(lhs)[0] ?? lhs)
  const [name] = (gathered?.["column_names"] as ReadonlyArray<string> | undefined) ?? []
  const uses = (node: TreeNode): number =>
    node.class === "COLUMN_REF"
      ? Number((node["column_names"] as ReadonlyArray<string> | undefined)?.[0]?.toLowerCase() === name?.toLowerCase())
      : childrenOf(node).reduce((sum, child) => sum + uses(child), 0)
  const body = lambda?.["expr"] as TreeNode | undefined
  return name === undefined || body === undefined || uses(body) > 1
}

const isNeverZero = (node: TreeNode): boolean => {
  if (node.class === "CAST") return isNeverZero(node["child"] as TreeNode)
  const [, zero] = childrenOf(node)
  if (node.class === "FUNCTION" && node.function_name?.toLowerCase() === "nullif")
    return zero !== undefined && constantOf(zero) === 0
  const value = constantOf(node)
  return node.class === "CONSTANT" && value !== 0 && value !== "0"
}

/** The value of a constant, decimals without their point; null for one that is null, and for whatever is no constant. */
const constantOf = (node: TreeNode): unknown =>
  node.class === "CONSTANT" ? ((node["value"] as { readonly value?: unknown } | undefined)?.value ?? null) : null

/** The nodes directly under one, whatever member holds them. */
const childrenOf = (node: TreeNode): ReadonlyArray<TreeNode> =>
  Object.entries(node).flatMap(([member, value]) => (member === "lhs" ? [] : nodesIn(value)))

const nodesIn = (member: unknown): ReadonlyArray<TreeNode> => {
  if (Array.isArray(member)) return member.flatMap(nodesIn)
  if (member === null || typeof member !== "object") return []
  return "class" in member ? [member as TreeNode] : Object.values(member).flatMap(nodesIn)
}
