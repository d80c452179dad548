import { identifier, literal } from "../core/sql.ts"
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
import { datasetTable } from "../pipeline/relations.ts"

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
): string => {
  const tolerant = reading !== "typed"
  const { refKey = null } = contract
  const target = identifier(`landed_${dataset}`)
  const header = `-- ${target}: ${files.length} page files of ${contract.endpoint}; grain: one row per record read\nDROP TABLE IF EXISTS ${identifier(datasetTable(dataset))};\n`
  const names = contract.columns.map((column) => identifier(column.name))
  const reason = reading === "mended" ? `json_extract_string(record.${identifier(unreadable)}, '$')` : "NULL::VARCHAR"
  const wired = [
    ...contract.columns.map((column) => `${wire(column, tolerant, refKey)} AS ${identifier(column.name)}`),
    `${reason} AS _unreadable`
  ]
  const clean = contract.columns.map((column) => `${cleaned(column)} AS ${identifier(column.name)}`)
  const texts = new Set(plainTexts(contract))
  const columns = contract.columns.flatMap((column) => {
    const name = identifier(column.name)
    if (isTyped(column)) return [`${typed(column, name)} AS ${name}`, `${name} AS ${wireColumn(column)}`]
    return texts.has(column)
      ? [`CASE WHEN _damaged IS NULL OR NOT contains(${name}, chr(0)) THEN ${name} END AS ${name}`]
      : [name]
  })
  const wires = contract.columns.filter(isTyped).map(wireColumn)
  // Step by step, so that what a check and a column both need is computed once.
  return `${header}CREATE OR REPLACE TEMP TABLE ${target} AS
WITH raw AS (
${readPages(contract, files, reading)}
), wired AS (
SELECT
  ${wired.join(",\n  ")}
FROM raw
), clean AS (
SELECT
  ${clean.join(",\n  ")},
  _unreadable
FROM wired
), whole AS (
SELECT ${names.join(", ")}, _unreadable,
  ${damage(contract, !tolerant)} AS _damaged
FROM clean
), typed AS (
SELECT
  ${columns.join(",\n  ")},
  _unreadable, _damaged
FROM whole
)
SELECT * EXCLUDE (${["_unreadable", "_damaged", ...wires].join(", ")}),
  ${faultOf(contract)} AS _fault
FROM typed`
}

/** The query for the records of page files, one struct each. */
export const readPages = (contract: CollectionContract, files: ReadonlyArray<PageFile>, reading: Reading): string =>
  files.length === 0
    ? `SELECT NULL::${recordType(contract, reading)} AS record WHERE false`
    : groupFiles(files)
        .map(
          (group) =>
            `SELECT unnest(${identifier(group.pageKey)}) AS record FROM read_json([${group.paths.map(literal).join(", ")}], format = ${literal(
              group.layout === "lines" ? "newline_delimited" : "unstructured"
            )}, columns = {${literal(group.pageKey)}: ${literal(`${recordType(contract, reading)}[]`)}})`
        )
        .join("\nUNION ALL\n")

const groupFiles = (
  files: ReadonlyArray<PageFile>
): ReadonlyArray<{ layout: PageFile["layout"]; pageKey: string; paths: Array<string> }> => {
  const groups = new Map<string, { layout: PageFile["layout"]; pageKey: string; paths: Array<string> }>()
  for (const page of files) {
    const name = `${page.layout} ${page.pageKey}`
    const group = groups.get(name)
    if (group === undefined) groups.set(name, { layout: page.layout, pageKey: page.pageKey, paths: [page.path] })
    else group.paths.push(page.path)
  }
  return [...groups.values()]
}

interface WireField {
  leaf: ColumnKind | null
  /** A list of records with these children, in place of one. */
  isList: boolean
  readonly children: Map<string, WireField>
}

/** The struct type under which a record is read: only what the contract names. */
const recordType = (contract: CollectionContract, reading: Reading): string => {
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
  const render = (node: WireField): string => {
    if (node.isList && tolerant) return "JSON"
    if (node.leaf !== null && node.children.size === 0) return wireType(node.leaf, tolerant, contract.refKey ?? null)
    const members = [...node.children].map(([name, child]) => `${identifier(name)} ${render(child)}`)
    return `STRUCT(${members.join(", ")})${node.isList ? "[]" : ""}`
  }
  if (reading === "mended") childOf(root, unreadable).leaf = "text"
  return render(root)
}

const wireType = (kind: ColumnKind, tolerant: boolean, refKey: string | null): string => {
  const ref = refKey === null ? "VARCHAR" : `STRUCT(${identifier(refKey)} VARCHAR)`
  if (tolerant) return "JSON"
  switch (kind) {
    case "ref":
      return ref
    case "refs":
      return `${ref}[]`
    case "texts":
      return "VARCHAR[]"
    default:
      return "VARCHAR"
  }
}

