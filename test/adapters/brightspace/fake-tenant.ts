import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createLocalJWKSet } from "jose/jwks/local"
import { jwtVerify } from "jose/jwt/verify"
import { generateKeyPairSync } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { publicJwks } from "../../../src/adapters/brightspace/jwks.ts"
import type { BrightspaceConnection } from "../../../src/adapters/brightspace/settings.ts"
import { ok, problem } from "./fake-answers.ts"
import { orgRoutes } from "./fake-org-routes.ts"
import { type OrgUnit, unit, type User } from "./fake-records.ts"
import { peopleRoutes } from "./fake-people-routes.ts"

/** A tenant in memory: strict about bodies, as D2L documents them. Its people are invented. */
export interface FakeTenant {
  readonly url: string
  readonly connection: (over?: Partial<BrightspaceConnection>) => BrightspaceConnection
  /** What was asked of the API, without versions and tokens: `PUT /users/301`. */
  readonly calls: () => ReadonlyArray<string>
  readonly requests: Array<Asked>
  readonly forget: () => void
  readonly orgUnits: Map<string, OrgUnit>
  readonly users: Map<string, User>
  /** `{org unit}/{user}` */
  readonly enrollments: Map<string, { role: number; by: number | null }>
  readonly sectionsSetUp: Map<string, unknown>
  readonly relationships: Set<string>
  readonly tokens: Set<string>
  supported: Record<string, ReadonlyArray<string>>
  /** Sent with every answer. */
  headers: Record<string, string>
  /** Seconds. */
  tokenLife: number
  refreshToken: string
  /** Whose key set proves assertions; null = that of `connection()`. */
  publishedBy: BrightspaceConnection | null
  /** Requests of every kind. */
  received: number
  /** Answers in place of the tenant; `cut` drops the connection after the request was carried out. */
  intercept: ((asked: Asked) => Answer | "cut" | null) | null
  /** Answers in place of the token service. */
  interceptToken: (() => Answer | null) | null
  readonly close: () => Promise<void>
}

export interface Asked {
  readonly method: string
  readonly path: string
  readonly version: string
  readonly query: URLSearchParams
  readonly body: unknown
}

export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly text?: string
  readonly headers?: Record<string, string>
}

const signingKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString()

export const startTenant = async (): Promise<FakeTenant> => {
  let nextId = 7000
  let issued = 0
  const id = (): string => String(nextId++)
  const server = createServer((request, response) => {
    void handle(request, response)
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const tenant: FakeTenant = {
    url,
    connection: (over = {}) => ({
      type: "brightspace",
      name: "brightspace",
      url,
      auth: {
        type: "private_key_jwt",
        tokenUrl: `${url}/token`,
        clientId: "app-1",
        privateKey: Redacted.make(signingKey),
        scope: ["core:*:*"]
      },
      versions: { lp: "1.49" },
      timeoutSeconds: 120,
      relationships: { route: "bfp", parentField: "ParentUserId", childField: "ChildUserId" },
      budget: { concurrency: 4, requestsPerSecond: Infinity, peak: null },
      ...over
    }),
    calls: () =>
      tenant.requests
        .filter(({ path }) => !["/versions/", "/roles/", "/outypes/", "/organization/info"].includes(path))
        .map(
          ({ method, path, query }) =>
            `${method} ${path}${query.size === 0 ? "" : `?${decodeURIComponent(query.toString())}`}`
        ),
    requests: [],
    forget: () => tenant.requests.splice(0),
    orgUnits: new Map([["6606", unit({ name: "Organization", type: 1, parents: [] })]]),
    users: new Map(),
    enrollments: new Map(),
    sectionsSetUp: new Map(),
    relationships: new Set(),
    tokens: new Set(),
    supported: { lp: ["1.46", "1.49", "1.54", "1.59", "unstable"], le: ["1.82", "1.9"], bfp: ["1.0"] },
    headers: {},
    tokenLife: 3600,
    refreshToken: "refresh-0",
    publishedBy: null,
    received: 0,
    intercept: null,
    interceptToken: null,
    close: () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(() => done()))
    }
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    tenant.received++
    const chunks: Array<Buffer> = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString("utf8")
    const at = new URL(request.url ?? "/", url)
    const send = (answer: Answer): void => {
      response.writeHead(answer.status, { "content-type": "application/json", ...tenant.headers, ...answer.headers })
      response.end(answer.text ?? (answer.body === undefined ? "" : JSON.stringify(answer.body)))
    }
    if (at.pathname === "/token") {
      return send(tenant.interceptToken?.() ?? (await issueToken(new URLSearchParams(text))))
    }
    const [, version = "", path = ""] = /^\/d2l\/api(?:\/(?:lp|le|bfp)\/([^/]+))?(\/.*)$/.exec(at.pathname) ?? []
    const asked: Asked = {
      method: request.method ?? "",
      path,
      version,
      query: at.searchParams,
      body: text === "" ? undefined : (JSON.parse(text) as unknown)
    }
    if (!tenant.tokens.has((request.headers.authorization ?? "").replace("Bearer ", ""))) return send({ status: 401 })
    tenant.requests.push(asked)
    const instead = tenant.intercept?.(asked) ?? null
    if (instead === "cut") {
      answerTo(asked)
      response.destroy()
      return
    }
    send(instead ?? answerTo(asked))
  }

  const issueToken = async (form: URLSearchParams): Promise<Answer> => {
    const token = `access-${++issued}`
    if (form.get("grant_type") === "refresh_token") {
      if (form.get("refresh_token") !== tenant.refreshToken || form.get("client_secret") !== "s3cret") {
        return { status: 400, body: { error: "invalid_grant", error_description: "jo@example.org must log in" } }
      }
      tenant.refreshToken = `refresh-${issued}`
      tenant.tokens.add(token)
      return {
        status: 200,
        body: { access_token: token, expires_in: tenant.tokenLife, refresh_token: tenant.refreshToken }
      }
    }
    const published = JSON.parse(
      await Effect.runPromise(publicJwks(tenant.publishedBy ?? tenant.connection()))
    ) as Parameters<typeof createLocalJWKSet>[0]
    try {
      const { payload } = await jwtVerify(form.get("client_assertion") ?? "", createLocalJWKSet(published), {
        audience: `${url}/token`,
        issuer: "app-1",
        subject: "app-1"
      })
      if ((payload.exp ?? 0) - Date.now() / 1000 > 61 || payload.jti === undefined) return { status: 400 }
    } catch {
      return { status: 401, body: { error: "invalid_client" } }
    }
    tenant.tokens.add(token)
    return { status: 200, body: { access_token: token, expires_in: tenant.tokenLife } }
  }

  const answerTo = (asked: Asked): Answer => {
    if (asked.path === "/versions/") {
      return ok(
        Object.entries(tenant.supported).map(([ProductCode, SupportedVersions]) => ({
          ProductCode,
          LatestVersion: SupportedVersions.at(-1),
          SupportedVersions
        }))
      )
    }
    for (const [method, pattern, route] of routes) {
      const match = method === asked.method ? pattern.exec(asked.path) : null
      if (match !== null) return route(asked, match[1] ?? "", match[2] ?? "")
    }
    return problem(404, "no such route")
  }

  const routes = [...orgRoutes(tenant, id), ...peopleRoutes(tenant, id)]
  return tenant
}
