import { createHash } from "node:crypto"
import { type Answer, type Exchange, json, parameter } from "../http/exchange.ts"
import { collectionShapes, type Endpoint } from "./fields.ts"
import { fieldReader, type ModifiedFilter, readFilter } from "./filter.ts"
import { jsonOf, type OneRosterRecord, type Records, type StoredRecord } from "./records.ts"
import type { CampusSettings } from "./settings.ts"
import { refusal, type StatusInfo, statusInfo } from "./status-info.ts"

/** Rows of a page when the request does not say. */
const defaultLimit = 100

/** Results of whole queries that are kept for the next page. */
const keptQueries = 16

/** Answers the collection and the single record of endpoints. */
export interface Pages {
  /** A page of rows that were gathered for this request. */
  readonly pageOf: (endpoint: Endpoint, rows: ReadonlyArray<StoredRecord>, exchange: Exchange) => Answer
  readonly page: (endpoint: Endpoint, exchange: Exchange) => Answer
  readonly single: (endpoint: Endpoint, exchange: Exchange) => Answer
}

export const makePages = (records: Records, settings: () => CampusSettings): Pages => {
  const kept = new Map<string, { readonly version: number; readonly rows: ReadonlyArray<StoredRecord> }>()
  const select = (endpoint: Endpoint, query: URLSearchParams): ReadonlyArray<StoredRecord> => {
    const version = records.version(endpoint.collection)
    const key = JSON.stringify([
      settings().modifiedFilter,
      endpoint.path,
      query.get("filter"),
      query.get("sort"),
      query.get("orderBy")
    ])
    const known = kept.get(key)
    if (known?.version === version) return known.rows
    const rows = sorted(
      filtered(recordsOf(endpoint, records), endpoint, query, settings().modifiedFilter),
      endpoint,
      query
    )
    const oldest = kept.keys().next().value
    if (kept.size >= keptQueries && oldest !== undefined) kept.delete(oldest)
    kept.set(key, { version, rows })
    return rows
  }
  const answer = (
    endpoint: Endpoint,
    exchange: Exchange,
    select: (query: URLSearchParams) => ReadonlyArray<StoredRecord>
  ): Answer => {
    const { query } = exchange
    const limit = Math.min(wholeNumber(query, "limit", defaultLimit, 1), settings().maxLimit)
    const offset = wholeNumber(query, "offset", 0, 0)
    const rows = select(query)
    const { fields, warnings } = fieldsOf(endpoint, query)
    const page = rows.slice(offset, offset + limit)
    const texts = fields === null ? page.map(jsonOf) : page.map(({ record }) => JSON.stringify(pick(record, fields)))
    const all = [...sortWarnings(endpoint, query), ...warnings]
    const status = all.length === 0 ? "" : `,"statusInfoSet":${JSON.stringify(all.map(statusInfo))}`
    const body = `{"${endpoint.collection}":[${texts.join(",")}]${status}}`
    const { etags, totals } = settings()
    const etag = etags === "honest" ? `"${createHash("sha256").update(body).digest("hex")}"` : '"stuck"'
    const headers = {
      ...(totals ? { "x-total-count": String(rows.length) } : {}),
      link: links(exchange, limit, offset, rows.length),
      ...(etags === "none" ? {} : { etag })
    }
    // Not Modified (RFC 9110, section 15.4.5).
    return etags !== "none" && exchange.headers["if-none-match"] === etag
      ? { status: 304, headers, body: "" }
      : { status: 200, headers: { "content-type": "application/json;charset=utf-8", ...headers }, body }
  }
  return {
    page: (endpoint, exchange) => answer(endpoint, exchange, (query) => select(endpoint, query)),
    pageOf: (endpoint, rows, exchange) =>
      answer(endpoint, exchange, (query) =>
        sorted(filtered(rows, endpoint, query, settings().modifiedFilter), endpoint, query)
      ),
    single: (endpoint, exchange) => {
      const stored = records.get(endpoint.collection, parameter(exchange, "sourcedId"))
      if (stored === undefined || !belongs(stored.record, endpoint)) {
        throw refusal(404, "unknown object", "There is no such record.")
      }
      const { fields } = fieldsOf(endpoint, exchange.query)
      const name = collectionShapes.get(endpoint.collection)?.single ?? endpoint.collection
      return json({ [name]: fields === null ? stored.record : pick(stored.record, fields) })
    }
  }
}

