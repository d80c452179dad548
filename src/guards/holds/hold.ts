import * as Schema from "effect/Schema"
import { rows, words, wordsOrNull } from "../../core/described.ts"
import { guardNames } from "../derived.ts"

/** Steps withheld until someone approves them. */
export const HoldSchema = Schema.Struct({
  id: words("hold-1, hold-2… within the plan"),
  guard: Schema.Literal(...guardNames).annotations({ description: "which guard tripped" }),
  entity: words("entity of the steps"),
  school: wordsOrNull("SIS id of the school the guard looked at; null = the whole district"),
  section: wordsOrNull("SIS id of the section the guard looked at; null = the whole district"),
  limit: rows("what was allowed, in rows or people"),
  value: rows("what was found, in rows or people"),
  steps: rows("number of steps it withholds"),
  say: words("one sentence for people"),
  details: Schema.optionalWith(Schema.Array(Schema.String), { exact: true }).annotations({
    description:
      "whom it is about, by id, and why it withholds fewer steps than it found, a line each; absent where there is nothing to add"
  })
}).annotations({ identifier: "Hold" })
export type Hold = typeof HoldSchema.Type

/** The effect of an approval on this plan. It releases the steps that it names, exactly so, and nothing else. */
export const ApprovalUseSchema = Schema.Struct({
  id: words("approval-1, approval-2… within the workspace"),
  approved_by: words("who gave it"),
  why: words("why, in their words"),
  approved_at: words("ISO instant, UTC"),
  expires_at: words("ISO instant, UTC; the plan is not good for longer"),
  steps: rows("steps that it released from a hold"),
  held_again: rows("steps about records that it names and that are held all the same"),
  because: Schema.Array(Schema.String).annotations({ description: "why so, for ten of those at most" })
}).annotations({ identifier: "ApprovalUse" })
export type ApprovalUse = typeof ApprovalUseSchema.Type
