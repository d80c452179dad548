import * as JSONSchema from "effect/JSONSchema"
import * as Schema from "effect/Schema"
import { rows, words, wordsOrNull } from "../core/described.ts"
import { limitsSchema, peopleLimitsSchema } from "../guards/derived.ts"
import { ApprovalUseSchema, HoldSchema } from "../guards/holds/hold.ts"
import { planActions, PlanStepSchema } from "../state/step-columns.ts"

export type { ApprovalUse, Hold } from "../guards/holds/hold.ts"
export { removalActions } from "../state/actions.ts"
export { type PlanAction, planActions, type PlanStep, PlanStepSchema } from "../state/step-columns.ts"

/** Version of the plan file's form; a reader refuses what it does not know. */
export const planFormatVersion = 1

const names = (description: string) => Schema.Array(Schema.String).annotations({ description })

/** The run that a plan takes back, and the plan that that run carried out. */
const UndoSchema = Schema.Struct({
  run: Schema.Number.annotations({ description: "number of the run that it takes back" }),
  plan: words("the plan that that run carried out"),
  brings_back: Schema.optionalWith(Schema.Boolean, { exact: true }).annotations({
    description: "true where that plan was itself an undo, so that what it took back stands again; else absent"
  }),
  not_undone: Schema.Array(
    Schema.Struct({
      entity: words("name of the entity"),
      action: words("what the run did to the records"),
      why: words("why it is not taken back, or not wholly"),
      steps: rows("steps of the run"),
      keys: Schema.Array(Schema.String).annotations({ description: "keys of ten of the records at most" }),
      partly: Schema.Boolean.annotations({ description: "whether this plan takes back a part of it" })
    })
  ).annotations({ description: "what it does not take back, by entity, action and reason" })
}).annotations({ identifier: "Undo" })

const EntityPlanCountsSchema = Schema.Struct({
  entity: words("name of the entity"),
  resource: words("what it is at the target"),
  actions: Schema.partial(
    Schema.Record({
      key: Schema.Literal(...planActions),
      value: Schema.Number.annotations({ description: "steps with this action, held ones included" })
    })
  ).annotations({ description: "steps per action" }),
  held: rows("steps withheld"),
  implied: rows("removals that follow from another step, so that no request is sent"),
  desired: rows("records wanted"),
  present: rows("records that stand at the target by the ledger"),
  unchanged: rows("records that stand as wanted"),
  covered: rows("records granted by a cascading role above, for which nothing is written"),
  keptThoughGone: rows("records gone at the source that stay, as declared"),
  quarantined: Schema.optionalWith(Schema.Number, { exact: true }).annotations({
    description: "records that stand and are in quarantine, so that they stay as they are; absent where there are none"
  })
}).annotations({ identifier: "EntityPlanCounts" })
export type EntityPlanCounts = typeof EntityPlanCountsSchema.Type

const SourceReadSchema = Schema.Struct({
  dataset: words("name of the dataset"),
  proven: Schema.Boolean.annotations({
    description: "whether it is proven that the dataset was read whole or, by delta, that what changed was"
  }),
  doubts: Schema.Array(Schema.String).annotations({ description: "what speaks against it; empty exactly when proven" }),
  rows: rows("different records read"),
  pages: rows("pages received"),
  requests: rows("requests sent for them"),
  totalAtStart: Schema.NullOr(Schema.Number).annotations({ description: "rows the server announced at first" }),
  totalAtEnd: Schema.NullOr(Schema.Number).annotations({ description: "rows the server announced at last" }),
  endRecognisedBy: words("how the end of the data was recognised"),
  duplicates: rows("copies of records, equal or not"),
  warnings: Schema.Array(Schema.String).annotations({ description: "what was odd about the read, and harmless" }),
  not_modified: Schema.optionalWith(Schema.Literal(true), { exact: true }).annotations({
    description:
      "the server said of every page, by its ETag, that it is as it was when it was last read, and sent none; absent where pages came"
  }),
  delta: Schema.optionalWith(
    Schema.Struct({
      since: words("ISO instant, UTC: what was modified since was read"),
      changed: rows("records that came and did not stand so before"),
      whole_at: words("ISO instant, UTC: when it was last read whole"),
      whole_by: words("ISO instant, UTC: by when it is read whole again")
    }),
    { exact: true }
  ).annotations({
    description:
      "that it was read by what changed, so that a record deleted without a mark, and a change that left the time of modification as it was, are not seen; absent where it was read whole"
  }),
  read_whole: Schema.optionalWith(Schema.String, { exact: true }).annotations({
    description: "why it was read whole, though its mode is delta; absent where it was not, or has no such mode"
  }),
  listed: Schema.optionalWith(
    Schema.Struct({
      as_of: words("ISO instant, UTC: what changed until then is known by these files"),
      parts: rows("parts that were taken out of them, and were not asked for whole"),
      is_asked: Schema.Boolean.annotations({
        description: "whether what changed since was asked for; else it waits for the next files"
      })
    }),
    { exact: true }
  ).annotations({
    description:
      "that parts were known by files in which the source lists all that it has; absent where none was, so that all were asked for"
  }),
  became: rows("records that at least one entity kept"),
  quarantined: rows("records turned away with a reason"),
  unwanted: rows("records that every rule passed over")
}).annotations({ identifier: "SourceRead" })
export type SourceRead = typeof SourceReadSchema.Type

