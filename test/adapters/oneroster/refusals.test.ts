import { stat } from "node:fs/promises"
import { expect, it } from "vitest"
import { gzipSync } from "node:zlib"
import { errorOf, orgs, pagesOf, readFrom, type Reply, serve } from "./fake-campus.ts"

/** Answers in this order, then with twelve orgs and their total. */
const first = (...replies: ReadonlyArray<Reply>) => {
  let next = 0
  return serve(({ offset, limit }) => {
    const reply = replies[next++]
    return reply ?? { body: { orgs: orgs(12).slice(offset, offset + limit) }, headers: { "x-total-count": "12" } }
  })
}

const good = JSON.stringify({ orgs: orgs(10) })

it.each<[string, Reply]>([
  ["a web page with status 200", { raw: "<html>Maintenance</html>", headers: { "content-type": "text/html" } }],
  ["an empty body with status 200", { raw: "" }],
  ["a body cut off in the middle with status 200", { raw: good.slice(0, 300) }],
  ["a page without its key", { body: { took: 3 } }],
  ["null in place of rows", { body: { orgs: null } }],
  [
    "an error report with status 200",
    { body: { statusInfoSet: [{ imsx_severity: "error", imsx_codeMinor: "server_busy" }] } }
  ],
  ["a connection cut in the middle of the body", { raw: good, cut: true }],
  ["429 with Retry-After in seconds", { status: 429, headers: { "retry-after": "0" } }],
  ["429 with Retry-After as a date", { status: 429, headers: { "retry-after": new Date().toUTCString() } }],
  ["429 with no word of when", { status: 429 }],
  ["503", { status: 503 }],
  ["502", { status: 502, raw: "<html>Bad gateway</html>" }],
  ["504", { status: 504, raw: "" }]
])("reads on after %s", async (_, reply) => {
  const campus = await first(reply)
  const reading = await readFrom(campus)
  expect(pagesOf(reading).proof).toMatchObject({ endRecognisedBy: "total_reached", rowsRead: 12 })
  expect(new Set(reading.ids).size).toBe(12)
})

it.each<[string, Reply, string]>([
  ["web page", { raw: "<html>Sign in, please</html>" }, "the body is a web page, not data"],
  ["empty body", { raw: "" }, "the body is empty"],
  ["cut body", { raw: good.slice(0, 300) }, "the body is cut off in the middle"],
  ["missing key", { body: { took: 3 } }, "the body has no key orgs"]
])("fails where a %s comes again and again, whatever its status", async (_, reply, say) => {
  const campus = await serve(() => reply)
  const error = errorOf(await readFrom(campus))
  expect(error).toMatchObject({ reason: "Malformed", status: 200, detail: say })
  expect(campus.asked).toHaveLength(5)
})

it.each<[string, unknown]>([
  ["a bare array", orgs(12)],
  ["another key", { items: orgs(12) }]
])("reads %s", async (_, body) => {
  const campus = await serve(({ offset }) => ({ body: offset === 0 ? body : { orgs: [] } }))
  const reading = await readFrom(campus, { pageLimit: 100 })
  expect(reading.ids).toHaveLength(12)
})

it("reads a single object in place of a list, a byte-order mark, pretty print and gzip", async () => {
  const bodies = [
    { raw: JSON.stringify({ orgs: orgs(1)[0] }) },
    { raw: `\uFEFF${JSON.stringify({ orgs: orgs(2, 1) })}` },
    { raw: JSON.stringify({ orgs: orgs(3, 3) }, null, 2) },
    { raw: gzipSync(JSON.stringify({ orgs: orgs(4, 6) })), headers: { "content-encoding": "gzip" } }
  ]
  let next = 0
  const campus = await serve(({ limit, offset }) =>
    limit === 1 ? { body: { orgs: orgs(1, offset) } } : (bodies[next++] ?? { body: { orgs: [] } })
  )
  const reading = await readFrom(campus)
  expect(reading.ids).toEqual(orgs(10).map((one) => one["sourcedId"]))
})

it("writes files of two megabytes at most, however large the pages are", async () => {
  const wide = (count: number, from: number) => orgs(count, from).map((one) => ({ ...one, name: "x".repeat(400) }))
  for (const pageLimit of [50, 950, 9000]) {
    const campus = await serve(({ offset, limit }) => ({
      body: { orgs: wide(Math.min(limit, 9000 - offset), offset) },
      headers: { "x-total-count": "9000" }
    }))
    const sizes = await Promise.all(pagesOf(await readFrom(campus, { pageLimit })).files.map(({ path }) => stat(path)))
    expect(sizes.length).toBeGreaterThanOrEqual(3)
    expect(sizes.length).toBeLessThanOrEqual(4)
    expect(Math.max(...sizes.map(({ size }) => size))).toBeLessThanOrEqual(2_097_152)
  }
})

it.each<[number, string]>([
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "NotFound"],
  [400, "Refused"],
  [500, "Unknown"]
])("says of %i that it is %s, the server's own words apart", async (status, reason) => {
  const campus = await serve(() => ({
    status,
    body: { statusInfoSet: [{ imsx_severity: "error", imsx_codeMinor: "x", imsx_description: "not\n  today" }] }
  }))
  const error = errorOf(await readFrom(campus, {}, { filter: "email='ana.pine@example.org'" }))
  expect(error).toMatchObject({ reason, status, said: "not today" })
  expect(error.message).toContain(`campus: GET /campus/oneroster/rollbook/ims/oneroster/v1p1/orgs (HTTP ${status})`)
  expect(error.message).not.toContain("ana.pine")
})

it("says that keys of Infinite Campus expire, of Infinite Campus alone", async () => {
  const campus = await serve(() => ({ status: 401 }))
  expect(errorOf(await readFrom(campus)).hint).toContain("expire after one year")
  expect(errorOf(await readFrom(campus, { profile: "classlink" })).hint).not.toContain("one year")
})

it("asks no other place to which it is redirected, and names it", async () => {
  const elsewhere = await serve(() => ({ body: { orgs: orgs(3) } }))
  const campus = await serve(() => ({ status: 302, headers: { location: `${elsewhere.origin}/login?session=abc` } }))
  const error = errorOf(await readFrom(campus))
  expect(error).toMatchObject({ reason: "Refused", status: 302 })
  expect(error.detail).toBe(`answered with a redirect to ${elsewhere.origin}`)
  expect(elsewhere.asked).toHaveLength(0)
})

it("gives up on a server that stays busy, and says so", async () => {
  const campus = await serve(() => ({ status: 429, headers: { "retry-after": "0" } }))
  expect(errorOf(await readFrom(campus))).toMatchObject({ reason: "Throttled" })
  expect(campus.asked).toHaveLength(5)
})

it("says that nobody answers where nobody listens", async () => {
  const campus = await serve(() => ({}))
  const error = errorOf(await readFrom(campus, { baseUrl: "http://127.0.0.1:1/ims/oneroster/v1p1" }))
  expect(error).toMatchObject({ reason: "Unreachable", detail: "no connection (ECONNREFUSED)" })
})
