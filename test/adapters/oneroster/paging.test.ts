import { expect, it } from "vitest"
import { type Asked, errorOf, org, orgs, pagesOf, readFrom, type Reply, serve } from "./fake-campus.ts"

const idsOf = (count: number): ReadonlyArray<string> => orgs(count).map((one) => String(one["sourcedId"]))

/** A page as the standard has it, of at most `most` rows. */
const pageFrom = (all: ReadonlyArray<unknown>, { offset, limit }: Asked, most = 1000): Reply => ({
  body: { orgs: all.slice(offset, offset + Math.min(limit, most)) }
})

const withTotal = (all: ReadonlyArray<unknown>, asked: Asked, most = 1000, total = all.length): Reply => ({
  ...pageFrom(all, asked, most),
  headers: { "x-total-count": String(total) }
})

const linkTo = (target: string): Readonly<Record<string, string>> => ({ link: `<${target}>; rel="next"` })

it("reads to the total side by side, sorted by key, looks past the end once, and for the last row of each page again", async () => {
  const campus = await serve((asked) => withTotal(orgs(95), asked))
  const reading = await readFrom(campus)
  const { proof } = pagesOf(reading)
  expect(reading.ids).toEqual(idsOf(95))
  expect(proof).toEqual({
    dataset: "orgs",
    endpoint: "/orgs",
    mode: "full",
    requests: 20,
    pages: 11,
    rowsRead: 95,
    totalAtStart: 95,
    totalAtEnd: 95,
    endRecognisedBy: "total_reached",
    sortedByKey: true,
    // By the server's clock, and before it was asked.
    beganAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    warnings: []
  })
  const at = (isEdge: boolean) =>
    campus.asked.flatMap(({ limit, offset }) => ((limit === 1) === isEdge ? [offset] : [])).sort((a, b) => a - b)
  expect(at(false)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95])
  expect(at(true)).toEqual([9, 19, 29, 39, 49, 59, 69, 79, 89])
  expect(campus.asked[0]?.target).toContain("/ims/oneroster/v1p1/orgs?limit=10&offset=0&sort=sourcedId&orderBy=asc")
  expect(reading.progress[0]).toEqual([10, 95])
  expect(reading.progress.at(-1)).toEqual([95, 95])
})

it("keeps pages in flight within the budget", async () => {
  let inFlight = 0
  let most = 0
  const campus = await serve(async (asked) => {
    most = Math.max(most, ++inFlight)
    await new Promise((resolve) => setTimeout(resolve, 5))
    inFlight--
    return withTotal(orgs(200), asked)
  })
  await readFrom(campus, { budget: { concurrency: 3, requestsPerSecond: Number.POSITIVE_INFINITY, peak: null } })
  expect(most).toBe(3)
})

it("obeys the concurrency of the peak hours", async () => {
  let inFlight = 0
  let most = 0
  const campus = await serve(async (asked) => {
    most = Math.max(most, ++inFlight)
    await new Promise((resolve) => setTimeout(resolve, 5))
    inFlight--
    return withTotal(orgs(100), asked)
  })
  const peak = { hours: "00:00-24:00", concurrency: 1 }
  await readFrom(campus, { budget: { concurrency: 4, requestsPerSecond: Number.POSITIVE_INFINITY, peak } })
  expect(most).toBe(1)
})

it("does not take a short page for the last: a clamped limit moves on by the rows received", async () => {
  const all = orgs(47)
  const campus = await serve((asked) => pageFrom(all, asked, 7))
  const reading = await readFrom(campus)
  expect(reading.ids).toEqual(idsOf(47))
  expect(pagesOf(reading).proof).toMatchObject({ endRecognisedBy: "empty_page", totalAtEnd: null, rowsRead: 47 })
})

it("learns the size of a clamped page from the first one, and fills pages that come shorter later", async () => {
  const all = orgs(100)
  const campus = await serve((asked) => withTotal(all, asked, asked.offset >= 40 && asked.offset < 60 ? 3 : 8))
  const reading = await readFrom(campus)
  expect(reading.ids).toEqual(idsOf(100))
  expect(pagesOf(reading).proof).toMatchObject({ endRecognisedBy: "total_reached", rowsRead: 100 })
})

it("reads an empty collection as proven empty", async () => {
  const campus = await serve((asked) => withTotal([], asked))
  expect(pagesOf(await readFrom(campus)).proof).toMatchObject({
    endRecognisedBy: "empty_page",
    rowsRead: 0,
    totalAtEnd: 0
  })
})

