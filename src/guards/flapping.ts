import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { isRemoval } from "../snapshot/actions.ts"
import { busyEntities } from "../snapshot/change.ts"
import type { LoadedEntity } from "../state/tables.ts"
import { withholdWhere } from "./withhold.ts"

/** Records of one entity that came, went or changed in too many of the last runs. */
export interface Flapping {
  readonly entity: string
  /** Those that would be removed, and the others. */
  readonly gone: number
  readonly others: number
  /** The guard: so often in so many runs. */
  readonly times: number
  readonly runs: number
}

/**
 * Finds records that come and go, by the snapshots of the last runs, and leaves them in the table `flapping` (entity,
 * key). `goodRuns` are the numbers of earlier runs whose read was proven, newest first.
 */
export const findFlapping: (
  definition: Definition,
  goodRuns: ReadonlyArray<number>
) => Effect.Effect<ReadonlyArray<Flapping>, WarehouseError, Warehouse> = Effect.fn("snapshot.flapping")(function* (
  definition: Definition,
  goodRuns: ReadonlyArray<number>
) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute("CREATE OR REPLACE TEMP TABLE flapping (entity VARCHAR, key VARCHAR)")
  const found: Array<Flapping> = []
  for (const entity of yield* busyEntities(definition)) {
    const { runs, times } = entity.load.guards.flapping
    const window = goodRuns.slice(0, runs - 1)
    const since = window.at(-1)
    // Tonight is one of the times, and every time needs a run of its own.
    if (since === undefined || window.length < times - 1) continue
    // What the first night of all brought did not come by itself.
    const first = window.length < runs - 1 ? since + 1 : since
    yield* warehouse.execute(flappingStatement(entity, first, times))
    const name = literal(entity.load.entity)
    const [sums] = yield* warehouse.rows(`-- flapping records of ${entity.load.entity}
SELECT count(*) FILTER (${isRemoval}) AS gone, count(*) FILTER (NOT ${isRemoval}) AS others FROM change
WHERE entity = ${name} AND key IN (SELECT key FROM flapping WHERE entity = ${name})`)
    const one = {
      entity: entity.load.entity,
      gone: Number(sums?.["gone"]),
      others: Number(sums?.["others"]),
      times,
      runs
    }
    if (one.gone + one.others > 0) found.push(one)
  }
  return found
})

const flappingStatement = (entity: LoadedEntity, since: number, times: number): string => {
  const name = literal(entity.load.entity)
  const snapshot = identifier(entity.tables.snapshot)
  const history = identifier(entity.tables.history)
  return `-- ${entity.load.entity}: records of the change set that came, went or changed ${times} times since run ${since}, tonight included
INSERT INTO flapping
SELECT ${name}, key FROM (
  SELECT key, valid_from AS run FROM ${history} WHERE valid_from >= ${since}
  UNION SELECT key, valid_to FROM ${history} WHERE valid_to >= ${since}
  UNION SELECT key, valid_from FROM ${snapshot} WHERE valid_from >= ${since}
  -- What is gone since an earlier run does not go tonight.
  UNION SELECT key, 2147483647 FROM change WHERE entity = ${name} AND (NOT ${isRemoval} OR key IN (SELECT key FROM ${snapshot}))
) WHERE key IN (SELECT key FROM change WHERE entity = ${name})
GROUP BY key HAVING count(DISTINCT run) >= ${times}`
}

/** Withholds the removals of an entity's flapping records; gives how many. */
export const withholdFlapping = (id: string, entity: string): Effect.Effect<number, WarehouseError, Warehouse> =>
  withholdWhere(
    id,
    `flapping ${entity}`,
    `entity = ${literal(entity)} AND ${isRemoval} AND key IN (SELECT key FROM flapping WHERE entity = ${literal(entity)})`
  )
