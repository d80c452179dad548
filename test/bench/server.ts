import { closeSync, createReadStream, openSync, readFileSync, readSync } from "node:fs"
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http"
import type { DistrictFiles } from "./district.ts"

/**
 * A server in a process of its own: OneRoster pages out of files under /oneroster, and under /d2l a Brightspace that
 * says yes to everything. `GET /serve?OTHER.json` puts another district in the place of the first. `node --import tsx test/bench/server.ts DISTRICT.json` prints its port.
 */
const districtIn = (path: string): DistrictFiles => JSON.parse(readFileSync(path, "utf8")) as DistrictFiles
let district = districtIn(process.argv[2] ?? "")
let nextId = 1_000

const answer = (response: ServerResponse, body: unknown, status = 200): void => {
  const text = JSON.stringify(body)
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) })
  response.end(text)
}

/** The last row of the page that ends at a byte of the file: rows are shorter than the piece that is looked at, and none holds another. */
const lastRowBefore = (path: string, end: number): string => {
  const piece = Buffer.alloc(Math.min(end, 8_192))
  const file = openSync(path, "r")
  readSync(file, piece, 0, piece.length, end - piece.length)
  closeSync(file)
  return piece.toString("utf8", piece.lastIndexOf('{"sourcedId":"'), piece.length - "]}".length)
}

const page = (url: URL, asked: IncomingHttpHeaders, response: ServerResponse): void => {
  const name = url.pathname.slice(url.pathname.lastIndexOf("/") + 1)
  const whole = district.collections[name]
  if (whole === undefined) return answer(response, {}, 404)
  // No row but the changed ones was modified within the days that a delta read asks for.
  const since = /^dateLastModified>='(.*)'$/.exec(url.searchParams.get("filter") ?? "")?.[1]
  const collection = since !== undefined && since > "2026-08-02" ? whole.changed : whole
  if (url.searchParams.get("limit") === "1" && (url.searchParams.get("offset") ?? "0") === "0") {
    response.writeHead(200, { "x-total-count": String(collection.rows), "content-type": "application/json" })
    return void response.end(`{"${name}":[${collection.rows === 0 ? "" : whole.first}]}`)
  }
  const offset = Number(url.searchParams.get("offset") ?? 0)
  const index = Math.floor(offset / collection.pageRows)
  const start = collection.offsets[index]
  const end = collection.offsets[index + 1]
  const total = { "x-total-count": String(collection.rows), "content-type": "application/json" }
  if (start === undefined || end === undefined || offset >= collection.rows) {
    response.writeHead(200, total)
    response.end(`{"${name}":[]}`)
    return
  }
  if (
    url.searchParams.get("limit") === "1" &&
    (offset + 1 === collection.rows || (offset + 1) % collection.pageRows === 0)
  ) {
    response.writeHead(200, total)
    return void response.end(`{"${name}":[${lastRowBefore(collection.path, end)}]}`)
  }
  // The file stays as it is; another district lies in another.
  const etag = `"${Buffer.from(`${collection.path} ${start} ${end}`).toString("base64url")}"`
  if (asked["if-none-match"] === etag) return void response.writeHead(304, { etag }).end()
  response.writeHead(200, { ...total, etag, "content-length": end - start })
  createReadStream(collection.path, { start, end: end - 1, highWaterMark: 1 << 20 }).pipe(response)
}

const roles = [
  "Student",
  "Teacher",
  "Teaching Aide",
  "Guardian",
  "Relative",
  "Administrator",
  "District Administrator",
  "School Administrator"
]
const types = [
  "Organization",
  "Course Template",
  "Course Offering",
  "Group",
  "Semester",
  "Department",
  "Section",
  "District",
  "School"
]

interface Relationship {
  readonly ParentUserId: number
  readonly ChildUserId: number
}
const relationships = new Map<number, Relationship>()
/** Records as they were last changed, by their id, and places that were taken from somebody: both are read back. */
const changed = new Map<string, object>()
const left = new Set<string>()
const placeOf = (path: string) => /\/enrollments\/orgUnits\/([^/]+)\/users\/([^/]+)$/.exec(path)
const recordOf = (path: string) =>
  placeOf(path) === null ? /\/(?:courses|sections|users)\/(\d+)$/.exec(path)?.[1] : undefined

