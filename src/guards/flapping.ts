import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isRemoval } from "../state/actions.ts"
import { changes } from "../state/change-set.ts"
import { about, type Sql, sql } from "../core/sql.ts"
import { Count, Warehouse } from "../core/ports/warehouse.ts"
import { district, guard, type Night, type WatchedEntity } from "./guard.ts"
import { count, key } from "./keys.ts"
import { flappingTable } from "./tables.ts"
import { made } from "../core/table.ts"
import { tell } from "../core/told.ts"

const normal = { runs: 5, times: 3 }
type Window = typeof normal

const Found = Schema.Struct({ gone: Count, others: Count })

/** Records that come and go are not removed: it is the source that is restless, not the person. */
export const flapping = guard({
  name: "flapping",
  weighs: "record",
  describe: "removals of records that come and go, by the last runs",
  at: "guards",
  keys: {
    flapping: key(
      Schema.Struct({
        runs: count("so many runs are looked at, this one included", normal.runs),
        times: count("a record that came, went or changed in so many of them is not removed", normal.times)
      }),
      normal,
      "records that come and go, in runs"
    )
  },
  measure: (entity, limits, night) => find(entity, limits.flapping, night),
  trip: ({ gone }, limits, entity) =>
    gone === 0
      ? []
      : [district(entity, 0, gone, tell("hold.flapping", { value: gone, entity: entity.name, ...limits.flapping }))],
  steps: ({ entity }) =>
    sql`t.entity = ${entity} AND t.${isRemoval} AND t.key IN (SELECT key FROM flapping WHERE entity = ${entity})`,
  warns: ({ others }, limits, entity) =>
    others === 0
      ? []
      : [{ entity: entity.name, rule: "flapping", rows: others, say: tell("record.flapping", { ...limits.flapping }) }]
})

/** Fills the table `flapping` (entity, key) for an entity; gives how many of its records would be removed, and how many not. */
const find = Effect.fn("guards.flapping")(function* (entity: WatchedEntity, { runs, times }: Window, night: Night) {
  const warehouse = yield* Warehouse
  const window = night.goodRuns.slice(0, runs - 1)
  const since = window.at(-1)
  // Tonight is one of the times, and every time needs a run of its own.
  if (since === undefined || window.length < times - 1) return { gone: 0, others: 0 }
  // Records that the first night of all brought did not come by themselves.
  yield* warehouse.execute(fillStatement(entity, window.length < runs - 1 ? since + 1 : since, times))
  const [found] = yield* warehouse.rows(
    sql`${about(`flapping records of ${entity.name}`)}SELECT count(*) FILTER (${isRemoval}) AS gone, count(*) FILTER (NOT ${isRemoval}) AS others
FROM ${changes.table} WHERE entity = ${entity.name} AND key IN (SELECT key FROM flapping)`,
    Found
  )
  return found ?? { gone: 0, others: 0 }
})

const fillStatement = (entity: WatchedEntity, since: number, times: number): Sql => {
  const { history, snapshot } = entity.tables
  return sql`${about(`${entity.name}: records of the change set that came, went or changed ${times} times since run ${since}, tonight included`)}${made(flappingTable)}
SELECT ${entity.name} AS entity, key FROM (
  SELECT key, valid_from AS run FROM ${history} WHERE valid_from >= ${since}
  UNION SELECT key, valid_to FROM ${history} WHERE valid_to >= ${since}
  UNION SELECT key, valid_from FROM ${snapshot} WHERE valid_from >= ${since}
  -- What is gone since an earlier run does not go tonight.
  UNION SELECT key, 2147483647 FROM ${changes.table} WHERE entity = ${entity.name} AND (NOT ${isRemoval} OR key IN (SELECT key FROM ${snapshot}))
) WHERE key IN (SELECT key FROM ${changes.table} WHERE entity = ${entity.name})
GROUP BY key HAVING count(DISTINCT run) >= ${times}`
}
