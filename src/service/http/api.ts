import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { del, get, numberWithin, orNull, Reveal } from "./contract/endpoint.ts"
import { Busy, NotFound } from "./contract/errors.ts"
import { Admitted, SignedIn } from "./contract/guard.ts"

/** The contract of `rollbook serve`; `schemas/openapi.json` is made from it. */

const Report = Schema.Record({ key: Schema.String, value: Schema.Unknown }).annotations({
  description: "counts and causes, without anybody's name"
})

const RunFields = {
  run: Schema.Number.annotations({ description: "number of the run" }),
  kind: Schema.String.annotations({ description: "plan, apply, undo or what-if" }),
  pipeline: Schema.String.annotations({ description: "name of the pipeline" }),
  plan: orNull(Schema.String).annotations({ description: "id of the plan; null where none was made" }),
  started_at: Schema.String.annotations({ description: "instant, UTC" }),
  ended_at: orNull(Schema.String).annotations({
    description: "instant, UTC; null while it runs, or where it was killed"
  }),
  as_of: Schema.String.annotations({ description: "day that the run stands for" }),
  asked_by: orNull(Schema.String).annotations({ description: "who asked for it; null = the schedule" }),
  outcome: Schema.String.annotations({
    description: "running, done, held, source_failed, target_failed, failed, interrupted or refused"
  }),
  report: Report
}

export const RunView = Schema.Struct(RunFields).annotations({ identifier: "Run" })
export type RunView = typeof RunView.Type

const PlanHeader = Schema.Record({ key: Schema.String, value: Schema.Unknown }).annotations({
  identifier: "PlanHeader",
  description: "as schemas/plan.schema.json describes it"
})

export const OneRun = Schema.Struct({ ...RunFields, plan_header: orNull(PlanHeader) }).annotations({
  identifier: "OneRun"
})

export const PipelineView = Schema.Struct({
  pipeline: Schema.String,
  state: Schema.Literal("idle", "waiting", "at work"),
  next: orNull(Schema.String).annotations({ description: "instant of the next run" }),
  last: orNull(
    Schema.Struct({
      run: orNull(Schema.Number),
      plan: orNull(Schema.String),
      due: Schema.String,
      started_at: Schema.String,
      ended_at: Schema.String,
      outcome: Schema.String.annotations({ description: "good, held, partial, failing or interrupted" })
    })
  ).annotations({ description: "the last run of the schedule" }),
  last_good_at: orNull(Schema.String)
}).annotations({ identifier: "Pipeline" })
export type PipelineView = typeof PipelineView.Type

export const Ready = Schema.Struct({
  ready: Schema.Boolean,
  schedule: Schema.Literal("carried out", "standing still"),
  definitions: Schema.Literal("valid", "invalid", "not checked yet")
}).annotations({ identifier: "Ready" })
export const NotReady = Schema.Struct(Ready.fields).annotations({ identifier: "NotReady" })

export const SessionView = Schema.Struct({
  who: Schema.String.annotations({ description: "as history and audit trail name them" }),
  name: orNull(Schema.String).annotations({ description: "what they are called; null where nobody said" }),
  by: Schema.Literal("token", "link", "oidc", "lti").annotations({
    description: "a token, a one-time link, the district's sign-in, or a launch from a course"
  }),
  rights: Schema.Array(Schema.String).annotations({ description: "rights that hold everywhere" }),
  course: orNull(
    Schema.Struct({
      orgUnit: Schema.String.annotations({ description: "id of the course offering in the learning platform" }),
      title: orNull(Schema.String),
      role: orNull(Schema.String).annotations({ description: "the person's role in it; null where not enrolled" }),
      rights: Schema.Array(Schema.String).annotations({ description: "rights that hold in this course" })
    })
  ).annotations({ description: "the course that it was launched from" }),
  language: orNull(Schema.String).annotations({ description: "BCP 47, as the launch said" }),
  startedAt: Schema.String.annotations({ description: "instant, UTC" }),
  expiresAt: Schema.String.annotations({ description: "instant, UTC" })
}).annotations({ identifier: "Session" })

const open = HttpApiGroup.make("open", { topLevel: true })
  .add(get("healthz").addSuccess(Schema.Struct({ alive: Schema.Literal(true) })))
  .add(get("readyz").addSuccess(Ready).addError(NotReady, { status: 503 }))

const guarded = HttpApiGroup.make("guarded", { topLevel: true })
  .add(get("session").addSuccess(SessionView))
  .add(del("signOut"))
  .add(get("metrics").addSuccess(HttpApiSchema.Text({ contentType: "text/plain; version=0.0.4" })))
  .add(get("pipelines").addSuccess(Schema.Array(PipelineView)))
  .add(
    get("runs")
      .setUrlParams(Schema.Struct({ limit: Schema.optional(numberWithin(1, 1000)) }))
      .addSuccess(Schema.Array(RunView))
  )
  .add(
    get("run")
      .setPath(Schema.Struct({ run: numberWithin(0, 2_000_000_000) }))
      .setUrlParams(Schema.Struct(Reveal))
      .addSuccess(OneRun)
  )
  .add(
    get("plan")
      .setPath(Schema.Struct({ plan: Schema.String }))
      .addSuccess(PlanHeader)
  )
  .addError(NotFound)
  .addError(Busy)
  .middleware(Admitted)
  .middleware(SignedIn)

export const api = HttpApi.make("rollbook")
  .add(open)
  .add(guarded)
  .annotate(OpenApi.Title, "rollbook")
  .annotate(OpenApi.Version, "1")
  .annotate(
    OpenApi.Description,
    "What goes on in a workspace. Tokens are made by `rollbook token create`; nothing here names anybody but with the right for it."
  )