it("takes 204 for an empty page", async () => {
  const campus = await serve((asked) => (asked.offset >= 20 ? { status: 204 } : pageFrom(orgs(20), asked)))
  expect(pagesOf(await readFrom(campus)).proof).toMatchObject({ endRecognisedBy: "empty_page", rowsRead: 20 })
})

it("reads on where the total said less than there is, and uses the total no more", async () => {
  const campus = await serve((asked) => withTotal(orgs(35), asked, 1000, 20))
  const reading = await readFrom(campus)
  expect(reading.ids).toEqual(idsOf(35))
  const { proof } = pagesOf(reading)
  expect(proof).toMatchObject({ endRecognisedBy: "empty_page", totalAtStart: null, totalAtEnd: null })
  expect(proof.warnings).toEqual(["the server announced 20 rows and sent more: its totals are not used"])
})

it("is not led astray by totals that count the rows of the page", async () => {
  const campus = await serve((asked) => {
    const rows = orgs(35).slice(asked.offset, asked.offset + 10)
    return { body: { orgs: rows }, headers: { "x-total-count": String(rows.length) } }
  })
  const reading = await readFrom(campus)
  expect(reading.ids).toEqual(idsOf(35))
  expect(pagesOf(reading).proof).toMatchObject({ endRecognisedBy: "empty_page", totalAtEnd: null })
})

it("reads twice where the total said more than there is, and leaves the total in the proof", async () => {
  const campus = await serve((asked) => withTotal(orgs(40), asked, 1000, 50))
  const { proof } = pagesOf(await readFrom(campus))
  expect(proof).toMatchObject({ endRecognisedBy: "empty_page", rowsRead: 40, totalAtStart: 50, totalAtEnd: 50 })
  expect(proof.warnings).toEqual(["read twice, since at first 40 of 50 rows came"])
  expect(campus.asked.filter(({ offset }) => offset === 0)).toHaveLength(2)
})

it("reads again where rows moved between pages while it read, and keeps the second read alone", async () => {
  let all = orgs(40)
  const campus = await serve((asked, count) => {
    // The first row goes while the first page is on its way: what stood at 10 now stands at 9 and would be missed.
    if (count === 2) all = all.slice(1)
    return withTotal(all, asked)
  })
  const reading = await readFrom(campus)
  const { proof } = pagesOf(reading)
  expect(reading.ids).toEqual(idsOf(40).slice(1))
  expect(proof).toMatchObject({ rowsRead: 39, totalAtStart: 39, totalAtEnd: 39, endRecognisedBy: "total_reached" })
  expect(proof.warnings).toEqual(["read twice, since at first the total changed from 40 to 39"])
})

/** A server at which a class changes while it is read: the first row goes, another comes behind the last, and the total stays. */
const withSwaps = async (swapsBefore: (count: number) => boolean) => {
  let [all, next] = [orgs(40), 40]
  const campus = await serve((asked, count) => {
    if (swapsBefore(count)) all = [...all.slice(1), org(next++)]
    return withTotal(all, asked)
  })
  return { campus, ids: () => all.map((one) => String(one["sourcedId"])) }
}

it("reads again where one row went and another came while it read, so that the total stayed and one was missed", async () => {
  const { campus, ids } = await withSwaps((count) => count === 2)
  const reading = await readFrom(campus)
  expect(reading.ids).toEqual(ids())
  const { proof } = pagesOf(reading)
  expect(proof).toMatchObject({ rowsRead: 40, totalAtEnd: 40, endRecognisedBy: "total_reached" })
  expect(proof.warnings).toEqual(["read twice, since at first records moved from page to page"])
})

it("finds the last row of a page in what a server of pages of one size gives for it", async () => {
  const campus = await serve((asked) =>
    withTotal(orgs(40), { ...asked, limit: 10, offset: Math.floor(asked.offset / 10) * 10 })
  )
  expect(pagesOf(await readFrom(campus)).proof).toMatchObject({ endRecognisedBy: "total_reached", warnings: [] })
})

it("looks again at the last rows of a hundred pages, where there are more", async () => {
  const campus = await serve((asked) => withTotal(orgs(1500), asked))
  expect(pagesOf(await readFrom(campus)).proof).toMatchObject({ rowsRead: 1500, warnings: [] })
  const edges = campus.asked.filter(({ limit }) => limit === 1).map(({ offset }) => offset)
  expect(edges).toHaveLength(100)
  expect(edges.every((offset) => offset % 10 === 9 && offset < 1490)).toBe(true)
})

