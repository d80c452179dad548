import * as Effect from "effect/Effect"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"

/** Holds records that may be known before under another key, and may be others. The table `unsure_rekey` names them. */
export const rekey = guard({
  name: "rekey",
  weighs: "record",
  describe: "records gone and new that may be the same under a new key",
  at: "guards",
  keys: {},
  measure: (entity) => Effect.succeed(entity.unsure),
  trip: (unsure, _given, entity) => {
    if (unsure === null) return []
    const { gone, fresh, shared } = unsure
    const known = { gone, entity: entity.name, fresh }
    return [
      district(
        entity,
        0,
        gone,
        shared === null ? tell("hold.rekey", known) : tell("hold.rekey-roster", { ...known, shared })
      )
    ]
  },
  steps: ({ entity }) => sql`t.entity = ${entity} AND t.action NOT IN ('update', 'rekey')
  AND t.key IN (SELECT key FROM unsure_rekey WHERE entity = ${entity})`
})