const brightspace = (request: IncomingMessage, url: URL, response: ServerResponse): void => {
  const path = url.pathname
  if (request.method === "POST" || request.method === "PUT") {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const sent = (): unknown => JSON.parse(Buffer.concat(chunks).toString("utf8"))
      if (path.endsWith("/relationships/")) {
        const [pair] = sent() as ReadonlyArray<Relationship>
        if (pair !== undefined) relationships.set(pair.ParentUserId, pair)
      }
      const written = recordOf(path)
      if (request.method === "PUT" && written !== undefined) changed.set(written, sent() as object)
      const entered: Readonly<Record<string, string | number>> = path.endsWith("/enrollments/")
        ? (sent() as Readonly<Record<string, string | number>>)
        : {}
      left.delete(`${entered["OrgUnitId"] ?? ""}/${entered["UserId"] ?? ""}`)
      // Whoever takes batches takes them at an address of its own, and says nothing of their rows.
      if (path.includes("/ipsis/upload/")) {
        return answer(response, { SignedUrl: `http://${request.headers.host}/d2l/batch` })
      }
      const id = String(nextId++)
      answer(response, {
        Identifier: id,
        UserId: Number(id),
        SectionId: Number(id),
        OrgUnitId: 1,
        RoleId: 1,
        IsCascading: false,
        UserName: "bench",
        FirstName: "Bench",
        MiddleName: null,
        LastName: "Bench",
        ExternalEmail: null,
        OrgDefinedId: id,
        Activation: { IsActive: true },
        Pronouns: null,
        // Who answers for a place names place, person and role.
        ...entered
      })
    })
    return
  }
  const [, place, person] = placeOf(path) ?? []
  if (request.method === "DELETE" && place !== undefined) left.add(`${place}/${person}`)
  if (path.endsWith("/versions/")) {
    return answer(
      response,
      ["lp", "le", "bfp"].map((product) => ({
        ProductCode: product,
        LatestVersion: product === "bfp" ? "1.0" : product === "lp" ? "1.53" : "1.90",
        SupportedVersions: [product === "bfp" ? "1.0" : product === "lp" ? "1.53" : "1.90"]
      }))
    )
  }
  if (path.endsWith("/organization/info"))
    return answer(response, { Identifier: "1", Name: "Bench", TimeZone: "America/Chicago" })
  if (path.endsWith("/roles/")) {
    return answer(
      response,
      roles.map((name, index) => ({
        Identifier: String(100 + index),
        DisplayName: name,
        Code: name,
        IsCascading: false
      }))
    )
  }
  if (path.endsWith("/outypes/"))
    return answer(
      response,
      types.map((name, index) => ({ Id: index + 1, Code: name, Name: name }))
    )
  if (path.endsWith("/whoami")) return answer(response, { Identifier: "7" })
  if (path.endsWith("/sections/settings")) return answer(response, { EnrollmentStyle: 0 })
  if (path.endsWith("/users/")) {
    return url.searchParams.has("orgDefinedId")
      ? answer(response, [])
      : answer(
          response,
          url.searchParams.has("userName") ? {} : { PagingInfo: { HasMoreItems: false, Bookmark: "" }, Items: [] },
          url.searchParams.has("userName") ? 404 : 200
        )
  }
  const [, orgUnit] = /\/orgstructure\/([^/]+)$/.exec(path) ?? []
  if (orgUnit !== undefined)
    return answer(response, { ...standing(orgUnit), ...changed.get(orgUnit), Type: { Id: 1, Code: null, Name: null } })
  const record = recordOf(path)
  if (record !== undefined) {
    const ids = { UserId: record, UserName: record, SectionId: record }
    const stands = { ...standing(record), ...ids, IsActive: true, Activation: { IsActive: true } }
    return answer(response, { ...stands, ...changed.get(record), Description: null })
  }
  // The last one that was written is listed: it is read back right after.
  const [, parent] = /\/relationships\/([^/]+)$/.exec(path) ?? []
  if (parent !== undefined)
    return answer(
      response,
      [relationships.get(Number(parent))].filter((one) => one !== undefined)
    )
  if (place !== undefined) {
    const isThere = !left.has(`${place}/${person}`)
    return answer(response, isThere ? { OrgUnitId: place, UserId: person, RoleId: "100" } : {}, isThere ? 200 : 404)
  }
  return answer(response, { PagingInfo: { HasMoreItems: false, Bookmark: "" }, Items: [] })
}

/** A record that is asked for by its id stands, under another name than it was written. */
const standing = (id: string) => ({ Identifier: id, Name: "Bench", Code: id, Path: null })

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "/", "http://localhost")
  if (url.pathname.startsWith("/oneroster/")) return page(url, request.headers, response)
  if (url.pathname === "/serve") {
    district = districtIn(decodeURIComponent(url.search.slice(1)))
    return answer(response, {})
  }
  if (url.pathname.startsWith("/token")) {
    request.resume()
    return answer(response, { access_token: "bench", token_type: "Bearer", expires_in: 36_000 })
  }
  brightspace(request, url, response)
})
server.keepAliveTimeout = 60_000
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  process.stdout.write(`${typeof address === "object" && address !== null ? address.port : 0}\n`)
})