it("looks at none again where the records are those of a read that was proven whole", async () => {
  const campus = await serve((asked) => withTotal(orgs(40), asked))
  const first = pagesOf(await readFrom(campus))
  const before = campus.asked.length
  const again = pagesOf(await readFrom(campus, {}, { wholeBefore: first.sha256 ?? null }))
  expect([again.proof.rowsRead, again.sha256]).toEqual([40, first.sha256])
  const edges = campus.asked.map(({ limit, offset }) => limit === 1 && offset < 40)
  expect([edges.slice(0, before).includes(true), edges.slice(before).includes(true)]).toEqual([true, false])
})

it("proves nothing where rows go and come as fast as it reads", async () => {
  const { campus } = await withSwaps(() => true)
  expect(pagesOf(await readFrom(campus)).proof).toMatchObject({
    totalAtStart: 40,
    totalAtEnd: 40,
    moved: true,
    warnings: ["read twice, since at first records moved from page to page"]
  })
})

it("reads page after page the second time, so that rows which keep coming in push none out of sight", async () => {
  let all = orgs(40, 100)
  const campus = await serve(async (asked) => {
    // Side by side, the third page overtakes the second: the row between them moves past both.
    if (asked.offset === 10) await new Promise((resolve) => setTimeout(resolve, 50))
    all = [org(campus.asked.length), ...all]
    return withTotal(all, asked)
  })
  const reading = await readFrom(campus, {
    budget: { concurrency: 3, requestsPerSecond: Number.POSITIVE_INFINITY, peak: null }
  })
  const read = new Set(reading.ids)
  expect(orgs(40, 100).filter(({ sourcedId }) => !read.has(String(sourcedId)))).toEqual([])
  const { proof } = pagesOf(reading)
  expect(proof.endRecognisedBy).toBe("unproven")
  expect(proof.warnings).toEqual([
    "rows came in as fast as they were read",
    expect.stringMatching(/^read twice, since at first the total changed from 41 to \d+$/)
  ])
})

it("reads again where rows were added while it read and no total tells", async () => {
  let all = orgs(20, 1)
  const campus = await serve((asked, count) => {
    if (count === 2) all = [org(0), ...all]
    return pageFrom(all, asked)
  })
  const reading = await readFrom(campus)
  expect(reading.ids).toEqual(idsOf(21))
  expect(pagesOf(reading).proof).toMatchObject({
    rowsRead: 21,
    endRecognisedBy: "empty_page",
    warnings: ["read twice, since at first records moved from page to page"]
  })
})

it("takes an error past the end for a warning where the total was reached", async () => {
  const campus = await serve((asked) =>
    asked.offset >= 25 ? { status: 404, body: { message: "no such page" } } : withTotal(orgs(25), asked)
  )
  const { proof } = pagesOf(await readFrom(campus))
  expect(proof).toMatchObject({ endRecognisedBy: "total_reached", rowsRead: 25 })
  expect(proof.warnings).toEqual(["past the end the server answers with an error: there is nothing at this address"])
})

it("proves nothing where an error comes in place of the empty page and no total was given", async () => {
  const campus = await serve((asked) => (asked.offset >= 25 ? { status: 500 } : pageFrom(orgs(25), asked)))
  const reading = await readFrom(campus)
  expect(reading.ids).toEqual(idsOf(25))
  expect(pagesOf(reading).proof).toMatchObject({ endRecognisedBy: "unproven", rowsRead: 25 })
})

it.each([1, 4])("fails where an error comes before the total is reached, %i at once", async (concurrency) => {
  const campus = await serve((asked) => (asked.offset === 10 ? { status: 500 } : withTotal(orgs(25), asked)))
  const budget = { concurrency, requestsPerSecond: Number.POSITIVE_INFINITY, peak: null }
  expect(errorOf(await readFrom(campus, { budget }))).toMatchObject({ reason: "Unknown", status: 500 })
})

it("takes refused credentials for no end of the data, total or not", async () => {
  const campus = await serve((asked) => (asked.offset === 20 ? { status: 403 } : pageFrom(orgs(25), asked)))
  expect(errorOf(await readFrom(campus))).toMatchObject({ reason: "Forbidden", status: 403 })
})

it("takes the total of an empty page for none where it says 0", async () => {
  const campus = await serve((asked) => withTotal(orgs(25), asked, 1000, asked.offset < 25 ? 25 : 0))
  expect(pagesOf(await readFrom(campus)).proof).toMatchObject({ totalAtStart: 25, totalAtEnd: 25, warnings: [] })
})

