import * as Schema from "effect/Schema"
import { type Answer, done, type Exchange, html, json, parameter, type Route } from "../http/exchange.ts"
import type { StandIn } from "../http/serve.ts"
import { type BrightspaceClient, brightspaceTokenPath, covers, makeBrightspaceAccess } from "./access.ts"
import { versions } from "./bulk/format.ts"
import { makeBatches } from "./bulk/routes.ts"
import { courseRoutes } from "./course-routes.ts"
import { makeCredits } from "./credits.ts"
import { enrollmentRoutes } from "./enrollment-routes.ts"
import { type Extracts, makeExtracts } from "./data-sets/extracts.ts"
import { dataSetControls, dataSetDefaults, dataSetRoutes } from "./data-sets/routes.ts"
import { activityRoutes } from "./grades/activity-routes.ts"
import { gradebookControls } from "./grades/controls.ts"
import { exemptionRoutes } from "./grades/exemption-routes.ts"
import { exportRoutes, setupRoutes } from "./grades/export-routes.ts"
import { gradeObjectRoutes } from "./grades/object-routes.ts"
import { gradeValueRoutes } from "./grades/value-routes.ts"
import { makeLtiPlatform } from "./lti/platform.ts"
import { orgStructureRoutes } from "./org-structure-routes.ts"
import { renderTenant } from "./page.ts"
import { htmlError, problem, refuse, refuseHtml } from "./refusals.ts"
import { relationshipRoutes } from "./relationship-routes.ts"
import { sectionRoutes } from "./section-routes.ts"
import { Seed, seed } from "./seed.ts"
import { digestOf, stateOf } from "./state.ts"
import { makeTenant, type Tenant } from "./tenant.ts"
import { userRoutes } from "./user-routes.ts"
import { isOffered, versionRoutes } from "./versions.ts"
import type { ApiRoute } from "./wire.ts"

const Settings = Schema.Struct({
  /** Life of a new token. */
  tokenSeconds: Schema.Int.pipe(Schema.nonNegative()),
  creditsPerMinute: Schema.Int.pipe(Schema.nonNegative()),
  creditsPerCall: Schema.Int.pipe(Schema.nonNegative()),
  /** Rows of a page. */
  pageSize: Schema.Int.pipe(Schema.positive()),
  /** Whether no two sections of the tenant have one code; otherwise no two of an offering. */
  uniqueSectionCodes: Schema.Boolean,
  /** Parts of route templates for which the service user's role has no permission. */
  withheld: Schema.Array(Schema.NonEmptyString),
  /** Codes of course offerings that no integration manages; `*` is all of them. */
  unmanagedCourses: Schema.Array(Schema.NonEmptyString),
  /** Codes of course offerings where the service user may not manage what is exported; `*` is all of them. */
  forbiddenExports: Schema.Array(Schema.NonEmptyString),
  /** Names of Brightspace Data Sets that are switched on. */
  dataSets: Schema.Array(Schema.NonEmptyString),
  /** `Set.Column`, left out of extracts that are made from then on. */
  dataSetColumnsLeftOut: Schema.Array(Schema.NonEmptyString),
  dataSetDownloadsPerMinute: Schema.Int.pipe(Schema.nonNegative()),
  /** Id of the source system to which batches of D2L Standard CSV go. */
  sourceSystem: Schema.NonEmptyString,
  csvVersion: Schema.Literal(...versions),
  /** Seconds for which the address of an upload is good. */
  signedSeconds: Schema.Number.pipe(Schema.nonNegative()),
  /** Whether batches are worked off soon, or when `/sandbox/batches/work-off` says so. */
  batches: Schema.Literal("soon", "asked")
})
export type BrightspaceSettings = typeof Settings.Type

export const brightspaceDefaults: BrightspaceSettings = {
  tokenSeconds: 3600,
  creditsPerMinute: 50_000,
  creditsPerCall: 10,
  pageSize: 100,
  uniqueSectionCodes: true,
  withheld: [],
  unmanagedCourses: [],
  forbiddenExports: [],
  ...dataSetDefaults,
  sourceSystem: "1042",
  csvVersion: "3.0",
  signedSeconds: 900,
  batches: "soon"
}

/**
 * Brightspace as far as rosters and grades need it: versions, OAuth 2, credits, org structure, courses, sections, users,
 * enrollments, parents, auditors, grade books, the activities that feed them, and data sets. Source: the Valence API reference.
 */
