import * as Schema from "effect/Schema"

/** A number from `least` on, and at most `most` where that is given. */
export const within = (least: number, most?: number) =>
  Schema.filter<Schema.Schema<number>>(
    (given) =>
      !Number.isFinite(given) || given < least
        ? `this must be ${least} or more, not ${String(given)}`
        : most === undefined || given <= most || `this must be ${most} at most, not ${String(given)}`,
    { jsonSchema: { minimum: least, ...(most === undefined ? {} : { maximum: most }) } }
  )

/** A number of things: none is less than nothing, and what is no number would let everything through. */
export const Amount = Schema.Number.pipe(within(0))

/** The longest span of time, in whatever unit it is: with it any date of today's keeps the four digits by which instants are compared. */
export const longestSpan = 100_000

/** A span of time; the unit stands in its key. */
export const Span = Schema.Number.pipe(within(0, longestSpan))

/** A share of all, in percent: more than all of it would let everything through. */
export const Percent = Schema.Number.pipe(within(0, 100))
