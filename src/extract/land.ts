import * as Effect from "effect/Effect"
import { rowDigest } from "../core/digest.ts"
import { identifier, literal } from "../core/sql.ts"
import {
  type CollectionContract,
  type ColumnContract,
  type ColumnKind,
  digestColumn,
  type ListedValue
} from "../ports/contracts.ts"
import type { PageFile } from "../ports/source.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"

/** What became of a collection's rows on their way into a table. All counts in rows. */
export interface Landing {
  readonly dataset: string
  /** Rows in the page files. */
  readonly read: number
  /** Rows of the dataset, one per key, faulty ones included. */
  readonly kept: number
  /** Rows turned away by the record contract; those with a key are in the dataset too, marked. */
  readonly faulty: number
  /** Rows without a key: they are in quarantine and nowhere else. */
  readonly keyless: number
  /** Copies that were equal to the row kept. */
  readonly equalDuplicates: number
  /** Copies that differed from the row kept, which is the newest. */
  readonly differingDuplicates: number
  /** Up to twenty keys of such pairs. */
  readonly differingKeys: ReadonlyArray<string>
}

/** Table that holds a landed dataset: the contract's columns, then `_fault` (rule and reason, or null). */
export const datasetTable = (dataset: string): string => `dataset_${dataset}`

/**
 * Reads page files into a temporary table, checks each row against the record contract and collapses duplicates.
 * First with the types that well-behaved servers send, which is fastest; where a value does not fit them, once more
 * with every value read as it stands. Grain: one row per key.
 */
export const landCollection: (
  dataset: string,
  contract: CollectionContract,
  files: ReadonlyArray<PageFile>
) => Effect.Effect<Landing, WarehouseError, Warehouse> = Effect.fn("extract.land")(function* (
  dataset: string,
  contract: CollectionContract,
  files: ReadonlyArray<PageFile>
) {
  const warehouse = yield* Warehouse
  const load = (tolerant: boolean): Effect.Effect<void, WarehouseError> =>
    warehouse.execute(landingStatement(dataset, contract, files, tolerant))
  yield* files.length === 0
    ? load(false)
    : load(false).pipe(
        Effect.catchIf(
          (error) => error.reason === "Conversion" || error.reason === "Malformed" || error.reason === "Statement",
          () => load(true)
        )
      )
  return yield* settle(dataset, contract)
})

/** Collapses duplicates and counts; the landed rows stand in `landed_<dataset>`. */
const settle = Effect.fn("extract.settle")(function* (dataset: string, contract: CollectionContract) {
  const warehouse = yield* Warehouse
  const landed = identifier(`landed_${dataset}`)
  const table = identifier(datasetTable(dataset))
  const key = identifier(contract.key)
  const [counts] = yield* warehouse.rows(
    `-- counts of ${landed}
SELECT count(*) AS read, count(${key}) AS keyed, count(DISTINCT ${key}) AS keys,
  count(*) FILTER (_fault IS NOT NULL) AS faulty FROM ${landed}`
  )
  const read = Number(counts?.["read"])
  const keyed = Number(counts?.["keyed"])
  const keys = Number(counts?.["keys"])
  let differing: ReadonlyArray<string> = []
  let differingDuplicates = 0
  if (keyed === keys) {
    yield* warehouse.execute(
      read === keyed
        ? `ALTER TABLE ${landed} RENAME TO ${table}`
        : `CREATE OR REPLACE TEMP TABLE ${table} AS SELECT * FROM ${landed} WHERE ${key} IS NOT NULL`
    )
  } else {
    const columns = contract.columns.filter((column) => column.name !== contract.modified)
    const sameness = `hash(${rowDigest(columns.map(digestColumn))}, _fault)`
    const newest = [
      ...(contract.modified === null ? [] : [`${identifier(contract.modified)} DESC NULLS LAST`]),
      // Where nothing says which is newer, a mark of deletion takes nobody out.
      ...(columns.some((column) => column.name === "status") ? ["status = 'active' DESC NULLS LAST"] : []),
      "_sameness"
    ].join(", ")
    yield* warehouse.execute(`-- ${table}: ${landed}, one row per key, the newest of those that differ
CREATE OR REPLACE TEMP TABLE ${table} AS
WITH marked AS (SELECT *, ${sameness} AS _sameness FROM ${landed} WHERE ${key} IS NOT NULL)
SELECT * EXCLUDE (_sameness) FROM marked
QUALIFY row_number() OVER (PARTITION BY ${key} ORDER BY ${newest}) = 1`)
    const pairs = yield* warehouse.rows(`-- keys of ${landed} whose copies differ
SELECT ${key} AS key, count(DISTINCT ${sameness}) - 1 AS differing FROM ${landed}
WHERE ${key} IS NOT NULL GROUP BY ALL HAVING differing > 0 ORDER BY key`)
    differing = pairs.slice(0, 20).map((row) => String(row["key"]))
    differingDuplicates = pairs.reduce((sum, row) => sum + Number(row["differing"]), 0)
  }
  yield* warehouse.execute(`-- quarantine of ${dataset}: rows that do not fit the record contract
CREATE OR REPLACE TEMP TABLE ${identifier(`faults_${dataset}`)} AS
SELECT ${key} AS key, _fault.rule AS rule, _fault.say AS say FROM ${read === keyed && keyed === keys ? table : landed}
WHERE _fault IS NOT NULL`)
  return {
    dataset,
    read,
    kept: keys,
    faulty: Number(counts?.["faulty"]),
    keyless: read - keyed,
    equalDuplicates: keyed - keys - differingDuplicates,
    differingDuplicates,
    differingKeys: differing
  }
})

