import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { BudgetSettings, Connection } from "../../core/ports/connections.ts"
import type { ConnectionSettings } from "../../core/ports/connector.ts"
import {
  address,
  amount,
  budget,
  credential,
  named,
  oneOf,
  secret,
  secretHeaders,
  texts,
  expiresOn,
  timeoutSeconds
} from "../../core/ports/settings.ts"

/** How a connection to a OneRoster provider is written, and what it is then. */

/** Providers whose quirks are known; the standard itself for the others. */
const profiles = ["infinite_campus", "classlink", "generic_1_1", "generic_1_2"] as const

const OAuth2 = Schema.Struct({
  type: Schema.Literal("oauth2").annotations({ description: "OAuth 2 client credentials" }),
  tokenUrl: Schema.propertySignature(address("where tokens are fetched, as handed over")).pipe(
    Schema.fromKey("token_url")
  ),
  clientId: Schema.propertySignature(credential("client id")).pipe(Schema.fromKey("client_id")),
  clientSecret: Schema.propertySignature(secret("client secret, by reference", ["${env:CAMPUS_CLIENT_SECRET}"])).pipe(
    Schema.fromKey("client_secret")
  ),
  clientAuth: oneOf("how the client shows its secret", ["basic", "body"]).pipe(Schema.fromKey("client_auth")),
  scope: texts("scopes to ask for; none when left out", [
    "https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly"
  ])
}).annotations({ title: "auth of type oauth2" })

const OAuth1 = Schema.Struct({
  type: Schema.Literal("oauth1").annotations({ description: "OAuth 1.0a signatures" }),
  consumerKey: Schema.propertySignature(credential("OAuth 1.0a key")).pipe(Schema.fromKey("consumer_key")),
  consumerSecret: Schema.propertySignature(secret("OAuth 1.0a secret, by reference")).pipe(
    Schema.fromKey("consumer_secret")
  ),
  signatureMethod: oneOf("how OAuth 1.0a requests are signed", ["HMAC-SHA256", "HMAC-SHA1"]).pipe(
    Schema.fromKey("signature_method")
  )
}).annotations({ title: "auth of type oauth1" })

const Settings = Schema.Struct({
  type: Schema.Literal("oneroster").annotations({ description: "a provider of OneRoster 1.1 or 1.2" }),
  profile: named("profile", "quirks of the provider", profiles),
  baseUrl: Schema.propertySignature(
    address("address of the provider, up to and including the version segment", ["${env:CAMPUS_BASE_URL}"])
  ).pipe(Schema.fromKey("base_url")),
  auth: Schema.Union(OAuth2, OAuth1).annotations({ description: "how rollbook shows who it is" }),
  gradebookHeaders: secretHeaders("gradebook_headers", "sent to gradebook endpoints and nowhere else").pipe(
    Schema.fromKey("gradebook_headers")
  ),
  paging: Schema.optionalWith(
    Schema.Struct({
      limit: amount("rows asked for per page; a server may give fewer", 10_000),
      etags: Schema.optionalWith(
        Schema.Boolean.annotations({
          description:
            "whether a collection that is read whole is asked for by the ETags of its last read, so that pages which are as they were need not be sent; they are believed once they were seen to change with their pages",
          default: false
        }),
        { default: () => false, exact: true }
      )
    }).annotations({ description: "how collections are asked for" }),
    { default: () => ({ limit: 10_000, etags: false }), exact: true }
  ),
  expiresOn,
  timeoutSeconds,
  budget: budget(4, 20)
}).annotations({ identifier: "oneroster", title: "a connection of type oneroster" })

export type OneRosterAuth = typeof OAuth2.Type | typeof OAuth1.Type

export interface OneRosterConnection extends Connection {
  readonly type: "oneroster"
  readonly profile: string
  readonly baseUrl: string
  readonly auth: OneRosterAuth
  readonly gradebookHeaders: Readonly<Record<string, Redacted.Redacted>>
  /** Rows asked for per page. */
  readonly pageLimit: number
  /** Whether pages are asked for by the ETags of the last read. */
  readonly asksByTag: boolean
  /** Seconds until an answer begins, and between two pieces of it; above zero. */
  readonly timeoutSeconds: number
  readonly budget: BudgetSettings
}

export const oneRosterSettings: ConnectionSettings<OneRosterConnection, typeof Settings.Type> = {
  schema: Settings,
  make: ({ paging, ...settings }, { name }) => ({ ...settings, name, pageLimit: paging.limit, asksByTag: paging.etags })
}
