import { about, joined, name as quoted, oneOf, type Sql, sql } from "../core/sql.ts"
import {
  type CollectionContract,
  type ColumnContract,
  type ColumnKind,
  columnType,
  type ListedValue
} from "../core/ports/contracts.ts"
import type { PageFile } from "../core/ports/source.ts"
import { damage, faultOf, isTyped, plainTexts, structure, typed, wireColumn } from "./contract-columns.ts"
import { normalised } from "../core/kept-text.ts"
import { datasetTable, landedTable } from "../pipeline/relations.ts"
import { landedOf } from "./tables.ts"
import { made } from "../core/table.ts"

/**
 * How page files are read: with the types that well-behaved servers send, which is fastest; with every value as it stands;
 * or so, after records that cannot be read were put aside.
 */
export type Reading = "typed" | "tolerant" | "mended"

/** Name under which the reason stands in the place of a record that was put aside. */
export const unreadable = "_unreadable"

/** The statement that reads page files into `landed_<dataset>`. */
export const landingStatement = (
  dataset: string,
  contract: CollectionContract,
  files: ReadonlyArray<PageFile>,
  reading: Reading
): Sql => {
  const tolerant = reading !== "typed"
  const { refKey = null } = contract
  const target = quoted(landedTable(dataset))
  const names = contract.columns.map((column) => quoted(column.name))
  const reason = reading === "mended" ? sql`json_extract_string(record.${quoted(unreadable)}, '$')` : sql`NULL::VARCHAR`
  const clean = (which: ReadonlyArray<PageFile>, clean: Cleaning): Sql => {
    const wired = contract.columns.map(
      (column) => sql`${wire(column, tolerant, refKey, clean)} AS ${quoted(column.name)}`
    )
    const cleaned = contract.columns.map((column) => sql`${cleanedColumn(column, clean)} AS ${quoted(column.name)}`)
    return sql`SELECT
  ${joined(cleaned, ",\n  ")},
  _unreadable
FROM (SELECT
  ${joined([...wired, sql`${reason} AS _unreadable`], ",\n  ")}
FROM (${readPages(contract, which, reading)}))`
  }
  // Nobody looked at the texts that stand in the place of a record that was put aside.
  const isPlain = (file: PageFile): boolean => reading === "typed" && file.isPlain === true
  const plainFiles = files.filter(isPlain)
  const otherFiles = files.filter((file) => !isPlain(file))
  const cleaned = [
    ...(plainFiles.length === 0 ? [] : [clean(plainFiles, unlessEmpty)]),
    ...(otherFiles.length === 0 && plainFiles.length > 0 ? [] : [clean(otherFiles, normalised)])
  ]
  const plain = new Set(plainTexts(contract))
  const columns = contract.columns.flatMap((column) => {
    const name = quoted(column.name)
    if (isTyped(column)) return [sql`${typed(column, name)} AS ${name}`, sql`${name} AS ${wireColumn(column)}`]
    return plain.has(column)
      ? [sql`CASE WHEN _damaged IS NULL OR NOT contains(${name}, chr(0)) THEN ${name} END AS ${name}`]
      : [name]
  })
  const wires = contract.columns.filter(isTyped).map(wireColumn)
  // Step by step, so that what a check and a column both need is computed once.
  return sql`${about(`${target.text}: ${files.length} page files of ${contract.endpoint}; grain: one row per record read`)}DROP TABLE IF EXISTS ${quoted(datasetTable(dataset))};
${made(landedOf(dataset, contract))}
WITH clean AS (
${joined(cleaned, "\nUNION ALL\n")}
), whole AS (
SELECT ${joined(names, ", ")}, _unreadable,
  ${damage(contract, !tolerant)} AS _damaged
FROM clean
), typed AS (
SELECT
  ${joined(columns, ",\n  ")},
  _unreadable, _damaged
FROM whole
)
SELECT * EXCLUDE (${joined([sql`_unreadable`, sql`_damaged`, ...wires], ", ")}),
  ${faultOf(contract)} AS _fault
FROM typed`
}

/** The query for the records of page files, one struct each. */
export const readPages = (contract: CollectionContract, files: ReadonlyArray<PageFile>, reading: Reading): Sql => {
  const type = recordType(contract, reading)
  const paths = files.map(({ path }) => path)
  return paths.length === 0
    ? sql`SELECT NULL::${type} AS record WHERE false`
    : sql`SELECT record FROM read_json([${oneOf(paths)}], format = 'newline_delimited', records = 'false', columns = {record: ${type.text}})`
}

