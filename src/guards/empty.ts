import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isRemoval } from "../state/actions.ts"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"
import { key } from "./keys.ts"

/** Whatever the limits, something does not become nothing. */
export const empty = guard({
  name: "empty",
  weighs: "record",
  describe: "removals that would leave nothing of an entity",
  at: "guards",
  keys: {
    empty: key(Schema.Literal("hold", "allow"), "hold", "what happens when nothing is left where something was")
  },
  shares: "counted",
  measure: (entity) => Effect.succeed(entity.amounts),
  trip: ({ desired, gone, present }, limits, entity) =>
    limits.empty === "allow" || desired > 0 || gone === 0
      ? []
      : [district(entity, 0, gone, tell("hold.empty", { entity: entity.name, present }))],
  steps: ({ entity }) => sql`t.entity = ${entity} AND t.${isRemoval}`
})
