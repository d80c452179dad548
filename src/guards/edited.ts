import * as Effect from "effect/Effect"
import { isUpdate } from "../state/actions.ts"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"

/** Holds steps over values of the target that rollbook did not write, changed since or there before, where the pipeline says so. */
export const edited = guard({
  name: "edited",
  weighs: "record",
  describe: "steps over what somebody changed at the target, with `on_target_edit: hold`",
  at: "guards",
  keys: {},
  measure: (entity) => Effect.succeed(entity.edits),
  trip: (edits, _given, entity) => {
    if (edits === "not held") return []
    return edits === "looked for"
      ? [
          {
            ...district(entity, 0, 0, tell("hold.edited", { entity: entity.name })),
            of: edits
          }
        ]
      : [district(entity, 0, 0, tell("hold.edited-perhaps", { entity: entity.name }))]
  },
  steps: ({ entity, of }) =>
    sql`t.entity = ${entity} AND ${of === "looked for" ? sql`t.edited IS NOT NULL` : sql`(t.action = 'restore' OR ${isUpdate})`}`
})
