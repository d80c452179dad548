import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as Schema from "effect/Schema"
import { verbs } from "../../../plan/in-short.ts"
import { planActions } from "../../../state/step-columns.ts"
import { get, orNull, post, Reveal } from "./endpoint.ts"
import { Busy, NotFound, Refused } from "./errors.ts"
import { Admitted, SignedIn } from "./guard.ts"
import { Told } from "./told.ts"

/** A plan for whoever decides on it. */

const Place = {
  id: orNull(Schema.String).annotations({ description: "SIS id; null = of no school" }),
  name: Schema.String,
  school: orNull(Schema.String),
  removed: Schema.Number,
  added: Schema.Number,
  changed: Schema.Number,
  held: Schema.Number
}

const ApprovalView = Schema.Struct({
  id: Schema.String,
  holds: Schema.Array(Schema.String),
  approved_by: Schema.String,
  approved_at: Schema.String,
  expires_at: Schema.String,
  withdrawn_at: orNull(Schema.String),
  why: Schema.String,
  steps: Schema.Number,
  carried_out: Schema.Number
}).annotations({ identifier: "Approval" })
export type ApprovalView = typeof ApprovalView.Type

const ApprovalAskedView = Schema.Struct({
  id: Schema.String,
  asked_by: Schema.String,
  asked_at: Schema.String.annotations({ description: "instant, UTC; once it stands, that at which it was approved" }),
  holds: orNull(Schema.Array(Schema.String)).annotations({ description: "null = all that can be approved" }),
  why: Schema.String,
  reason: orNull(Told).annotations({ description: "why nothing was approved; null while it waits" })
}).annotations({ identifier: "ApprovalAsked" })
export type ApprovalAskedView = typeof ApprovalAskedView.Type

const HoldView = Schema.Struct({
  id: Schema.String,
  guard: Schema.String,
  entity: Schema.String,
  school: orNull(Schema.String),
  section: orNull(Schema.String),
  limit: Schema.Number,
  value: Schema.Number,
  steps: Schema.Number,
  say: Told,
  details: Schema.Array(Told).annotations({ description: "whom it is about, by id, a line each" }),
  unproven: Schema.Boolean.annotations({ description: "whether the read itself is in doubt" }),
  can_be_approved: Schema.Boolean
}).annotations({ identifier: "HoldToDecide" })
export type HoldView = typeof HoldView.Type

/** A collection as a run read it. */
export const CollectionRead = Schema.Struct({
  dataset: Schema.String,
  rows: Schema.Number.annotations({ description: "records that there are of it since, read then or kept" }),
  how: orNull(Schema.Literal("whole", "by delta", "not sent", "part by part")).annotations({
    description:
      "not sent: by their ETags no page was another; part by part: of each part what changed, as its source tells; null = the pipeline does not say so at this moment"
  }),
  proven: Schema.Boolean.annotations({ description: "whether it is proven that nothing of it is missing" }),
  changed: orNull(Schema.Number).annotations({
    description: "by delta: records that came and did not stand so before"
  }),
  since: orNull(Schema.String).annotations({ description: "by delta: instant, UTC, since when" }),
  whole_by: orNull(Schema.String).annotations({ description: "by delta: instant by when it is read whole again" })
}).annotations({ identifier: "CollectionRead" })
export type CollectionRead = typeof CollectionRead.Type

const Names = Schema.Array(Schema.String)

/** Changes of one school, by kind, and how many of them wait. */
export const SchoolInShort = Schema.Struct({
  school: Schema.String,
  kinds: Schema.Array(
    Schema.Struct({
      verb: Schema.Literal(...verbs).annotations({ description: "what happens to them" }),
      entity: Schema.String,
      steps: Schema.Number
    })
  ).annotations({ description: "what weighs more comes first" }),
  of: Schema.Number.annotations({ description: "steps in the school" }),
  held: Schema.Number.annotations({ description: "steps among them that wait" })
}).annotations({ identifier: "SchoolInShort" })
export type SchoolInShort = typeof SchoolInShort.Type

export const PlanReview = Schema.Struct({
  plan: Schema.String,
  pipeline: Schema.String,
  run: Schema.Number,
  zone: Schema.String,
  created_at: Schema.String,
  expires_at: Schema.String,
  as_of: Schema.String,
  is_open: Schema.Boolean.annotations({ description: "whether it can be approved at this moment" }),
  verdict: Schema.String.annotations({ description: "what goes on and what waits, in English" }),
  held: Schema.Number.annotations({ description: "steps that its holds withhold" }),
  waiting: Schema.Number.annotations({ description: "steps among them that nobody approved yet" }),
  part: orNull(Schema.Struct({ entities: Names, schools: Names, sections: Names, sessions: Names })).annotations({
    description: "to what it was narrowed; null = everything"
  }),
  people: Schema.Array(Told),
  schools_in_short: Schema.Array(SchoolInShort),
  schools_left_out: Schema.Number,
  holds: Schema.Array(HoldView),
  approvals: Schema.Array(ApprovalView),
  asked: Schema.Array(ApprovalAskedView).annotations({
    description: "approvals that wait for the run at work, or came to nothing when their turn came"
  }),
  counts: Schema.Array(
    Schema.Struct({
      entity: Schema.String,
      actions: Schema.Record({ key: Schema.String, value: Schema.Number }),
      held: Schema.Number,
      unchanged: Schema.Number
    })
  ),
  doubts: Schema.Array(Schema.Struct({ dataset: Schema.String, say: Told })),
  reads: Schema.Array(CollectionRead).annotations({ description: "how each collection was read for it" }),
  not_read: Schema.Array(
    Schema.Struct({ dataset: Schema.String, parts: Schema.Number, since: orNull(Schema.String) })
  ).annotations({ description: "what could not be read part by part, and stays as it was; `since` = how old it is" }),
  unknown: Schema.Array(Told).annotations({ description: "what planning could not find out" }),
  gates: Schema.Array(Schema.Struct({ gate: Schema.String, say: Schema.String, steps: Schema.Number })),
  quarantined: Schema.Number,
  steps: Schema.Number,
  schools: Schema.Array(Schema.Struct(Place)),
  courses: Schema.Array(Schema.Struct(Place)),
  sections: Schema.Array(
    Schema.Struct({
      ...Place,
      course: orNull(Schema.String),
      before: orNull(Schema.Number),
      after: orNull(Schema.Number),
      after_without_held: orNull(Schema.Number)
    })
  )
}).annotations({ identifier: "PlanReview" })
export type PlanReview = typeof PlanReview.Type

