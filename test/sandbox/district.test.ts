import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { zipSync } from "fflate"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import type { SandboxError } from "../../src/sandbox/error.ts"
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/sandbox.ts"
import { anyPort, campusGet } from "./rehearsal.ts"

const folders: Array<string> = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

const folderOf = (files: Record<string, string>): string => {
  const folder = mkdtempSync(join(tmpdir(), "rollbook-district-"))
  folders.push(folder)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

const withSandbox = <A>(
  options: Partial<SandboxOptions>,
  use: (sandbox: Sandbox) => Promise<A>
): Promise<Either.Either<A, SandboxError>> =>
  Effect.runPromise(
    Effect.either(
      Effect.scoped(
        Effect.flatMap(startSandbox({ ...anyPort, ...options }), (sandbox) => Effect.promise(() => use(sandbox)))
      )
    )
  )
const succeed = async <A>(options: Partial<SandboxOptions>, use: (sandbox: Sandbox) => Promise<A>): Promise<A> =>
  Either.getOrThrowWith(await withSandbox(options, use), (error) => error)
const failure = async (options: Partial<SandboxOptions>): Promise<SandboxError> =>
  Either.getOrThrow(Either.flip(await withSandbox(options, () => Promise.resolve(null))))

/** Small and as untidy as exports are: a byte-order mark, another order and case of columns, short and long lines, no manifest. */
const untidy = {
  "orgs.csv":
    '\uFEFF"sourcedId",status,dateLastModified,name,type,identifier,parentSourcedId\r\no1,,,Hollow,district,0099,\r\n',
  "AcademicSessions.csv":
    "title,sourcedid,type,startDate,endDate,schoolYear,metadata.calendar\nYear,26,schoolYear,2021-08-01,2022-07-31,2022,Main\n",
  "users.csv":
    'sourcedId,role,givenName,familyName,enabledUser,username,userIds,agentSourcedIds,orgSourcedIds,dataLastModified\n007,parent,Bo,Quill,TRUE,,"{a:1},{b: 2}","s1, s2",o1\ns1,student,Ada,"O""Neil",,ada,,,o1,2021-01-01,more,\n'
}

it("reads an untidy folder", async () => {
  await succeed({ data: folderOf(untidy) }, async (sandbox) => {
    expect((await campusGet(sandbox, "/orgs")).body).toMatchObject({
      orgs: [{ sourcedId: "o1", status: "active", identifier: "0099", dateLastModified: "2020-01-01T00:00:00.000Z" }]
    })
    expect((await campusGet(sandbox, "/academicSessions/26")).body).toMatchObject({
      academicSession: { title: "Year", startDate: "2021-08-01", metadata: { calendar: "Main" } }
    })
    expect((await campusGet(sandbox, "/users")).body).toMatchObject({
      users: [
        {
          sourcedId: "007",
          enabledUser: "true",
          username: "",
          userIds: [
            { type: "a", identifier: "1" },
            { type: "b", identifier: "2" }
          ],
          agents: [{ sourcedId: "s1" }, { sourcedId: "s2" }]
        },
        { familyName: 'O"Neil' }
      ]
    })
    expect((await campusGet(sandbox, "/classes")).body).toEqual({ classes: [] })
  })
})

it("reads a zip, and leaves out what its manifest calls absent", async () => {
  const district = "src/sandbox/district"
  const files = readdirSync(district).filter((name) => name.endsWith(".csv") && name !== "manifest.csv")
  const zip = zipSync({
    ...Object.fromEntries(files.map((name) => [name, readFileSync(join(district, name))])),
    "manifest.csv": Buffer.from("propertyName,value\nmanifest.version,1.0\nfile.enrollments,absent\n")
  })
  const path = join(folderOf({}), "district.zip")
  writeFileSync(path, zip)
  await succeed({ data: path }, async (sandbox) => {
    expect((await campusGet(sandbox, "/users")).headers.get("x-total-count")).toBe("225")
    expect((await campusGet(sandbox, "/enrollments")).headers.get("x-total-count")).toBe("0")
  })
})

it("says which file is wrong", async () => {
  const { "users.csv": _, ...withoutUsers } = untidy
  expect(await failure({ data: "/nowhere" })).toMatchObject({ reason: "DataUnreadable" })
  expect((await failure({ data: folderOf(withoutUsers) })).message).toContain("holds no users.csv")
  expect((await failure({ data: folderOf({ ...untidy, "users.csv": 'sourcedId\n"x' }) })).message).toContain(
    "users.csv"
  )
  expect((await failure({ data: folderOf({ ...untidy, "users.csv": "sourcedId,role\n,student\n" }) })).message).toBe(
    "users.csv: row 2 has no sourcedId"
  )
})

it.each([
  ["2026-10-01", "2026-08-01", "2026-2027 Semester 1"],
  ["2031-07-31", "2030-08-01", "2030-2031 Semester 1"],
  ["2024-08-01", "2024-08-01", "2024-2025 Semester 1"]
])("moves the invented district so that its school year holds %s", async (asOf, start, semester) => {
  await succeed({ asOf }, async (sandbox) => {
    const { academicSession: year } = (await campusGet(sandbox, "/academicSessions/26")).body as {
      academicSession: Record<string, string>
    }
    expect(year["startDate"]).toBe(start)
    expect((year["startDate"] ?? "") <= asOf && asOf <= (year["endDate"] ?? "")).toBe(true)
    expect((await campusGet(sandbox, "/terms/301")).body).toMatchObject({
      academicSession: { title: semester, schoolYear: String(Number(start.slice(0, 4)) + 1) }
    })
  })
})

it("takes faults for both stand-ins from the start, and refuses those that are none", async () => {
  const faults = [
    { do: "lie_total", add: 1, match: { route: "/orgs" } },
    { on: "brightspace", do: "status", status: 500 }
  ]
  await succeed({ faults }, async (sandbox) => {
    expect((await campusGet(sandbox, "/orgs")).headers.get("x-total-count")).toBe("4")
    const armed = async (url: string): Promise<unknown> => (await fetch(`${url}/sandbox/faults`)).json()
    expect(await armed(sandbox.campusUrl)).toHaveLength(1)
    expect(await armed(sandbox.brightspaceUrl)).toMatchObject([{ do: "status" }])
  })
  expect(await failure({ faults: [{ do: "explode" }] })).toMatchObject({ reason: "FaultInvalid" })
})

it("says that a port is taken, and frees its own at the end", async () => {
  const other = createServer().listen(0, "127.0.0.1")
  await new Promise((resolve) => other.once("listening", resolve))
  const { port } = other.address() as AddressInfo
  expect(await failure({ campusPort: port })).toMatchObject({ reason: "PortTaken" })
  other.close()
  const url = await succeed({}, (sandbox) => Promise.resolve(sandbox.brightspaceUrl))
  await expect(fetch(`${url}/sandbox/state`)).rejects.toThrow("fetch failed")
})

it("hands over every variable that the shipped connections ask for", async () => {
  const asked = [...readFileSync("pipelines/connections.yaml", "utf8").matchAll(/\$\{env:(\w+)\}/g)].map(
    ([, name]) => name
  )
  await succeed({}, async (sandbox) => {
    expect(asked.length).toBeGreaterThan(4)
    for (const name of asked) expect(sandbox.environment, name).toHaveProperty(name ?? "")
    expect(sandbox.environment["BRIGHTSPACE_PRIVATE_KEY"]).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    await Promise.resolve()
  })
})

const of12 = {
  "orgs.csv": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\no1,,,Hollow,district,0099,\n",
  "academicSessions.csv":
    "sourcedId,title,type,startDate,endDate,schoolYear\n26,Year,schoolYear,2021-08-01,2022-07-31,2022\n",
  "users.csv":
    "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,primaryOrgSourcedId\ns1,,,true,ada,,Ada,Neil,o1\n"
}

it.each<[string, Record<string, string>]>([
  ["roles.csv", { "roles.csv": "sourcedId,userSourcedId,roleType,role,orgSourcedId\nr1,s1,primary,student,o1\n" }],
  ["a manifest of 1.2", { "manifest.csv": "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n" }],
  ["columns of its users", {}]
])("refuses a district of OneRoster 1.2, known by %s, in a folder and in a zip", async (_, more) => {
  const files = { ...of12, ...more }
  const folder = folderOf(files)
  const zip = join(folderOf({}), "district.zip")
  writeFileSync(
    zip,
    zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])))
  )
  for (const data of [folder, zip]) {
    const error = await failure({ data })
    expect(error.reason).toBe("DataUnreadable")
    expect(error.message).toMatch(/OneRoster 1\.2.*1\.1/)
  }
})
