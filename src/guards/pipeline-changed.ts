import * as Effect from "effect/Effect"
import { isRemoval, isUpdate } from "../state/actions.ts"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"
import { allowed, key, rowsLimit } from "./keys.ts"

const normal = { percent: 5, floor: 10 }

/**
 * Removals after an edit of the pipeline wait, however few; updates when they are many. What has waited since then goes on
 * waiting.
 */
export const pipelineChanged = guard({
  name: "pipeline_changed",
  weighs: "record",
  describe: "removals, and many updates, on the first run after the pipeline or the engine changed",
  at: "guards",
  keys: {
    pipeline_changed: key(
      rowsLimit(normal),
      normal,
      "updates on the first run after the entity's part of the pipeline, or the engine, changed, removals being held whole then; in rows"
    )
  },
  measure: (entity) => Effect.succeed(entity.pipelineChange),
  trip: (found, limits, entity) => {
    if (found === null) return []
    const { present } = entity.amounts
    return [
      { of: "gone", value: found.gone, limit: 0 },
      { of: "changed", value: found.changed, limit: allowed(present, limits.pipelineChanged) }
    ].flatMap(({ of, value, limit }) =>
      value === 0 || (found.isFirst && value <= limit)
        ? []
        : [
            {
              ...district(
                entity,
                limit,
                value,
                tell(
                  `hold.${found.cause === "pipeline" ? "pipeline-edited" : "other-engine"}${of === "gone" ? "-gone" : ""}`,
                  {
                    value,
                    present,
                    entity: entity.name,
                    run: found.since
                  }
                )
              ),
              of
            }
          ]
    )
  },
  steps: ({ entity, of }, _given, night) => {
    const waiting = night.entities.find((one) => one.name === entity)?.pipelineChange?.steps ?? sql`false`
    return sql`t.entity = ${entity} AND ${of === "gone" ? sql`t.${isRemoval}` : isUpdate} AND ${waiting}`
  }
})