const Ids = Schema.Array(Schema.String.pipe(Schema.maxLength(200))).pipe(Schema.maxItems(1000))

export const StepsWanted = Schema.Struct({
  action: Schema.optional(Schema.Literal("removals", "others")),
  school: Schema.optional(Schema.String),
  course: Schema.optional(Schema.String),
  section: Schema.optional(Schema.String),
  entity: Schema.optional(Schema.String),
  hold: Schema.optional(Schema.String),
  held: Schema.optional(Schema.Boolean),
  words: Schema.optional(Schema.String.pipe(Schema.maxLength(200))).annotations({
    description: "in the key, the reason or, where names are revealed, a field"
  }),
  offset: Schema.optional(Schema.Int.pipe(Schema.between(0, 10_000_000))),
  limit: Schema.optional(Schema.Int.pipe(Schema.between(1, 500)))
}).annotations({
  identifier: "StepsWanted",
  description: "in the body, since what is looked for may be somebody's name"
})
export type StepsWanted = typeof StepsWanted.Type

const StepView = Schema.Struct({
  seq: Schema.Number.annotations({ description: "by which single steps are approved" }),
  entity: Schema.String,
  key: Schema.String,
  action: Schema.Literal(...planActions),
  reason: Told,
  label: orNull(Schema.String).annotations({ description: "null unless names are revealed" }),
  school: orNull(Schema.String),
  section: orNull(Schema.String),
  changes: Schema.Array(
    Schema.Struct({
      field: Schema.String,
      before: orNull(Schema.String),
      after: orNull(Schema.String),
      standing: orNull(Schema.String).annotations({
        description: "what somebody made of it at the target since; null where nobody did"
      })
    })
  ),
  hold: orNull(Schema.String),
  approval: orNull(Schema.String),
  gate: orNull(Schema.String),
  implied_by: orNull(Schema.String)
}).annotations({ identifier: "StepToReview" })
export type StepView = typeof StepView.Type

export const StepPage = Schema.Struct({
  matching: Schema.Number.annotations({ description: "steps that match, listed or not" }),
  steps: Schema.Array(StepView)
}).annotations({ identifier: "StepPage" })
export type StepPage = typeof StepPage.Type

export const ApprovalWanted = Schema.Struct({
  holds: Schema.optional(orNull(Ids)).annotations({ description: "null or left out = all that can be approved" }),
  schools: Schema.optional(Ids),
  sections: Schema.optional(Ids),
  steps: Schema.optional(
    Schema.Array(Schema.Int.pipe(Schema.positive())).pipe(Schema.minItems(1), Schema.maxItems(5000))
  ).annotations({
    description: "single steps by `seq`; left out = none by itself"
  }),
  even_unproven: Schema.optional(Schema.Boolean),
  why: Schema.Trim.pipe(Schema.minLength(3), Schema.maxLength(1000))
}).annotations({ identifier: "ApprovalWanted" })
export type ApprovalWanted = typeof ApprovalWanted.Type

const ApprovalGiven = Schema.Struct({
  approval: ApprovalView,
  by_hold: Schema.Array(Schema.Struct({ hold: Schema.String, steps: Schema.Number, of: Schema.Number })),
  followers: Schema.Number,
  already_carried_out: Schema.Number,
  waiting: Schema.Number,
  because: Schema.Array(Schema.String)
}).annotations({ identifier: "ApprovalGiven" })
export type ApprovalGiven = typeof ApprovalGiven.Type

const ApprovalWaiting = Schema.Struct({ waits: ApprovalAskedView }).annotations({
  identifier: "ApprovalWaiting",
  description:
    "a run holds the state: it is approved as soon as that gives way, and told in `asked` of the plan's review"
})
export type ApprovalWaiting = typeof ApprovalWaiting.Type

const ofPlan = Schema.Struct({ plan: Schema.String })

export const plansGroup = HttpApiGroup.make("plans", { topLevel: true })
  .add(get("planReview").setPath(ofPlan).addSuccess(PlanReview))
  .add(
    post("planSteps").setPath(ofPlan).setUrlParams(Schema.Struct(Reveal)).setPayload(StepsWanted).addSuccess(StepPage)
  )
  .add(
    post("approve")
      .setPath(ofPlan)
      .setPayload(ApprovalWanted)
      .addSuccess(ApprovalGiven)
      .addSuccess(ApprovalWaiting, { status: 202 })
      .addError(Refused)
  )
  .addError(NotFound)
  .addError(Busy)
  .middleware(Admitted)
  .middleware(SignedIn)
