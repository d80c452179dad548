import { collectionShapes, type CollectionName, type Field } from "./fields.ts"
import type { OneRosterRecord } from "./records.ts"
import type { CampusSettings } from "./settings.ts"
import { refusal } from "./status-info.ts"

/** How instants of modification are compared. */
export type ModifiedFilter = CampusSettings["modifiedFilter"]

export type RecordTest = (record: OneRosterRecord) => boolean

/** Clauses that one expression may have: two in the standard; Infinite Campus takes three joined by AND. */
const clauseLimit = { AND: 3, OR: 2 } as const

/**
 * Reads a filter of the standard's grammar: `field op 'value'` with `= != > >= < <= ~`, quotes doubled inside values,
 * joined by ` AND ` or ` OR `. Lists match when one of their members does. An unknown field is refused with
 * `invalid_filter_field`, a malformed expression with `invalid data`.
 */
export const readFilter = (expression: string, collection: CollectionName, modified: ModifiedFilter): RecordTest => {
  const { clauses, joins } = parse(expression)
  const kinds = new Set(joins)
  if (kinds.size > 1) throw refusal(400, "invalid data", "AND and OR cannot be mixed in a filter.")
  const join = joins[0] ?? "AND"
  if (clauses.length > clauseLimit[join]) throw refusal(400, "invalid data", "The filter has too many clauses.")
  const tests = clauses.map((clause) => testOf(clause, collection, modified))
  return join === "AND"
    ? (record) => tests.every((test) => test(record))
    : (record) => tests.some((test) => test(record))
}

/** The values at a field, through lists; null when the collection has no such field. */
export const fieldReader = (
  path: string,
  collection: CollectionName
): ((record: OneRosterRecord) => ReadonlyArray<string>) | null => {
  const [first = "", ...rest] = path.split(".")
  const field = collectionShapes.get(collection)?.fields.find((one) => one.name === first)
  const isKnown = first === "metadata" ? rest.length > 0 : field !== undefined && isPathOf(field, rest)
  return isKnown ? (record) => valuesAt(record, [first, ...rest]) : null
}

interface Clause {
  readonly path: string
  readonly operator: string
  readonly value: string
}

const clausePattern = /^([A-Za-z][\w.]*)\s?(!=|>=|<=|=|>|<|~)\s?'((?:[^']|'')*)'/

const parse = (
  expression: string
): { readonly clauses: ReadonlyArray<Clause>; readonly joins: ReadonlyArray<"AND" | "OR"> } => {
  const clauses: Array<Clause> = []
  const joins: Array<"AND" | "OR"> = []
  let rest = expression
  for (;;) {
    const matched = clausePattern.exec(rest)
    if (matched === null)
      throw refusal(400, "invalid data", "The filter is not an expression of field, operator and quoted value.")
    const [whole, path = "", operator = "", value = ""] = matched
    clauses.push({ path, operator, value: value.replaceAll("''", "'") })
    rest = rest.slice(whole.length)
    if (rest === "") return { clauses, joins }
    const join = rest.startsWith(" AND ") ? "AND" : rest.startsWith(" OR ") ? "OR" : null
    if (join === null) throw refusal(400, "invalid data", "Clauses of a filter are joined by AND or OR.")
    joins.push(join)
    rest = rest.slice(join.length + 2)
  }
}

const testOf = (
  { path, operator, value }: Clause,
  collection: CollectionName,
  modified: ModifiedFilter
): RecordTest => {
  const read = fieldReader(path, collection)
  if (read === null) throw refusal(400, "invalid_filter_field", `${path} is not a field that can be filtered by.`)
  if (path === "dateLastModified" && modified === "ignored") return () => true
  if (path === "dateLastModified" && modified === "nothing") return () => false
  const compare = comparison(path, modified)
  const holds = (one: string): boolean => {
    switch (operator) {
      case "=":
        return compare(one, value) === 0
      case ">":
        return compare(one, value) > 0
      case ">=":
        return compare(one, value) >= 0
      case "<":
        return compare(one, value) < 0
      case "<=":
        return compare(one, value) <= 0
      default:
        return one.toLowerCase().includes(value.toLowerCase())
    }
  }
  return operator === "!="
    ? (record) => read(record).every((one) => compare(one, value) !== 0)
    : (record) => read(record).some(holds)
}

/** Instants are compared as instants, numbers as numbers, all else as text. */
const comparison = (path: string, modified: ModifiedFilter): ((a: string, b: string) => number) => {
  if (path === "dateLastModified" && modified === "days") return (a, b) => dayOf(a) - dayOf(b)
  if (path === "dateLastModified") return (a, b) => Date.parse(a) - Date.parse(b)
  if (path === "score" || path.startsWith("resultValue")) return (a, b) => Number(a) - Number(b)
  return (a, b) => (a < b ? -1 : a > b ? 1 : 0)
}

const dayOf = (instant: string): number => Math.floor(Date.parse(instant) / 86_400_000)

const isPathOf = (field: Field, rest: ReadonlyArray<string>): boolean => {
  const [member, ...more] = rest
  if (member === undefined) return true
  if (more.length > 0) return false
  if (field.kind === "ref" || field.kind === "refs") return ["sourcedId", "type", "href"].includes(member)
  return field.kind === "userIds" && ["type", "identifier"].includes(member)
}

const valuesAt = (value: unknown, path: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => valuesAt(one, path))
  const [step, ...rest] = path
  if (value !== null && typeof value === "object") {
    return step === undefined ? [] : valuesAt((value as Record<string, unknown>)[step], rest)
  }
  if (step !== undefined || value === null) return []
  return typeof value === "string" || typeof value === "number" ? [String(value)] : []
}
