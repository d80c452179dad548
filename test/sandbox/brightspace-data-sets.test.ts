import { parse } from "csv-parse/sync"
import { strFromU8, unzipSync } from "fflate"
import { beforeEach, expect, it } from "vitest"
import { controlOf, course, objectsOf, scoreOf } from "./grade-rehearsal.ts"
import { brightspaceToken, call, gradeScopes, rehearse, type Reply, seedCourse } from "./rehearsal.ts"

const sandbox = rehearse()
const control = controlOf(sandbox)
const score = scoreOf(sandbox)
const scopes = `${gradeScopes} datasets:bds:read`

let token = ""
beforeEach(async () => {
  token = await brightspaceToken(sandbox(), scopes)
  const seeded = await seedCourse(sandbox(), {
    items: [{ name: "Essay", type: "Numeric", maxPoints: 20 }],
    scores: [
      { item: "Essay", user: "77", points: 8, comment: 'of "two", \nlines' },
      { item: "Essay", user: "78", points: 5 }
    ]
  })
  expect(seeded.status).toBe(204)
})

const bds = (path: string, as = token): Promise<Reply> =>
  call(path.startsWith("http") ? path : `${sandbox().brightspaceUrl}/d2l/api/lp/1.59/datasets/bds${path}`, {
    headers: { authorization: `Bearer ${as}` }
  })
const make = (type: string, more: object = {}): Promise<Reply> =>
  control("/sandbox/data-sets", "POST", { type, ...more })

interface Plugin {
  readonly PluginId: string
  readonly Name: string
  readonly ExtractsLink: string
}
interface DataSet {
  readonly SchemaId: string
  readonly Full: Plugin
  readonly Differential: Plugin
  readonly ExtractsLink: string
}

const setNamed = async (name: string): Promise<DataSet> => {
  const found = objectsOf(await bds("")).find((one) => (one as unknown as DataSet).Full.Name === name)
  return found as unknown as DataSet
}

/** Every extract of a set, the oldest first, with its rows. */
const extractsOf = async (name: string) => {
  const extracts = objectsOf(await bds((await setNamed(name)).ExtractsLink)) as unknown as ReadonlyArray<{
    readonly BdsType: string
    readonly CreatedDate: string
    readonly QueuedForProcessingDate: string
    readonly DownloadLink: string
    readonly DownloadSize: number
  }>
  return Promise.all(
    extracts.map(async (extract) => {
      const answer = await fetch(extract.DownloadLink, { headers: { authorization: `Bearer ${token}` } })
      const zip = new Uint8Array(await answer.arrayBuffer())
      expect(zip.length).toBe(extract.DownloadSize)
      const files = Object.entries(unzipSync(zip))
      expect(files.map(([file]) => file)).toEqual([`${name.replaceAll(" ", "")}.csv`])
      const rows = parse(strFromU8(files[0]?.[1] ?? new Uint8Array()), { bom: true, columns: true })
      return { ...extract, rows: rows as ReadonlyArray<Record<string, string>> }
    })
  )
}

it("makes extracts when it is told to, full ones of every row and differential ones of what came or changed", async () => {
  expect(await extractsOf("Grade Results")).toEqual([])
  expect((await make("Differential")).status).toBe(400)
  await make("Full", { createdAt: "2026-10-04T05:00:00.000Z", queuedAt: "2026-10-04T03:00:00.000Z" })
  await score({ course: "E1", item: "Essay", user: "78", points: 6 })
  await make("Differential", { createdAt: "2026-10-05T05:00:00.000Z" })
  await make("Differential")
  const [full, changed, quiet] = await extractsOf("Grade Results")
  expect(full).toMatchObject({
    BdsType: "Full",
    CreatedDate: "2026-10-04T05:00:00.000Z",
    QueuedForProcessingDate: "2026-10-04T03:00:00.000Z"
  })
  expect(full?.rows.map((row) => [row["OrgUnitId"], row["PointsNumerator"], row["IsDeleted"]])).toEqual([
    [String(course), "8.000000000", "False"],
    [String(course), "5.000000000", "False"]
  ])
  expect(full?.rows[0]?.["Comments"]).toBe('of "two", \nlines')
  expect(changed?.rows.map((row) => row["PointsNumerator"])).toEqual(["6.000000000"])
  expect(Number(changed?.rows[0]?.["Version"])).toBeGreaterThan(Number(full?.rows[1]?.["Version"]))
  expect(quiet?.rows).toEqual([])
})

it("tells of what is gone by a mark where a set has one, and elsewhere by a full extract alone", async () => {
  await make("Full")
  const users = (await extractsOf("Users"))[0]?.rows ?? []
  const bo = users.find((row) => row["OrgDefinedId"] === "78")?.["UserId"] ?? ""
  const headers = { authorization: `Bearer ${token}` }
  const removed = `${sandbox().brightspaceUrl}/d2l/api/lp/1.59/enrollments/orgUnits/${course}/users/${bo}`
  expect((await call(removed, { method: "DELETE", headers })).status).toBe(200)
  const item = (await extractsOf("Grade Objects"))[0]?.rows[0]?.["GradeObjectId"] ?? ""
  await control(`/sandbox/gradebook/${course}/items/${item}`, "DELETE")
  await make("Differential")
  await make("Full")
  const of = async (name: string, column: string, value: string) =>
    (await extractsOf(name)).map(({ rows }) => rows.filter((row) => row[column] === value).length)
  expect(await of("User Enrollments", "UserId", bo)).toEqual([2, 0, 1])
  expect(await of("Grade Objects", "IsDeleted", "True")).toEqual([0, 1, 1])
  // His score stays, as it does for whoever comes back.
  expect(await of("Grade Results", "UserId", bo)).toEqual([1, 0, 1])
})

it("lists what is switched on, page by page, to whoever has the scope, and lets nobody load beyond the quota", async () => {
  const settings = { pageSize: 1, dataSets: ["Users", "Tools", "Grade Results"], dataSetDownloadsPerMinute: 1 }
  await control("/sandbox/settings", "PUT", settings)
  await make("Full")
  const first = await bds("")
  expect(objectsOf(first)).toHaveLength(1)
  const { Next } = first.body as { readonly Next: string }
  expect((objectsOf(await bds(Next))[0] as unknown as DataSet).Full.Name).toBe("Grade Results")
  expect((await bds("", await brightspaceToken(sandbox(), gradeScopes))).status).toBe(403)
  const { SchemaId, Full } = objectsOf(first)[0] as unknown as DataSet
  const [extract] = objectsOf(await bds(`/${SchemaId}/plugins/${Full.PluginId}/extracts`))
  const link = (extract as unknown as { readonly DownloadLink: string }).DownloadLink
  expect((await bds(link)).status).toBe(200)
  const refused = await bds(link)
  expect(refused.status).toBe(403)
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0)
  expect((await bds(`/${Full.PluginId}/extracts`)).status).toBe(404)
  expect((await bds(`${link}0`)).status).toBe(404)
})
