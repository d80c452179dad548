import * as Effect from "effect/Effect"
import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { openWarehouse } from "../../../src/adapters/duckdb/warehouse.ts"
import { makeSource } from "../../../src/adapters/oneroster/source.ts"
import { type Completeness, judgeCompleteness } from "../../../src/extract/completeness.ts"
import { landCollection } from "../../../src/extract/land.ts"
import type { OneRosterConnection } from "../../../src/adapters/oneroster/settings.ts"
import { type Row, Warehouse } from "../../../src/core/ports/warehouse.ts"
import { connectionTo, type FakeCampus, orgs, serve } from "./fake-campus.ts"
import { datasetTable } from "../../../src/pipeline/relations.ts"
import { anyRow, plain } from "../../tools/plain-sql.ts"

interface Landed {
  readonly rows: ReadonlyArray<Row>
  readonly completeness: Completeness
}

/** Reads a collection over HTTP and lands it in the real engine. */
const land = async (
  campus: FakeCampus,
  endpoint: string,
  columns: string,
  changes: Partial<OneRosterConnection> = {}
): Promise<Landed> => {
  const home = await mkdtemp(join(tmpdir(), "rollbook-landing-"))
  const landed = await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const warehouse = yield* openWarehouse({
          stateFile: join(home, "state.duckdb"),
          memoryLimit: "512MB",
          threads: 1
        })
        const source = yield* makeSource(connectionTo(campus, { pageLimit: 100, ...changes }), "America/Chicago")
        const contract = source.contracts.get(endpoint)
        if (contract === undefined) throw new Error(`no ${endpoint}`)
        const directory = join(warehouse.folders.pages, "read")
        yield* Effect.promise(() => mkdir(directory))
        const pages = yield* source.read({
          dataset: "read",
          endpoint,
          filter: null,
          fields: [],
          directory,
          onProgress: () => undefined
        })
        const landing = yield* landCollection("read", contract, pages.files).pipe(
          Effect.provideService(Warehouse, warehouse)
        )
        const rows = yield* warehouse.rows(
          plain(`SELECT ${columns}, _fault.rule AS fault FROM ${datasetTable("read")} ORDER BY sourcedId`),
          anyRow
        )
        return {
          rows,
          completeness: judgeCompleteness(pages.proof, landing, { rowsOfLastGoodRun: null, probed: null })
        }
      })
    )
  )
  await rm(home, { recursive: true, force: true })
  return landed
}

/** A server that holds these records under one key, in pages as they come. */
const holding = (pageKey: string, ...pages: ReadonlyArray<ReadonlyArray<unknown>>): Promise<FakeCampus> => {
  const all = pages.flat()
  return serve(({ offset }) => {
    let at = 0
    const page = pages.find((one) => at === offset || ((at += one.length), false)) ?? []
    return { body: { [pageKey]: page }, headers: { "x-total-count": String(all.length) } }
  })
}

const user = (sourcedId: unknown, fields: Record<string, unknown> = {}): Record<string, unknown> => ({
  sourcedId,
  status: "active",
  dateLastModified: "2026-08-01T06:00:00.000Z",
  enabledUser: "true",
  givenName: "Rowan",
  familyName: "Birch",
  role: "student",
  orgs: [{ href: "https://campus.example/orgs/D802", sourcedId: "D802", type: "org" }],
  ...fields
})

it("reads absent, null, empty text and empty list as nothing", async () => {
  const campus = await holding("users", [
    user("1", { middleName: null, email: "", agents: [], orgs: null, metadata: { x: null } }),
    user("2", { middleName: "  ", email: null, agents: null, orgs: [] })
  ])
  const { rows, completeness } = await land(
    campus,
    "/users",
    "sourcedId, username, middleName, email, coalesce(len(agents), 0) AS agents, coalesce(len(orgs), 0) AS orgs"
  )
  const nothing = { username: null, middleName: null, email: null, agents: "0", orgs: "0", fault: null }
  expect(rows).toEqual([
    { sourcedId: "1", ...nothing },
    { sourcedId: "2", ...nothing }
  ])
  expect(completeness).toMatchObject({ proven: true, doubts: [] })
})

it("keeps ids and codes as text, leading zeros and all, whether they came as text or as numbers", async () => {
  const campus = await holding("users", [
    user("007", { identifier: "00042", username: 1234 }),
    user(8, { identifier: 42, username: "rowan" }),
    user("9", { identifier: 9007199254740993n.toString(), username: true })
  ])
  const { rows } = await land(campus, "/users", "sourcedId, identifier, username")
  expect(rows).toEqual([
    { sourcedId: "007", identifier: "00042", username: "1234", fault: null },
    { sourcedId: "8", identifier: "42", username: "rowan", fault: null },
    { sourcedId: "9", identifier: "9007199254740993", username: "true", fault: null }
  ])
})

