import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { changes } from "../state/change-set.ts"
import { desiredView } from "../pipeline/relations.ts"
import type { Doing } from "../core/doing.ts"
import { about, joined, name, type Sql, sql } from "../core/sql.ts"
import { emptied, named } from "../core/table.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Count, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { rowOutcomesOf } from "../state/durable.ts"
import { stand, standing } from "../state/migrations.ts"
import { type LoadedEntity, loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import { fingerprint } from "../state/tables.ts"
import { heldOn, keptGoneTable } from "./tables.ts"
import { besideLedger, type ChangeCounts, isGone, isNotAsWanted, staysThoughGone } from "./change.ts"

/**
 * The wanted rows of a night on which all input is as it was when the snapshot was last frozen: the snapshot, less the
 * records that it holds on to because what the source has of them is in quarantine.
 */

const heldOnOf = ({ name: pipeline }: Definition, entity: string): Sql =>
  sql`SELECT key FROM ${named(heldOn)} WHERE pipeline = ${pipeline} AND entity = ${entity}`

const Rows = Schema.Struct({ entity: Text, rows: Count })

/**
 * Notes them after a freeze, by the views of what is wanted. `counts`: how many rows are wanted of each entity; where the
 * snapshot has no more, it holds on to none.
 */
export const noteHeldOn = Effect.fn("snapshot.note-held-on")(function* (
  definition: Definition,
  counts: ReadonlyArray<Pick<ChangeCounts, "entity" | "desired">>
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* stand(heldOn)
  const entities = loadedEntitiesOf(definition)
  const sizes = entities.map(
    ({ load, tables }) => sql`SELECT ${load.entity} AS entity, count(*) AS rows FROM ${name(tables.snapshot)}`
  )
  const frozen = yield* warehouse.rows(joined(sizes, " UNION ALL "), Rows)
  const holding = entities.filter(
    ({ load: { entity } }) =>
      frozen.find((one) => one.entity === entity)?.rows !== counts.find((one) => one.entity === entity)?.desired
  )
  const found = holding.map(
    ({ load, tables }) =>
      sql`INSERT INTO ${named(heldOn)} SELECT ${definition.name}, ${load.entity}, key FROM ${name(tables.snapshot)} ANTI JOIN (SELECT key FROM ${name(desiredView(load.entity))}) AS wanted USING (key)`
  )
  yield* warehouse.transaction([sql`DELETE FROM ${named(heldOn)} WHERE pipeline = ${definition.name}`, ...found])
})

/** Counts of an entity of which nothing has changed, as `compare` gives them. */
export interface StandingCounts extends Omit<ChangeCounts, "covered"> {
  /** Records that stand and stay as they are, because what the source has of them is in quarantine. */
  readonly quarantined: number
}

/**
 * Compares the snapshot with the ledgers, record by record, and gives the counts where no record is to be written or taken
 * away; null where one is, or may be. Leaves an empty change set and the views of what is wanted.
 */
export const standsAsWritten = Effect.fn("snapshot.as-written")(function* (
  definition: Definition
): Doing<ReadonlyArray<StandingCounts> | null, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(sql`${standing(heldOn)};
${changes.empty};
${emptied(keptGoneTable)}`)
  const counts: Array<StandingCounts> = []
  for (const entity of loadedEntitiesOf(definition)) {
    const found = yield* countEntity(definition, entity)
    if (found === null) return null
    counts.push(found)
  }
  return counts
})

const Joined = Schema.Struct({ wanted: Count, differing: Count, gone: Count, held: Count })
const Gone = Schema.Struct({ quarantined: Count, kept: Count })

const countEntity = Effect.fn("snapshot.count-standing")(function* (definition: Definition, entity: LoadedEntity) {
  const warehouse = yield* Warehouse
  const { load, tables } = entity
  const snapshot = name(tables.snapshot)
  const [both] = yield* warehouse.rows(
    sql`${about(`is ${load.entity} as it was written?`)}SELECT count(d.key) AS wanted, count(*) FILTER (${isGone}) AS gone, count(*) FILTER (${isNotAsWanted}) AS differing,
  (SELECT count(*) FROM (${heldOnOf(definition, load.entity)})) AS held
${besideLedger(sql`(SELECT key, ${fingerprint(entity.compared, null)} AS fingerprint FROM ${snapshot})`, entity)}`,
    Joined
  )
  if (both === undefined || both.differing > 0) return null
  const stays = both.gone === 0 ? { quarantined: 0, kept: 0 } : yield* countGone(definition, entity)
  // Something is to be taken away.
  if (stays.quarantined + stays.kept < both.gone) return null
  yield* warehouse.execute(sql`${about(`${load.entity}: rows wanted at the target, as they were frozen; grain: one row per key`)}CREATE OR REPLACE TEMP VIEW ${name(desiredView(load.entity))} AS
SELECT * EXCLUDE (valid_from, fingerprint), ${fingerprint(entity.compared, null)} AS fingerprint
FROM ${snapshot}${both.held === 0 ? sql`` : sql` WHERE key NOT IN (${heldOnOf(definition, load.entity)})`}`)
  const desired = both.wanted - both.held
  return {
    entity: load.entity,
    desired,
    present: both.wanted + both.gone,
    unchanged: desired,
    keptThoughGone: stays.kept,
    quarantined: both.held + stays.quarantined
  }
})

/**
 * Counts, among the records that stand and are not in the snapshot, those in quarantine and those that stay though gone
 * at the source.
 */
const countGone = Effect.fn("snapshot.count-gone")(function* (definition: Definition, entity: LoadedEntity) {
  const warehouse = yield* Warehouse
  const { load, tables } = entity
  const [found] = yield* warehouse.rows(
    sql`${about(`${load.entity} that stand and are gone at the source`)}SELECT count(*) FILTER (away) AS quarantined, count(*) FILTER (NOT away AND kept) AS kept FROM (
  SELECT key IN (SELECT key FROM ${named(rowOutcomesOf(definition.name))} WHERE valid_to IS NULL AND entity = ${load.entity} AND verdict = 'quarantine' AND key IS NOT NULL) AS away, ${staysThoughGone(entity)} AS kept
  FROM ${name(tables.ledger)} WHERE presence = 'present' AND key NOT IN (SELECT key FROM ${name(tables.snapshot)})
)`,
    Gone
  )
  return found ?? { quarantined: 0, kept: 0 }
})
