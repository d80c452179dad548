import * as JSONSchema from "effect/JSONSchema"
import * as Schema from "effect/Schema"

/** Version of the plan file's form; a reader refuses what it does not know. */
export const planFormatVersion = 1

/** Actions in the order in which people want to see them. `unknown` = what the step would do could not be found out. */
export const planActions = [
  "delete",
  "unenroll",
  "deactivate",
  "unknown",
  "create",
  "adopt",
  "restore",
  "update"
] as const
export type PlanAction = (typeof planActions)[number]

const rows = (description: string) => Schema.Number.annotations({ description })
const words = (description: string) => Schema.String.annotations({ description })
const wordsOrNull = (description: string) => Schema.NullOr(Schema.String).annotations({ description })

/** Steps withheld until someone approves them. */
const HoldSchema = Schema.Struct({
  id: words("hold-1, hold-2… within the plan"),
  guard: Schema.Literal(
    "incomplete",
    "incomplete_change",
    "empty",
    "gone",
    "changed",
    "per_school",
    "per_section",
    "depends",
    "taken",
    "unknown"
  ).annotations({ description: "which guard tripped" }),
  entity: words("entity of the steps"),
  school: wordsOrNull("SIS id of the school the guard looked at; null = the whole district"),
  section: wordsOrNull("SIS id of the section the guard looked at; null = the whole district"),
  limit: rows("what was allowed, in rows"),
  value: rows("what was found, in rows"),
  steps: rows("number of steps it withholds"),
  say: words("one sentence for people")
}).annotations({ identifier: "Hold" })
export type Hold = typeof HoldSchema.Type

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
  keptThoughGone: rows("records gone at the source that stay, as declared")
}).annotations({ identifier: "EntityPlanCounts" })
export type EntityPlanCounts = typeof EntityPlanCountsSchema.Type

const SourceSummarySchema = Schema.Struct({
  dataset: words("name of the dataset"),
  proven: Schema.Boolean.annotations({ description: "whether it is proven that the dataset was read whole" }),
  doubts: Schema.Array(Schema.String).annotations({ description: "what speaks against it; empty exactly when proven" }),
  rows: rows("different records read"),
  pages: rows("pages received"),
  requests: rows("requests sent for them"),
  totalAtStart: Schema.NullOr(Schema.Number).annotations({ description: "rows the server announced at first" }),
  totalAtEnd: Schema.NullOr(Schema.Number).annotations({ description: "rows the server announced at last" }),
  endRecognisedBy: words("how the end of the data was recognised"),
  duplicates: rows("copies of records, equal or not"),
  warnings: Schema.Array(Schema.String).annotations({ description: "what was odd about the read, and harmless" }),
  became: rows("records that at least one entity kept"),
  quarantined: rows("records turned away with a reason"),
  unwanted: rows("records that every rule passed over")
}).annotations({ identifier: "SourceSummary" })
export type SourceSummary = typeof SourceSummarySchema.Type

const QuarantineCountSchema = Schema.Struct({
  entity: words("entity, or dataset where the record contract turned the record away"),
  rule: words("rule that turned it away; depends-on: before the rule of the record it hangs on"),
  rows: rows("records")
})
export type QuarantineCount = typeof QuarantineCountSchema.Type

const Limit = Schema.Struct({
  percent: Schema.Number.annotations({ description: "of what stands, 0 to 100" }),
  floor: rows("rows that are always allowed, or below which nothing is judged")
})
const GuardLimitsSchema = Schema.Struct({
  gone: Schema.NullOr(
    Schema.Struct({
      ...Limit.fields,
      rows: Schema.NullOr(Schema.Number).annotations({ description: "never more than so many" })
    })
  ).annotations({ description: "removals, district-wide" }),
  changed: Schema.NullOr(Limit).annotations({ description: "updates, district-wide" }),
  perSchool: Schema.NullOr(Limit).annotations({ description: "removals in one school" }),
  perSection: Schema.NullOr(Limit).annotations({ description: "removals in one section" }),
  empty: Schema.Literal("hold", "allow").annotations({ description: "what happens when nothing is left" })
}).annotations({ identifier: "GuardLimits" })

