import * as Effect from "effect/Effect"
import { isUpdate } from "../state/actions.ts"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"

/**
 * Changes of records that are made, directly or not, from a dataset in doubt: a missing teacher must not rename a course.
 */
export const incompleteChange = guard({
  name: "incomplete_change",
  weighs: "read",
  describe: "changes of what is made from a dataset that was not proven complete",
  at: "guards",
  keys: {},
  shares: "counted",
  measure: (entity) => Effect.succeed(entity.amounts.changed),
  trip: (changed, _given, entity) =>
    changed === 0 || entity.doubts.length === 0
      ? []
      : [
          district(
            entity,
            0,
            changed,
            `${tell("hold.incomplete-change", { value: changed, entity: entity.name })} ${entity.doubts.join("; ")}`
          )
        ],
  steps: ({ entity }) => sql`t.entity = ${entity} AND ${isUpdate}`
})
