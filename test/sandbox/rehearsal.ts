import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { SignJWT, importPKCS8, type JWTPayload } from "jose"
import { randomUUID } from "node:crypto"
import { afterAll, beforeAll, beforeEach } from "vitest"
import type { BrightspaceConnection } from "../../src/adapters/brightspace/settings.ts"
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/sandbox.ts"

export const anyPort = { data: null, campusPort: 0, brightspacePort: 0, asOf: "2026-10-01" }

/** An answer, read to its end. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; null where it is none. */
  readonly body: unknown
}

export const call = async (
  url: string,
  init: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: unknown } = {}
): Promise<Reply> => {
  const isText = init.body instanceof URLSearchParams
  const answer = await fetch(url, {
    method: init.method ?? "GET",
    headers: { ...(init.body !== undefined && !isText ? { "content-type": "application/json" } : {}), ...init.headers },
    ...(init.body === undefined ? {} : { body: isText ? init.body : JSON.stringify(init.body) })
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, body: parse(text) }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** What a client must know of a sandbox that is served. */
export type Served = Pick<Sandbox, "brightspaceUrl" | "environment">

/** Serves one sandbox for all tests of a file; each begins with its data, settings and faults as at the start. */
export const rehearse = (options: Partial<SandboxOptions> = {}): (() => Sandbox) => {
  const scope = Effect.runSync(Scope.make())
  let sandbox: Sandbox | null = null
  beforeAll(async () => {
    sandbox = await Effect.runPromise(Scope.extend(startSandbox({ ...anyPort, ...options }), scope))
  })
  beforeEach(async () => {
    for (const url of [running().campusUrl, running().brightspaceUrl]) {
      await call(`${url}/sandbox/reset`, { method: "POST" })
      await call(`${url}/sandbox/faults`, { method: "DELETE" })
    }
  })
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const running = (): Sandbox => {
    if (sandbox === null) throw new Error("the sandbox is not running")
    return sandbox
  }
  return running
}

export const campusToken = async (sandbox: Sandbox): Promise<string> => {
  const { environment } = sandbox
  const reply = await call(environment["CAMPUS_TOKEN_URL"] ?? "", {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: environment["CAMPUS_CLIENT_ID"] ?? "",
      client_secret: environment["CAMPUS_CLIENT_SECRET"] ?? ""
    })
  })
  return (reply.body as { access_token: string }).access_token
}

/** GET below the provider's base, with a token of its own. */
export const campusGet = async (
  sandbox: Sandbox,
  path: string,
  query: Record<string, string> = {},
  headers: Record<string, string> = {}
): Promise<Reply> => {
  const url = new URL(`${sandbox.environment["CAMPUS_BASE_URL"]}${path}`)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return call(url.href, { headers: { authorization: `Bearer ${await campusToken(sandbox)}`, ...headers } })
}

/** The grade book of the provider, with a token and the vendor's header. */
export interface CampusGradebook {
  readonly get: (path: string, query?: Record<string, string>) => Promise<Reply>
  readonly put: (path: string, body: unknown) => Promise<Reply>
  readonly remove: (path: string) => Promise<Reply>
}

export const campusGradebook = async (sandbox: Sandbox): Promise<CampusGradebook> => {
  const { environment } = sandbox
  const headers = {
    authorization: `Bearer ${await campusToken(sandbox)}`,
    "x-vendor-authorization": `${environment["CAMPUS_VENDOR_KEY"]}:${environment["CAMPUS_VENDOR_SECRET"]}`
  }
  const at = (path: string): string => `${environment["CAMPUS_BASE_URL"]}${path}`
  return {
    get: (path, query = {}) => call(`${at(path)}?${new URLSearchParams(query).toString()}`, { headers }),
    put: (path, body) => call(at(path), { method: "PUT", headers, body }),
    remove: (path) => call(at(path), { method: "DELETE", headers })
  }
}

export const rosterScopes =
  "organizations:organization:* orgunits:course:* orgunits:coursetemplate:create sections:*:* users:*:* role:detail:read enrollment:orgunit:* core:*:*"

export const gradeScopes = `${rosterScopes} grades:*:* dropbox:folders:read quizzing:quizzes:read discussions:*:*`

export const assertion = async (sandbox: Pick<Served, "environment">, claims: JWTPayload = {}): Promise<string> => {
  const { environment } = sandbox
  const key = await importPKCS8(environment["BRIGHTSPACE_PRIVATE_KEY"] ?? "", "RS256")
  return new SignJWT({
    iss: environment["BRIGHTSPACE_CLIENT_ID"] ?? "",
    sub: environment["BRIGHTSPACE_CLIENT_ID"] ?? "",
    aud: environment["BRIGHTSPACE_TOKEN_URL"] ?? "",
    jti: randomUUID(),
    exp: Math.floor(Date.now() / 1000) + 60,
    ...claims
  })
    .setProtectedHeader({ alg: "RS256", kid: "any" })
    .sign(key)
}

export const askBrightspaceToken = (
  sandbox: Pick<Served, "environment">,
  clientAssertion: string,
  scope = rosterScopes
): Promise<Reply> =>
  call(sandbox.environment["BRIGHTSPACE_TOKEN_URL"] ?? "", {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: sandbox.environment["BRIGHTSPACE_CLIENT_ID"] ?? "",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: clientAssertion,
      scope
    })
  })

export const brightspaceToken = async (sandbox: Pick<Served, "environment">, scope = rosterScopes): Promise<string> => {
  const reply = await askBrightspaceToken(sandbox, await assertion(sandbox), scope)
  return (reply.body as { access_token: string }).access_token
}

