import * as Schema from "effect/Schema"
import type { District } from "../district-files.ts"
import { type Answer, done, type Exchange, html, json, parameter, type Route } from "../http/exchange.ts"
import type { RequestLog } from "../http/request-log.ts"
import type { StandIn } from "../http/serve.ts"
import { type CampusCredentials, makeCampusAccess, vendorHeader } from "./access.ts"
import { type CollectionName, collectionShapes, type Endpoint, endpoints } from "./fields.ts"
import { gradebookRoutes, removeWithScores } from "./gradebook.ts"
import { renderCampus } from "./page.ts"
import { makePages, recordsOf } from "./pages.ts"
import { makeRecords, type OneRosterRecord, type Records } from "./records.ts"
import { CampusSettings } from "./settings.ts"
import { digestOf, stateOf } from "./state.ts"
import { failed, refusal } from "./status-info.ts"
import { makeWrites, type Writes } from "./writes.ts"

/** Path of the provider for one Campus application, up to and including the version. */
export const campusBasePath = (appName: string): string => `/campus/oneroster/${appName}/ims/oneroster/v1p1`

export const campusTokenPath = "/campus/oauth2/token"

/**
 * Infinite Campus as a OneRoster 1.1 provider: OAuth 2 and OAuth 1.0a, the flat collections and Campus's own, the
 * grade book with the vendor's header. Sources: OneRoster 1.1, sections 3 and 4; Infinite Campus, OneRoster API.
 */
export const makeCampus = (
  origin: string,
  log: RequestLog,
  district: District,
  credentials: CampusCredentials,
  initial: CampusSettings
): StandIn => {
  let settings = initial
  const base = campusBasePath(credentials.appName)
  const records = makeRecords(district, `${origin}${base}`, () =>
    settings.modifiedTimes === "days"
      ? `${new Date().toISOString().slice(0, 10)}T00:00:00.000Z`
      : new Date().toISOString()
  )
  const access = makeCampusAccess(credentials, () => settings.tokenSeconds)
  const pages = makePages(records, () => settings)
  const writes = makeWrites()
  const routes: ReadonlyArray<Route> = [
    { method: "POST", template: campusTokenPath, answer: access.token },
    ...endpoints.flatMap((endpoint): ReadonlyArray<Route> => [
      { method: "GET", template: `${base}/${endpoint.path}`, answer: (exchange) => pages.page(endpoint, exchange) },
      {
        method: "GET",
        template: `${base}/${endpoint.path}/:sourcedId`,
        answer: (exchange) => pages.single(endpoint, exchange)
      }
    ]),
    ...gradebookRoutes(base, records, pages, () => settings, writes)
  ]
  const admit = (exchange: Exchange, route: Route | null): Readonly<Record<string, string>> => {
    if (route?.template === campusTokenPath) return {}
    access.demand(exchange)
    if (isGradebook(exchange.path)) access.demandVendor(exchange)
    else if (exchange.headers[vendorHeader] !== undefined) log.leak()
    return {}
  }
  return {
    name: "campus",
    routes,
    controls: controlsOf(
      records,
      {
        get: () => settings,
        set: (changed) => {
          settings = changed
        }
      },
      writes
    ),
    admit,
    unknownPath: (exchange) => {
      if (!exchange.path.startsWith(base)) return failed(404, "unknown object", "There is nothing at this address.")
      admit(exchange, null)
      return failed(404, "unknown object", "There is no such endpoint.")
    },
    failure: (status, detail) =>
      failed(status, status === 429 || status === 503 ? "server_busy" : "invalid data", detail),
    cannot: [],
    distort: {
      lie_total: (fault, _, answer) => {
        const { "x-total-count": total, ...headers } = answer.headers
        if (fault.do !== "lie_total" || fault.add === undefined || total === undefined) return { ...answer, headers }
        return { ...answer, headers: { ...headers, "x-total-count": String(Number(total) + fault.add) } }
      },
      loop_link: (_, exchange, answer) =>
        withNextLink(
          answer,
          `${exchange.origin}${exchange.path}${exchange.rawQuery === "" ? "" : "?"}${exchange.rawQuery}`
        ),
      foreign_link: (_, exchange, answer) =>
        withNextLink(answer, `http://elsewhere.invalid${exchange.path}?limit=100&offset=100`)
    },
    shift: (exchange, row) => {
      const endpoint = endpointOf(exchange.path, base)
      const first = endpoint === undefined ? undefined : recordsOf(endpoint, records)[0]
      if (endpoint === undefined || first === undefined) return
      if (row === "delete") removeWithScores(records, endpoint.collection, first.sourcedId)
      else records.insertCopy(endpoint.collection, first)
    },
    revoke: access.revoke,
    reset: () => {
      records.reset()
      writes.clear()
      settings = initial
    }
  }
}

