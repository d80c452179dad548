import { type CollectionContract, columnsAsked } from "../../core/ports/contracts.ts"
import type { CollectionRequest } from "../../core/ports/source.ts"

/** Parameters of a request for a collection besides its place; the server may refuse any of them. */
export interface Question {
  readonly sort: string | null
  readonly filter: string | null
  /** Empty = all. */
  readonly fields: ReadonlyArray<string>
}

/**
 * Sorted by key, so that rows keep their place from page to page. What the record contract demands is always among the
 * fields, or every row would be turned away.
 */
export const questionOf = (
  request: Pick<CollectionRequest, "fields" | "filter" | "since">,
  contract: CollectionContract
): Question => {
  const fields = columnsAsked(contract, request.fields).flatMap((column) => [
    column.path?.[0] ?? column.name,
    ...(column.otherwise === undefined ? [] : [column.otherwise.list])
  ])
  return {
    sort: contract.key,
    filter: filterOf(request, contract),
    fields: request.fields.length === 0 ? [] : [...new Set([...fields, ...request.fields])]
  }
}

/** The filter for records modified since (OneRoster 1.1, section 3.4.3), beside the dataset's own. */
const filterOf = (
  { filter, since }: Pick<CollectionRequest, "filter" | "since">,
  { modified }: CollectionContract
): string | null => {
  if (since === undefined || modified === null) return filter
  const changed = `${modified}>='${since}'`
  return filter === null ? changed : `${filter} AND ${changed}`
}

/** The address of one page (OneRoster 1.1, section 3.4). The base is taken as it was handed over, whatever its form. */
export const pageUrl = (
  baseUrl: string,
  endpoint: string,
  question: Question,
  place: { readonly limit: number; readonly offset: number }
): URL => {
  const url = new URL(baseUrl)
  url.pathname = url.pathname.replace(/\/+$/, "") + endpoint
  const parameters: ReadonlyArray<readonly [string, string | null]> = [
    ["limit", String(place.limit)],
    ["offset", String(place.offset)],
    ["sort", question.sort],
    ["orderBy", question.sort === null ? null : "asc"],
    ["filter", question.filter],
    ["fields", question.fields.length === 0 ? null : question.fields.join(",")]
  ]
  const query = parameters.flatMap(([name, value]) => (value === null ? [] : [`${name}=${percentEncode(value)}`]))
  url.search = [...(url.search === "" ? [] : [url.search.slice(1)]), ...query].join("&")
  return url
}

/** RFC 3986: also what `encodeURIComponent` leaves alone, as signatures and firewalls demand. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  )

/** Facts about the pages from the head of an answer; none of it is a must in OneRoster 1.1. */
export interface PageHead {
  /** `X-Total-Count`. */
  readonly total: number | null
  /** Whether there is a `Link` header at all. */
  readonly hasLinks: boolean
  /** Place of the next page by its link; `unreadable` = there is one, but it names no offset. */
  readonly next: number | "unreadable" | null
  readonly last: number | null
  /** `Date`: when the server began to answer, by its own clock, in milliseconds since 1970, cut down to the second. */
  readonly date: number | null
  /** `ETag`: the server's name for what stands at this address (RFC 9110, section 8.8.3). */
  readonly etag: string | null
}

/**
 * Reads the head of a page. Of a link nothing but the offset is taken: addresses in links have been seen malformed, with
 * another scheme and with inner host names, and credentials go to none of them.
 */
export const readHead = (headers: Readonly<Record<string, string>>): PageHead => {
  const link = headers["link"] ?? ""
  const offsetOf = (relation: string): number | "unreadable" | null => {
    const target = new RegExp(`<([^>]*)>\\s*(?:;[^,<]*)?;\\s*rel\\s*=\\s*"?${relation}"?(?![\\w-])`, "i").exec(link)
    if (target === null) return null
    const offset = /[?&;]offset=(\d{1,12})(?!\d)/i.exec(target[1] ?? "")
    return offset === null ? "unreadable" : Number(offset[1])
  }
  const total = /^\s*(\d{1,12})\s*(,|$)/.exec(headers["x-total-count"] ?? "")?.[1]
  const last = offsetOf("last")
  const date = Date.parse(headers["date"] ?? "")
  return {
    total: total === undefined ? null : Number(total),
    hasLinks: link.trim() !== "",
    next: offsetOf("next"),
    last: last === "unreadable" ? null : last,
    date: Number.isNaN(date) ? null : date,
    etag: /^\s*((?:W\/)?"[\x21\x23-\x7e]{0,200}")\s*$/.exec(headers["etag"] ?? "")?.[1] ?? null
  }
}