const headerFields = {
  format_version: Schema.Literal(planFormatVersion).annotations({ description: "version of this form" }),
  plan_id: words("name of the plan, and of its folder"),
  pipeline: words("name of the pipeline"),
  run: Schema.Number.annotations({ description: "number of the run that made it" }),
  created_at: words("ISO instant, UTC"),
  expires_at: words("ISO instant, UTC; after it the plan is refused"),
  as_of: words("YYYY-MM-DD in the district's time zone"),
  definition_hash: words("sha256 of the pipeline as decoded"),
  ledger_version: Schema.Number.annotations({
    description: "the plan holds for this state of the ledger; it is refused when the ledger has moved on"
  }),
  source: Schema.Array(SourceSummarySchema).annotations({ description: "what was read, and whether it was whole" }),
  counts: Schema.Array(EntityPlanCountsSchema).annotations({ description: "steps and records per entity" }),
  guards: Schema.Record({ key: Schema.String, value: GuardLimitsSchema }).annotations({
    description: "limits per entity"
  }),
  holds: Schema.Array(HoldSchema).annotations({ description: "what is withheld, and why" }),
  quarantine: Schema.Array(QuarantineCountSchema).annotations({ description: "what was turned away, by rule" }),
  warnings: Schema.Array(
    Schema.Struct({ ...QuarantineCountSchema.fields, say: words("what the rule says of them") })
  ).annotations({ description: "records that go on, though a rule points at them" }),
  unknown: Schema.Array(Schema.String).annotations({
    description: "what could not be known while planning, in words"
  }),
  steps: Schema.Struct({
    file: words("name of the file beside this one"),
    count: rows("steps in it"),
    sha256: words("sha256 of the file")
  }).annotations({
    description: "the steps lie beside the header, one JSON object a line"
  })
}

/** The header of a plan: everything but its steps. */
const PlanHeaderSchema = Schema.Struct(headerFields)
export type PlanHeader = typeof PlanHeaderSchema.Type

/** A plan as it lies on disk: the header with its own hash, which takes in that of the steps. */
export const PlanFileSchema = Schema.Struct({
  ...headerFields,
  content_hash: words("sha256 over the canonical form of everything else in this file")
}).annotations({ identifier: "Plan", title: "The header of a rollbook plan, plan.json" })
export type PlanFile = typeof PlanFileSchema.Type

const fields = (description: string) =>
  Schema.NullOr(Schema.Record({ key: Schema.String, value: Schema.NullOr(Schema.String) })).annotations({ description })

/** One step as it lies in the steps file. */
export const PlanStepSchema = Schema.Struct({
  seq: Schema.Number.annotations({ description: "place in the order in which steps are carried out, from 1" }),
  phase: Schema.Number.annotations({ description: "steps of one phase depend on none of each other" }),
  entity: words("name of the entity"),
  key: words("key of the record, from the SIS"),
  action: Schema.Literal(...planActions).annotations({ description: "what the step does" }),
  reason: words("why"),
  label: wordsOrNull("what people read beside the key"),
  school: wordsOrNull("SIS id"),
  section: wordsOrNull("SIS id"),
  remote_id: wordsOrNull("id at the target; null for what does not stand there yet"),
  before: fields("fields as last written; null for a create"),
  after: fields("fields as wanted; null for a removal"),
  changed: Schema.Array(Schema.String).annotations({ description: "names of the fields that differ" }),
  implied_by: wordsOrNull("the step on whose removal this one follows, as entity:key; no request is sent for it"),
  hold: wordsOrNull("id of the hold that withholds it")
}).annotations({ identifier: "PlanStep", title: "A line of a rollbook plan's steps.ndjson" })
export type PlanStep = typeof PlanStepSchema.Type

/** The JSON Schemas of a plan's two files, as published in `schemas/`. */
export const planJsonSchema = (): object => JSONSchema.make(PlanFileSchema)
export const planStepJsonSchema = (): object => JSONSchema.make(PlanStepSchema)
