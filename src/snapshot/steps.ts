import * as Effect from "effect/Effect"
import { literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { takesAway } from "./actions.ts"
import { loadedEntitiesOf } from "../state/tables.ts"

/** How many phases a plan of this definition has: one to build each entity up, one to take each down, one for what follows by itself. */
export const phaseCount = (definition: Definition): number => definition.load.entities.length * 2 + 1

/**
 * Orders the change set into steps, each with the gate of the table `stopped`, and writes them to a file, one JSON object a line, in the order in which they are
 * carried out: what is referred to is built first and taken down last.
 */
export const writeSteps: (definition: Definition, file: string) => Effect.Effect<number, WarehouseError, Warehouse> =
  Effect.fn("snapshot.steps")(function* (definition: Definition, file: string) {
    const warehouse = yield* Warehouse
    const entities = loadedEntitiesOf(definition).map((entity) => entity.load.entity)
    const up = `CASE entity ${entities.map((entity, index) => `WHEN ${literal(entity)} THEN ${index}`).join(" ")} END`
    const down = `CASE entity ${entities.map((entity, index) => `WHEN ${literal(entity)} THEN ${2 * entities.length - 1 - index}`).join(" ")} END`
    yield* warehouse.execute(`-- the steps of the plan, in order; grain: one line per row of the change set
COPY (SELECT row_number() OVER (ORDER BY phase, school, section, key) AS seq, phase, entity, key, former_key, action, reason, label,
    school, section, remote_id, before, after, changed, implied_by, hold, edited, approval, gate
  FROM (SELECT CASE WHEN implied_by IS NOT NULL THEN ${2 * entities.length}
    WHEN ${takesAway} THEN ${down} ELSE ${up} END AS phase, change.*, stopped.gate
    FROM change LEFT JOIN stopped USING (entity, key))
  ORDER BY seq) TO ${literal(file)} (FORMAT json)`)
    const [count] = yield* warehouse.rows("SELECT count(*) AS steps FROM change")
    return Number(count?.["steps"])
  })

/** Reads a steps file into the table `step`, in which `load` finds them. */
export const readSteps: (file: string) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn(
  "snapshot.read-steps"
)(function* (file: string) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(`-- the steps of a plan file
CREATE OR REPLACE TEMP TABLE step AS SELECT * FROM read_json(${literal(file)}, format = 'newline_delimited', columns = {
  seq: 'BIGINT', phase: 'INTEGER', entity: 'VARCHAR', key: 'VARCHAR', former_key: 'VARCHAR', action: 'VARCHAR', reason: 'VARCHAR', label: 'VARCHAR',
  school: 'VARCHAR', section: 'VARCHAR', remote_id: 'VARCHAR', before: 'JSON', after: 'JSON', changed: 'VARCHAR[]',
  implied_by: 'VARCHAR', hold: 'VARCHAR', edited: 'JSON', approval: 'VARCHAR', gate: 'VARCHAR'})`)
})
