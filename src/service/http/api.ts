import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiError from "@effect/platform/HttpApiError"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiMiddleware from "@effect/platform/HttpApiMiddleware"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as HttpApiSecurity from "@effect/platform/HttpApiSecurity"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Context from "effect/Context"
import * as Schema from "effect/Schema"
import { describe, type RouteName, routes } from "./rights.ts"
import type { Token } from "../tokens.ts"

/** The contract of `rollbook serve`; `schemas/openapi.json` is made from it. */

const orNull = <A, I>(schema: Schema.Schema<A, I>) => Schema.NullOr(schema)

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

export class Unauthorized extends Schema.TaggedError<Unauthorized>()(
  "Unauthorized",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 401, description: "no token, or one that is none, was revoked, or is over" })
) {}
export class Forbidden extends Schema.TaggedError<Forbidden>()(
  "Forbidden",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 403, description: "the token has not the right for this" })
) {}
export class NotFound extends Schema.TaggedError<NotFound>()(
  "NotFound",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 404, description: "there is no such thing" })
) {}
export class Busy extends Schema.TaggedError<Busy>()(
  "Busy",
  { message: Schema.String },
  HttpApiSchema.annotations({
    status: 503,
    description: "the workspace is held by a process that does not answer; ask again"
  })
) {}

/** The token that a request came with. */
export class Bearer extends Context.Tag("rollbook/Bearer")<Bearer, Token>() {}

export class Guard extends HttpApiMiddleware.Tag<Guard>()("rollbook/Guard", {
  failure: Unauthorized,
  provides: Bearer,
  security: { token: HttpApiSecurity.bearer }
}) {}

const get = <Name extends RouteName>(name: Name) =>
  HttpApiEndpoint.get(name, routes[name].path).annotate(OpenApi.Description, describe(name))

const Reveal = Schema.Struct({ reveal: Schema.optional(Schema.Literal("true", "false")) })

const open = HttpApiGroup.make("open", { topLevel: true })
  .add(get("healthz").addSuccess(Schema.Struct({ alive: Schema.Literal(true) })))
  .add(get("readyz").addSuccess(Ready).addError(NotReady, { status: 503 }))

const guarded = HttpApiGroup.make("guarded", { topLevel: true })
  .add(get("metrics").addSuccess(HttpApiSchema.Text({ contentType: "text/plain; version=0.0.4" })))
  .add(get("pipelines").addSuccess(Schema.Array(PipelineView)))
  .add(
    get("runs")
      .setUrlParams(
        Schema.Struct({ limit: Schema.optional(Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 1000))) })
      )
      .addSuccess(Schema.Array(RunView))
  )
  .add(
    get("run")
      .setPath(Schema.Struct({ run: Schema.NumberFromString.pipe(Schema.int(), Schema.between(0, 2_000_000_000)) }))
      .setUrlParams(Reveal)
      .addSuccess(OneRun)
  )
  .add(
    get("plan")
      .setPath(Schema.Struct({ plan: Schema.String }))
      .addSuccess(PlanHeader)
  )
  .addError(Forbidden)
  .addError(NotFound)
  .addError(Busy)
  .middleware(Guard)

export const api = HttpApi.make("rollbook")
  .add(open)
  .add(guarded)
  .annotate(OpenApi.Title, "rollbook")
  .annotate(OpenApi.Version, "1")
  .annotate(
    OpenApi.Description,
    "What goes on in a workspace. Tokens are made by `rollbook token create`; nothing here names anybody but with the right for it."
  )

/** A request that is not of the form above, told without a word of what was sent. */
export const badRequest = new HttpApiError.HttpApiDecodeError({
  issues: [],
  message: "the request has not the form that schemas/openapi.json describes"
})
