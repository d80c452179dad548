import * as Effect from "effect/Effect"
import { isUpdate } from "../state/actions.ts"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"
import { allowed, key, rowsLimit } from "./keys.ts"

const normal = { percent: 75, floor: 50 }

/** Updates of an entity, district-wide. */
export const changed = guard({
  name: "changed",
  weighs: "rows",
  describe: "many updates of an entity",
  at: "guards",
  keys: { changed: key(rowsLimit(normal), normal, "updates of the entity, district-wide, in rows") },
  shares: "counted",
  measure: (entity) => Effect.succeed(entity.amounts),
  trip: ({ changed, present }, limits, entity) => {
    const limit = allowed(present, limits.changed)
    if (changed <= limit) return []
    const say = tell("hold.changed", { value: changed, present, entity: entity.name, limit })
    return [district(entity, limit, changed, say)]
  },
  steps: ({ entity }) => sql`t.entity = ${entity} AND ${isUpdate}`
})
