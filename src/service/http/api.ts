import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { accessGroup } from "./contract/access.ts"
import { administrationGroup } from "./contract/administration.ts"
import { coursesGroup } from "./contract/courses.ts"
import { del, get, orNull } from "./contract/endpoint.ts"
import { Busy } from "./contract/errors.ts"
import { Admitted, SignedIn } from "./contract/guard.ts"
import { plansGroup } from "./contract/plans.ts"
import { runsGroup } from "./contract/runs.ts"

/** The contract of `rollbook serve`; `schemas/openapi.json` is made from it. */

const Ready = Schema.Struct({
  ready: Schema.Boolean,
  schedule: Schema.Literal("carried out", "standing still"),
  definitions: Schema.Literal("valid", "invalid", "not checked yet")
}).annotations({ identifier: "Ready" })
const NotReady = Schema.Struct(Ready.fields).annotations({ identifier: "NotReady" })

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

const session = HttpApiGroup.make("session", { topLevel: true })
  .add(get("session").addSuccess(SessionView))
  .add(del("signOut"))
  .addError(Busy)
  .middleware(Admitted)
  .middleware(SignedIn)

export const api = HttpApi.make("rollbook")
  .add(open)
  .add(session)
  .add(runsGroup)
  .add(plansGroup)
  .add(administrationGroup)
  .add(coursesGroup)
  .add(accessGroup)
  .annotate(OpenApi.Title, "rollbook")
  .annotate(OpenApi.Version, "1")
  .annotate(
    OpenApi.Description,
    "What goes on in a workspace. Tokens are made by `rollbook token create`; nothing here names anybody but with the right for it."
  )
