import * as Schema from "effect/Schema"
import { asItIs, factsOf, within } from "../../../core/facts.ts"
import { sentences } from "../../../core/told.ts"

/** Sentences as the API carries them: in English, and part by part as codes with what is put in, for any other language. */

const codes = Object.keys(sentences) as ReadonlyArray<keyof typeof sentences>

export const FactView = Schema.Struct({
  code: Schema.Literal(...codes, asItIs, within).annotations({
    description: "what is said; words = as it stands in `say`; within = what the next part is about, by `name`"
  }),
  of: Schema.Record({ key: Schema.String, value: Schema.Union(Schema.String, Schema.Number) }).annotations({
    description: "what is put in: counts, names, instants in UTC"
  })
}).annotations({ identifier: "Fact" })
export type FactView = typeof FactView.Type

export const Told = Schema.Struct({
  say: Schema.String.annotations({ description: "in English, or as a file, a person or another system has it" }),
  facts: Schema.Array(FactView).annotations({
    description: "the same by code, part after part; empty where it is not rollbook's own"
  })
}).annotations({ identifier: "Told" })
export type Told = typeof Told.Type

export const told = (say: string): Told => ({ say, facts: factsOf(say) })

export const toldOrNull = (say: string | null): Told | null => (say === null ? null : told(say))
