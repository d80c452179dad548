import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { WarehouseError } from "../../core/ports/warehouse.ts"
import type { Links } from "../access/link.ts"
import type { Sessions } from "../access/session.ts"
import type { Token } from "../tokens.ts"

/** How it is known who asks. */
export interface AccessService {
  readonly tokens: Effect.Effect<ReadonlyArray<Token>, WarehouseError>
  readonly sessions: Sessions
  readonly links: Links
  /** The address under which people reach the service, where it is declared; null where it is the one listened on. */
  readonly publicUrl: string | null
  /** Notes in the audit trail what somebody did, was shown, or was refused; names of records, plans or runs alone. */
  readonly note: (who: string, what: string, of: ReadonlyArray<string>) => Effect.Effect<void, Error>
}

export class Access extends Context.Tag("rollbook/Access")<Access, AccessService>() {}
