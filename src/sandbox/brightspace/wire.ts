import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { type Answer, type Exchange, json, parameter } from "../http/exchange.ts"
import { refuse } from "./refusals.ts"

/** A route of the API under `/d2l/api/{product}/{version}`. */
export interface ApiRoute {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  readonly product: "lp" | "le" | "bfp"
  /** Behind the version segment. */
  readonly path: string
  /** Scope that a token must cover; `core:*:*` where the route has no scope of its own. */
  readonly scope: string
  /** For lists: what they look like to a caller without the permission. Others answer 404. */
  readonly unseen?: unknown
  readonly answer: (exchange: Exchange) => Answer
}

export const core = "core:*:*"
export const emptyPage = { PagingInfo: { Bookmark: null, HasMoreItems: false }, Items: [] }

/** Instants in the one form that Brightspace takes. */
export const UtcDateTime = Schema.String.pipe(Schema.pattern(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/))
export const RichTextInput = Schema.Struct({ Content: Schema.String, Type: Schema.Literal("Text", "Html") })

/** Decodes a body, all of whose fields must be there; 400 names those that are missing or wrong, never their values. */
export const readBody = <A, I>(schema: Schema.Schema<A, I>, exchange: Exchange): A => {
  const decoded = Schema.decodeUnknownEither(schema)(JSON.parse(exchange.body), { errors: "all" })
  if (Either.isRight(decoded)) return decoded.right
  const faults = ParseResult.ArrayFormatter.formatErrorSync(decoded.left).map(
    (issue) =>
      `${issue.path.length === 0 ? "The body" : issue.path.map(String).join(".")} is ${issue._tag === "Missing" ? "missing" : "not valid"}.`
  )
  throw refuse(400, [...new Set(faults)].join(" "))
}

/** A body that is one bare JSON number. */
export const readBareNumber = (exchange: Exchange): number => readBody(Schema.Int, exchange)

/** The lp version that the request names, as its minor number. */
export const minorVersion = (exchange: Exchange): number => Number(parameter(exchange, "version").split(".")[1])

export const richText = (text: string): unknown => ({ Text: text, Html: text === "" ? null : `<p>${text}</p>` })

/**
 * One page of a PagedResultSet over rows in ascending order of their key; the bookmark is the last key of the page.
 * Keys are ids.
 */
export const pagedResultSet = <A>(
  exchange: Exchange,
  rows: ReadonlyArray<A>,
  keyOf: (row: A) => number,
  toJson: (row: A) => unknown,
  pageSize: number
): Answer => {
  const bookmark = exchange.query.get("bookmark") ?? ""
  const after = bookmark === "" ? -1 : Number(bookmark)
  if (Number.isNaN(after)) throw refuse(400, "The bookmark is not one of this list.")
  const rest = rows.filter((row) => keyOf(row) > after)
  const page = rest.slice(0, pageSize)
  const last = page.at(-1)
  return json({
    PagingInfo: {
      Bookmark: last === undefined ? null : String(keyOf(last)),
      HasMoreItems: rest.length > page.length
    },
    Items: page.map(toJson)
  })
}

export const emptyObjectList = { Next: null, Objects: [] }

/**
 * One page of an ObjectListPage over rows in ascending order of their keys, which are ids. `Next` is a whole address on
 * this host.
 */
export const objectListPage = <A>(
  exchange: Exchange,
  rows: ReadonlyArray<A>,
  keyOf: (row: A) => ReadonlyArray<number>,
  toJson: (row: A) => unknown,
  pageSize: number
): Answer => {
  const bookmark = exchange.query.get("bookmark") ?? ""
  if (!/^(\d+(-\d+)*)?$/.test(bookmark)) throw refuse(400, "The bookmark is not one of this list.")
  const after = bookmark.split("-").map(Number)
  const rest = bookmark === "" ? rows : rows.filter((row) => isAfter(keyOf(row), after))
  const page = rest.slice(0, pageSize)
  const last = page.at(-1)
  if (last === undefined || rest.length === page.length) return json({ Next: null, Objects: page.map(toJson) })
  const query = new URLSearchParams(exchange.query)
  query.set("bookmark", keyOf(last).join("-"))
  return json({ Next: `${exchange.origin}${exchange.path}?${query.toString()}`, Objects: page.map(toJson) })
}

const isAfter = (key: ReadonlyArray<number>, other: ReadonlyArray<number>): boolean => {
  const difference = key.map((part, index) => part - (other[index] ?? 0)).find((one) => one !== 0)
  return difference !== undefined && difference > 0
}

/** The rows of a page that a request asks for, 1 to 200. */
export const pageSizeInQuery = (exchange: Exchange, otherwise: number): number => {
  const text = exchange.query.get("pageSize")
  if (text === null) return otherwise
  const size = Number(text)
  if (!Number.isInteger(size) || size < 1 || size > 200) throw refuse(400, "pageSize is not a number from 1 to 200.")
  return size
}

/** A query parameter that is an id, or null. */
export const idInQuery = (exchange: Exchange, name: string): number | null => {
  const text = exchange.query.get(name)
  if (text === null || text === "") return null
  if (!/^\d+$/.test(text)) throw refuse(400, `${name} is not an id.`)
  return Number(text)
}
