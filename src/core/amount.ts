import * as Schema from "effect/Schema"

/** A number of things: none is less than nothing, and what is no number would let everything through. */
export const Amount = Schema.Number.pipe(
  Schema.filter((amount) => Number.isFinite(amount) && amount >= 0, { jsonSchema: { minimum: 0 } })
)

/** A share of all, in percent: more than all of it would let everything through. */
export const Percent = Amount.pipe(Schema.filter((amount) => amount <= 100, { jsonSchema: { maximum: 100 } }))
