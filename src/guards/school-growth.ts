import * as Effect from "effect/Effect"
import { isAddition } from "../state/actions.ts"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"
import { allowed, growthLimit, key } from "./keys.ts"
import { rolledOut } from "./rolled-out.ts"
import { measureGains } from "./scopes.ts"

const normal = { percent: 25, floor: 200 }

/** Additions to one school in which something stands; one that is new, or was not rolled out yet, may fill up. */
export const schoolGrowth = guard({
  name: "school_growth",
  weighs: "rows",
  describe: "many additions to one school in which more stands than came along with another part (`--only`)",
  at: "guards",
  keys: {
    school_growth: key(growthLimit(normal), normal, "additions to one school in which something stands, in rows")
  },
  shares: "counted",
  measure: (entity, limits, night) =>
    Effect.flatMap(measureGains(entity, "school", limits.schoolGrowth.floor, night), (schools) =>
      rolledOut(entity, schools)
    ),
  trip: (schools, { schoolGrowth }, entity) =>
    schools.flatMap(({ added, id, name, present }) => {
      const limit = allowed(present, schoolGrowth)
      if (present === 0 || added <= limit) return []
      const say = tell("hold.school-growth", { school: name ?? id, value: added, entity: entity.name, present, limit })
      return [{ ...district(entity, limit, added, say), school: id }]
    }),
  steps: ({ entity, school }) => sql`t.entity = ${entity} AND t.${isAddition} AND t.school = ${school}`
})