it("ends where next links end", async () => {
  const campus = await serve((asked) => {
    const next = asked.offset + 10
    return {
      ...pageFrom(orgs(30), asked),
      ...(next < 30 ? { headers: linkTo(`https://inner.example/orgs?offset=${next}&limit=10`) } : {})
    }
  })
  const reading = await readFrom(campus)
  expect(reading.ids).toEqual(idsOf(30))
  expect(pagesOf(reading).proof).toMatchObject({ endRecognisedBy: "no_next_link", pages: 3, warnings: [] })
})

it("never follows a link to another place, and gives it no credentials", async () => {
  const elsewhere = await serve((asked) => pageFrom(orgs(99), asked))
  const campus = await serve((asked) => ({
    ...pageFrom(orgs(20), asked),
    headers: linkTo(`${elsewhere.origin}/orgs?limit=10&offset=${asked.offset + 10}`)
  }))
  const reading = await readFrom(campus)
  expect(reading.ids).toEqual(idsOf(20))
  expect(elsewhere.asked).toHaveLength(0)
  expect(pagesOf(reading).proof.endRecognisedBy).toBe("empty_page")
})

it.each([
  ["leads back", () => "https://campus.example/orgs?limit=10&offset=0", "leads back"],
  ["is malformed", (next: number) => `hhttp://campus/orgs?&offset=${next}&filter=name='a b'`, null],
  ["names no offset", () => "https://campus.example/orgs?page=2", "names no offset"],
  ["leaves out rows", (next: number) => `https://campus.example/orgs?limit=10&offset=${next + 3}`, "leaves out rows"]
])("reads on by the rows received where the next link %s", async (_, target, warning) => {
  const campus = await serve((asked) => ({
    ...pageFrom(orgs(30), asked, 7),
    headers: linkTo(target(Math.min(asked.offset + 7, 30)))
  }))
  const reading = await readFrom(campus)
  expect(reading.ids).toEqual(idsOf(30))
  const { warnings, endRecognisedBy } = pagesOf(reading).proof
  expect(endRecognisedBy).toBe("empty_page")
  if (warning === null) expect(warnings).toEqual([])
  else expect(warnings.join()).toContain(warning)
})

it("does not believe the lack of a next link while the last link or the total says otherwise", async () => {
  const last = await serve((asked) => ({
    ...pageFrom(orgs(30), asked, 7),
    headers: {
      link: `<https://campus.example/orgs?offset=0>; rel="first", <https://campus.example/orgs?offset=28>; rel="last"`
    }
  }))
  expect((await readFrom(last)).ids).toEqual(idsOf(30))
  const total = await serve((asked) => ({
    ...pageFrom(orgs(30), asked, 7),
    headers: { link: `<https://campus.example/orgs?offset=0>; rel="first"`, "x-total-count": "30" }
  }))
  expect((await readFrom(total, { budget: { concurrency: 1, requestsPerSecond: 1000, peak: null } })).ids).toEqual(
    idsOf(30)
  )
})

it("gives up on a server that takes no notice of the offset", async () => {
  const same = await serve(() => ({ body: { orgs: orgs(10) } }))
  expect(errorOf(await readFrom(same))).toMatchObject({ reason: "Looping" })
  const announced = await serve(() => ({ body: { orgs: orgs(10) }, headers: { "x-total-count": "4000" } }))
  expect(errorOf(await readFrom(announced))).toMatchObject({ reason: "Looping" })
  expect(announced.asked.length).toBeLessThan(10)
})

it("takes a server that does not page at its word where it sent all it announced, or more than was asked for", async () => {
  const announced = await serve(() => ({ body: { orgs: orgs(8) }, headers: { "x-total-count": "8" } }))
  expect(pagesOf(await readFrom(announced)).proof).toMatchObject({ endRecognisedBy: "total_reached", rowsRead: 8 })
  const more = await serve(() => ({ body: { orgs: orgs(25) } }))
  expect(pagesOf(await readFrom(more)).proof).toMatchObject({ endRecognisedBy: "whole_collection", rowsRead: 25 })
})

