import { expect, it } from "vitest"
import type { HttpRequest, HttpResponse } from "../../../src/adapters/http/request.ts"
import { backOffMilliseconds, isRefusedForNow, retryAfterMilliseconds } from "../../../src/adapters/http/retry.ts"

const request = (method: HttpRequest["method"], idempotent = false): HttpRequest => ({
  method,
  url: new URL("https://campus.example/x"),
  idempotent
})
const answer = (status: number, retryAfter?: string): HttpResponse => ({
  status,
  headers: retryAfter === undefined ? {} : { "retry-after": retryAfter },
  body: Buffer.alloc(0)
})

it.each<[number, string | undefined, boolean, boolean]>([
  // status, Retry-After, GET again, PUT again
  [200, undefined, false, false],
  [400, undefined, false, false],
  [401, undefined, false, false],
  [403, undefined, false, false],
  [403, "5", true, true],
  [404, "5", false, false],
  [408, undefined, true, false],
  [429, undefined, true, true],
  [500, undefined, false, false],
  [502, undefined, true, false],
  [503, undefined, true, false],
  [503, "5", true, true],
  [504, undefined, true, false]
])("tries %i with Retry-After %s again: GET %s, PUT %s", (status, retryAfter, get, put) => {
  expect(isRefusedForNow(request("GET"), answer(status, retryAfter))).toBe(get)
  expect(isRefusedForNow(request("PUT"), answer(status, retryAfter))).toBe(put)
  expect(isRefusedForNow(request("PUT", true), answer(status, retryAfter))).toBe(get)
})

it("reads Retry-After as seconds or as a date, two minutes at most", () => {
  const now = Date.parse("2026-10-01T06:00:00Z")
  expect(retryAfterMilliseconds(answer(429), now)).toBeNull()
  expect(retryAfterMilliseconds(answer(429, " 7 "), now)).toBe(7000)
  expect(retryAfterMilliseconds(answer(429, "Thu, 01 Oct 2026 06:00:09 GMT"), now)).toBe(9000)
  expect(retryAfterMilliseconds(answer(429, "Thu, 01 Oct 2026 05:00:00 GMT"), now)).toBe(0)
  expect(retryAfterMilliseconds(answer(429, "86400"), now)).toBe(120_000)
  expect(retryAfterMilliseconds(answer(429, "soon"), now)).toBeNull()
})

it("backs off twice as long each time, up to half a minute, each client a little differently", () => {
  expect([1, 2, 3].map((attempt) => backOffMilliseconds(attempt, 1))).toEqual([250, 500, 1000])
  expect(backOffMilliseconds(1, 0)).toBe(125)
  expect(backOffMilliseconds(50, 1)).toBe(30_000)
})
