import { callProblem, sizeProblem, type TreeNode as Node } from "./expression-cost.ts"

/**
 * The parts that an expression may be made of. The engine's parser gives the tree; every node must be on a list of harmless
 * ones, so that whatever is new or unknown is refused. An expression reads the columns in reach and computes; it cannot
 * reach a file, the network, a setting, another table, the clock or chance.
 */

export interface Refusal {
  readonly message: string
  /** Characters into the expression; null = the whole of it. */
  readonly offset: number | null
}

const allowedClasses = new Set([
  "COLUMN_REF",
  "CONSTANT",
  "CAST",
  "CASE",
  "COMPARISON",
  "CONJUNCTION",
  "OPERATOR",
  "BETWEEN",
  "LAMBDA",
  "FUNCTION",
  "COLLATE"
])

/** Operators that are nodes of their own; the array-from-subquery and unpacking ones are left out. */
const allowedOperators = new Set([
  "OPERATOR_NOT",
  "OPERATOR_IS_NULL",
  "OPERATOR_IS_NOT_NULL",
  "COMPARE_IN",
  "COMPARE_NOT_IN",
  "OPERATOR_COALESCE",
  "OPERATOR_NULLIF",
  "ARRAY_EXTRACT",
  "ARRAY_SLICE",
  "ARRAY_CONSTRUCTOR",
  "STRUCT_EXTRACT",
  "OPERATOR_TRY"
])

/** Pure functions of their arguments. */
export const allowedFunctions: ReadonlySet<string> = new Set(
  `+ - * / // % ** ^ || ~~ !~~ ~~* !~~* ~~~ ^@ & | << >> ~ @
abs ceil ceiling floor round trunc sign sqrt pow power mod greatest least ln log log10 exp
lower upper lcase ucase trim ltrim rtrim length len strlen left right substr substring replace translate reverse repeat lpad rpad
concat concat_ws contains prefix suffix starts_with ends_with position strpos instr split str_split string_split split_part
regexp_matches regexp_replace regexp_extract regexp_full_match regexp_split_to_array like_escape not_like_escape ilike_escape not_ilike_escape strip_accents nfc_normalize ascii chr unicode ord printf format
initcap md5 sha256 hash levenshtein damerau_levenshtein jaccard jaro_similarity jaro_winkler_similarity
date_part datepart date_trunc datetrunc date_diff datediff date_add date_sub date_subtract datesub year month day dayofmonth dayofweek isodow weekday dayofyear week weekofyear quarter hour minute second epoch epoch_ms last_day make_date make_timestamp strftime strptime try_strptime monthname dayname timezone to_days to_months to_years to_hours to_minutes to_seconds to_weeks
list_value list_filter filter list_transform apply list_apply array_transform array_filter list_contains list_has array_contains array_has list_position list_distinct list_unique list_sort list_reverse_sort array_sort list_concat list_cat array_concat list_slice array_slice array_extract list_extract list_element array_to_string list_aggregate list_min list_max list_sum list_any_value list_first list_last array_length list_has_any list_has_all flatten list_zip list_intersect list_reduce reduce
struct_extract struct_pack row map_extract json_extract json_extract_string json_exists ->> ->
ifnull nvl nullif coalesce if isnan isinf isfinite typeof try_cast`
    .split(/\s+/)
    .filter((name) => name !== "")
)

/** Names that the engine reads as functions where no column is called so, and the order in which rows lie. */
const notColumns = new Set(
  "current_catalog current_date current_role current_schema current_time current_timestamp current_user localtime localtimestamp session_user user rowid".split(
    " "
  )
)

/** An expression is read twice: by itself, and in brackets, as it is put into statements. */
export const readings = ["SELECT ", "SELECT ("] as const

/** A statement as the engine's parser reads it: what is wrong with it, or its trees. */
export interface Reading {
  readonly error: boolean
  readonly error_message?: string
  readonly position?: string
  readonly statements?: ReadonlyArray<{ readonly node: Node }>
}

/**
 * Looks through the tree of an expression and gives the first thing that is not allowed. `bare` is that of the expression
 * by itself, which must be whole: `a) OR (b` is one expression only where brackets are put around it.
 */
export const refusalOf = (bare: Reading, bracketed: Reading): Refusal | null =>
  readingRefusal(bare, readings[0].length, false) ?? readingRefusal(bracketed, readings[1].length, true)

const oneExpression = "only one expression may stand here"

