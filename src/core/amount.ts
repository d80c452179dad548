import * as Schema from "effect/Schema"

/** A number of things: none is less than nothing, and what is no number would let everything through. */
export const Amount = Schema.Number.pipe(
  Schema.filter((amount) => Number.isFinite(amount) && amount >= 0, { jsonSchema: { minimum: 0 } })
)

/** The longest span of time, in whatever unit it is: with it any date of today's keeps the four digits by which instants are compared. */
export const longestSpan = 100_000

/** A span of time; the unit stands in its key. */
export const Span = Amount.pipe(Schema.filter((span) => span <= longestSpan, { jsonSchema: { maximum: longestSpan } }))

/** A share of all, in percent: more than all of it would let everything through. */
export const Percent = Amount.pipe(Schema.filter((amount) => amount <= 100, { jsonSchema: { maximum: 100 } }))
