import { sql } from "../../src/core/sql.ts"
import type { Amounts, Night, WatchedEntity } from "../../src/guards/guard.ts"
import * as Effect from "effect/Effect"

/** An entity of which a thousand records stand, and nothing changes but what is given. */
export const watched = (
  amounts: Partial<Amounts>,
  over: Partial<Omit<WatchedEntity, "amounts">> = {}
): WatchedEntity => ({
  name: "enrollment",
  refs: [],
  ledger: sql`ledger`,
  tables: { snapshot: sql`snapshot`, history: sql`history`, candidates: sql`candidates`, desired: sql`desired` },
  amounts: {
    steps: 1,
    present: 1000,
    desired: 1000,
    gone: 0,
    added: 0,
    changed: 0,
    rekeyed: 0,
    unknown: 0,
    ...amounts
  },
  matchExisting: [],
  unique: [],
  upstream: [],
  doubts: [],
  edits: "not held",
  baseline: () => ({ runs: 0, gone: 0, added: 0 }),
  unsure: null,
  pipelineChange: null,
  ...over
})

/** A night on which only this entity is written, and the source is doubted for these reasons. */
export const nightOf = (entity: WatchedEntity, doubts: ReadonlyArray<string> = []): Night => ({
  entities: [entity],
  doubts,
  goodRuns: [],
  names: Effect.succeed(new Map()),
  once: (_what, measure) => measure
})
