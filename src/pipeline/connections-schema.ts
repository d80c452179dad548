import * as Schema from "effect/Schema"

/** Every key of `connections.yaml`, once, as `schema.ts` has those of a pipeline. */

const text = (description: string, examples?: readonly [string, ...Array<string>]) =>
  Schema.optional(Schema.String.annotations({ description, ...(examples === undefined ? {} : { examples }) }))
/** Of nothing, or of less, no request would ever be sent. */
const positive = (description: string, byDefault?: number) =>
  Schema.Number.pipe(
    Schema.filter((amount) => Number.isFinite(amount) && amount >= 1, { jsonSchema: { minimum: 1 } })
  ).annotations({ description, ...(byDefault === undefined ? {} : { default: byDefault }) })

const Budget = Schema.Struct({
  concurrency: Schema.optional(positive("requests in flight")),
  requests_per_second: Schema.optional(positive("requests sent in a second, at most")),
  peak: Schema.optional(
    Schema.Struct({
      hours: Schema.String.annotations({
        description: "from-to in the district's time zone",
        examples: ["07:00-17:00"]
      }),
      concurrency: positive("requests in flight in these hours")
    }).annotations({ description: "hours in which less is asked of the server" })
  )
})

const Connection = Schema.Struct({
  type: Schema.Literal("oneroster", "brightspace").annotations({ description: "kind of system" }),
  profile: text("quirks of a OneRoster provider: infinite_campus, classlink, generic_1_1, generic_1_2", [
    "infinite_campus"
  ]),
  base_url: text("OneRoster: up to and including the version segment", ["${env:CAMPUS_BASE_URL}"]),
  url: text("Brightspace: the tenant's address", ["${env:BRIGHTSPACE_URL}"]),
  auth: Schema.Struct({
    type: Schema.Literal("oauth2", "oauth1", "private_key_jwt", "refresh_token").annotations({
      description: "OneRoster: oauth2 or oauth1; Brightspace: private_key_jwt or refresh_token"
    }),
    token_url: text("where tokens are fetched, as handed over"),
    client_id: text("client id"),
    client_secret: text("client secret, by reference", ["${env:CAMPUS_CLIENT_SECRET}"]),
    client_auth: Schema.optional(
      Schema.Literal("basic", "body").annotations({ description: "how the client shows its secret", default: "basic" })
    ),
    consumer_key: text("OAuth 1.0a key"),
    consumer_secret: text("OAuth 1.0a secret, by reference"),
    signature_method: Schema.optional(
      Schema.Literal("HMAC-SHA1", "HMAC-SHA256").annotations({
        description: "how OAuth 1.0a requests are signed",
        default: "HMAC-SHA256"
      })
    ),
    private_key: text("PEM or JWK, by reference", ["${file:/run/secrets/brightspace.pem}"]),
    private_key_file: text("path of a PEM or JWK file"),
    token_file: text("refresh_token: file that holds the current refresh token; rewritten at each use"),
    scope: Schema.optional(
      Schema.Array(Schema.String).annotations({
        description: "scopes to ask for; none when left out",
        examples: [["https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly"]]
      })
    )
  }).annotations({ description: "how rollbook shows who it is" }),
  gradebook_headers: Schema.optional(
    Schema.Record({ key: Schema.String, value: Schema.String }).annotations({
      description: "sent to gradebook endpoints and nowhere else"
    })
  ),
  paging: Schema.optional(
    Schema.Struct({ limit: positive("rows asked for per page; a server may give fewer", 10000) }).annotations({
      description: "how collections are asked for"
    })
  ),
  versions: Schema.optional(
    Schema.Record({ key: Schema.String, value: Schema.String }).annotations({
      description: "product to the lowest version that will do; the highest known to both sides is taken",
      examples: [{ lp: ">=1.49" }]
    })
  ),
  relationships: Schema.optional(
    Schema.Struct({
      route: Schema.Literal("bfp", "auditor", "off").annotations({ description: "how parents are tied to students" }),
      parent_field: text("name of the parent's id in the bfp body, which D2L does not publish"),
      child_field: text("name of the child's id in the bfp body")
    }).annotations({ description: "Brightspace: relationships of parents and students" })
  ),
  timeout_seconds: Schema.optional(
    Schema.Number.pipe(Schema.positive()).annotations({
      description:
        "how long to wait for an answer to begin, and between two pieces of it; then it counts as lost, as does an answer that is not whole after ten times as long",
      default: 120
    })
  ),
  budget: Schema.optional(Budget.annotations({ description: "what may be asked of the server" }))
})

export const ConnectionsFile = Schema.Struct({
  connections: Schema.Record({ key: Schema.String, value: Connection }).annotations({
    description: "name, as pipelines call it, to connection"
  })
}).annotations({ identifier: "Connections", title: "rollbook's connections" })

export type RawConnection = typeof Connection.Type