/** The statement that reads page files into `landed_<dataset>`. */
export const landingStatement = (
  dataset: string,
  contract: CollectionContract,
  files: ReadonlyArray<PageFile>,
  tolerant: boolean
): string => {
  const target = identifier(`landed_${dataset}`)
  const header = `-- ${target}: ${files.length} page files of ${contract.endpoint}; grain: one row per record read\nDROP TABLE IF EXISTS ${identifier(datasetTable(dataset))};\n`
  const raw =
    files.length === 0
      ? `SELECT NULL::${recordType(contract, tolerant)} AS record WHERE false`
      : groupFiles(files)
          .map(
            (group) =>
              `SELECT unnest(${identifier(group.pageKey)}) AS record FROM read_json([${group.paths.map(literal).join(", ")}], format = ${literal(
                group.layout === "lines" ? "newline_delimited" : "unstructured"
              )}, columns = {${literal(group.pageKey)}: ${literal(`${recordType(contract, tolerant)}[]`)}})`
          )
          .join("\nUNION ALL\n")
  const wired = contract.columns.map((column) => `${wire(column, tolerant)} AS ${identifier(column.name)}`)
  const columns = contract.columns.flatMap((column) => {
    const name = identifier(column.name)
    return isTyped(column) ? [`${typed(column, name)} AS ${name}`, `${name} AS ${wireColumn(column)}`] : [name]
  })
  const wires = contract.columns.filter(isTyped).map(wireColumn)
  // Step by step, so that what a check and a column both need is computed once.
  return `${header}CREATE OR REPLACE TEMP TABLE ${target} AS
WITH raw AS (
${raw}
), wired AS (
SELECT
  ${wired.join(",\n  ")}
FROM raw
), typed AS (
SELECT
  ${columns.join(",\n  ")}
FROM wired
)
SELECT *${wires.length === 0 ? "" : ` EXCLUDE (${wires.join(", ")})`},
  ${faultOf(contract)} AS _fault
FROM typed`
}

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
const recordType = (contract: CollectionContract, tolerant: boolean): string => {
  const field = (): WireField => ({ leaf: null, isList: false, children: new Map() })
  const childOf = (parent: WireField, name: string): WireField => {
    const child = parent.children.get(name) ?? field()
    parent.children.set(name, child)
    return child
  }
  const root = field()
  for (const column of contract.columns) {
    ;(column.path ?? [column.name]).reduce(childOf, root).leaf = column.kind
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
    if (node.leaf !== null && node.children.size === 0) return wireType(node.leaf, tolerant)
    const members = [...node.children].map(([name, child]) => `${identifier(name)} ${render(child)}`)
    return `STRUCT(${members.join(", ")})${node.isList ? "[]" : ""}`
  }
  return render(root)
}