const QuarantineCountSchema = Schema.Struct({
  entity: words("entity, or dataset where the record contract turned the record away"),
  rule: words("rule that turned it away; depends-on: before the rule of the record it hangs on"),
  rows: rows("records")
})
export type QuarantineCount = typeof QuarantineCountSchema.Type

const GuardLimitsSchema = limitsSchema("guards").annotations({ identifier: "GuardLimits" })

const PeopleLimitsSchema = peopleLimitsSchema.annotations({ identifier: "PeopleLimits" })

const headerFields = {
  format_version: Schema.Literal(planFormatVersion).annotations({ description: "version of this form" }),
  plan_id: words("name of the plan, and of its folder"),
  pipeline: words("name of the pipeline"),
  run: Schema.Number.annotations({ description: "number of the run that made it" }),
  from_run: Schema.optionalWith(Schema.Number, { exact: true }).annotations({
    description: "a what-if over the rows that this earlier run read: it cannot be applied; absent in a plan that can"
  }),
  part: Schema.optionalWith(
    Schema.Struct({
      entities: names("entities"),
      schools: names("schools, by SIS id or name"),
      sections: names("sections, by SIS id or name"),
      sessions: names("academic sessions, by SIS id or title")
    }),
    { exact: true }
  ).annotations({
    description: "the part to which it was narrowed, by every list that is not empty; absent in a plan of everything"
  }),
  created_at: words("ISO instant, UTC"),
  expires_at: words("ISO instant, UTC; after it the plan is refused"),
  as_of: words("YYYY-MM-DD in the district's time zone"),
  definition_hash: words("sha256 of the pipeline as decoded"),
  definition_pieces: Schema.Record({ key: Schema.String, value: Schema.String }).annotations({
    description: "sha256 of each piece of the pipeline, by name, so that it can be said which were edited"
  }),
  ledger_version: Schema.Number.annotations({
    description: "the plan holds for this state of the ledger; it is refused when the ledger has moved on"
  }),
  undo: Schema.NullOr(UndoSchema).annotations({
    description: "of a plan that takes a run back: which, and what it cannot take back; else null"
  }),
  source: Schema.Array(SourceReadSchema).annotations({ description: "what was read, and whether it was whole" }),
  counts: Schema.Array(EntityPlanCountsSchema).annotations({ description: "steps and records per entity" }),
  guards: Schema.Record({ key: Schema.String, value: GuardLimitsSchema }).annotations({
    description: "limits per entity"
  }),
  people: PeopleLimitsSchema.annotations({ description: "limits in people; null where the pipeline names no people" }),
  holds: Schema.Array(HoldSchema).annotations({ description: "what is withheld, and why" }),
  approvals: Schema.Array(ApprovalUseSchema).annotations({
    description: "approvals that released steps of this plan, or that name records of steps that are held again"
  }),
  quarantine: Schema.Array(QuarantineCountSchema).annotations({ description: "what was turned away, by rule" }),
  warnings: Schema.Array(
    Schema.Struct({ ...QuarantineCountSchema.fields, say: words("what the rule says of them") })
  ).annotations({ description: "records that go on, though a rule points at them" }),
  skipped: Schema.Array(
    Schema.Struct({ ...QuarantineCountSchema.fields, say: words("what the rule says of them") })
  ).annotations({ description: "records that are not wanted, by the reason that a skip rule gives" }),
  gates: Schema.Array(
    Schema.Struct({
      gate: words("name of the gate; freeze: a time in which nothing is written"),
      say: words("what the gate says"),
      steps: rows("steps that it would stop at the moment of planning; it is asked again when they are sent")
    })
  ).annotations({ description: "gates that are closed" }),
  not_read: Schema.optionalWith(
    Schema.Array(
      Schema.Struct({
        dataset: words("name of the dataset"),
        parts: rows("parts that were to be read and were not: courses, or records of theirs"),
        late: rows("those of them that were not asked for, because the minutes for them were over"),
        places: Schema.Array(Schema.String).annotations({ description: "names of three of the courses at most" }),
        more: rows("further courses"),
        since: wordsOrNull("ISO instant, UTC: what is known of them is of then or older; null = some were never read"),
        say: words("why, of the first one")
      }).annotations({ identifier: "NotRead" })
    ),
    { exact: true }
  ).annotations({
    description: "what could not be read part by part, and stays as it was; absent where everything was"
  }),
  as_rows: Schema.optionalWith(
    Schema.Struct({
      format: words("the format as people call it"),
      steps: rows("steps of kinds that can be written as rows, those under a hold left out"),
      at: rows("steps from which they go as rows"),
      wait_minutes: Schema.Number.annotations({ description: "minutes for which the apply looks for them" }),
      settle_hours: Schema.Number.annotations({ description: "hours after which a row that does not show has failed" }),
      shared_names: rows(
        "values by which rows would name records and which several records have: what needs them is sent one by one"
      )
    }),
    { exact: true }
  ).annotations({
    description: "what goes to the target as rows, if enough does; absent where the connection has no such way"
  }),
  rests_on: Schema.optionalWith(Schema.Number, { exact: true }).annotations({
    description:
      "number of the run whose rows stand, because all that they were made from is the same; absent where the rows were computed"
  }),
  self_check: Schema.optionalWith(
    Schema.Struct({
      run: Schema.Number.annotations({ description: "number of the run on whose rows this night could have rested" }),
      differing: Schema.Array(Schema.String).annotations({
        description: "what came out otherwise when everything was computed; empty where nothing did"
      })
    }),
    { exact: true }
  ).annotations({
    description:
      "everything was computed, though all was as it had been, and compared; absent where there was nothing to compare"
  }),
  unknown: Schema.Array(Schema.String).annotations({
    description: "what could not be known while planning, in words"
  }),
  steps: Schema.Struct({
    file: words("name of the file beside this one"),
    count: rows("steps in it"),
    sha256: words("sha256 of the file")
  }).annotations({
    description: "the steps lie beside the header, one JSON object a line"
  }),
  summary: Schema.optionalWith(
    Schema.Struct({ file: words("name of the file beside this one"), sha256: words("sha256 of the file") }),
    { exact: true }
  ).annotations({ description: "the steps summed up by place lie beside the header; left out where nobody summed up" })
}

/** The header of a plan: everything but its steps. */
const PlanHeaderSchema = Schema.Struct(headerFields)
export type PeopleLimits = typeof PeopleLimitsSchema.Type
export type PlanHeader = typeof PlanHeaderSchema.Type

/** A plan as it lies on disk: the header with its own hash, which takes in that of the steps. */
export const PlanFileSchema = Schema.Struct({
  ...headerFields,
  content_hash: words("sha256 over the canonical form of everything else in this file")
}).annotations({ identifier: "Plan", title: "The header of a rollbook plan, plan.json" })
export type PlanFile = typeof PlanFileSchema.Type

/** The JSON Schemas of a plan's two files, as published in `schemas/`. */
export const planJsonSchema = (): object => JSONSchema.make(PlanFileSchema)
export const planStepJsonSchema = (): object => JSONSchema.make(PlanStepSchema)