export const makeBrightspace = (
  origin: string,
  client: BrightspaceClient,
  timeZone: string,
  initial: BrightspaceSettings
): StandIn => {
  let settings = initial
  let tenant = makeTenant(timeZone)
  const access = makeBrightspaceAccess(client, `${origin}${brightspaceTokenPath}`, () => settings.tokenSeconds)
  const credits = makeCredits(() => settings, Date.now)
  let extracts = makeExtracts()
  const theExtracts = (): Extracts => extracts
  const theTenant = (): Tenant => tenant
  const pageSize = (): number => settings.pageSize
  const lti = makeLtiPlatform(origin, theTenant)
  const batches = makeBatches(origin, theTenant, () => settings)
  const api = new Map(
    [
      ...orgStructureRoutes(theTenant, pageSize),
      ...courseRoutes(theTenant),
      ...sectionRoutes(theTenant, () => settings.uniqueSectionCodes),
      ...userRoutes(theTenant, pageSize),
      ...enrollmentRoutes(theTenant, pageSize),
      ...relationshipRoutes(theTenant),
      ...gradeObjectRoutes(theTenant),
      ...gradeValueRoutes(theTenant, pageSize),
      ...exemptionRoutes(theTenant),
      ...exportRoutes(theTenant, () => settings),
      ...setupRoutes(theTenant),
      ...activityRoutes(theTenant, pageSize),
      ...dataSetRoutes(theExtracts, () => settings, pageSize, Date.now),
      ...batches.api
    ].map((route) => [toRoute(route, () => settings.withheld), route])
  )
  return {
    name: "brightspace",
    routes: [
      { method: "POST", template: brightspaceTokenPath, answer: access.token },
      ...versionRoutes,
      ...lti.routes,
      ...batches.uploads,
      ...api.keys()
    ],
    controls: [
      ...controlsOf(theTenant, {
        get: () => settings,
        set: (changed) => {
          settings = changed
        }
      }),
      ...dataSetControls(theTenant, theExtracts, () => settings, Date.now),
      ...lti.controls,
      ...batches.controls
    ],
    admit: (exchange, route) => {
      const apiRoute = api.get(route)
      if (apiRoute === undefined) return {}
      const scopes = access.demand(exchange)
      const headers = credits.pay()
      if (!isOffered(apiRoute.product, parameter(exchange, "version"))) {
        throw refuseHtml(404, "The API version is not supported.")
      }
      if (!covers(scopes, apiRoute.scope)) throw refuse(403, `The token lacks the scope ${apiRoute.scope}.`)
      return headers
    },
    unknownPath: () => htmlError(404, "The page was not found."),
    failure: problem,
    cannot: ["clamp_limit", "lie_total", "shift"],
    distort: {
      loop_link: (_, exchange, answer) => loopBookmark(exchange, answer),
      foreign_link: (_, exchange, answer) =>
        withFilesElsewhere(withNext(answer, `http://elsewhere.invalid${exchange.path}?pageSize=20&bookmark=1`))
    },
    revoke: access.revoke,
    reset: () => {
      tenant = makeTenant(timeZone)
      extracts = makeExtracts()
      settings = initial
      batches.reset()
      credits.fill()
    }
  }
}

/** Without the permission, lists are empty, single things are not there, and changes are forbidden. */
const toRoute = (route: ApiRoute, withheld: () => ReadonlyArray<string>): Route => {
  const template = `/d2l/api/${route.product}/:version${route.path}`
  return {
    method: route.method,
    template,
    answer: (exchange) => {
      if (!withheld().some((part) => template.includes(part))) return route.answer(exchange)
      if (route.method !== "GET") throw refuse(403, "The user may not do this.")
      if (route.unseen === undefined) throw refuseHtml(404, "The page was not found.")
      return json(route.unseen)
    }
  }
}

/** A page that names itself as the next one. */
const loopBookmark = (exchange: Exchange, answer: Answer): Answer => {
  const body = objectIn(answer)
  if (!("PagingInfo" in body)) {
    const query = exchange.rawQuery === "" ? "" : `?${exchange.rawQuery}`
    return withNext(answer, `${exchange.origin}${exchange.path}${query}`)
  }
  const bookmark = exchange.query.get("bookmark") ?? "0"
  return { ...answer, body: JSON.stringify({ ...body, PagingInfo: { Bookmark: bookmark, HasMoreItems: true } }) }
}

/** Lists of objects name the next page by its address; other answers stay as they are. */
const withNext = (answer: Answer, next: string): Answer => {
  const body = objectIn(answer)
  return "Next" in body ? { ...answer, body: JSON.stringify({ ...body, Next: next }) } : answer
}

/** A list of extracts says that its files lie elsewhere, and no page follows it; other answers stay as they are. */
const withFilesElsewhere = (answer: Answer): Answer => {
  const { Objects, ...body } = objectIn(answer)
  if (!Array.isArray(Objects) || !Objects.some((one) => Object(one).DownloadLink !== undefined)) return answer
  const moved = Objects.map((one: object) => ({ ...one, DownloadLink: "http://elsewhere.invalid/extract.zip" }))
  return { ...answer, body: JSON.stringify({ ...body, Objects: moved, Next: null }) }
}

const objectIn = ({ body }: Answer): Readonly<Record<string, unknown>> =>
  typeof body === "string" && body.startsWith("{") ? (JSON.parse(body) as Record<string, unknown>) : {}

interface SettingsCell {
  readonly get: () => BrightspaceSettings
  readonly set: (settings: BrightspaceSettings) => void
}

const controlsOf = (tenant: () => Tenant, cell: SettingsCell): ReadonlyArray<Route> => [
  { method: "GET", template: "/", answer: () => html(renderTenant(tenant())) },
  {
    method: "GET",
    template: "/sandbox/state",
    answer: (exchange) => json(exchange.query.has("digest") ? digestOf(tenant()) : stateOf(tenant()))
  },
  {
    method: "POST",
    template: "/sandbox/seed",
    answer: (exchange) => {
      seed(tenant(), Schema.decodeUnknownSync(Seed)(JSON.parse(exchange.body), { onExcessProperty: "error" }))
      return done(204)
    }
  },
  ...gradebookControls(tenant),
  { method: "GET", template: "/sandbox/settings", answer: () => json(cell.get()) },
  {
    method: "PUT",
    template: "/sandbox/settings",
    answer: (exchange) => {
      const wanted = { ...cell.get(), ...(JSON.parse(exchange.body) as object) }
      cell.set(Schema.decodeUnknownSync(Settings)(wanted, { onExcessProperty: "error" }))
      return json(cell.get())
    }
  }
]