it("reads booleans in every spelling, and turns away what is none", async () => {
  const spellings = [true, "true", "True", "t", 1, "1", "yes", false, "false", "FALSE", 0, "no", "", null, "perhaps"]
  const campus = await holding(
    "users",
    spellings.map((enabledUser, index) => user(String(index + 10), { enabledUser }))
  )
  const { rows, completeness } = await land(campus, "/users", "enabledUser")
  expect(rows.map((row) => row["enabledUser"])).toEqual([
    ...Array.from({ length: 7 }, () => true),
    ...Array.from({ length: 5 }, () => false),
    null,
    null,
    null
  ])
  expect(rows.map((row) => row["fault"]).filter((fault) => fault !== null)).toEqual(["contract:enabledUser"])
  expect(completeness.landing.faulty).toBe(1)
})

it("reads references as objects, as texts and as numbers, of whatever type they say they are", async () => {
  const enrollment = (sourcedId: string, user: unknown, school: unknown): Record<string, unknown> => ({
    sourcedId,
    status: "active",
    role: "student",
    user,
    class: { sourcedId: "c1" },
    school
  })
  const campus = await holding("enrollments", [
    enrollment("1", { href: "/users/s7", sourcedId: "s7", type: "org" }, null),
    enrollment("2", "s7", { sourcedId: 12 }),
    enrollment("3", 7, ""),
    enrollment("4", [{ sourcedId: "s7" }], {}),
    enrollment("5", null, "d1")
  ])
  const { rows } = await land(campus, "/enrollments", `sourcedId, "user", school`)
  expect(rows).toEqual([
    { sourcedId: "1", user: "s7", school: null, fault: null },
    { sourcedId: "2", user: "s7", school: "12", fault: null },
    { sourcedId: "3", user: "7", school: null, fault: null },
    { sourcedId: "4", user: "s7", school: null, fault: null },
    { sourcedId: "5", user: null, school: "d1", fault: "contract:user" }
  ])
})

it("reads enumerations in any case, `inactive` as to be deleted, and turns away words that are none: a role may be any", async () => {
  const campus = await holding("users", [
    user("1", { role: "Student", status: "ACTIVE" }),
    user("2", { role: "TEACHER", status: "inactive" }),
    user("3", { role: "guardian", status: "ToBeDeleted" }),
    user("4", { role: "wizard" }),
    user("5", { status: "enrolled" })
  ])
  const { rows } = await land(campus, "/users", "sourcedId, role, status")
  expect(rows).toEqual([
    { sourcedId: "1", role: "student", status: "active", fault: null },
    { sourcedId: "2", role: "teacher", status: "tobedeleted", fault: null },
    { sourcedId: "3", role: "guardian", status: "tobedeleted", fault: null },
    { sourcedId: "4", role: "wizard", status: "active", fault: null },
    { sourcedId: "5", role: "student", status: null, fault: "contract:status" }
  ])
})

it("reads dates with a time, times without a zone, and days as Americans write them", async () => {
  const session = (sourcedId: string, startDate: string, dateLastModified: string): Record<string, unknown> => ({
    sourcedId,
    status: "active",
    dateLastModified,
    title: "Fall",
    type: "term",
    startDate,
    endDate: "2026-12-20",
    schoolYear: 2027
  })
  const campus = await holding("academicSessions", [
    session("1", "2026-08-17", "2026-08-01T06:00:00.000Z"),
    session("2", "2026-08-17T00:00:00.000Z", "2026-08-01 06:00:00"),
    session("3", "8/17/2026", "2026-08-01"),
    session("4", "08/17/2026", "8/01/2026"),
    session("5", "soon", "2026-08-01T01:00:00-05:00")
  ])
  const { rows } = await land(
    campus,
    "/terms",
    "sourcedId, startDate::VARCHAR AS startDate, dateLastModified::VARCHAR AS modified, schoolYear"
  )
  const good = { startDate: "2026-08-17", schoolYear: "2027", fault: null }
  expect(rows).toEqual([
    { sourcedId: "1", modified: "2026-08-01 06:00:00", ...good },
    { sourcedId: "2", modified: "2026-08-01 06:00:00", ...good },
    { sourcedId: "3", modified: "2026-08-01 00:00:00", ...good },
    { sourcedId: "4", modified: "2026-08-01 00:00:00", ...good },
    {
      sourcedId: "5",
      modified: "2026-08-01 06:00:00",
      startDate: null,
      schoolYear: "2027",
      fault: "contract:startDate"
    }
  ])
})

it("collapses copies, keeps the newest of those that differ, and names them", async () => {
  const campus = await holding(
    "users",
    [user("1"), user("2", { familyName: "Alder", dateLastModified: "2026-08-01T06:00:00Z" })],
    [user("1"), user("2", { familyName: "Willow", dateLastModified: "2026-09-01T06:00:00Z" }), user(null)]
  )
  const { rows, completeness } = await land(campus, "/users", "sourcedId, familyName")
  expect(rows).toEqual([
    { sourcedId: "1", familyName: "Birch", fault: null },
    { sourcedId: "2", familyName: "Willow", fault: null }
  ])
  expect(completeness.landing).toMatchObject({
    read: 5,
    kept: 2,
    keyless: 1,
    equalDuplicates: 1,
    differingDuplicates: 1,
    differingKeys: ["2"]
  })
  // Five rows were announced, and three different ones came: what was missed nobody can say.
  expect(completeness.proven).toBe(false)
})

