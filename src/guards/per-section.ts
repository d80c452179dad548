import { isRemoval } from "../state/actions.ts"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"
import { key, rowsLimit } from "./keys.ts"
import { measureLosses } from "./scopes.ts"

const normal = { percent: 50, floor: 5 }

/** Removals in one section. One below the floor is too small to be judged by percent; from the floor on, that alone counts. */
export const perSection = guard({
  name: "per_section",
  weighs: "rows",
  describe: "many removals in one section",
  at: "guards",
  keys: { per_section: key(rowsLimit(normal), normal, "removals in one section, in rows") },
  shares: "counted",
  measure: (entity, _limits, night) => measureLosses(entity, "section", night),
  trip: (sections, { perSection }, entity) =>
    sections.flatMap(({ gone, id, name, present }) => {
      const limit = Math.floor((present * perSection.percent) / 100)
      if (present < perSection.floor || gone <= limit) return []
      const say = tell("hold.per-section", {
        section: name ?? id,
        present,
        after: present - gone,
        entity: entity.name,
        limit
      })
      return [{ ...district(entity, limit, gone, say), section: id }]
    }),
  steps: ({ entity, section }) => sql`t.entity = ${entity} AND t.${isRemoval} AND t.section = ${section}`
})
