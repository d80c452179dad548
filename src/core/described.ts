import * as Schema from "effect/Schema"

/** Fields of what is published, each with its description. */

export const rows = (description: string) => Schema.Number.annotations({ description })
export const words = (description: string) => Schema.String.annotations({ description })
export const wordsOrNull = (description: string) => Schema.NullOr(Schema.String).annotations({ description })