const readingRefusal = (tree: Reading, prefixLength: number, isLookedThrough: boolean): Refusal | null => {
  if (tree.error) {
    const position = tree.position === undefined ? null : Number(tree.position) - prefixLength
    const said = tree.error_message ?? "this is not an expression"
    return { message: said.startsWith("Only SELECT statements") ? oneExpression : said, offset: position }
  }
  if (tree.statements?.length !== 1) return { message: oneExpression, offset: null }
  if (!isLookedThrough) return null
  const node = tree.statements[0]?.node
  const list = node?.["select_list"]
  if (node?.type !== "SELECT_NODE" || !Array.isArray(list) || list.length !== 1 || !isBareSelect(node)) {
    return { message: `${oneExpression}, nothing of a statement around it`, offset: null }
  }
  const expression = list[0] as Node
  const refusal = refuse(expression, prefixLength)
  if (refusal !== null) return refusal
  const tooLarge = sizeProblem(expression)
  return tooLarge === null ? null : { message: tooLarge, offset: null }
}

/** No FROM, WHERE, GROUP BY, ORDER BY, WITH or anything else may have slipped in behind the expression. */
const isBareSelect = (node: Node): boolean => {
  const from = node["from_table"] as Node | null | undefined
  const empty = (value: unknown): boolean =>
    value === null || value === undefined || (Array.isArray(value) && value.length === 0)
  const ctes = (node["cte_map"] as { map?: unknown } | undefined)?.map
  return (
    (from === null || from === undefined || from.type === "EMPTY") &&
    empty(node["where_clause"]) &&
    empty(node["group_expressions"]) &&
    empty(node["group_sets"]) &&
    empty(node["having"]) &&
    empty(node["qualify"]) &&
    empty(node["sample"]) &&
    empty(node["modifiers"]) &&
    empty(ctes)
  )
}

const refuse = (node: Node, prefixLength: number): Refusal | null => {
  const offset =
    node.query_location === undefined || node.query_location > 1e9 ? null : node.query_location - prefixLength
  const no = (message: string): Refusal => ({ message, offset })
  switch (node.class) {
    case "SUBQUERY":
      return no("a query inside an expression is not allowed: use join, or an entity of its own")
    case "WINDOW":
      return no("a window is not allowed here: use pick or unique")
    case "STAR":
      return no("a star is not allowed here: name the columns")
    case "PARAMETER":
      return no("a parameter is not allowed here")
  }
  if (node.class === undefined || !allowedClasses.has(node.class))
    return no(`${(node.class ?? "this").toLowerCase()} is not allowed in an expression`)
  if (node.class === "OPERATOR" && !allowedOperators.has(node.type ?? ""))
    return no(`the operator ${(node.type ?? "").toLowerCase()} is not allowed`)
  if (node.class === "COLUMN_REF") {
    const names = (node["column_names"] as ReadonlyArray<string> | undefined) ?? []
    const name = (names.at(-1) ?? "").toLowerCase()
    if (name === "rowid" || (names.length === 1 && notColumns.has(name)))
      return no(`${name} is no column: say from which relation it comes, or use run.as_of and run.now for the time`)
  }
  if (node.class === "FUNCTION") {
    const name = (node.function_name ?? "").toLowerCase()
    // The parser itself puts `main` before the functions behind its operators and keywords.
    if (!["", "main"].includes(node.schema ?? "") || (node.catalog ?? "") !== "" || !allowedFunctions.has(name)) {
      return no(`the function ${name} is not allowed: an expression computes from its columns and nothing else`)
    }
    const problem = callProblem(node)
    if (problem !== null) return no(problem)
  }
  for (const member of Object.values(node)) {
    const inner = refuseInside(member, prefixLength)
    if (inner !== null) return inner
  }
  return null
}

const refuseInside = (member: unknown, prefixLength: number): Refusal | null => {
  if (Array.isArray(member)) {
    for (const item of member) {
      const inner = refuseInside(item, prefixLength)
      if (inner !== null) return inner
    }
    return null
  }
  if (member === null || typeof member !== "object") return null
  const node = member as Node
  if (node.class !== undefined) return refuse(node, prefixLength)
  // Case branches and ordering carry nodes one level further down; a query hides behind a `node` of its own.
  if ("node" in node) return { message: "a query inside an expression is not allowed", offset: null }
  for (const inner of Object.values(node)) {
    const refusal = refuseInside(inner, prefixLength)
    if (refusal !== null) return refusal
  }
  return null
}
