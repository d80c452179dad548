import * as Schema from "effect/Schema"
import { longestSpan } from "../../../core/amount.ts"
import { amount, oneOf, text } from "../../../core/ports/settings.ts"

/** How much goes to a tenant as D2L Standard CSV is written. */

const defaults = { at: 20_000, waitMinutes: 10, settleHours: 24 }

const amountOr = (byDefault: number, description: string, most?: number) =>
  Schema.optionalWith(amount(description, byDefault, most), { default: () => byDefault, exact: true })

export const bulkSettings = Schema.Struct({
  sourceSystem: Schema.propertySignature(
    text("id of the source system of type D2L Standard CSV in IPSIS Administration", ["1042"])
  ).pipe(Schema.fromKey("source_system")),
  version: oneOf("version of the format that the source system is set to", ["3.0", "2.1"]),
  at: amountOr(
    defaults.at,
    "new records, and enrollments that begin, change or end, in a plan from which they go as rows; with fewer, all are sent one by one. 1: always"
  ),
  waitMinutes: amountOr(
    defaults.waitMinutes,
    "how long an apply waits until the work of rows shows; what does not is unknown then, and the next run looks again",
    longestSpan
  ).pipe(Schema.fromKey("wait_minutes")),
  settleHours: amountOr(
    defaults.settleHours,
    "hours after which a row has failed whose work does not show; until then it is not sent again",
    longestSpan
  ).pipe(Schema.fromKey("settle_hours")),
  enrolledBy: Schema.optionalWith(
    text("id of the user under whom the tenant notes enrollments that came as rows: they count as rollbook's own", [
      "2071"
    ]),
    { exact: true }
  ).pipe(Schema.fromKey("enrolled_by"))
}).annotations({
  description:
    "many new records, and enrollments that end, go at once as D2L Standard CSV, by a signed address; needs the scope ipsis:batch:upload. Nothing goes so when left out"
})

export type BulkSettings = typeof bulkSettings.Type