/** Every path of the grade book, nested ones too. */
const isGradebook = (path: string): boolean => /\/(lineItems|results|categories)(\/|$)/.test(path)

const endpointOf = (path: string, base: string): Endpoint | undefined =>
  endpoints.find((endpoint) => path === `${base}/${endpoint.path}`)

const withNextLink = (answer: Answer, next: string): Answer => {
  const others = (answer.headers["link"] ?? "")
    .split(", ")
    .filter((link) => link !== "" && !link.endsWith('rel="next"'))
  return { ...answer, headers: { ...answer.headers, link: [...others, `<${next}>; rel="next"`].join(", ") } }
}

interface SettingsCell {
  readonly get: () => CampusSettings
  readonly set: (settings: CampusSettings) => void
}

const controlsOf = (records: Records, cell: SettingsCell, writes: Writes): ReadonlyArray<Route> => [
  { method: "GET", template: "/", answer: () => html(renderCampus(records)) },
  { method: "GET", template: "/sandbox/writes", answer: () => json(writes.report()) },
  {
    method: "GET",
    template: "/sandbox/state",
    answer: (exchange) => json(exchange.query.has("digest") ? digestOf(records) : stateOf(records))
  },
  { method: "GET", template: "/sandbox/settings", answer: () => json(cell.get()) },
  {
    method: "PUT",
    template: "/sandbox/settings",
    answer: (exchange) => {
      const wanted = { ...cell.get(), ...(JSON.parse(exchange.body) as object) }
      cell.set(Schema.decodeUnknownSync(CampusSettings)(wanted, { onExcessProperty: "error" }))
      return json(cell.get())
    }
  },
  {
    method: "GET",
    template: "/sandbox/records/:collection/:sourcedId",
    answer: (exchange) => {
      const stored = records.get(collectionOf(exchange), parameter(exchange, "sourcedId"))
      return stored === undefined ? failed(404, "unknown object", "There is no such record.") : json(stored.record)
    }
  },
  {
    method: "PUT",
    template: "/sandbox/records/:collection/:sourcedId",
    answer: (exchange) => {
      const patch: unknown = JSON.parse(exchange.body)
      if (patch === null || typeof patch !== "object" || Array.isArray(patch)) {
        return failed(400, "invalid data", "A patch is an object.")
      }
      const stored = records.merge(collectionOf(exchange), parameter(exchange, "sourcedId"), patch as OneRosterRecord)
      return json(stored.record)
    }
  },
  {
    method: "DELETE",
    template: "/sandbox/records/:collection/:sourcedId",
    answer: (exchange) =>
      removeWithScores(records, collectionOf(exchange), parameter(exchange, "sourcedId"))
        ? done(204)
        : failed(404, "unknown object", "There is no such record.")
  }
]

const collectionOf = (exchange: Exchange): CollectionName => {
  const name = parameter(exchange, "collection") as CollectionName
  if (!collectionShapes.has(name)) throw refusal(404, "unknown object", "There is no such collection.")
  return name
}
