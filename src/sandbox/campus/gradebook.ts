import { type Answer, done, type Exchange, parameter, Refusal, type Route } from "../http/exchange.ts"
import { lineItemOf } from "./line-items.ts"
import type { Pages } from "./pages.ts"
import { type OneRosterRecord, type Records, referredId, type StoredRecord } from "./records.ts"
import { refusedIn } from "./refusal-shapes.ts"
import { resultOf } from "./results.ts"
import type { CampusSettings } from "./settings.ts"
import { refusal } from "./status-info.ts"
import type { Refuse } from "./write-body.ts"
import type { Writes } from "./writes.ts"

/**
 * The grade book beside its flat collections: what belongs to a class, and the writes of assignments and scores.
 * `base` is the address in front of `/lineItems`. Source: OneRoster 1.1, sections 3.2 and 3.3.
 */
export const gradebookRoutes = (
  base: string,
  records: Records,
  pages: Pages,
  settings: () => CampusSettings,
  writes: Writes
): ReadonlyArray<Route> => [
  ...nestedRoutes(base, records, pages),
  ...writeRoutes(base, "lineItems", records, settings, writes, (sourcedId, sent, refuse) =>
    lineItemOf(sourcedId, sent, records, settings(), refuse)
  ),
  ...writeRoutes(base, "results", records, settings, writes, (sourcedId, sent, refuse) =>
    resultOf(sourcedId, sent, records, refuse)
  )
]

/** Takes a record out; the scores of an assignment go with it. False when there is none. */
export const removeWithScores = (
  records: Records,
  collection: Parameters<Records["remove"]>[0],
  sourcedId: string
): boolean => {
  if (collection === "lineItems") {
    for (const result of records.referring("results", "lineItem", sourcedId)) {
      records.remove("results", result.sourcedId)
    }
  }
  return records.remove(collection, sourcedId)
}

const nestedRoutes = (base: string, records: Records, pages: Pages): ReadonlyArray<Route> => {
  const lineItemsOf = (exchange: Exchange): ReadonlyArray<StoredRecord> => {
    const classId = parameter(exchange, "classId")
    if (records.get("classes", classId) === undefined) {
      throw refusal(404, "unknown object", "There is no such section.")
    }
    return records.referring("lineItems", "class", classId)
  }
  const resultsOf = (lineItem: StoredRecord): ReadonlyArray<StoredRecord> =>
    records.referring("results", "lineItem", lineItem.sourcedId)
  const nested = (
    path: string,
    collection: "lineItems" | "results",
    rows: (exchange: Exchange) => ReadonlyArray<StoredRecord>
  ): Route => ({
    method: "GET",
    template: `${base}/classes/:classId/${path}`,
    answer: (exchange) => pages.pageOf({ path, collection }, rows(exchange), exchange)
  })
  return [
    nested("lineItems", "lineItems", lineItemsOf),
    nested("results", "results", (exchange) => lineItemsOf(exchange).flatMap(resultsOf)),
    nested("lineItems/:lineItemId/results", "results", (exchange) => {
      const lineItem = lineItemsOf(exchange).find((one) => one.sourcedId === parameter(exchange, "lineItemId"))
      if (lineItem === undefined) throw refusal(404, "unknown object", "The section has no such assignment.")
      return resultsOf(lineItem)
    }),
    nested("students/:studentId/results", "results", (exchange) => {
      const studentId = parameter(exchange, "studentId")
      if (records.get("users", studentId) === undefined) {
        throw refusal(404, "unknown object", "There is no such student.")
      }
      return lineItemsOf(exchange)
        .flatMap(resultsOf)
        .filter(({ record }) => referredId(record, "student") === studentId)
    })
  ]
}

const writeRoutes = (
  base: string,
  collection: "lineItems" | "results",
  records: Records,
  settings: () => CampusSettings,
  writes: Writes,
  recordOf: (sourcedId: string, sent: unknown, refuse: Refuse) => OneRosterRecord
): ReadonlyArray<Route> => {
  const refuse: Refuse = (codeMinor, description) =>
    new Refusal(refusedIn(settings().refusalShape, settings().refusalStatus, codeMinor, description))
  const template = `${base}/${collection}/:sourcedId`
  return [
    {
      method: "PUT",
      template,
      answer: (exchange): Answer => {
        const sourcedId = parameter(exchange, "sourcedId")
        if (settings().ignoredWrites.includes(collection)) return done(200)
        const record = recordOf(sourcedId, JSON.parse(exchange.body), refuse)
        const before = records.get(collection, sourcedId)?.record ?? null
        const { record: after } = records.put(collection, sourcedId, record)
        writes.note(collection, sourcedId, before, after)
        return done(before === null ? 201 : settings().updateStatus)
      }
    },
    {
      method: "DELETE",
      template,
      answer: (exchange): Answer => {
        if (!removeWithScores(records, collection, parameter(exchange, "sourcedId"))) {
          throw refusal(404, "unknown object", "There is no such record.")
        }
        return done(204)
      }
    }
  ]
}
