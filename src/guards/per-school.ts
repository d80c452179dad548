import { isRemoval } from "../state/actions.ts"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"
import { key, rowsLimit } from "./keys.ts"
import { measureLosses } from "./scopes.ts"

const normal = { percent: 10, floor: 10 }

/** Removals in one school. One below the floor is too small to be judged by percent; from the floor on, that alone counts. */
export const perSchool = guard({
  name: "per_school",
  weighs: "rows",
  describe: "many removals in one school",
  at: "guards",
  keys: { per_school: key(rowsLimit(normal), normal, "removals in one school, in rows") },
  shares: "counted",
  measure: (entity, _limits, night) => measureLosses(entity, "school", night),
  trip: (schools, { perSchool }, entity) =>
    schools.flatMap(({ gone, id, name, present }) => {
      const limit = Math.floor((present * perSchool.percent) / 100)
      if (present < perSchool.floor || gone <= limit) return []
      const say = tell("hold.per-school", { school: name ?? id, value: gone, present, entity: entity.name, limit })
      return [{ ...district(entity, limit, gone, say), school: id }]
    }),
  steps: ({ entity, school }) => sql`t.entity = ${entity} AND t.${isRemoval} AND t.school = ${school}`
})
