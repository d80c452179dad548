import * as Schema from "effect/Schema"
import { isAddition } from "../state/actions.ts"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"
import { allowed, growthLimit, key, rowsAtMost } from "./keys.ts"
import { measureGains } from "./scopes.ts"

const normal = { percent: 100, floor: 50, rows: 300 }

/** A section may not become larger than any class is. */
export const sectionGrowth = guard({
  name: "section_growth",
  weighs: "rows",
  describe: "many additions to one section, or more than any class has",
  at: "guards",
  keys: {
    section_growth: key(
      Schema.Struct({
        ...growthLimit(normal).fields,
        rows: rowsAtMost(normal.rows)
      }),
      normal,
      "additions to one section: more than the floor, and more than the percent or over `rows` in the end; in rows"
    )
  },
  shares: "counted",
  measure: (entity, limits, night) => measureGains(entity, "section", limits.sectionGrowth.floor, night),
  trip: (sections, { sectionGrowth: { floor, percent, rows } }, entity) =>
    sections.flatMap(({ added, gone, id, name, present }) => {
      const after = present - gone + added
      const share = allowed(present, { percent, floor })
      const limit = present === 0 ? rows : Math.min(share, rows)
      const isTooMuch = present > 0 && added > share
      if (added <= floor || (!isTooMuch && after <= rows)) return []
      const say = tell("hold.section-growth", {
        value: added,
        entity: entity.name,
        section: name ?? id,
        present,
        after,
        limit,
        rows
      })
      return [{ ...district(entity, limit, added, say), section: id }]
    }),
  steps: ({ entity, section }) => sql`t.entity = ${entity} AND t.${isAddition} AND t.section = ${section}`
})
