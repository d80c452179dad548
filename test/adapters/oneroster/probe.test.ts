import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { probeOneRoster } from "../../../src/adapters/oneroster/probe.ts"
import type { Probed, ProbeWish } from "../../../src/core/ports/probe.ts"
import { type Asked, connectionTo, orgs, type Reply, serve } from "./fake-campus.ts"

/** A server as the standard has it, and each way in which servers differ. */

const rows = orgs(25)

interface Manners {
  readonly total?: boolean | number
  readonly cap?: number
  readonly sorts?: boolean | "refuses"
  readonly filters?: boolean | "refuses"
  readonly fields?: boolean
  readonly offset?: boolean
  readonly past?: number
  readonly marks?: boolean
  readonly changes?: "nothing" | "everything"
  readonly tags?: "heeded" | "unheeded" | "new" | "blind" | "moving"
}

const answering =
  (manners: Manners) =>
  ({ headers: { "if-none-match": known }, limit, offset, url }: Asked): Reply => {
    if (url.pathname.includes("/lineItems/")) return { status: 404, body: {} }
    const refused = (codeMinor: string): Reply => ({
      status: 400,
      body: { imsx_codeMajor: "failure", imsx_severity: "error", imsx_CodeMinor: codeMinor }
    })
    if (manners.sorts === "refuses" && url.searchParams.has("sort")) return refused("invalid_sort_field")
    const filter = url.searchParams.get("filter")
    if (filter !== null && manners.filters === "refuses") return refused("invalid_filter_field")
    const all = manners.sorts === false ? rows.toReversed() : rows
    const found =
      filter === null || manners.filters === false
        ? all
        : filter.startsWith("sourcedId='")
          ? all.filter((row) => filter === `sourcedId='${String(row["sourcedId"])}'`)
          : filter.startsWith("status") && manners.marks === true
            ? [{ ...rows[0], status: "tobedeleted" }]
            : filter.startsWith("dateLastModified>='")
              ? changedSince(filter.slice(19, -1), manners)
              : []
    if (offset >= found.length && offset > 0 && manners.past !== undefined) return { status: manners.past, body: {} }
    const start = manners.offset === false ? 0 : offset
    const page = found.slice(start, start + Math.min(limit, manners.cap ?? limit))
    const total = manners.total ?? true
    const isKnown = known === '"1"'
    if ((isKnown && manners.tags === "heeded") || (known !== undefined && manners.tags === "blind"))
      return { status: 304, raw: "" }
    return {
      headers: {
        ...(total === false ? {} : { "x-total-count": String(total === true ? found.length : total) }),
        ...(manners.tags === undefined ? {} : { etag: `"${manners.tags === "new" ? moved++ : 1}"` })
      },
      body: { orgs: sent(page, manners, url.searchParams.has("fields")) }
    }
  }

/** Counts on with each answer. */
let moved = 0

const sent = (page: typeof rows, manners: Manners, isChosen: boolean): typeof rows =>
  isChosen && manners.fields !== false
    ? page.map((row) => ({ sourcedId: row["sourcedId"] }))
    : manners.tags === "moving"
      ? page.map((row) => ({ ...row, name: String(moved++) }))
      : page

const changedSince = (instant: string, { changes }: Manners): typeof rows =>
  changes === "nothing"
    ? []
    : changes === "everything"
      ? rows
      : rows.filter((row) => Date.parse(String(row["dateLastModified"])) >= Date.parse(instant))

const wish: ProbeWish = {
  endpoints: ["/orgs"],
  takesGrades: false,
  timezone: "America/Chicago",
  orgUnitTypes: [],
  roles: []
}

const probed = async (manners: Manners, wished: Partial<ProbeWish> = {}): Promise<Probed> => {
  const campus = await serve(answering(manners))
  return Effect.runPromise(probeOneRoster(connectionTo(campus), { ...wish, ...wished }))
}

const told = async (manners: Manners): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries((await probed(manners)).findings.map((one) => [one.about, `${one.state}: ${one.says}`]))

it("finds a server that behaves as the standard has it", async () => {
  const { collections, findings, requests } = await probed({ marks: true })
  expect(findings.map((one) => `${one.about} ${one.state}`)).toEqual([
    "credentials good",
    "read good",
    "order good",
    "paging good",
    "totals good",
    "end good",
    "filter good",
    "deletions good",
    "changes since good",
    "fields good",
    "etags limited"
  ])
  expect(collections).toEqual([{ endpoint: "/orgs", announcesTotals: true, sortsByKey: true }])
  expect(requests).toBeLessThan(12)
})

