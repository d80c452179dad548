import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { mkdtemp, readdir, readFile, stat } from "node:fs/promises"
import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { makeSource } from "../../../src/adapters/oneroster/source.ts"
import type { OneRosterAuth, OneRosterConnection } from "../../../src/adapters/oneroster/settings.ts"
import type { CollectionPages, CollectionRequest, SourceError } from "../../../src/core/ports/source.ts"

/** A OneRoster server that a test writes in a few lines, over real HTTP. */

export interface Asked {
  readonly method: string
  readonly url: URL
  /** Path and query as they came over the wire. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly offset: number
  readonly limit: number
}

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Text or bytes to send as they are, in place of `body`. */
  readonly raw?: string | Buffer
  /** Announce the whole body, send half of it and hang up. */
  readonly cut?: boolean
}

export interface FakeCampus {
  readonly origin: string
  readonly baseUrl: string
  readonly tokenUrl: string
  /** Every request but those for tokens. */
  readonly asked: Array<Asked>
  readonly tokensAsked: Array<Asked>
}

/** Listens until the test ends. `token` answers at the token's address; without it every client gets one. */
export const serve = async (
  answer: (asked: Asked, count: number) => Reply | Promise<Reply>,
  token: (asked: Asked, count: number) => Reply | Promise<Reply> = (_, count) => ({
    body: { access_token: `token-${count}`, token_type: "Bearer", expires_in: 3600 }
  })
): Promise<FakeCampus> => {
  const asked: Array<Asked> = []
  const tokensAsked: Array<Asked> = []
  const server = createServer((incoming, outgoing) => {
    const pieces: Array<Buffer> = []
    incoming.on("data", (piece: Buffer) => pieces.push(piece))
    incoming.on("end", () => {
      const target = incoming.url ?? ""
      const url = new URL(target, "http://campus.example")
      const one: Asked = {
        method: incoming.method ?? "",
        url,
        target,
        headers: incoming.headers,
        body: Buffer.concat(pieces).toString("utf8"),
        offset: Number(url.searchParams.get("offset") ?? 0),
        limit: Number(url.searchParams.get("limit") ?? 100)
      }
      const isToken = url.pathname.endsWith("/token")
      const list = isToken ? tokensAsked : asked
      list.push(one)
      void Promise.resolve((isToken ? token : answer)(one, list.length)).then((reply) => {
        const bytes = Buffer.isBuffer(reply.raw)
          ? reply.raw
          : Buffer.from(reply.raw ?? JSON.stringify(reply.body ?? {}))
        outgoing.writeHead(reply.status ?? 200, {
          "content-type": "application/json",
          ...(reply.status === 204 ? {} : { "content-length": bytes.length }),
          ...reply.headers
        })
        if (reply.cut === true) outgoing.write(bytes.subarray(0, bytes.length / 2), () => outgoing.destroy())
        else outgoing.end(bytes)
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    baseUrl: `${origin}/campus/oneroster/rollbook/ims/oneroster/v1p1`,
    tokenUrl: `${origin}/campus/oauth2/token?appName=rollbook`,
    asked,
    tokensAsked
  }
}

export const org = (number: number): Record<string, unknown> => ({
  sourcedId: String(number).padStart(4, "0"),
  status: "active",
  dateLastModified: "2026-08-01T06:00:00.000Z",
  name: `School ${number}`,
  type: "school"
})

export const orgs = (count: number, from = 0): ReadonlyArray<Record<string, unknown>> =>
  Array.from({ length: count }, (_, index) => org(from + index))

export interface Reading {
  readonly outcome: Either.Either<CollectionPages, SourceError>
  /** Ids as they stand in the page files, sorted, copies included. */
  readonly ids: ReadonlyArray<string>
  readonly progress: ReadonlyArray<readonly [number, number | null]>
}

export const oauth2Auth = (campus: FakeCampus): Extract<OneRosterAuth, { type: "oauth2" }> => ({
  type: "oauth2",
  tokenUrl: campus.tokenUrl,
  clientId: "InfiniteCampus_rollbook",
  clientSecret: Redacted.make("s3cret-of-the-district"),
  clientAuth: "basic",
  scope: []
})

export const connectionTo = (campus: FakeCampus, changes: Partial<OneRosterConnection> = {}): OneRosterConnection => ({
  type: "oneroster",
  name: "campus",
  profile: "infinite_campus",
  baseUrl: campus.baseUrl,
  auth: oauth2Auth(campus),
  gradebookHeaders: { "x-vendor-authorization": Redacted.make("vendor:key") },
  pageLimit: 10,
  asksByTag: false,
  timeoutSeconds: 120,
  budget: { concurrency: 4, requestsPerSecond: Number.POSITIVE_INFINITY, peak: null },
  ...changes
})

/** Reads /orgs, or what `request` names, through the real adapter. */
export const readFrom = async (
  campus: FakeCampus,
  changes: Partial<OneRosterConnection> = {},
  request: Partial<CollectionRequest> = {}
): Promise<Reading> => {
  const progress: Array<readonly [number, number | null]> = []
  const directory = await mkdtemp(join(tmpdir(), "rollbook-oneroster-"))
  const outcome = await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const source = yield* makeSource(connectionTo(campus, changes), "America/Chicago")
        return yield* source.read({
          dataset: "orgs",
          endpoint: "/orgs",
          filter: null,
          fields: [],
          directory,
          onProgress: (rows, total) => progress.push([rows, total]),
          ...request
        })
      })
    ).pipe(Effect.either)
  )
  const ids = outcome._tag === "Left" ? [] : await idsIn(outcome.right, directory)
  return { outcome, ids, progress }
}

/** The pages of a read that has to succeed. */
export const pagesOf = (reading: Reading): CollectionPages => {
  if (reading.outcome._tag === "Left") throw reading.outcome.left
  return reading.outcome.right
}

/** The error of a read that has to fail. */
export const errorOf = (reading: Reading): SourceError => {
  if (reading.outcome._tag === "Right") throw new Error("the read succeeded")
  return reading.outcome.left
}

const idsIn = async (pages: CollectionPages, directory: string): Promise<ReadonlyArray<string>> => {
  const left = (await readdir(directory)).length - pages.files.length
  if (left !== 0) throw new Error(`${left} files stand in the folder that are none of the read`)
  const ids: Array<string> = []
  for (const file of pages.files) {
    const { mode } = await stat(file.path)
    if ((mode & 0o077) !== 0) throw new Error(`${file.path} can be read by others`)
    const lines = (await readFile(file.path, "utf8")).trimEnd().split("\n")
    const rows = lines.map((line) => JSON.parse(line) as { sourcedId: string })
    if (rows.length !== file.rows) throw new Error(`${rows.length} rows stand in ${file.path}`)
    ids.push(...rows.map((row) => row.sourcedId))
  }
  return ids.sort()
}
