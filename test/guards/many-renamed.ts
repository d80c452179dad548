import { changes } from "../../src/state/change-set.ts"
import { sql } from "../../src/core/sql.ts"
import { district, guard } from "../../src/guards/guard.ts"
import { allowed, key, rowsLimit } from "../../src/guards/keys.ts"

const normal = { percent: 40, floor: 1 }
const isRenamed = sql`t.action = 'update' AND list_contains(t.changed, 'name')`

/** A guard that rollbook does not have: this file, and one line in the list, are all that one takes. */
export const manyRenamed = guard({
  name: "many_renamed",
  weighs: "rows",
  describe: "many records that get another name",
  at: "guards",
  keys: { many_renamed: key(rowsLimit(normal), normal, "records that get another name, in rows") },
  measure: (entity) => changes.count(sql`t.entity = ${entity.name} AND ${isRenamed}`),
  trip: (renamed, limits, entity) => {
    const limit = allowed(entity.amounts.present, limits.manyRenamed)
    if (renamed <= limit) return []
    return [district(entity, limit, renamed, `${renamed} ${entity.name} would get another name; ${limit} may`)]
  },
  steps: ({ entity }) => sql`t.entity = ${entity} AND ${isRenamed}`
})
