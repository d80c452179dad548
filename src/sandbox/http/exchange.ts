import type { IncomingHttpHeaders } from "node:http"

/** A request as a stand-in sees it: read to its end, its path matched to a route. */
export interface Exchange {
  readonly method: string
  /** As it was sent, still percent-encoded. */
  readonly path: string
  /** As it was sent, without the question mark: signatures are made over it. */
  readonly rawQuery: string
  /** The query to answer by; faults change it. */
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** Path parameters of the route, decoded. */
  readonly parameters: Readonly<Record<string, string | undefined>>
  /** The body as text. */
  readonly body: string
  /** The body as it was sent. */
  readonly bytes: Buffer
  /** Scheme, host and port of the stand-in. */
  readonly origin: string
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** Thrown by a handler that refuses: the answer says why, in the words and the shape of the system it stands in for. */
export class Refusal extends Error {
  readonly answer: Answer
  constructor(answer: Answer) {
    super(`refused with ${answer.status}`)
    this.answer = answer
  }
}

export const json = (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8", ...headers },
  body: JSON.stringify(value)
})

export const html = (body: string, status = 200): Answer => ({
  status,
  headers: { "content-type": "text/html; charset=utf-8" },
  body
})

/** An answer without a body. */
export const done = (status = 200): Answer => ({ status, headers: {}, body: "" })

/** A path parameter of the route. */
export const parameter = (exchange: Exchange, name: string): string => exchange.parameters[name] ?? ""

/** Text made safe between tags and inside quoted attributes. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** With `:name` for parameters; what the request log calls the route. */
  readonly template: string
  readonly answer: (exchange: Exchange) => Answer | Promise<Answer>
}
