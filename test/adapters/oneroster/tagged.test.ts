import { createHash } from "node:crypto"
import { expect, it } from "vitest"
import type { CollectionPages, TaggedRead } from "../../../src/core/ports/source.ts"
import { type Asked, type FakeCampus, orgs, pagesOf, readFrom, type Reply, serve } from "./fake-campus.ts"

/** Collections that are asked for by the ETags of their last read. */

type Row = Readonly<Record<string, unknown>>

/** A server of rows that may be others the next time. `name`: what it calls a page; null = nothing. */
const serving = async (
  name: (rows: ReadonlyArray<Row>, asked: Asked) => string | null,
  change: (reply: Reply, asked: Asked) => Reply = (reply) => reply
) => {
  const held = { rows: orgs(25) }
  const campus = await serve((asked) => {
    const rows = held.rows.slice(asked.offset, asked.offset + asked.limit)
    const etag = name(rows, asked)
    const headers = { "x-total-count": String(held.rows.length), ...(etag === null ? {} : { etag }) }
    const isSame = etag !== null && asked.headers["if-none-match"] === etag
    return change(isSame ? { status: 304, raw: "", headers } : { body: { orgs: rows }, headers }, asked)
  })
  return { campus, held }
}

const byContent = (rows: ReadonlyArray<Row>): string =>
  `"${createHash("sha256").update(JSON.stringify(rows)).digest("hex").slice(0, 16)}"`
const weakly = (rows: ReadonlyArray<Row>): string => `W/${byContent(rows)}`

/** The next read, asked by the one before. */
const next = async (
  campus: FakeCampus,
  before: TaggedRead | undefined,
  unlessSame = true
): Promise<CollectionPages> => {
  campus.asked.length = 0
  return pagesOf(
    await readFrom(campus, { asksByTag: true }, { unlessSame, ...(before === undefined ? {} : { before }) })
  )
}

/** With another name of one record. */
const renamed = (rows: ReadonlyArray<Row>, at: number): ReadonlyArray<Row> =>
  rows.map((row, index) => (index === at ? { ...row, name: `${String(row["name"])} II` } : row))

const trusted = async (
  name: typeof byContent | typeof weakly,
  change: (reply: Reply, asked: Asked) => Reply = (reply) => reply
) => {
  const { campus, held } = await serving(name, change)
  const first = await next(campus, undefined)
  held.rows = renamed(held.rows, 12)
  const second = await next(campus, first.tagged)
  return { campus, first, held, second }
}

for (const [what, name] of Object.entries({ strong: byContent, weak: weakly })) {
  it(`believes ${what} ETags once a page that changed had another, and then nothing is sent that is as it was`, async () => {
    const { campus, first, second } = await trusted(name)
    expect([first.tagged?.honest, second.tagged?.honest]).toEqual([null, true])
    expect(second.proof.notModified).toBeUndefined()
    expect(second.sha256).not.toBe(first.sha256)
    const third = await next(campus, second.tagged)
    expect(third).toMatchObject({ files: [], sha256: second.sha256, proof: { notModified: true, rowsRead: 25 } })
    expect(third.proof.requests).toBe(4)
    // Each by its own name, and one look behind the end.
    const asked = campus.asked.map(({ headers, limit, offset }) => [
      offset,
      limit,
      headers["if-none-match"] !== undefined
    ])
    expect(asked.toSorted(([a], [b]) => Number(a) - Number(b))).toEqual([
      [0, 10, true],
      [10, 10, true],
      [20, 10, true],
      [25, 1, false]
    ])
    expect(new Set(campus.asked.map(({ headers }) => headers["if-none-match"])).size).toBe(4)
    expect(third.tagged).toEqual(second.tagged)
  })
}

it("reads everything where one page is another, where one came behind the end, and where the total is another", async () => {
  const { campus, held, second } = await trusted(byContent)
  const rows = held.rows
  for (const others of [renamed(rows, 24), [...rows, ...orgs(1, 25)], rows.slice(0, 24), rows.toSpliced(3, 1)]) {
    held.rows = others
    const third = await next(campus, second.tagged)
    expect(third.proof).toMatchObject({ rowsRead: others.length, totalAtEnd: others.length })
    expect(third.proof.notModified).toBeUndefined()
    expect(third.files.reduce((sum, file) => sum + file.rows, 0)).toBe(others.length)
  }
  const counted = await trusted(byContent, (reply) =>
    reply.status === 304 ? { ...reply, headers: { ...reply.headers, "x-total-count": "26" } } : reply
  )
  expect((await next(counted.campus, counted.second.tagged)).proof.notModified).toBeUndefined()
})