/** The wire value as text, list of text, or null, as it was sent. */
const wire = (column: ColumnContract, tolerant: boolean, refKey: string | null): string => {
  if (column.isAbsent === true) return `NULL::${columnType(column)}`
  const path = `record.${(column.path ?? [column.name]).map(identifier).join(".")}`
  if (column.members !== undefined) return recordsValue(column.members, path, tolerant, refKey)
  const own = tolerant ? tolerantValue(column.kind, path, refKey) : typedValue(column.kind, path, refKey)
  if (column.otherwise === undefined) return own
  const listed = listedValue(column.otherwise, column.kind, tolerant, refKey)
  return isList(column.kind)
    ? `CASE WHEN len(${normalisedList(own)}) > 0 THEN ${own} ELSE ${listed} END`
    : `coalesce(${normalised(own)}, ${listed})`
}

const isList = (kind: ColumnKind): boolean => kind === "refs" || kind === "texts"

/** A column of `wired` normalised: absent, null, "" and what nobody can see are one. */
const cleaned = ({ kind, name }: ColumnContract): string =>
  kind === "records" ? identifier(name) : isList(kind) ? normalisedList(identifier(name)) : normalised(identifier(name))

const normalisedList = (list: string): string =>
  withoutNulls(`list_transform(${list}, lambda one: ${normalised("one")})`)

const withoutNulls = (list: string): string => `list_filter(${list}, lambda id: id IS NOT NULL)`

/** The value at a place that was read with the type of its kind. */
const typedValue = (kind: ColumnKind, place: string, refKey: string | null): string => {
  if (refKey === null) return place
  switch (kind) {
    case "ref":
      return `${place}.${identifier(refKey)}`
    case "refs":
      return `list_transform(${place}, lambda one: one.${identifier(refKey)})`
    default:
      return place
  }
}

/** The value at a place that was read as JSON. */
const tolerantValue = (kind: ColumnKind, place: string, refKey: string | null): string => {
  const scalar = (value: string): string => `json_extract_string(${value}, '$')`
  const idOf = (value: string): string => {
    if (refKey === null) return `CASE json_type(${value}) WHEN 'NULL' THEN NULL ELSE ${scalar(value)} END`
    const [own, first] = [literal(`$.${refKey}`), literal(`$[0].${refKey}`)]
    return `CASE json_type(${value}) WHEN 'OBJECT' THEN json_extract_string(${value}, ${own}) WHEN 'ARRAY' THEN coalesce(json_extract_string(${value}, ${first}), json_extract_string(${value}, '$[0]')) WHEN 'NULL' THEN NULL ELSE ${scalar(value)} END`
  }
  const listOf = (value: string, one: (item: string) => string): string =>
    `CASE WHEN ${value} IS NULL OR json_type(${value}) = 'NULL' THEN NULL ELSE list_transform(CASE json_type(${value}) WHEN 'ARRAY' THEN json_extract(${value}, '$[*]') ELSE [${value}] END, lambda item: ${one("item")}) END`
  switch (kind) {
    case "ref":
      return idOf(place)
    case "refs":
      return listOf(place, idOf)
    case "texts":
      return listOf(place, scalar)
    case "text":
      return `CASE json_type(${place}) WHEN 'NULL' THEN NULL WHEN 'OBJECT' THEN ${structure} WHEN 'ARRAY' THEN ${structure} ELSE ${scalar(place)} END`
    default:
      return `CASE json_type(${place}) WHEN 'NULL' THEN NULL ELSE ${scalar(place)} END`
  }
}

/** The records of a list, each with its members normalised and typed; null where there are none. */
const recordsValue = (
  members: ReadonlyArray<ColumnContract>,
  place: string,
  tolerant: boolean,
  refKey: string | null
): string => {
  const records = tolerant
    ? `CASE json_type(${place}) WHEN 'ARRAY' THEN json_extract(${place}, '$[*]') WHEN 'OBJECT' THEN [${place}] END`
    : place
  const values = members.map((member) => {
    const sent = tolerant
      ? tolerantValue(member.kind, `json_extract(one, ${literal(`$.${member.name}`)})`, refKey)
      : typedValue(member.kind, `(one).${identifier(member.name)}`, refKey)
    const value = normalised(sent)
    return `${literal(member.name)}: ${typed(member, value) || value}`
  })
  return `nullif(list_transform(${records}, lambda one: {${values.join(", ")}}), [])`
}

const listedValue = (listed: ListedValue, kind: ColumnKind, tolerant: boolean, refKey: string | null): string => {
  const place = `record.${identifier(listed.list)}`
  const records = tolerant ? `json_extract(${place}, '$[*]')` : place
  const member = (record: string, name: string): string =>
    tolerant ? `json_extract(${record}, ${literal(`$.${name}`)})` : `(${record}).${identifier(name)}`
  const valueOf = (record: string, memberKind: ColumnKind, name: string): string =>
    tolerant
      ? tolerantValue(memberKind, member(record, name), refKey)
      : typedValue(memberKind, member(record, name), refKey)
  if (kind === "refs") {
    const ids = normalisedList(`list_transform(${records}, lambda one: ${valueOf("one", "ref", listed.member)})`)
    return `list_sort(list_distinct(${ids}))`
  }
  const first = valueOf(`(${records})[1]`, kind, listed.member)
  if (listed.prefer === undefined) return first
  const { member: by, value } = listed.prefer
  const isPreferred = `lower(trim(${valueOf("one", "text", by)})) = ${literal(value)}`
  const preferred = `list_filter(${records}, lambda one: ${isPreferred})[1]`
  return `coalesce(${normalised(valueOf(preferred, kind, listed.member))}, ${first})`
}
