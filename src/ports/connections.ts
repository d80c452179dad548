import type * as Redacted from "effect/Redacted"

export interface BudgetSettings {
  readonly concurrency: number
  readonly requestsPerSecond: number
  /** Hours `HH:MM-HH:MM` in the district's time zone with a concurrency of their own. */
  readonly peak: { readonly hours: string; readonly concurrency: number } | null
}

export type OneRosterAuth =
  | {
      readonly type: "oauth2"
      readonly tokenUrl: string
      readonly clientId: string
      readonly clientSecret: Redacted.Redacted
      readonly clientAuth: "basic" | "body"
      readonly scope: ReadonlyArray<string>
    }
  | {
      readonly type: "oauth1"
      readonly consumerKey: string
      readonly consumerSecret: Redacted.Redacted
      readonly signatureMethod: "HMAC-SHA1" | "HMAC-SHA256"
    }

export interface OneRosterConnection {
  readonly type: "oneroster"
  readonly name: string
  readonly profile: string
  readonly baseUrl: string
  readonly auth: OneRosterAuth
  readonly gradebookHeaders: Readonly<Record<string, Redacted.Redacted>>
  /** Rows asked for per page. */
  readonly pageLimit: number
  /** Seconds until an answer begins, and between two pieces of it; above zero. */
  readonly timeoutSeconds: number
  readonly budget: BudgetSettings
}

export type BrightspaceAuth =
  | {
      readonly type: "private_key_jwt"
      readonly tokenUrl: string
      readonly clientId: string
      /** PEM (PKCS 8) or JWK text. */
      readonly privateKey: Redacted.Redacted
      readonly scope: ReadonlyArray<string>
    }
  | {
      readonly type: "refresh_token"
      readonly tokenUrl: string
      readonly clientId: string
      readonly clientSecret: Redacted.Redacted
      readonly tokenFile: string
      readonly scope: ReadonlyArray<string>
    }

export interface BrightspaceConnection {
  readonly type: "brightspace"
  readonly name: string
  readonly url: string
  readonly auth: BrightspaceAuth
  /** Product to the lowest version that will do, e.g. `lp` → `1.49`. */
  readonly versions: Readonly<Record<string, string>>
  readonly relationships: {
    readonly route: "bfp" | "auditor" | "off"
    readonly parentField: string
    readonly childField: string
  }
  /** Seconds until an answer begins, and between two pieces of it; above zero. */
  readonly timeoutSeconds: number
  readonly budget: BudgetSettings
}

export type Connection = OneRosterConnection | BrightspaceConnection

/** The connections of a workspace. Each is resolved when asked for, so that an unset variable of one does not stop another. */
export type Connections = ReadonlyMap<string, () => Connection>