it.each<[string, Manners, string, RegExp]>([
  ["no totals", { total: false }, "totals", /^limited: it announces no totals/],
  ["totals that are too small", { total: 10 }, "totals", /^limited: it announces 10 rows and sends more/],
  ["smaller pages than were asked for", { cap: 4 }, "paging", /^limited: it gives 4 rows at most, where 10/],
  ["pages that do not move on", { offset: false }, "paging", /^failing: it takes no notice of the offset/],
  ["rows in no order", { sorts: false }, "order", /^limited: rows come in no order of keys/],
  ["sorting that is refused", { sorts: "refuses" }, "order", /^limited: rows come in no order of keys/],
  ["filters that are refused", { filters: "refuses" }, "filter", /^limited: it refuses filters/],
  ["filters that are not heeded", { filters: false }, "filter", /^limited: it takes no notice of filters/],
  ["changes of which none comes", { changes: "nothing" }, "changes since", /^limited: .* leaves out a record of that/],
  ["changes of which all come", { changes: "everything" }, "changes since", /^limited: it does not filter by/],
  ["changes that are not counted", { total: false }, "changes since", /^limited: .*does not count/],
  ["an error past the end", { past: 404 }, "end", /^limited: past the end it answers with an error/],
  ["nothing marked", {}, "deletions", /^unknown: no record is marked/],
  ["all fields", { fields: false }, "fields", /^limited: it sends all fields/],
  ["no ETags", {}, "etags", /^limited: it gives pages no ETags/],
  ["ETags that are heeded", { tags: "heeded" }, "etags", /^good: .* with paging\.etags true .* reads less/],
  ["ETags that are not heeded", { tags: "unheeded" }, "etags", /^limited: .* sends them again all the same/],
  ["ETags of which each is new", { tags: "new" }, "etags", /^limited: .* another ETag each time/],
  ["a server that calls everything the same", { tags: "blind" }, "etags", /^limited: .* whatever ETag/],
  ["a page that changes meanwhile", { tags: "moving" }, "etags", /^unknown: the page changed/]
])("finds %s", async (_, manners, about, says) => {
  expect((await told(manners))[about]).toMatch(says)
})

it("believes neither totals nor order of a server that does not keep to them", async () => {
  expect((await probed({ total: 10, sorts: false })).collections).toEqual([
    { endpoint: "/orgs", announcesTotals: false, sortsByKey: false }
  ])
})

it("names a collection that it may not read, and asks the others", async () => {
  const campus = await serve((asked) =>
    asked.url.pathname.endsWith("/users") ? { status: 403, body: {} } : answering({})(asked)
  )
  const found = await Effect.runPromise(
    probeOneRoster(connectionTo(campus), { ...wish, endpoints: ["/users", "/orgs"] })
  )
  const reads = found.findings.filter((one) => one.about === "read")
  expect(reads).toMatchObject([
    { endpoint: "/users", state: "failing", says: expect.stringContaining("403") as unknown },
    { endpoint: "/orgs", state: "good" }
  ])
  expect(found.collections.map((one) => one.endpoint)).toEqual(["/orgs"])
})

it("says of refused credentials what the server says", async () => {
  const campus = await serve(() => ({ status: 401, body: {} }))
  const { findings } = await Effect.runPromise(probeOneRoster(connectionTo(campus), wish))
  expect(findings[0]).toMatchObject({
    about: "credentials",
    state: "failing",
    says: expect.stringMatching(/401/) as unknown
  })
})

it("names a record that is not JSON, in a page that looks like one, and asks the others", async () => {
  const campus = await serve((asked) =>
    asked.url.pathname.endsWith("/users")
      ? { raw: '{"users":[{"sourcedId":"1"},null,{"sourcedId":"3","name":"in two\nlines"}]}' }
      : answering({})(asked)
  )
  const { findings } = await Effect.runPromise(
    probeOneRoster(connectionTo(campus), { ...wish, endpoints: ["/users", "/orgs"] })
  )
  expect(findings.filter((one) => one.about === "read")).toMatchObject([
    {
      endpoint: "/users",
      state: "failing",
      says: expect.stringMatching(
        /GET \S*\/users \(HTTP 200\): record 3 of the page at offset 0 is not JSON\. Ask the provider/
      ) as unknown
    },
    { endpoint: "/orgs", state: "good" }
  ])
})

it("says so where a further page is refused", async () => {
  const campus = await serve((asked) => (asked.offset > 0 ? { status: 400, body: {} } : answering({})(asked)))
  const { findings } = await Effect.runPromise(probeOneRoster(connectionTo(campus), wish))
  expect(findings.find((one) => one.about === "paging")).toMatchObject({
    state: "failing",
    says: expect.stringContaining("400") as unknown
  })
})

it("asks the grade book with the vendor's header where grades are sent, and writes nothing", async () => {
  const campus = await serve(answering({}))
  const found = await Effect.runPromise(probeOneRoster(connectionTo(campus), { ...wish, takesGrades: true }))
  expect(found.findings.at(-1)).toMatchObject({ about: "grade book", state: "good" })
  expect(found.requests).toBe(campus.asked.length + campus.tokensAsked.length)
  expect(new Set(campus.asked.map((one) => one.method))).toEqual(new Set(["GET"]))
  expect(campus.asked.filter((one) => "x-vendor-authorization" in one.headers).map((one) => one.url.pathname)).toEqual([
    expect.stringContaining("/lineItems/")
  ])
})
