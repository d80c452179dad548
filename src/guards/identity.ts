import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isUpdate } from "../state/actions.ts"
import { changes } from "../state/change-set.ts"
import { about, joined, name, type Sql, sql } from "../core/sql.ts"
import { Count, Warehouse } from "../core/ports/warehouse.ts"
import { tell } from "../core/told.ts"
import { district, guard, type WatchedEntity } from "./guard.ts"
import { allowed, key, rowsAtMost, rowsLimit } from "./keys.ts"

const normal = { percent: 5, floor: 20, rows: 500 }

/** One field by which records are known: many that change in it at once are one mistake more often than many moves. */
export const identity = guard({
  name: "identity",
  weighs: "rows",
  describe: "many updates of one field by which records are known",
  at: "guards",
  keys: {
    identity: key(
      Schema.Struct({
        ...rowsLimit(normal).fields,
        rows: rowsAtMost(normal.rows)
      }),
      normal,
      "updates, district-wide, of one field by which records are known: those of match_existing but for a name, and those that no two records may share; in rows",
      ["rows"]
    )
  },
  measure: (entity) => measure(entity),
  trip: (found, limits, entity) =>
    found.flatMap(({ changed, field }) => {
      const { present } = entity.amounts
      const limit = Math.min(limits.identity.rows, allowed(present, limits.identity))
      if (changed <= limit) return []
      const say = tell("hold.identity", { field, entity: entity.name, value: changed, present, limit })
      return [{ ...district(entity, limit, changed, say), of: field }]
    }),
  steps: ({ entity, of = "" }) => sql`t.entity = ${entity} AND ${changesIdentity(of)}`
})

/** The fields by which records are known, with the updates that give it another value; only those that have some. */
const measure = Effect.fn("guards.identity")(function* (entity: WatchedEntity) {
  const fields = identifyingFields(entity)
  if (fields.length === 0 || entity.amounts.changed === 0) return []
  const warehouse = yield* Warehouse
  const [counts] = yield* warehouse.rows(
    sql`${about(`${entity.name}: updates of what they are known by`)}SELECT ${joined(
      fields.map((field) => sql`count(*) FILTER (${changesIdentity(field)}) AS ${name(field)}`),
      ", "
    )}
FROM ${changes.table} AS t WHERE entity = ${entity.name}`,
    Schema.Record({ key: Schema.String, value: Count })
  )
  return fields.flatMap((field) => {
    const changed = counts?.[field] ?? 0
    return changed === 0 ? [] : [{ field, changed }]
  })
})

/**
 * By what a record of the target is told from any other. A name, too, may be what one is looked for by, but it is there to
 * be read, and changes as titles do.
 */
const identifyingFields = ({ matchExisting, unique }: WatchedEntity): ReadonlyArray<string> =>
  [...new Set([...matchExisting, ...unique])].filter((field) => field !== "name")

/** Over a step: whether it gives the field another value than the one it had. */
const changesIdentity = (field: string): Sql =>
  sql`${isUpdate} AND list_contains(t.changed, ${field}) AND (t.before->>${field}) IS NOT NULL`
