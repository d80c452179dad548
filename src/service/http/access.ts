import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StoreError } from "../../core/ports/disk.ts"
import type { People } from "../../core/ports/people.ts"
import type { AccessSettings } from "../../pipeline/access-settings.ts"
import type { Links } from "../access/link.ts"
import type { Sessions } from "../access/session.ts"
import type { Standings } from "../access/standing.ts"
import type { Token } from "../tokens.ts"

/** How it is known who asks. */
export interface AccessService {
  readonly tokens: Effect.Effect<ReadonlyArray<Token>, StoreError>
  readonly sessions: Sessions
  readonly links: Links
  /** How the persons of sessions stand by now: one for all who ask, as what is asked by may be good once. */
  readonly standings: Standings
  /** The address under which people reach the service, where it is declared; null where it is the one listened on. */
  readonly publicUrl: string | null
  /** Others that sign people in: learning platforms, and the district's own sign-in. */
  readonly settings: AccessSettings
  /** The people of a learning platform, by the name of its connection. */
  readonly people: (connection: string) => Effect.Effect<People, Error>
  /** Notes in the audit trail what somebody did, was shown, or was refused; names of records, plans or runs alone. */
  readonly note: (who: string, what: string, of: ReadonlyArray<string>) => Effect.Effect<void, Error>
  /** Tells whoever runs the service that somebody was not let in, and why; without a word of who it was. */
  readonly tellRefusal: (why: string) => void
}

export class Access extends Context.Tag("rollbook/Access")<Access, AccessService>() {}

/** The address of the service: known as soon as it listens. */
export class Place extends Context.Tag("rollbook/Place")<Place, { origin: string }>() {}