const wireType = (kind: ColumnKind, tolerant: boolean): string => {
  if (tolerant) return "JSON"
  switch (kind) {
    case "ref":
      return "STRUCT(sourcedId VARCHAR)"
    case "refs":
      return "STRUCT(sourcedId VARCHAR)[]"
    case "texts":
      return "VARCHAR[]"
    default:
      return "VARCHAR"
  }
}

/** Whether a column's value may be none though something was sent. */
const isTyped = (column: ColumnContract): boolean => typed(column, "") !== ""

/** Where a typed column's value stands as it was sent; others are sent as they are kept. */
const wireColumn = (column: ColumnContract): string =>
  identifier(isTyped(column) ? `_wire_${column.name}` : column.name)

/** The wire value as text, list of text, or null: absent, null and "" are one. */
const wire = (column: ColumnContract, tolerant: boolean): string => {
  const path = `record.${(column.path ?? [column.name]).map(identifier).join(".")}`
  const own = tolerant ? tolerantValue(column.kind, path) : typedValue(column.kind, path)
  if (column.otherwise === undefined) return own
  const listed = listedValue(column.otherwise, column.kind, tolerant)
  return column.kind === "refs" || column.kind === "texts"
    ? `CASE WHEN len(${own}) > 0 THEN ${own} ELSE ${listed} END`
    : `coalesce(${own}, ${listed})`
}

/** The value at a place that was read with the type of its kind. */
const typedValue = (kind: ColumnKind, place: string): string => {
  switch (kind) {
    case "ref":
      return `nullif(trim(${place}.sourcedId), '')`
    case "refs":
      return withoutNulls(`list_transform(${place}, lambda one: nullif(trim(one.sourcedId), ''))`)
    case "texts":
      return withoutNulls(`list_transform(${place}, lambda one: nullif(trim(one), ''))`)
    default:
      return `nullif(trim(${place}), '')`
  }
}

/** The value at a place that was read as JSON. */
const tolerantValue = (kind: ColumnKind, place: string): string => {
  const scalar = (value: string): string => `nullif(trim(json_extract_string(${value}, '$')), '')`
  const idOf = (value: string): string =>
    `CASE json_type(${value}) WHEN 'OBJECT' THEN nullif(trim(json_extract_string(${value}, '$.sourcedId')), '') WHEN 'ARRAY' THEN nullif(trim(coalesce(json_extract_string(${value}, '$[0].sourcedId'), json_extract_string(${value}, '$[0]'))), '') WHEN 'NULL' THEN NULL ELSE ${scalar(value)} END`
  const listOf = (value: string, one: (item: string) => string): string =>
    `CASE WHEN ${value} IS NULL OR json_type(${value}) = 'NULL' THEN NULL ELSE ${withoutNulls(`list_transform(CASE json_type(${value}) WHEN 'ARRAY' THEN json_extract(${value}, '$[*]') ELSE [${value}] END, lambda item: ${one("item")})`)} END`
  switch (kind) {
    case "ref":
      return idOf(place)
    case "refs":
      return listOf(place, idOf)
    case "texts":
      return listOf(place, scalar)
    default:
      return `CASE json_type(${place}) WHEN 'NULL' THEN NULL ELSE ${scalar(place)} END`
  }
}

const withoutNulls = (list: string): string => `list_filter(${list}, lambda id: id IS NOT NULL)`