/** One client with one token. Paths begin with the product: `/lp/1.59/users/`. */
export interface Tenant {
  readonly get: (path: string) => Promise<Reply>
  readonly post: (path: string, body?: unknown) => Promise<Reply>
  readonly put: (path: string, body: unknown) => Promise<Reply>
  readonly remove: (path: string, body?: unknown) => Promise<Reply>
}

export const tenantOf = async (sandbox: Served, scope = rosterScopes): Promise<Tenant> => {
  const headers = { authorization: `Bearer ${await brightspaceToken(sandbox, scope)}` }
  const at = (path: string): string => `${sandbox.brightspaceUrl}/d2l/api${path}`
  return {
    get: (path) => call(at(path), { headers }),
    post: (path, body) => call(at(path), { method: "POST", headers, body }),
    put: (path, body) => call(at(path), { method: "PUT", headers, body }),
    remove: (path, body) => call(at(path), { method: "DELETE", headers, body })
  }
}

/** A connection to the stand-in of Brightspace, for reading grades and data sets. */
export const connectionTo = (
  { brightspaceUrl, environment }: Sandbox,
  over: Partial<BrightspaceConnection> = {}
): BrightspaceConnection => ({
  type: "brightspace",
  name: "brightspace",
  url: brightspaceUrl,
  auth: {
    type: "private_key_jwt",
    tokenUrl: environment["BRIGHTSPACE_TOKEN_URL"] ?? "",
    clientId: environment["BRIGHTSPACE_CLIENT_ID"] ?? "",
    privateKey: Redacted.make(environment["BRIGHTSPACE_PRIVATE_KEY"] ?? ""),
    scope: [...gradeScopes.split(" "), "datasets:bds:read"]
  },
  versions: { lp: "1.49", le: "1.82" },
  timeoutSeconds: 20,
  relationships: { route: "off", parentField: "", childField: "" },
  budget: { concurrency: 4, requestsPerSecond: Infinity, peak: null },
  ...over
})

/** What a teacher has done in the course E1, in which `77` and `78` learn and `90` teaches. */
export const seedCourse = async (sandbox: Sandbox, gradebook: Record<string, unknown> = {}): Promise<Reply> =>
  call(`${sandbox.brightspaceUrl}/sandbox/seed`, {
    method: "POST",
    body: {
      orgUnits: [
        { type: "Semester", name: "Autumn", code: "S1" },
        { type: "Course Template", name: "English", code: "T1" },
        { type: "Course Offering", name: "English 9", code: "E1", parents: ["T1", "S1"] },
        { type: "Section", name: "English 9", code: "E1", parents: ["E1"] }
      ],
      users: [
        { orgDefinedId: "77", userName: "ada", firstName: "Ada", lastName: "Quill", role: "Student" },
        { orgDefinedId: "78", userName: "bo", firstName: "Bo", lastName: "Reed", role: "Student" },
        { orgDefinedId: "90", userName: "cy", firstName: "Cy", lastName: "Vale", role: "Teacher" }
      ],
      enrollments: [
        { user: "77", orgUnit: "E1", role: "Student" },
        { user: "78", orgUnit: "E1", role: "Student" },
        { user: "90", orgUnit: "E1", role: "Teacher" }
      ],
      gradebook: { course: "E1", ...gradebook }
    }
  })

export const root = 6606
export const text = (content: string): unknown => ({ Content: content, Type: "Text" })

export const person = (userName: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  OrgDefinedId: `id-${userName}`,
  FirstName: "Ada",
  MiddleName: null,
  LastName: "Quill",
  ExternalEmail: null,
  UserName: userName,
  RoleId: 110,
  IsActive: true,
  SendCreationEmail: false,
  Pronouns: null,
  ...more
})

export const offering = (templateId: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  Name: "1200 1 English 9",
  Code: "Quill_Ada",
  Path: "",
  CourseTemplateId: templateId,
  SemesterId: null,
  StartDate: null,
  EndDate: null,
  LocaleId: null,
  ForceLocale: false,
  ShowAddressBook: true,
  Description: text(""),
  CanSelfRegister: false,
  IsActive: true,
  ...more
})

export const sectionSettings = {
  EnrollmentStyle: 1,
  EnrollmentQuantity: 1,
  AutoEnroll: false,
  RandomizeEnrollments: false,
  DescriptionsVisibleToEnrollees: false
}

export const idOf = (reply: Reply): number => {
  const body = reply.body as { Identifier?: string; UserId?: number; SectionId?: number }
  return Number(body.Identifier ?? body.UserId ?? body.SectionId)
}

/** A school with a template, an offering whose sections are set up, and a section. */
export const makeCourse = async (
  tenant: Tenant
): Promise<{
  readonly school: number
  readonly template: number
  readonly course: number
  readonly section: number
}> => {
  const school = idOf(
    await tenant.post("/lp/1.59/orgstructure/", { Type: 102, Name: "School", Code: "0110", Parents: [root] })
  )
  const template = idOf(
    await tenant.post("/lp/1.59/coursetemplates/", {
      Name: "English 9",
      Code: "1200",
      Path: "",
      ParentOrgUnitIds: [school]
    })
  )
  const course = idOf(await tenant.post("/lp/1.59/courses/", offering(template)))
  await tenant.put(`/lp/1.59/${course}/sections/`, sectionSettings)
  const section = idOf(
    await tenant.post(`/lp/1.59/${course}/sections/`, {
      Name: "1200 1 English 9",
      Code: "Quill_Ada",
      Description: text("")
    })
  )
  return { school, template, course, section }
}
