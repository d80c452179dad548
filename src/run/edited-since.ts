import * as Effect from "effect/Effect"
import { about, sql, texts } from "../core/sql.ts"
import { prepareEditedSince } from "../load/work.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { TargetReader } from "../core/ports/target.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { changes, steps } from "../state/change-set.ts"
import { findEdits } from "../snapshot/edits.ts"
import type { Doing } from "../core/doing.ts"
import { doneBeforeTable } from "./tables.ts"
import { emptied } from "../core/table.ts"
import { toldInSql } from "../core/told.ts"

/**
 * Asks the target once more about the steps in the table `step` that overwrite an edit, and about all of an entity whose
 * edits are held and looked for in full: whoever read the plan decided on what stood there then. Steps over something
 * else by now go into the table `edited_since`, and are not sent. Nothing is asked about steps that are `done` already, by
 * their sequence numbers.
 */
export const findEditedSince = Effect.fn("run.edited-since")(function* (
  definition: Definition,
  done: ReadonlyArray<number>
): Doing<void, WarehouseError, Warehouse | TargetReader> {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(sql`${emptied(doneBeforeTable)}`)
  yield* warehouse.append(
    "done_before",
    done.map((sequence) => [sequence])
  )
  yield* prepareEditedSince
  const held = definition.load.entities.flatMap((load) =>
    load.onTargetEdit === "hold" && load.targetEditSample === null ? [load.entity] : []
  )
  yield* warehouse.execute(sql`${about("steps to ask about, as if they were planned now; grain: one row per step")}${changes.empty};
${changes.insert(
  {
    entity: sql`entity`,
    key: sql`key`,
    action: sql`action`,
    reason: sql`''`,
    section: sql`section`,
    remote_id: sql`remote_id`,
    before: sql`before`,
    after: sql`after`,
    changed: sql`changed`
  },
  sql`FROM ${steps.table}
WHERE hold IS NULL AND implied_by IS NULL AND seq NOT IN (SELECT seq FROM done_before) AND (edited IS NOT NULL OR list_contains(${texts(held)}, entity))`
)}`)
  const { notLookedFor } = yield* findEdits(definition)
  yield* warehouse.execute(sql`${about("steps over what was changed since; grain: one row per step")}INSERT INTO edited_since
SELECT seq, ${toldInSql("failure.taken-away", {})} AS say
FROM ${steps.table} AS step JOIN ${changes.table} AS change USING (entity, key) WHERE json(change.edited) = '{}' AND step.edited IS DISTINCT FROM change.edited
UNION ALL
SELECT seq, ${toldInSql("failure.edited", { fields: sql`string_agg(field, ', ' ORDER BY field)` })}
FROM (
  SELECT step.seq, step.edited AS known, change.edited AS now, unnest(json_keys(change.edited)) AS field
  FROM ${steps.table} AS step JOIN ${changes.table} AS change USING (entity, key)
) WHERE NOT coalesce(json_exists(known, '$."' || field || '"'), false) OR (known->>field) IS DISTINCT FROM (now->>field) GROUP BY seq
UNION ALL
SELECT seq, ${toldInSql("failure.perhaps-edited", {})}
FROM ${steps.table} AS step JOIN ${changes.table} AS change USING (entity, key) WHERE list_contains(${texts([...notLookedFor])}, entity)`)
})