const listedValue = (listed: ListedValue, kind: ColumnKind, tolerant: boolean): string => {
  const place = `record.${identifier(listed.list)}`
  const records = tolerant ? `json_extract(${place}, '$[*]')` : place
  const member = (record: string, name: string): string =>
    tolerant ? `json_extract(${record}, ${literal(`$.${name}`)})` : `(${record}).${identifier(name)}`
  const valueOf = (record: string, memberKind: ColumnKind, name: string): string =>
    tolerant ? tolerantValue(memberKind, member(record, name)) : typedValue(memberKind, member(record, name))
  if (kind === "refs") {
    const ids = withoutNulls(`list_transform(${records}, lambda one: ${valueOf("one", "ref", listed.member)})`)
    return `list_sort(list_distinct(${ids}))`
  }
  const first = valueOf(`(${records})[1]`, kind, listed.member)
  if (listed.prefer === undefined) return first
  const { member: by, value } = listed.prefer
  const preferred = `list_filter(${records}, lambda one: lower(${valueOf("one", "text", by)}) = ${literal(value)})[1]`
  return `coalesce(${valueOf(preferred, kind, listed.member)}, ${first})`
}

/** Lenient reading of a text into its column's type; null where it does not fit. */
const typed = (column: ColumnContract, value: string): string => {
  switch (column.kind) {
    case "boolean":
      return `CASE WHEN lower(${value}) IN ('true', 't', '1', 'yes', 'y') THEN true WHEN lower(${value}) IN ('false', 'f', '0', 'no', 'n') THEN false END`
    case "number":
      return `TRY_CAST(${value} AS DOUBLE)`
    case "date":
      return `coalesce(TRY_CAST(left(${value}, 10) AS DATE), try_strptime(${value}, '%m/%d/%Y')::DATE)`
    case "timestamp":
      // What ends in Z means the same without a zone, and is read five times as fast.
      return `coalesce(CASE WHEN ends_with(${value}, 'Z') THEN TRY_CAST(${value} AS TIMESTAMP) END, TRY_CAST(${value} AS TIMESTAMPTZ)::TIMESTAMP, TRY_CAST(${value} AS TIMESTAMP), try_strptime(${value}, '%m/%d/%Y'))`
    case "text":
      return column.values === undefined ? value : enumeration(column, value)
    case "ref":
    case "refs":
    case "texts":
      return value
  }
}

const enumeration = (column: ColumnContract, value: string): string => {
  const spellings = [
    ...(column.values ?? []).map((spelling) => [spelling.toLowerCase(), spelling] as const),
    ...Object.entries(column.aliases ?? {})
  ]
  return `CASE lower(${value}) ${spellings.map(([from, to]) => `WHEN ${literal(from)} THEN ${literal(to)}`).join(" ")} END`
}

const faultOf = (contract: CollectionContract): string => {
  const fault = (column: ColumnContract, condition: string, say: string): string =>
    `WHEN ${condition} THEN {'rule': ${literal(`contract:${column.name}`)}, 'say': ${say}}`
  const branches = contract.columns.flatMap((column) => {
    const value = wireColumn(column)
    const isUnreadable = `${value} IS NOT NULL AND ${identifier(column.name)} IS NULL`
    const checks: Array<string> = []
    if (column.required === true) checks.push(fault(column, `${value} IS NULL`, literal(`${column.name} is missing`)))
    if (column.values !== undefined) {
      checks.push(
        fault(
          column,
          isUnreadable,
          column.personal === true
            ? literal(`${column.name} is none of ${column.values.join(", ")}`)
            : `${literal(`${column.name} is none of ${column.values.join(", ")}: `)} || left(${value}, 40)`
        )
      )
    } else if (
      column.kind === "boolean" ||
      column.kind === "number" ||
      column.kind === "date" ||
      column.kind === "timestamp"
    ) {
      checks.push(
        fault(
          column,
          isUnreadable,
          `${literal(`${column.name} is not a ${column.kind}: text of `)} || length(${value}) || ' characters'`
        )
      )
    }
    return checks
  })
  return branches.length === 0
    ? "NULL::STRUCT(rule VARCHAR, say VARCHAR)"
    : `CASE ${branches.join("\n    ")} END::STRUCT(rule VARCHAR, say VARCHAR)`
}
