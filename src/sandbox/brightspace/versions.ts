import * as Schema from "effect/Schema"
import { type Exchange, json, parameter, type Route } from "../http/exchange.ts"
import { refuse } from "./refusals.ts"
import { readBody } from "./wire.ts"

/** Contracts that the stand-in answers, deprecated ones included; older ones are obsolete. As of LMS 20.26.6. */
const products: ReadonlyMap<string, ReadonlyArray<string>> = new Map([
  ["lp", minorVersions(46, 59)],
  ["le", minorVersions(75, 95)],
  ["bas", minorVersions(3, 5)],
  ["bfp", ["1.0"]]
])

function minorVersions(from: number, to: number): ReadonlyArray<string> {
  return Array.from({ length: to - from + 1 }, (_, index) => `1.${from + index}`)
}

export const isOffered = (product: string, version: string): boolean =>
  products.get(product)?.includes(version) === true

const Asked = Schema.Array(Schema.Struct({ ProductCode: Schema.String, Version: Schema.String }))

/** Which contracts there are; no token is asked for. Source: Valence, API properties. */
export const versionRoutes: ReadonlyArray<Route> = [
  { method: "GET", template: "/d2l/api/versions/", answer: () => json([...products.keys()].map(productVersions)) },
  {
    method: "GET",
    template: "/d2l/api/:product/versions/",
    answer: (exchange: Exchange) => {
      const product = parameter(exchange, "product")
      if (!products.has(product)) throw refuse(404, "There is no such product.")
      return json(productVersions(product))
    }
  },
  {
    method: "POST",
    template: "/d2l/api/versions/check",
    answer: (exchange: Exchange) => {
      const versions = readBody(Asked, exchange).map(({ ProductCode, Version }) => ({
        ProductCode,
        Version,
        Supported: isOffered(ProductCode, Version),
        LatestVersion: products.get(ProductCode)?.at(-1) ?? null
      }))
      return json({ Supported: versions.every((one) => one.Supported), Versions: versions })
    }
  }
]

const productVersions = (product: string): unknown => ({
  ProductCode: product,
  LatestVersion: products.get(product)?.at(-1) ?? "",
  SupportedVersions: products.get(product) ?? []
})