it("asks by no ETag until one was seen to change, and never again by one that stayed while its page did not", async () => {
  const { campus, held } = await serving(() => '"same"')
  const first = await next(campus, undefined)
  const second = await next(campus, first.tagged)
  expect(campus.asked.some(({ headers }) => "if-none-match" in headers)).toBe(false)
  expect(second.tagged?.honest).toBeNull()
  held.rows = renamed(held.rows, 3)
  const third = await next(campus, second.tagged)
  expect(third.tagged?.honest).toBe(false)
  expect(third.proof.warnings).toEqual([
    "the server gave another page under the ETag of an earlier one: it is not asked by ETags"
  ])
  const fourth = await next(campus, third.tagged)
  expect(campus.asked.some(({ headers }) => "if-none-match" in headers)).toBe(false)
  expect(fourth.tagged?.honest).toBe(false)
})

it("finds out on a read that is not asked by them that ETags which were believed tell no more", async () => {
  const names = { stuck: false }
  const { campus, held } = await serving((rows, { offset }) => (names.stuck ? `"${offset}"` : byContent(rows)))
  const first = await next(campus, undefined)
  held.rows = renamed(held.rows, 12)
  const second = await next(campus, first.tagged)
  names.stuck = true
  const third = await next(campus, second.tagged)
  expect(third.tagged?.honest).toBe(true)
  held.rows = renamed(held.rows, 13)
  const fourth = await next(campus, third.tagged, false)
  expect(fourth.tagged?.honest).toBe(false)
  // And from then on: what lied once is not asked.
  names.stuck = false
  const fifth = await next(campus, fourth.tagged)
  held.rows = renamed(held.rows, 14)
  expect((await next(campus, fifth.tagged)).tagged?.honest).toBe(false)
})

it("compares with nothing where it was asked for in another way, or where a page has no ETag or there are no pages", async () => {
  const { campus, second } = await trusted(byContent)
  const elsewhere = { before: second.tagged as TaggedRead, unlessSame: true }
  for (const changes of [{ pageLimit: 20 }, { asksByTag: false }]) {
    const other = pagesOf(await readFrom(campus, { asksByTag: true, ...changes }, elsewhere))
    expect([other.proof.notModified, other.tagged?.honest ?? null]).toEqual([undefined, null])
  }
  const narrowed = pagesOf(await readFrom(campus, { asksByTag: true }, { ...elsewhere, filter: "type='school'" }))
  expect([narrowed.proof.notModified, narrowed.tagged?.honest]).toEqual([undefined, null])
  const nameless = await serving((rows, { offset }) => (offset === 10 ? null : byContent(rows)))
  expect((await next(nameless.campus, undefined)).tagged).toBeUndefined()
  const unpaged = await serve(() => ({ body: { orgs: orgs(25) }, headers: { etag: byContent(orgs(25)) } }))
  const all = await next(unpaged, undefined)
  expect([all.proof.endRecognisedBy, all.tagged]).toEqual(["whole_collection", undefined])
})

it("sees what came behind the end where neither a total nor a link says so, and reads all where the end answers with an error", async () => {
  const ends = { byError: false }
  const { campus, held } = await serving(byContent, ({ headers, ...reply }, { offset }) => {
    const links = { link: `<https://campus.example/orgs?offset=0>; rel="first"`, etag: headers?.["etag"] ?? "" }
    return ends.byError && offset >= 20 ? { status: 500 } : { ...reply, headers: links }
  })
  held.rows = orgs(20)
  const first = await next(campus, undefined)
  held.rows = renamed(held.rows, 12)
  const second = await next(campus, first.tagged)
  expect((await next(campus, second.tagged)).proof.notModified).toBe(true)
  ends.byError = true
  expect((await next(campus, second.tagged)).proof.notModified).toBeUndefined()
  ends.byError = false
  held.rows = [...held.rows, ...orgs(1, 20)]
  const third = await next(campus, second.tagged)
  expect([third.proof.notModified, third.proof.rowsRead]).toEqual([undefined, 21])
})

it("reads everything, by what it is told then, where the server fails at what it is asked by ETags", async () => {
  for (const status of [412, 200]) {
    const { campus, second } = await trusted(byContent, (reply, { headers }) =>
      "if-none-match" in headers ? { status, raw: "" } : reply
    )
    const third = await next(campus, second.tagged)
    expect(third.proof).toMatchObject({ rowsRead: 25, requests: 6, warnings: [] })
    expect(campus.asked).toHaveLength(7)
  }
})
