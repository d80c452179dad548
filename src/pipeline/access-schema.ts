import * as Schema from "effect/Schema"
import { textOr } from "./schema-values.ts"
import { courseRights, meanings, type Right, rights } from "./rights.ts"

/** Keys of `service.yaml` that say who may what, once. */

const text = (description: string, example?: string) =>
  Schema.String.annotations({ description, ...(example === undefined ? {} : { examples: [example] }) })

const listOf = <R extends Right>(names: ReadonlyArray<R>) => Schema.Array(Schema.Literal(...names))

const meaningOf = (names: ReadonlyArray<Right>): string => names.map((one) => `${one}: ${meanings[one]}`).join("; ")

/** The rights that a name, as of a role or a group, gives to everybody who has it. */
const rightsBy = <R extends Right>(
  whose: string,
  names: ReadonlyArray<R>,
  example: Readonly<Record<string, ReadonlyArray<R>>>
) =>
  Schema.Record({ key: Schema.String, value: listOf(names) }).annotations({
    description: `${whose}, each with its rights. ${meaningOf(names)}`,
    examples: [example]
  })

const Registration = Schema.Struct({
  issuer: text(
    "the learning platform, as it names itself in a launch: its own address",
    "https://lms.district.example"
  ),
  client_id: text("under which it registered rollbook", "3f0d6a9e-5c1b-4e57-9f7d-0c8f3a1d2b4e"),
  deployment_ids: Schema.Array(Schema.String).annotations({
    description: "deployments of that registration from which a launch is taken",
    examples: [["9b1f6c2e-7a0d-4a55-8a53-6d2f0e9c1a77"]]
  }),
  authorization_url: text("where a browser is sent for a launch", "https://lms.district.example/lti/authenticate"),
  keys_url: text("where its public keys are, as a JWKS", "https://lms.district.example/lti/keys"),
  connection: text(
    "connection to this very platform, by which a person's role is looked up: what a launch claims gives nobody a right. The courses that it opens are those of pipelines that read grades there, over this connection or another one with its address",
    "lms"
  ),
  roles_in_course: Schema.optional(
    rightsBy("roles in the course that it is launched from, by their names in the learning platform", courseRights, {
      Instructor: ["see grades", "export grades", "reveal names"]
    })
  ),
  roles_in_organization: Schema.optional(
    rightsBy("roles in the organization itself; their rights hold everywhere", rights, {
      Administrator: ["see console", "run updates", "approve holds"]
    })
  )
})

const scopes: ReadonlyArray<string> = ["profile"]

/** A working day. */
const sessionHours = 8

const Oidc = Schema.Struct({
  issuer: text(
    "the district's sign-in, of which the configuration is read by discovery",
    "https://login.district.example"
  ),
  client_id: text("under which it knows rollbook", "rollbook"),
  client_secret: Schema.optional(
    Schema.String.pipe(
      Schema.filter(() => true, {
        jsonSchema: {
          type: "string",
          writeOnly: true,
          description: "its secret, by reference; none for a client that has none",
          examples: ["${env:OIDC_CLIENT_SECRET}"]
        }
      })
    )
  ),
  scopes: Schema.optionalWith(
    Schema.Array(Schema.String).annotations({
      description: "what is asked for beside openid",
      default: scopes,
      examples: [["profile", "groups"]]
    }),
    { default: () => scopes }
  ),
  user_claim: textOr("preferred_username", "claim by which history and audit trail name the person"),
  groups_claim: textOr("groups", "claim that holds the groups of the person"),
  groups: rightsBy("groups, by their names in the claim", rights, {
    "lms-admins": ["see console", "run updates", "approve holds", "reveal names"]
  }),
  session_hours: Schema.optionalWith(
    Schema.Number.pipe(
      Schema.filter((hours) => hours >= 0.25 && hours <= 24, { jsonSchema: { minimum: 0.25, maximum: 24 } })
    ).annotations({
      description:
        "so many hours somebody stays signed in. Within them the provider is asked for their groups every ask_again_minutes, for as long as its tokens let it be asked; where they do not, what it said at the sign-in holds for all of these hours",
      default: sessionHours
    }),
    { default: () => sessionHours }
  )
})

/** Long enough for a lesson's clicks to ask once; short enough that whoever left a course is out of it before the bell. */
const askAgainMinutes = 5

const trustedProxies: ReadonlyArray<string> = ["127.0.0.1", "::1"]

export const Access = Schema.Struct({
  trusted_proxies: Schema.optionalWith(
    Schema.Array(Schema.String).annotations({
      description:
        "addresses or networks of the proxies that stand before the service: of requests that come from them X-Forwarded-For says who asks, by whom attempts to sign in are counted",
      default: trustedProxies,
      examples: [["10.42.0.0/16"]]
    }),
    { default: () => trustedProxies }
  ),
  ask_again_minutes: Schema.optionalWith(
    Schema.Number.pipe(
      Schema.filter((minutes) => minutes >= 1 && minutes <= 480, { jsonSchema: { minimum: 1, maximum: 480 } })
    ).annotations({
      description:
        "so many minutes after a learning platform was asked for somebody's role, or the district's sign-in for their groups, it is asked again, within their session; before each export of grades it always is. Where it does not answer, what changes or reveals something is refused, and what was shown goes on",
      default: askAgainMinutes
    }),
    { default: () => askAgainMinutes }
  ),
  lti: Schema.optional(
    Schema.Array(Registration).annotations({
      description: "learning platforms that launch rollbook by LTI 1.3, from a course or from elsewhere"
    })
  ),
  oidc: Schema.optional(Oidc.annotations({ description: "the sign-in of administrators, by OpenID Connect" }))
})

/** As it is where nothing is said. */
export const normalAccess = (): RawAccess => Schema.decodeSync(Access)({})

export type RawAccess = typeof Access.Type
