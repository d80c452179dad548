import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isRemoval } from "../state/actions.ts"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"
import { allowed, rowsAtMostOrNone, key, rowsLimit } from "./keys.ts"

const normal = { percent: 5, floor: 10, rows: null }

/** Removals of an entity, district-wide. */
export const gone = guard({
  name: "gone",
  weighs: "rows",
  describe: "many removals of an entity",
  at: "guards",
  keys: {
    gone: key(
      Schema.Struct({
        ...rowsLimit(normal).fields,
        rows: rowsAtMostOrNone(2000)
      }),
      normal,
      "removals of the entity, district-wide, in rows"
    )
  },
  shares: "counted",
  measure: (entity) => Effect.succeed(entity.amounts),
  trip: ({ gone, present }, limits, entity) => {
    const limit = Math.min(limits.gone.rows ?? Number.POSITIVE_INFINITY, allowed(present, limits.gone))
    if (gone <= limit) return []
    const say = tell("hold.gone", { value: gone, present, entity: entity.name, limit })
    return [district(entity, limit, gone, say)]
  },
  steps: ({ entity }) => sql`t.entity = ${entity} AND t.${isRemoval}`
})
