import * as Effect from "effect/Effect"
import { sql } from "../core/sql.ts"
import { district, guard } from "./guard.ts"

/** What a step would do could not be found out. */
export const unknown = guard({
  name: "unknown",
  weighs: "record",
  describe: "steps of which it is not known what they would do",
  at: "guards",
  keys: {},
  measure: () => Effect.void,
  trip: (_seen, _given, entity) => [
    district(
      entity,
      0,
      0,
      `it is not known what these ${entity.name} steps would do; what refers to them waits with them`
    )
  ],
  steps: ({ entity }) => sql`t.action = 'unknown' AND t.entity = ${entity}`
})