/** The records that an endpoint gives, in the order of the district's files. */
export const recordsOf = (endpoint: Endpoint, records: Records): ReadonlyArray<StoredRecord> => {
  const all = records.all(endpoint.collection)
  return endpoint.only === undefined ? all : all.filter(({ record }) => belongs(record, endpoint))
}

const belongs = (record: OneRosterRecord, { only }: Endpoint): boolean =>
  only === undefined || record[only.field] === only.value

const filtered = (
  rows: ReadonlyArray<StoredRecord>,
  endpoint: Endpoint,
  query: URLSearchParams,
  modified: ModifiedFilter
): ReadonlyArray<StoredRecord> => {
  const expression = query.get("filter")
  if (expression === null) return rows
  const test = readFilter(expression, endpoint.collection, modified)
  return rows.filter(({ record }) => test(record))
}

const sorted = (
  rows: ReadonlyArray<StoredRecord>,
  endpoint: Endpoint,
  query: URLSearchParams
): ReadonlyArray<StoredRecord> => {
  const read = fieldReader(query.get("sort") ?? "", endpoint.collection)
  const direction = query.get("orderBy")
  if (direction !== null && direction !== "asc" && direction !== "desc") {
    throw refusal(400, "invalid data", "orderBy is asc or desc.")
  }
  if (read === null) return rows
  const sign = direction === "desc" ? -1 : 1
  return rows
    .map((row) => ({ row, key: read(row.record)[0] ?? "" }))
    .sort((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : 0))
    .map(({ row }) => row)
}

const sortWarnings = (endpoint: Endpoint, query: URLSearchParams): ReadonlyArray<StatusInfo> => {
  const field = query.get("sort")
  if (field === null || fieldReader(field, endpoint.collection) !== null) return []
  return [{ severity: "warning", codeMinor: "invalid_sort_field", description: `${field} is not a field to sort by.` }]
}

/** Names of the fields to pick; null = everything. */
const fieldsOf = (
  endpoint: Endpoint,
  query: URLSearchParams
): { readonly fields: ReadonlyArray<string> | null; readonly warnings: ReadonlyArray<StatusInfo> } => {
  const asked = query.get("fields")
  if (asked === null) return { fields: null, warnings: [] }
  if (asked.trim() === "") throw refusal(400, "invalid_blank_selection_field", "fields names no field.")
  const fields = asked.split(",").map((name) => name.trim())
  const unknown = fields.find((name) => name !== "metadata" && fieldReader(name, endpoint.collection) === null)
  if (unknown === undefined) return { fields, warnings: [] }
  const description = `${unknown} is not a field.`
  return { fields: null, warnings: [{ severity: "warning", codeMinor: "invalid_selection_field", description }] }
}

const pick = (record: OneRosterRecord, fields: ReadonlyArray<string>): OneRosterRecord =>
  Object.fromEntries(fields.filter((name) => name in record).map((name) => [name, record[name]]))

const wholeNumber = (query: URLSearchParams, name: string, otherwise: number, least: number): number => {
  const text = query.get(name)
  if (text === null) return otherwise
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least) throw refusal(400, "invalid data", `${name} is not a number from ${least}.`)
  return value
}

const links = (exchange: Exchange, limit: number, offset: number, total: number): string => {
  const at = (start: number): string => {
    const query = new URLSearchParams(exchange.query)
    query.set("limit", String(limit))
    query.set("offset", String(start))
    return `${exchange.origin}${exchange.path}?${query.toString()}`
  }
  const rels: Array<readonly [string, number]> = [["first", 0]]
  if (offset > 0) rels.push(["prev", Math.max(0, offset - limit)])
  if (offset + limit < total) rels.push(["next", offset + limit])
  rels.push(["last", Math.max(0, Math.ceil(total / limit) - 1) * limit])
  return rels.map(([rel, start]) => `<${at(start)}>; rel="${rel}"`).join(", ")
}
