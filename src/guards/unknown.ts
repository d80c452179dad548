import * as Effect from "effect/Effect"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"

/** Holds steps whose effect could not be found out. */
export const unknown = guard({
  name: "unknown",
  weighs: "record",
  describe: "steps of which it is not known what they would do",
  at: "guards",
  keys: {},
  measure: () => Effect.void,
  trip: (_seen, _given, entity) =>
    entity.amounts.unknown === 0 ? [] : [district(entity, 0, 0, tell("hold.unknown", { entity: entity.name }))],
  steps: ({ entity }) => sql`t.action = 'unknown' AND t.entity = ${entity}`
})