it("proves nothing where rows moved while there was a total for it to show", async () => {
  const campus = await serve(({ offset }) => {
    // The row at the border of two pages comes twice, and the last one not at all.
    const rows = offset === 0 ? orgs(100) : offset === 100 ? orgs(50, 99) : offset === 99 ? orgs(1, 99) : []
    return { body: { orgs: rows }, headers: { "x-total-count": "150" } }
  })
  const { completeness } = await land(campus, "/orgs", "sourcedId")
  expect(completeness.proven).toBe(false)
  expect(completeness.doubts).toEqual(["the server announced 150 rows and 149 different ones were read"])
})

it("lands pretty pages, bare arrays and large pages beside each other", async () => {
  const many = (from: number, count: number): ReadonlyArray<unknown> =>
    orgs(count, from).map((one) => ({ ...one, name: `School, "the" {[x]}\n${"é".repeat(200)}` }))
  const bodies = [
    { raw: JSON.stringify({ orgs: many(0, 3000) }) },
    { raw: JSON.stringify({ orgs: many(3000, 2000) }, null, 2) },
    { raw: JSON.stringify(many(5000, 10)) },
    { raw: `\uFEFF${JSON.stringify({ schools: many(5010, 5) })}` }
  ]
  let next = 0
  const campus = await serve(({ limit, offset }) =>
    limit === 1 ? { body: { orgs: many(offset, 1) } } : (bodies[next++] ?? { body: { orgs: [] } })
  )
  const { rows, completeness } = await land(campus, "/schools", "sourcedId, length(name) AS length")
  expect(rows).toHaveLength(5015)
  expect(new Set(rows.map((row) => row["length"]))).toEqual(new Set(["220"]))
  expect(completeness).toMatchObject({ proven: true, landing: { read: 5015, kept: 5015, faulty: 0 } })
})

it.each([
  ["as the standard has them", "D802"],
  ["with ids that are numbers", 802]
])("reads users of OneRoster 1.2 with every role in its own word, %s", async (_, school) => {
  const person = (
    sourcedId: string,
    roles: unknown,
    fields: Record<string, unknown> = {}
  ): Record<string, unknown> => ({
    ...user(sourcedId, { role: undefined, orgs: undefined, enabledUser: true, ...fields }),
    roles
  })
  const role = (roleType: string, role: string, org: unknown): Record<string, unknown> => ({
    roleType,
    role,
    org: { href: "x", sourcedId: org, type: "org" }
  })
  const campus = await holding("users", [
    person("1", [role("secondary", "guardian", "A001"), role("primary", "teacher", school)]),
    person("2", [role("primary", "districtAdministrator", "A001"), role("secondary", "Principal", "A001")]),
    person("3", [role("secondary", "aide", school)]),
    person("4", []),
    person("5", [role("primary", "student", school)], { role: "parent", orgs: [{ sourcedId: "OWN" }] }),
    person("6", [role("primary", "ext:wizard", school)]),
    person("7", [
      { ...role("primary", "COUNSELOR", school), beginDate: "2026-08-01", endDate: "2027-06-01T00:00:00Z" },
      role("secondary", "teacher", "A001")
    ])
  ])
  const { rows } = await land(
    campus,
    "/users",
    `sourcedId, role, coalesce(array_to_string(orgs, ' '), '') AS orgs, enabledUser,
    array_to_string(list_transform(roles, lambda one: concat_ws(' ', one.role, one.org, one.beginDate, one.endDate)), ', ') AS roles`,
    {
      baseUrl: `${campus.origin}/campus/api/ims/oneroster/rostering/v1p2`
    }
  )
  // Of a person with several roles every one, with its org and in the source's own word; `role` is the primary one's.
  const expected: ReadonlyArray<readonly [string, string | null, string, string | null, string | null]> = [
    ["1", "teacher", [String(school), "A001"].sort().join(" "), `guardian A001, teacher ${school}`, null],
    ["2", "districtAdministrator", "A001", "districtAdministrator A001, principal A001", null],
    ["3", "aide", String(school), `aide ${school}`, null],
    ["4", null, "", "", "contract:role"],
    ["5", "parent", "OWN", `student ${school}`, null],
    ["6", "ext:wizard", String(school), `ext:wizard ${school}`, null],
    [
      "7",
      "counselor",
      [String(school), "A001"].sort().join(" "),
      `counselor ${school} 2026-08-01 2027-06-01, teacher A001`,
      null
    ]
  ]
  expect(rows).toEqual(
    expected.map(([sourcedId, role, orgs, roles, fault]) => ({
      sourcedId,
      role,
      orgs,
      enabledUser: true,
      roles: roles || null,
      fault
    }))
  )
})