it("reads without order, one page after the other, where the server does not sort", async () => {
  let inFlight = 0
  let most = 0
  const warned = await serve(async (asked) => {
    most = Math.max(most, ++inFlight)
    await new Promise((resolve) => setTimeout(resolve, 5))
    inFlight--
    return {
      body: {
        orgs: orgs(30).slice(asked.offset, asked.offset + 10),
        statusInfoSet: [{ imsx_codeMajor: "success", imsx_severity: "warning", imsx_codeMinor: "invalid_sort_field" }]
      },
      headers: { "x-total-count": "30" }
    }
  })
  const reading = await readFrom(warned)
  expect(reading.ids).toEqual(idsOf(30))
  expect(most).toBe(1)
  expect(pagesOf(reading).proof).toMatchObject({ sortedByKey: false, endRecognisedBy: "total_reached" })

  const refused = await serve((asked) =>
    asked.url.searchParams.has("sort")
      ? {
          status: 400,
          body: { imsx_codeMajor: "failure", imsx_severity: "error", imsx_codeMinor: "invalid_sort_field" }
        }
      : withTotal(orgs(30), asked)
  )
  const second = await readFrom(refused)
  expect(second.ids).toEqual(idsOf(30))
  expect(pagesOf(second).proof.sortedByKey).toBe(false)
  expect(refused.asked.at(-1)?.url.searchParams.has("orderBy")).toBe(false)
})

it("reads all rows where the server refuses the filter, and says so", async () => {
  const campus = await serve((asked) =>
    asked.url.searchParams.has("filter")
      ? {
          status: 400,
          body: {
            imsx_StatusInfo: {
              imsx_codeMajor: "failure",
              imsx_severity: "error",
              imsx_CodeMinor: {
                imsx_codeMinorField: [
                  { imsx_codeMinorFieldName: "x", imsx_codeMinorFieldValue: "invalid_filter_field" }
                ]
              }
            }
          }
        }
      : withTotal(orgs(12), asked)
  )
  const { proof } = pagesOf(await readFrom(campus, {}, { filter: "dateLastModified>='2026-01-01'" }))
  expect(proof).toMatchObject({ mode: "full", rowsRead: 12 })
  expect(proof.warnings).toEqual(["the server refuses the filter: all rows were read"])
})

it("sends filter and fields encoded to the last character, with the fields that the record contract demands", async () => {
  const campus = await serve((asked) => withTotal(orgs(2), asked))
  const filter = "name='O''Brien (old)*!' AND status='active'"
  const { proof } = pagesOf(await readFrom(campus, {}, { filter, fields: ["identifier"] }))
  const [first] = campus.asked
  expect(first?.url.searchParams.get("filter")).toBe(filter)
  expect(first?.target).toContain("filter=name%3D%27O%27%27Brien%20%28old%29%2A%21%27%20AND%20status%3D%27active%27&")
  expect(first?.url.searchParams.get("fields")).toBe("sourcedId,status,dateLastModified,name,type,identifier")
  expect(proof.mode).toBe("full")
  expect(pagesOf(await readFrom(campus, {}, { filter: "dateLastModified>='2026-01-01'" })).proof.mode).toBe("delta")
})

it("takes base addresses of every form as they stand", async () => {
  const campus = await serve((asked) => withTotal(orgs(2), asked))
  for (const path of [
    "/campus/oneroster/rollbook/ims/oneroster/v1p1",
    "/campus/api/ims/oneroster/rostering/v1p1/",
    "/campus/api/oneroster/v1p2/rollbook/ims/oneroster/rostering/v1p2",
    "/campus/oneroster/rollbook/learningdata/v1"
  ]) {
    await readFrom(campus, { baseUrl: campus.origin + path })
    expect(campus.asked.at(-1)?.url.pathname).toBe(`${path.replace(/\/$/, "")}/orgs`)
  }
})

it("sends the vendor's key to no rostering endpoint", async () => {
  const campus = await serve((asked) => withTotal(orgs(2), asked))
  await readFrom(campus)
  expect(campus.asked.some(({ headers }) => "x-vendor-authorization" in headers)).toBe(false)
})

it("refuses a collection that is none", async () => {
  const campus = await serve((asked) => withTotal(orgs(2), asked))
  expect(errorOf(await readFrom(campus, {}, { endpoint: "/lineItems" })).message).toContain("/academicSessions")
  expect(campus.asked).toHaveLength(0)
})

it.each([1_000_000, 999_999_999_999])(
  "believes no total of %d where a few rows are, and asks little for it",
  async (total) => {
    const campus = await serve((asked) => withTotal(orgs(25), asked, 1000, total))
    const reading = await readFrom(campus)
    expect(new Set(reading.ids)).toEqual(new Set(idsOf(25)))
    expect(pagesOf(reading).proof).toMatchObject({ totalAtEnd: total, endRecognisedBy: "empty_page" })
    expect(campus.asked.length).toBeLessThan(30)
  }
)

it.each([201, 202, 206])("takes no answer of status %d for a page", async (status) => {
  const campus = await serve((asked) => ({ ...withTotal(orgs(5), asked), status }))
  const error = errorOf(await readFrom(campus))
  expect(error.message).toMatch(new RegExp(`HTTP ${status}`))
})
