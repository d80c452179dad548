import type { Answer, Asked } from "./fake-tenant.ts"

export type Route = readonly [string, RegExp, (asked: Asked, first: string, second: string) => Answer]

export const ok = (body: unknown): Answer => ({ status: 200, body })

export const problem = (status: number, detail: string): Answer => ({
  status,
  body: { type: "http://example.org/problem", status, title: "Refused", detail },
  headers: { "content-type": "application/problem+json" }
})

export const found = <A>(record: A | null, answer: (record: A) => unknown): Answer => {
  if (record === null) return problem(404, "not found")
  const body = answer(record)
  return body === undefined ? { status: 200 } : ok(body)
}

/** Null when a body has these members and no others. */
export const keys = (body: unknown, wanted: string): Answer | null => {
  const given = Object.keys(body ?? {}).sort()
  return given.join() === wanted.split(" ").sort().join() ? null : problem(400, `members: ${given.join()}`)
}

/** Pages of two, so that two pages are few records. */
export const page = (all: ReadonlyArray<unknown>, query: URLSearchParams) => {
  const from = Number(query.get("bookmark") ?? 0)
  const to = from + 2
  return ok({ PagingInfo: { Bookmark: String(to), HasMoreItems: to < all.length }, Items: all.slice(from, to) })
}
