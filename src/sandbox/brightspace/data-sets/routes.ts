import * as Schema from "effect/Schema"
import { done, type Exchange, parameter, Refusal, type Route } from "../../http/exchange.ts"
import { problem, refuse } from "../refusals.ts"
import type { Tenant } from "../tenant.ts"
import { type ApiRoute, emptyObjectList, objectListPage, UtcDateTime } from "../wire.ts"
import type { DataSet } from "./data-set.ts"
import { type BdsType, dataSets, type Extract, type Extracts, guidOf } from "./extracts.ts"

export interface DataSetSettings {
  /** Names of sets that are switched on. */
  readonly dataSets: ReadonlyArray<string>
  /** `Set.Column`, left out of extracts that are made from then on. */
  readonly dataSetColumnsLeftOut: ReadonlyArray<string>
  readonly dataSetDownloadsPerMinute: number
}

export const dataSetDefaults: DataSetSettings = {
  dataSets: dataSets.map((set) => set.name),
  dataSetColumnsLeftOut: [],
  dataSetDownloadsPerMinute: 100
}

const scope = "datasets:bds:read"

/** Major and minor of the form of the files. */
const version = "9.9"

/** Brightspace Data Sets: what there is, which extracts, and the files. Source: Valence lp, Data Hub. */
export const dataSetRoutes = (
  extracts: () => Extracts,
  settings: () => DataSetSettings,
  pageSize: () => number,
  now: () => number
): ReadonlyArray<ApiRoute> => {
  const enabled = (): ReadonlyArray<DataSet> => dataSets.filter((set) => settings().dataSets.includes(set.name))
  const setAt = (exchange: Exchange): DataSet => {
    const found = enabled().find((set) => guidOf(set.name) === parameter(exchange, "schemaId"))
    if (found === undefined) throw refuse(404, "The data set was not found.")
    return found
  }
  const ofPlugin = (exchange: Exchange): ReadonlyArray<Extract> => {
    const set = setAt(exchange)
    const type = types.find((one) => pluginOf(set, one) === parameter(exchange, "pluginId"))
    if (type === undefined) throw refuse(404, "The plugin was not found.")
    return extracts()
      .of(set)
      .filter((one) => one.type === type)
  }
  const listed = (exchange: Exchange, rows: ReadonlyArray<Extract>) =>
    objectListPage(
      exchange,
      rows,
      ({ id }) => [id],
      (one) => extractJson(exchange, one),
      pageSize()
    )
  const get = (path: string, answer: ApiRoute["answer"], unseen?: unknown): ApiRoute => ({
    method: "GET",
    product: "lp",
    path: `/datasets/bds${path}`,
    scope,
    ...(unseen === undefined ? {} : { unseen }),
    answer
  })
  return [
    get(
      "",
      (exchange) =>
        objectListPage(
          exchange,
          enabled(),
          (set) => [dataSets.indexOf(set)],
          (set) => setJson(exchange, set),
          pageSize()
        ),
      emptyObjectList
    ),
    get("/:schemaId/extracts", (exchange) => listed(exchange, extracts().of(setAt(exchange)))),
    get("/:schemaId/plugins/:pluginId/extracts", (exchange) => listed(exchange, ofPlugin(exchange))),
    get("/:schemaId/plugins/:pluginId/extracts/:extractId", (exchange) => {
      const found = ofPlugin(exchange).find((one) => guidOf(`extract ${one.id}`) === parameter(exchange, "extractId"))
      if (found === undefined) throw refuse(404, "The extract was not found.")
      takeOne(extracts(), settings().dataSetDownloadsPerMinute, now())
      return { status: 200, headers: { "content-type": "application/zip" }, body: found.zip }
    })
  ]
}

const types: ReadonlyArray<BdsType> = ["Full", "Differential"]
const pluginOf = (set: DataSet, type: BdsType): string => guidOf(`${set.name} ${type}`)

const below = (exchange: Exchange, set: DataSet): string =>
  `${exchange.origin}/d2l/api/lp/${parameter(exchange, "version")}/datasets/bds/${guidOf(set.name)}`

const setJson = (exchange: Exchange, set: DataSet): unknown => {
  const plugin = (type: BdsType): unknown => ({
    PluginId: pluginOf(set, type),
    Name: type === "Full" ? set.name : `${set.name} Differential`,
    Description: `${set.name} of the stand-in`,
    ExtractsLink: `${below(exchange, set)}/plugins/${pluginOf(set, type)}/extracts`
  })
  return {
    SchemaId: guidOf(set.name),
    Full: plugin("Full"),
    Differential: plugin("Differential"),
    ExtractsLink: `${below(exchange, set)}/extracts`
  }
}

const extractJson = (exchange: Exchange, { createdAt, id, queuedAt, set, type, zip }: Extract): unknown => ({
  SchemaId: guidOf(set.name),
  PluginId: pluginOf(set, type),
  BdsType: type,
  CreatedDate: createdAt,
  DownloadLink: `${below(exchange, set)}/plugins/${pluginOf(set, type)}/extracts/${guidOf(`extract ${id}`)}`,
  DownloadSize: zip.length,
  QueuedForProcessingDate: queuedAt,
  Version: version
})

/** So many downloads a minute; beyond, 403 says by `Retry-After` when there are more. */
const takeOne = ({ loads }: Extracts, perMinute: number, now: number): void => {
  if (now - loads.began >= 60_000) Object.assign(loads, { began: now, taken: 0 })
  if (loads.taken >= perMinute) {
    const refused = problem(403, "The quota of downloads is used up.")
    const seconds = Math.max(1, Math.ceil((loads.began + 60_000 - now) / 1000))
    throw new Refusal({ ...refused, headers: { ...refused.headers, "retry-after": String(seconds) } })
  }
  loads.taken++
}

const Wanted = Schema.Struct({
  type: Schema.Literal("Full", "Differential"),
  sets: Schema.optionalWith(Schema.Array(Schema.String), { exact: true }),
  /** As if it had been asked for, and been there, then; now, where left out. What it holds is what stands now. */
  queuedAt: Schema.optionalWith(UtcDateTime, { exact: true }),
  createdAt: Schema.optionalWith(UtcDateTime, { exact: true })
})

/** Makes extracts now: in Brightspace a full one is made each week, a differential one each day. */
export const dataSetControls = (
  tenant: () => Tenant,
  extracts: () => Extracts,
  settings: () => DataSetSettings,
  now: () => number
): ReadonlyArray<Route> => [
  {
    method: "POST",
    template: "/sandbox/data-sets",
    answer: (exchange) => {
      const wanted = Schema.decodeUnknownSync(Wanted)(JSON.parse(exchange.body), { onExcessProperty: "error" })
      const createdAt = wanted.createdAt ?? new Date(now()).toISOString()
      const fault = extracts().make(
        tenant(),
        { ...wanted, createdAt, queuedAt: wanted.queuedAt ?? createdAt },
        settings().dataSetColumnsLeftOut
      )
      if (fault !== null) throw refuse(400, fault)
      return done(204)
    }
  }
]
