import { isAddition } from "../state/actions.ts"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"
import { allowed, growthLimit, key } from "./keys.ts"
import { measureGains } from "./scopes.ts"

const normal = { percent: 25, floor: 200 }

/** Additions to one school in which something stands; one that is new may fill up. */
export const schoolGrowth = guard({
  name: "school_growth",
  weighs: "rows",
  describe: "many additions to one school in which something stands",
  at: "guards",
  keys: {
    school_growth: key(growthLimit(normal), normal, "additions to one school in which something stands, in rows")
  },
  shares: "counted",
  measure: (entity, limits, night) => measureGains(entity, "school", limits.schoolGrowth.floor, night),
  trip: (schools, { schoolGrowth }, entity) =>
    schools.flatMap(({ added, id, name, present }) => {
      const limit = allowed(present, schoolGrowth)
      if (present === 0 || added <= limit) return []
      const say = tell("hold.school-growth", { school: name ?? id, value: added, entity: entity.name, present, limit })
      return [{ ...district(entity, limit, added, say), school: id }]
    }),
  steps: ({ entity, school }) => sql`t.entity = ${entity} AND t.${isAddition} AND t.school = ${school}`
})
