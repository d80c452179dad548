import * as Effect from "effect/Effect"
import { isRemoval } from "../state/actions.ts"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"

/** When the source is not proven complete, removals are withheld whole, and records known again under a new key with them. */
export const incomplete = guard({
  name: "incomplete",
  weighs: "read",
  describe: "removals, all of them, when the source was not proven complete",
  at: "guards",
  keys: {},
  shares: "counted",
  measure: (entity, _given, night) =>
    Effect.succeed({ leaving: entity.amounts.gone + entity.amounts.rekeyed, doubts: night.doubts }),
  trip: ({ leaving, doubts }, _given, entity) =>
    leaving === 0 || doubts.length === 0
      ? []
      : [
          district(
            entity,
            0,
            leaving,
            `${tell("hold.incomplete", { value: leaving, entity: entity.name })} ${doubts.join("; ")}`
          )
        ],
  steps: ({ entity }) => sql`t.entity = ${entity} AND (t.${isRemoval} OR t.action = 'rekey')`
})
