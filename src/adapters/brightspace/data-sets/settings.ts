import * as Schema from "effect/Schema"
import { longestSpan, within } from "../../../core/amount.ts"

/** How much of grade books is read from the Brightspace Data Sets. */

const scores = Schema.Struct({
  askAfterHours: Schema.optionalWith(
    Schema.Number.annotations({
      description:
        "what changed after the newest extract was made waits for the next one, until the extract is so many hours old; 0: it is asked for on every run, course by course",
      default: 0
    }).pipe(within(0, longestSpan)),
    { default: () => 0, exact: true }
  ).pipe(Schema.fromKey("ask_after_hours"))
}).annotations({ description: "scores" })

export const dataSetSettings = Schema.Struct({ scores }).annotations({
  description:
    "all scores of courses are read from Brightspace Data Sets, where their extracts can be relied on, and asked for elsewhere; needs the scope datasets:bds:read. All are asked for when left out"
})

export type DataSetSettings = typeof dataSetSettings.Type