/** How a text is cleaned: normalised, or, where that is known to leave it as it is, told from an empty one alone. */
type Cleaning = (text: Sql) => Sql

const unlessEmpty: Cleaning = (text) => sql`nullif(${text}, '')`

interface WireField {
  leaf: ColumnKind | null
  /** A list of records with these children, in place of one. */
  isList: boolean
  readonly children: Map<string, WireField>
}

/** The struct type under which a record is read: only what the contract names. */
const recordType = (contract: CollectionContract, reading: Reading): Sql => {
  const tolerant = reading !== "typed"
  const field = (): WireField => ({ leaf: null, isList: false, children: new Map() })
  const childOf = (parent: WireField, name: string): WireField => {
    const child = parent.children.get(name) ?? field()
    parent.children.set(name, child)
    return child
  }
  const root = field()
  for (const column of contract.columns) {
    if (column.isAbsent === true) continue
    const place = (column.path ?? [column.name]).reduce(childOf, root)
    if (column.members === undefined) place.leaf = column.kind
    else {
      place.isList = true
      for (const { name, kind } of column.members) childOf(place, name).leaf = kind
    }
    if (column.otherwise !== undefined) {
      const { list, member, prefer } = column.otherwise
      const records = childOf(root, list)
      records.isList = true
      childOf(records, member).leaf = column.kind === "refs" ? "ref" : column.kind
      if (prefer !== undefined) childOf(records, prefer.member).leaf = "text"
    }
  }
  const render = (node: WireField): Sql => {
    if (node.isList && tolerant) return sql`JSON`
    if (node.leaf !== null && node.children.size === 0) return wireType(node.leaf, tolerant, contract.refKey ?? null)
    const members = [...node.children].map(([name, child]) => sql`${quoted(name)} ${render(child)}`)
    return sql`STRUCT(${joined(members, ", ")})${node.isList ? sql`[]` : sql``}`
  }
  if (reading === "mended") childOf(root, unreadable).leaf = "text"
  return render(root)
}

const wireType = (kind: ColumnKind, tolerant: boolean, refKey: string | null): Sql => {
  const ref = refKey === null ? sql`VARCHAR` : sql`STRUCT(${quoted(refKey)} VARCHAR)`
  if (tolerant) return sql`JSON`
  switch (kind) {
    case "ref":
      return ref
    case "refs":
      return sql`${ref}[]`
    case "texts":
      return sql`VARCHAR[]`
    default:
      return sql`VARCHAR`
  }
}

/** The wire value as text, list of text, or null, as it was sent. */
const wire = (column: ColumnContract, tolerant: boolean, refKey: string | null, clean: Cleaning): Sql => {
  if (column.isAbsent === true) return sql`NULL::${columnType(column)}`
  const path = sql`record.${joined((column.path ?? [column.name]).map(quoted), ".")}`
  if (column.members !== undefined) return recordsValue(column.members, path, tolerant, refKey)
  const own = tolerant ? tolerantValue(column.kind, path, refKey) : typedValue(column.kind, path, refKey)
  if (column.otherwise === undefined) return own
  const listed = listedValue(column.otherwise, column.kind, tolerant, refKey)
  return isList(column.kind)
    ? sql`CASE WHEN len(${cleanedList(own, clean)}) > 0 THEN ${own} ELSE ${listed} END`
    : sql`coalesce(${clean(own)}, ${listed})`
}

const isList = (kind: ColumnKind): boolean => kind === "refs" || kind === "texts"

/** A column of `wired` cleaned: absent, null, "" and what nobody can see are one. */
const cleanedColumn = ({ kind, name }: ColumnContract, clean: Cleaning): Sql =>
  kind === "records" ? quoted(name) : isList(kind) ? cleanedList(quoted(name), clean) : clean(quoted(name))

const cleanedList = (list: Sql, clean: Cleaning): Sql =>
  withoutNulls(sql`list_transform(${list}, lambda one: ${clean(sql`one`)})`)

const withoutNulls = (list: Sql): Sql => sql`list_filter(${list}, lambda id: id IS NOT NULL)`

