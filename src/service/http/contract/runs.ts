import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Schema from "effect/Schema"
import { RunOutcome } from "../../../state/runs.ts"
import { verdicts } from "../../verdict.ts"
import { get, numberWithin, orNull, post, Reveal } from "./endpoint.ts"
import { Busy, NotFound, Refused } from "./errors.ts"
import { Admitted, SignedIn } from "./guard.ts"
import { SchoolInShort } from "./plans.ts"
import { Told } from "./told.ts"

/** Runs, pipelines, and how the night ended. */

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
  outcome: RunOutcome,
  report: Report
}

export const RunView = Schema.Struct(RunFields).annotations({ identifier: "Run" })
export type RunView = typeof RunView.Type

const PlanHeader = Schema.Record({ key: Schema.String, value: Schema.Unknown }).annotations({
  identifier: "PlanHeader",
  description: "as schemas/plan.schema.json describes it"
})

const OneRun = Schema.Struct({ ...RunFields, plan_header: orNull(PlanHeader) }).annotations({
  identifier: "OneRun"
})

const PipelineFields = {
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
      outcome: Schema.Literal(...verdicts)
    })
  ).annotations({ description: "the last run of the schedule" }),
  last_good_at: orNull(Schema.String)
}

export const PipelineView = Schema.Struct(PipelineFields).annotations({ identifier: "Pipeline" })
export type PipelineView = typeof PipelineView.Type

export const AskedView = Schema.Struct({
  id: Schema.String.annotations({ description: "by which it is known until it has a number" }),
  pipeline: Schema.String,
  state: Schema.Literal("waiting", "at work", "ended"),
  asked_by: Schema.String,
  asked_at: Schema.String.annotations({ description: "instant, UTC" }),
  section: orNull(Schema.String).annotations({ description: "SIS id; null = everything" }),
  session: orNull(Schema.String),
  run: orNull(Schema.Number).annotations({ description: "number of its last run; null before it has one" }),
  outcome: orNull(Schema.Literal(...verdicts, "switched off", "refused")).annotations({
    description: "null before it has ended; refused = it might no longer begin when its turn came"
  }),
  reason: orNull(Told).annotations({ description: "why it was refused" })
}).annotations({ identifier: "AskedRun", description: "a run that a person asked for" })
export type AskedView = typeof AskedView.Type

const Progress = Schema.Struct({
  run: orNull(Schema.Number),
  stage: orNull(Schema.String),
  of: orNull(Schema.String).annotations({ description: "dataset that is read, or entity that is sent" }),
  done: orNull(Schema.Number),
  total: orNull(Schema.Number),
  at: Schema.String.annotations({ description: "instant, UTC" })
}).annotations({ identifier: "Progress" })
export type Progress = typeof Progress.Type

const Decision = Schema.Struct({
  plan: Schema.String,
  pipeline: Schema.String,
  run: Schema.Number,
  held: Schema.Number.annotations({ description: "steps that wait" }),
  of: Schema.Number.annotations({ description: "steps in the plan" }),
  until: Schema.String.annotations({ description: "instant, UTC, until which the plan can be approved" }),
  people: Schema.Array(Told).annotations({ description: "what would befall people, a sentence each" }),
  schools: Schema.Array(SchoolInShort).annotations({ description: "what happens where, those that lose most first" }),
  can_be_approved: Schema.Boolean.annotations({ description: "false where what waits is not known" })
}).annotations({ identifier: "Decision" })
export type Decision = typeof Decision.Type

export const DashboardPipeline = Schema.Struct({
  ...PipelineFields,
  scheduled: Schema.Boolean.annotations({ description: "whether it runs by itself" }),
  zone: Schema.String.annotations({ description: "IANA name of the district's time zone" }),
  source: Schema.String.annotations({ description: "name of the connection it reads" }),
  target: Schema.String.annotations({ description: "name of the connection it writes to" }),
  problem: orNull(Schema.String).annotations({ description: "why its definition cannot be used; null where it can" }),
  progress: orNull(Progress),
  asked: Schema.Array(AskedView),
  decision: orNull(Decision),
  runs: Schema.Array(RunView).annotations({ description: "its last five runs that carried something out" }),
  trend: Schema.Array(
    Schema.Struct({ run: Schema.Number, as_of: Schema.String, steps: Schema.Number, held: Schema.Number })
  ).annotations({ description: "its last thirty plans, oldest first" })
}).annotations({ identifier: "DashboardPipeline" })
export type DashboardPipeline = typeof DashboardPipeline.Type

const Dashboard = Schema.Struct({
  now: Schema.String.annotations({ description: "instant, UTC" }),
  definitions: Schema.Literal("valid", "invalid", "not checked yet"),
  undelivered: Schema.Array(
    Schema.Struct({
      by: Schema.Array(Schema.String).annotations({ description: "ways that failed: webhook, mail, night_mail" }),
      tries: Schema.Number,
      given_up: Schema.Boolean.annotations({ description: "whether it is not tried again" })
    })
  ).annotations({ description: "alerts and mails of a night that did not reach people" }),
  pipelines: Schema.Array(DashboardPipeline)
}).annotations({ identifier: "Dashboard" })
export type Dashboard = typeof Dashboard.Type

export const runsGroup = HttpApiGroup.make("runs", { topLevel: true })
  .add(get("metrics").addSuccess(HttpApiSchema.Text({ contentType: "text/plain; version=0.0.4" })))
  .add(get("pipelines").addSuccess(Schema.Array(PipelineView)))
  .add(get("dashboard").addSuccess(Dashboard))
  .add(
    post("runNow")
      .setPath(Schema.Struct({ pipeline: Schema.String }))
      .addSuccess(AskedView, { status: 202 })
      .addError(Refused)
  )
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
