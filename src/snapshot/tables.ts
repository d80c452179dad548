import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import type { Definition, EntityDefinition, LoadEntityDefinition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"

/**
 * The durable tables of a pipeline, three per loaded entity. All fields are text.
 *
 * `ledger_P_E`    what was last written to the target; grain: one row per key ever written
 * `snapshot_P_E`  what is wanted since `valid_from` (run number); grain: one row per key wanted now
 * `history_P_E`   what was wanted from `valid_from` until before `valid_to`; append-only
 */
export interface EntityTables {
  readonly ledger: string
  readonly snapshot: string
  readonly history: string
}

export interface LoadedEntity {
  readonly definition: EntityDefinition
  readonly load: LoadEntityDefinition
  readonly tables: EntityTables
  /** Every field, in the definition's order. */
  readonly fields: ReadonlyArray<string>
  /** Fields whose change is worth a step: not those kept in state only, nor those written once and never again. */
  readonly compared: ReadonlyArray<string>
}

/** The loaded entities of a definition, what is referred to first. */
export const loadedEntitiesOf = (definition: Definition): ReadonlyArray<LoadedEntity> =>
  definition.load.entities.map((load) => {
    const entity = definition.entities.find((one) => one.name === load.entity)
    if (entity === undefined) throw new Error(`load names ${load.entity}, which the definition does not hold`)
    const fields = entity.fields.map((field) => field.name)
    const suffix = `${definition.name}_${load.entity}`
    return {
      definition: entity,
      load,
      tables: { ledger: `ledger_${suffix}`, snapshot: `snapshot_${suffix}`, history: `history_${suffix}` },
      fields,
      compared: fields.filter((field) => !load.stateOnly.includes(field) && load.overwrite.get(field) !== "never")
    }
  })

/** The 64-bit fingerprint of a row's compared fields; a hint for speed, never a key. */
export const fingerprint = (fields: ReadonlyArray<string>, alias: string | null): string =>
  `hash(${fields.length === 0 ? "0" : fields.map((field) => (alias === null ? identifier(field) : `${alias}.${identifier(field)}`)).join(", ")})`

const common = "key VARCHAR, label VARCHAR, _school VARCHAR, _section VARCHAR"

/**
 * Makes the durable tables, adds columns for fields that the definition gained, and renews fingerprints that were made
 * by another engine version or over other fields: the rows stay, only their fingerprints change.
 */
export const prepareTables: (definition: Definition) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn(
  "snapshot.prepare"
)(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(`CREATE TABLE IF NOT EXISTS meta (name VARCHAR, value VARCHAR)`)
  for (const entity of loadedEntitiesOf(definition)) {
    const { ledger, snapshot, history } = entity.tables
    yield* warehouse.execute(`CREATE TABLE IF NOT EXISTS ${identifier(ledger)} (${common}, remote_id VARCHAR, presence VARCHAR, origin VARCHAR, run INTEGER, fingerprint UBIGINT);
CREATE TABLE IF NOT EXISTS ${identifier(snapshot)} (${common}, valid_from INTEGER, fingerprint UBIGINT);
CREATE TABLE IF NOT EXISTS ${identifier(history)} (${common}, valid_from INTEGER, valid_to INTEGER, fingerprint UBIGINT)`)
    for (const table of [ledger, snapshot, history]) {
      for (const field of entity.fields) {
        yield* warehouse.execute(
          `ALTER TABLE ${identifier(table)} ADD COLUMN IF NOT EXISTS ${identifier(field)} VARCHAR`
        )
      }
    }
    yield* renewFingerprints(entity, `${warehouse.engineVersion} ${JSON.stringify([entity.compared, entity.fields])}`)
  }
})

const renewFingerprints = Effect.fn("snapshot.fingerprints")(function* (entity: LoadedEntity, recipe: string) {
  const warehouse = yield* Warehouse
  const name = literal(`fingerprint ${entity.tables.ledger}`)
  const [known] = yield* warehouse.rows(`SELECT value FROM meta WHERE name = ${name}`)
  if (known?.["value"] === recipe) return
  yield* warehouse.transaction([
    `UPDATE ${identifier(entity.tables.ledger)} SET fingerprint = ${fingerprint(entity.compared, null)}`,
    `UPDATE ${identifier(entity.tables.snapshot)} SET fingerprint = ${fingerprint(entity.fields, null)}`,
    `DELETE FROM meta WHERE name = ${name}`,
    `INSERT INTO meta VALUES (${name}, ${literal(recipe)})`
  ])
})
