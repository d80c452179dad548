import * as Schema from "effect/Schema"
import { RefusalShape } from "./refusal-shapes.ts"

/** Settings of the stand-in that a rehearsal can change while it runs. */
export const CampusSettings = Schema.Struct({
  /** Life of a new token. */
  tokenSeconds: Schema.Int.pipe(Schema.nonNegative()),
  /** The most rows that a page holds. */
  maxLimit: Schema.Int.pipe(Schema.positive()),
  /** Whether pages say how many rows there are, by `X-Total-Count`. */
  totals: Schema.Boolean,
  /** Whether pages come with an `ETag`, and are not sent where they are asked for by it: not, each by its content, or one for all. */
  etags: Schema.Literal("none", "honest", "stuck"),
  /** How `dateLastModified` is compared in a filter: as an instant, by its day, not at all, or so that nothing matches. */
  modifiedFilter: Schema.Literal("instants", "days", "ignored", "nothing"),
  /** The value that `dateLastModified` takes with a change: the instant, or the midnight before it. */
  modifiedTimes: Schema.Literal("instants", "days"),
  /** Ids of academic sessions that are closed for grades, with all that lies in them. */
  closedSessions: Schema.Array(Schema.NonEmptyString),
  /** Characters that the title of an assignment may have; null = any number. */
  titleLimit: Schema.NullOr(Schema.Int.pipe(Schema.positive())),
  /** Whether a section refuses a second assignment of the same title. */
  uniqueTitles: Schema.Boolean,
  /** The status of a PUT that replaces; one that creates is answered with 201. */
  updateStatus: Schema.Literal(200, 201),
  /** The status of a PUT that is refused. */
  refusalStatus: Schema.Int.pipe(Schema.between(400, 599)),
  refusalShape: RefusalShape,
  /** Collections whose PUTs are answered with 200 and change nothing. */
  ignoredWrites: Schema.Array(Schema.Literal("lineItems", "results"))
})
export type CampusSettings = typeof CampusSettings.Type

export const campusDefaults: CampusSettings = {
  tokenSeconds: 1800,
  maxLimit: 50_000,
  totals: true,
  etags: "none",
  modifiedFilter: "instants",
  modifiedTimes: "instants",
  closedSessions: [],
  titleLimit: 50,
  uniqueTitles: true,
  updateStatus: 200,
  refusalStatus: 422,
  refusalShape: "statusInfoSet",
  ignoredWrites: []
}
