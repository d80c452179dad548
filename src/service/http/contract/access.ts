import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as Schema from "effect/Schema"
import { get, numberWithin, orNull, post } from "./endpoint.ts"
import { Busy, NotFound } from "./errors.ts"
import { Admitted, SignedIn } from "./guard.ts"
import { Told } from "./told.ts"

/** Forms of signed-in people, and of the audit trail of the service. */

const instant = Schema.String.annotations({ description: "instant, ISO 8601, in UTC" })
const zone = Schema.String.annotations({
  description: "IANA name of the district's time zone, for whoever shows instants"
})

const SignedInPerson = Schema.Struct({
  session: Schema.String.annotations({ description: "by which it is ended; it opens nothing" }),
  who: Schema.String.annotations({ description: "as history and audit trail name them" }),
  by: Schema.Literal("token", "link", "oidc", "lti"),
  rights: Schema.Array(Schema.String).annotations({ description: "rights that hold everywhere" }),
  course: orNull(
    Schema.Struct({
      org_unit: Schema.String.annotations({ description: "id of the course offering in the learning platform" }),
      role: orNull(Schema.String),
      rights: Schema.Array(Schema.String)
    })
  ).annotations({ description: "the course that it was launched from" }),
  since: instant,
  until: instant,
  own: Schema.Boolean.annotations({ description: "whether it is that of whoever asks" })
}).annotations({ identifier: "SignedInPerson" })

export const SignedInPeople = Schema.Struct({ zone, sessions: Schema.Array(SignedInPerson) }).annotations({
  identifier: "SignedInPeople",
  description: "who is signed in, the newest first; whoever has a token is not"
})
export type SignedInPeople = typeof SignedInPeople.Type

export const EndSessions = Schema.Union(
  Schema.Struct({ what: Schema.Literal("session"), session: Schema.String }),
  Schema.Struct({ what: Schema.Literal("person"), who: Schema.String })
).annotations({ identifier: "EndSessions", description: "one session, or all of a person" })

const TrailEntry = Schema.Struct({
  at: instant,
  who: Schema.String,
  what: Schema.String.annotations({ description: "the command, or what was done, shown or refused" }),
  say: orNull(Told).annotations({ description: "what was done through the service; null = `what` is a command" }),
  of: Schema.Array(Schema.String).annotations({ description: "names of records, plans, runs or routes" })
}).annotations({ identifier: "TrailEntry" })

export const Trail = Schema.Struct({
  zone,
  entries: Schema.Array(TrailEntry).annotations({ description: "newest first" }),
  more: Schema.Boolean.annotations({ description: "whether there are older ones" })
}).annotations({ identifier: "Trail" })
export type Trail = typeof Trail.Type

export const accessGroup = HttpApiGroup.make("access", { topLevel: true })
  .add(get("sessions").addSuccess(SignedInPeople))
  .add(
    post("endSessions")
      .setPayload(EndSessions)
      .addSuccess(Schema.Struct({ ended: Schema.Number }))
  )
  .add(
    get("trail")
      .setUrlParams(Schema.Struct({ limit: Schema.optional(numberWithin(1, 1000)) }))
      .addSuccess(Trail)
  )
  .addError(NotFound)
  .addError(Busy)
  .middleware(Admitted)
  .middleware(SignedIn)