/** The value at a place that was read with the type of its kind. */
const typedValue = (kind: ColumnKind, place: Sql, refKey: string | null): Sql => {
  if (refKey === null) return place
  switch (kind) {
    case "ref":
      return sql`${place}.${quoted(refKey)}`
    case "refs":
      return sql`list_transform(${place}, lambda one: one.${quoted(refKey)})`
    default:
      return place
  }
}

/** The value at a place that was read as JSON. */
const tolerantValue = (kind: ColumnKind, place: Sql, refKey: string | null): Sql => {
  const scalar = (value: Sql): Sql => sql`json_extract_string(${value}, '$')`
  const idOf = (value: Sql): Sql => {
    if (refKey === null) return sql`CASE json_type(${value}) WHEN 'NULL' THEN NULL ELSE ${scalar(value)} END`
    const [own, first] = [`$.${refKey}`, `$[0].${refKey}`]
    return sql`CASE json_type(${value}) WHEN 'OBJECT' THEN json_extract_string(${value}, ${own}) WHEN 'ARRAY' THEN coalesce(json_extract_string(${value}, ${first}), json_extract_string(${value}, '$[0]')) WHEN 'NULL' THEN NULL ELSE ${scalar(value)} END`
  }
  const listOf = (value: Sql, one: (item: Sql) => Sql): Sql =>
    sql`CASE WHEN ${value} IS NULL OR json_type(${value}) = 'NULL' THEN NULL ELSE list_transform(CASE json_type(${value}) WHEN 'ARRAY' THEN json_extract(${value}, '$[*]') ELSE [${value}] END, lambda item: ${one(sql`item`)}) END`
  switch (kind) {
    case "ref":
      return idOf(place)
    case "refs":
      return listOf(place, idOf)
    case "texts":
      return listOf(place, scalar)
    case "text":
      return sql`CASE json_type(${place}) WHEN 'NULL' THEN NULL WHEN 'OBJECT' THEN ${structure} WHEN 'ARRAY' THEN ${structure} ELSE ${scalar(place)} END`
    default:
      return sql`CASE json_type(${place}) WHEN 'NULL' THEN NULL ELSE ${scalar(place)} END`
  }
}

/** The records of a list, each with its members normalised and typed; null where there are none. */
const recordsValue = (
  members: ReadonlyArray<ColumnContract>,
  place: Sql,
  tolerant: boolean,
  refKey: string | null
): Sql => {
  const records = tolerant
    ? sql`CASE json_type(${place}) WHEN 'ARRAY' THEN json_extract(${place}, '$[*]') WHEN 'OBJECT' THEN [${place}] END`
    : place
  const values = members.map((member) => {
    const sent = tolerant
      ? tolerantValue(member.kind, sql`json_extract(one, ${`$.${member.name}`})`, refKey)
      : typedValue(member.kind, sql`(one).${quoted(member.name)}`, refKey)
    const value = normalised(sent)
    return sql`${member.name}: ${typed(member, value)}`
  })
  return sql`nullif(list_transform(${records}, lambda one: {${joined(values, ", ")}}), [])`
}

const listedValue = (listed: ListedValue, kind: ColumnKind, tolerant: boolean, refKey: string | null): Sql => {
  const place = sql`record.${quoted(listed.list)}`
  const records = tolerant ? sql`json_extract(${place}, '$[*]')` : place
  const member = (record: Sql, name: string): Sql =>
    tolerant ? sql`json_extract(${record}, ${`$.${name}`})` : sql`(${record}).${quoted(name)}`
  const valueOf = (record: Sql, memberKind: ColumnKind, name: string): Sql =>
    tolerant
      ? tolerantValue(memberKind, member(record, name), refKey)
      : typedValue(memberKind, member(record, name), refKey)
  if (kind === "refs") {
    const ids = cleanedList(
      sql`list_transform(${records}, lambda one: ${valueOf(sql`one`, "ref", listed.member)})`,
      normalised
    )
    return sql`list_sort(list_distinct(${ids}))`
  }
  const first = valueOf(sql`(${records})[1]`, kind, listed.member)
  if (listed.prefer === undefined) return first
  const { member: by, value } = listed.prefer
  const isPreferred = sql`lower(trim(${valueOf(sql`one`, "text", by)})) = ${value}`
  const preferred = sql`list_filter(${records}, lambda one: ${isPreferred})[1]`
  return sql`coalesce(${normalised(valueOf(preferred, kind, listed.member))}, ${first})`
}
