import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { BudgetSettings, Connection } from "../../core/ports/connections.ts"
import type { ConnectionSettings, SettingsPlace } from "../../core/ports/connector.ts"
import {
  address,
  budget,
  credential,
  optionalSecretText,
  optionalText,
  secret,
  text,
  textOr,
  texts,
  expiresOn,
  timeoutSeconds
} from "../../core/ports/settings.ts"
import { type BulkSettings, bulkSettings } from "./bulk/settings.ts"
import { type DataSetSettings, dataSetSettings } from "./data-sets/settings.ts"

/** How a connection to a Brightspace tenant is written, and what it is then. */

const tokenUrl = Schema.propertySignature(address("where tokens are fetched, as handed over")).pipe(
  Schema.fromKey("token_url")
)
const clientId = Schema.propertySignature(credential("client id")).pipe(Schema.fromKey("client_id"))
const scope = texts("scopes to ask for; none when left out", ["enrollment:orgunit:*"])

const PrivateKeyJwt = Schema.Struct({
  type: Schema.Literal("private_key_jwt").annotations({ description: "an assertion signed by a key of one's own" }),
  tokenUrl,
  clientId,
  privateKey: optionalSecretText("PEM or JWK, by reference", ["${file:/run/secrets/brightspace.pem}"]).pipe(
    Schema.fromKey("private_key")
  ),
  privateKeyFile: optionalText("path of a PEM or JWK file").pipe(Schema.fromKey("private_key_file")),
  scope
}).annotations({ title: "auth of type private_key_jwt" })

const RefreshToken = Schema.Struct({
  type: Schema.Literal("refresh_token").annotations({ description: "a refresh token that changes at each use" }),
  tokenUrl,
  clientId,
  clientSecret: Schema.propertySignature(secret("client secret, by reference")).pipe(Schema.fromKey("client_secret")),
  tokenFile: Schema.propertySignature(
    text("file that holds the current refresh token; rewritten at each use", ["secrets/refresh-token"])
  ).pipe(Schema.fromKey("token_file")),
  scope
}).annotations({ title: "auth of type refresh_token" })

const noRelationships = { route: "off", parentField: "ParentUserId", childField: "ChildUserId" } as const

const Settings = Schema.Struct({
  type: Schema.Literal("brightspace").annotations({ description: "a tenant of D2L Brightspace" }),
  url: address("the tenant's address", ["${env:BRIGHTSPACE_URL}"]),
  auth: Schema.Union(PrivateKeyJwt, RefreshToken).annotations({ description: "how rollbook shows who it is" }),
  versions: Schema.optionalWith(
    Schema.Record({
      key: Schema.String,
      value: Schema.String.pipe(
        Schema.filter((floor) => /^(>=\s*)?\d+\.\d+$/.test(floor) || `${floor} is no version\nwrite it as >=1.49`)
      )
    }).annotations({
      description: "product to the lowest version that will do; the highest known to both sides is taken",
      examples: [{ lp: ">=1.49" }]
    }),
    { default: (): Readonly<Record<string, string>> => ({}), exact: true }
  ),
  relationships: Schema.optionalWith(
    Schema.Struct({
      route: Schema.Literal("bfp", "auditor", "off").annotations({ description: "how parents are tied to students" }),
      parentField: textOr(
        noRelationships.parentField,
        "name of the parent's id in the bfp body, which D2L does not publish"
      ).pipe(Schema.fromKey("parent_field")),
      childField: textOr(noRelationships.childField, "name of the child's id in the bfp body").pipe(
        Schema.fromKey("child_field")
      )
    }).annotations({ description: "relationships of parents and students; none are written when left out" }),
    { default: () => noRelationships, exact: true }
  ),
  bulk: Schema.optionalWith(bulkSettings, { exact: true }),
  dataSets: Schema.optionalWith(dataSetSettings, { exact: true }).pipe(Schema.fromKey("data_sets")),
  expiresOn,
  timeoutSeconds,
  budget: budget(8, 80)
}).annotations({ identifier: "brightspace", title: "a connection of type brightspace" })

export type BrightspaceAuth =
  | {
      readonly type: "private_key_jwt"
      readonly tokenUrl: string
      readonly clientId: string
      /** PEM (PKCS 8) or JWK text. */
      readonly privateKey: Redacted.Redacted
      readonly scope: ReadonlyArray<string>
    }
  | typeof RefreshToken.Type

export interface BrightspaceConnection extends Connection {
  readonly type: "brightspace"
  readonly url: string
  readonly auth: BrightspaceAuth
  /** Product to the lowest version that will do, e.g. `lp` → `1.49`. */
  readonly versions: Readonly<Record<string, string>>
  readonly relationships: (typeof Settings.Type)["relationships"]
  /** How many steps at once go as rows; absent where all are sent one by one. */
  readonly bulk?: BulkSettings
  /** How scores are read from data sets; absent where these are looked at for `drift` alone. */
  readonly dataSets?: DataSetSettings
  /** Seconds until an answer begins, and between two pieces of it; above zero. */
  readonly timeoutSeconds: number
  readonly budget: BudgetSettings
}

export const brightspaceSettings: ConnectionSettings<BrightspaceConnection, typeof Settings.Type> = {
  schema: Settings,
  make: (settings, place) => {
    const needs = (key: string, scope: string): void => {
      if (!covers(settings.auth.scope, scope)) {
        place.complain([key], `${key} needs the scope ${scope}, and auth.scope does not have it`)
      }
    }
    if (settings.dataSets !== undefined) needs("data_sets", "datasets:bds:read")
    if (settings.bulk !== undefined) needs("bulk", "ipsis:batch:upload")
    return {
      ...settings,
      name: place.name,
      auth: authOf(settings.auth, place),
      versions: Object.fromEntries(
        Object.entries(settings.versions).map(([product, floor]) => [product, floor.replace(/^>=\s*/, "")])
      )
    }
  }
}

/** Whether scopes cover one, `group:resource:action`; an app that asks for none gets those it was registered with. */
const covers = (scopes: ReadonlyArray<string>, needed: string): boolean => {
  const [group, resource, action] = needed.split(":")
  const pattern = new RegExp(`^${group}:(${resource}|\\*):(${action}|\\*)$`)
  return scopes.length === 0 || scopes.some((scope) => pattern.test(scope))
}

const authOf = (auth: (typeof Settings.Type)["auth"], place: SettingsPlace): BrightspaceAuth => {
  if (auth.type === "refresh_token") return { ...auth, tokenFile: place.absolute(auth.tokenFile) }
  const { privateKey, privateKeyFile, ...rest } = auth
  if (privateKey !== undefined && Redacted.value(privateKey) !== "") return { ...rest, privateKey }
  const kept = privateKeyFile ? place.readFile(privateKeyFile) : null
  if (kept === null) {
    const isWritten = privateKey !== undefined || privateKeyFile !== undefined
    if (privateKeyFile) place.complain(["auth", "private_key_file"], `the file ${privateKeyFile} cannot be read`)
    else
      place.complain(
        ["auth"],
        isWritten
          ? "no private key: neither private_key nor private_key_file gives one"
          : "auth of type private_key_jwt needs the key private_key or private_key_file"
      )
  }
  return { ...rest, privateKey: Redacted.make(kept ?? "") }
}
