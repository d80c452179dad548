import * as Effect from "effect/Effect"
import { sql } from "../core/sql.ts"
import { district, guard } from "./guard.ts"

/** What may be a record known before, and may be another one. Which they are is in the table `unsure_rekey`. */
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
    const roster = shared === null ? "" : `, but share ${shared}% of a roster at most`
    return [
      district(
        entity,
        0,
        gone,
        `${gone} ${entity.name} that ${gone === 1 ? "is" : "are"} gone and ${fresh} new may be the same under a new key${roster}: people must say so`
      )
    ]
  },
  steps: ({ entity }) => sql`t.entity = ${entity} AND t.action NOT IN ('update', 'rekey')
  AND t.key IN (SELECT key FROM unsure_rekey WHERE entity = ${entity})`
})
