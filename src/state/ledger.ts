import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { fingerprint, type LoadedEntity } from "./tables.ts"

/** The counter that every fold of outcomes raises; a plan is good for one value of it. */
export const ledgerVersion: Effect.Effect<number, WarehouseError, Warehouse> = Effect.gen(function* () {
  const warehouse = yield* Warehouse
  yield* warehouse.execute("CREATE TABLE IF NOT EXISTS meta (name VARCHAR, value VARCHAR)")
  const [row] = yield* warehouse.rows("SELECT value FROM meta WHERE name = 'ledger_version'")
  return Number(row?.["value"] ?? 0)
})

/** The durable table of records that came back under another key, of which the ledger has the new one alone; grain: one row per move. */
export const movedKeyTable = "moved_key"

/** The durable table of how steps ended; append-only; grain: one row per step and apply; and that of moved keys. */
export const prepareOutcomes: Effect.Effect<void, WarehouseError, Warehouse> = Effect.flatMap(Warehouse, (warehouse) =>
  warehouse.execute(`CREATE TABLE IF NOT EXISTS outcome (run INTEGER, plan VARCHAR, seq BIGINT, entity VARCHAR, key VARCHAR,
  action VARCHAR, outcome VARCHAR, wrote BOOLEAN, remote_id VARCHAR, reason VARCHAR, detail VARCHAR, ended_at VARCHAR);
ALTER TABLE outcome ADD COLUMN IF NOT EXISTS said VARCHAR;
CREATE TABLE IF NOT EXISTS ${movedKeyTable} (run INTEGER, plan VARCHAR, entity VARCHAR, former VARCHAR, key VARCHAR);
CREATE OR REPLACE TEMP TABLE answered (seq BIGINT, outcome VARCHAR, wrote BOOLEAN, remote_id VARCHAR, reason VARCHAR, detail VARCHAR, said VARCHAR, doubtful BOOLEAN, missing VARCHAR, anew BOOLEAN, ended_at VARCHAR)`)
)

/**
 * Folds the answers of one phase, waiting in the table `answered`, into the ledgers and the outcomes, in one
 * transaction. Doing it twice leaves the same state, so that a crash between journal and ledger is harmless.
 */
export const foldAnswers: (
  plan: string,
  run: number,
  entities: ReadonlyArray<LoadedEntity>
) => Effect.Effect<void, WarehouseError, Warehouse> = Effect.fn("load.fold")(function* (
  plan: string,
  run: number,
  entities: ReadonlyArray<LoadedEntity>
) {
  const warehouse = yield* Warehouse
  const present = yield* warehouse.rows(
    "-- entities with answers to fold\nSELECT entity, bool_or(action = 'rekey') AS rekeyed, bool_or(missing IS NOT NULL) AS missed FROM step JOIN answered USING (seq) GROUP BY entity"
  )
  if (present.length === 0) return
  const touched = entities.filter((entity) => present.some((row) => row["entity"] === entity.load.entity))
  const rekeyed = entities.filter((entity) =>
    present.some((row) => row["entity"] === entity.load.entity && row["rekeyed"] === true)
  )
  yield* warehouse.transaction([
    ...rekeyed.flatMap((entity) => moveKeys(plan, run, entity, entities)),
    ...doubtWhatBelongs(touched, entities),
    ...touched.flatMap((entity) => foldEntity(entity, run)),
    ...(present.some((row) => row["missed"] === true) ? foldMissing(entities) : []),
    `DELETE FROM outcome WHERE plan = ${literal(plan)} AND seq IN (SELECT seq FROM answered)`,
    `INSERT INTO outcome (run, plan, seq, entity, key, action, outcome, wrote, remote_id, reason, detail, ended_at, said)
SELECT ${run}, ${literal(plan)}, seq, entity, key, action, outcome, wrote, answered.remote_id, answered.reason, detail, ended_at, answered.said
FROM answered JOIN step USING (seq)`,
    `DELETE FROM answered`,
    ...raiseLedgerVersion
  ])
})

const raiseLedgerVersion: ReadonlyArray<string> = [
  `CREATE OR REPLACE TEMP TABLE next_version AS SELECT coalesce(max(CAST(value AS BIGINT)), 0) + 1 AS value FROM meta WHERE name = 'ledger_version'`,
  `DELETE FROM meta WHERE name = 'ledger_version'`,
  `INSERT INTO meta SELECT 'ledger_version', CAST(value AS VARCHAR) FROM next_version`
]

/**
 * What the records were known by becomes what they are known by now, in their ledger and in every ref to them. The key
 * moves even where the target refused an update of fields that came with it: which record it is does not depend on it.
 */
const moveKeys = (
  plan: string,
  run: number,
  entity: LoadedEntity,
  all: ReadonlyArray<LoadedEntity>
): ReadonlyArray<string> => {
  const name = `${entity.load.entity}:`
  return [
    `CREATE OR REPLACE TEMP TABLE moved AS SELECT former_key AS former, key FROM step JOIN answered USING (seq)
WHERE entity = ${literal(entity.load.entity)} AND action = 'rekey'`,
    `DELETE FROM ${movedKeyTable} WHERE plan = ${literal(plan)} AND entity = ${literal(entity.load.entity)} AND key IN (SELECT key FROM moved)`,
    `INSERT INTO ${movedKeyTable} SELECT ${run}, ${literal(plan)}, ${literal(entity.load.entity)}, former, key FROM moved`,
    `UPDATE ${identifier(entity.tables.ledger)} AS g SET key = moved.key FROM moved WHERE g.key = moved.former`,
    ...all.flatMap((other) => {
      const ledger = identifier(other.tables.ledger)
      const refs = other.definition.fields.filter(
        (field) => field.kind === "ref" && field.entities.includes(entity.load.entity)
      )
      if (refs.length === 0) return []
      return [
        ...refs.map(
          ({ name: field }) =>
            `UPDATE ${ledger} AS g SET ${identifier(field)} = ${literal(name)} || moved.key
FROM moved WHERE g.${identifier(field)} = ${literal(name)} || moved.former`
        ),
        `UPDATE ${ledger} SET fingerprint = ${fingerprint(other.compared, null)} WHERE fingerprint IS NOT NULL AND (${refs
          .map(({ name: field }) => `${identifier(field)} IN (SELECT ${literal(name)} || key FROM moved)`)
          .join(" OR ")})`
      ]
    })
  ]
}

/**
 * What belongs to a record that was made anew, or that the target knows by another id now, may have gone with the former
 * one; and so may what belongs to one whose removal may have been carried out. The ledger no longer vouches for it, so
 * that it is written again where it is wanted. What the same fold answers is known, for it is folded after this.
 */
const doubtWhatBelongs = (
  touched: ReadonlyArray<LoadedEntity>,
  all: ReadonlyArray<LoadedEntity>
): ReadonlyArray<string> => [
  `CREATE OR REPLACE TEMP TABLE uprooted AS ${touched
    .map(
      ({
        load,
        tables
      }) => `SELECT ${literal(`${load.entity}:`)} || step.key AS name FROM step JOIN answered USING (seq)
LEFT JOIN ${identifier(tables.ledger)} AS g ON g.key = step.key
WHERE entity = ${literal(load.entity)} AND CASE WHEN after IS NULL THEN outcome = 'failed' AND doubtful
  ELSE outcome = 'done' AND (anew OR action IN ('create', 'adopt') OR g.remote_id IS DISTINCT FROM answered.remote_id) END`
    )
    .join("\nUNION ALL ")}`,
  ...all.flatMap(({ definition, tables }) => {
    const refs = definition.fields.filter(
      (field) => field.kind === "ref" && touched.some(({ load }) => field.entities.includes(load.entity))
    )
    if (refs.length === 0) return []
    return [
      `UPDATE ${identifier(tables.ledger)} SET fingerprint = NULL WHERE presence IN ('present', 'kept') AND (${refs
        .map(({ name }) => `${identifier(name)} IN (SELECT name FROM uprooted)`)
        .join(" OR ")})`
    ]
  })
]

const foldEntity = (entity: LoadedEntity, run: number): ReadonlyArray<string> => {
  const ledger = identifier(entity.tables.ledger)
  const done = `SELECT step.*, answered.remote_id AS answered_id FROM step JOIN answered USING (seq)
  WHERE entity = ${literal(entity.load.entity)} AND outcome = 'done'`
  const fields = entity.fields.map(identifier)
  const values = entity.fields.map((field) => `after->>${literal(field)} AS ${identifier(field)}`)
  return [
    `CREATE OR REPLACE TEMP TABLE folded AS
SELECT key, label, school AS _school, section AS _section, answered_id AS remote_id, action, ${values.join(", ")} FROM (${done} AND after IS NOT NULL)`,
    // A record once adopted stays adopted: only what rollbook made or took over may it take away.
    `CREATE OR REPLACE TEMP TABLE origins AS SELECT folded.key, any_value(known.origin) AS origin FROM folded
JOIN (SELECT f.key, g.origin FROM folded AS f JOIN ${ledger} AS g ON g.key = f.key
  UNION ALL SELECT f.key, g.origin FROM folded AS f JOIN ${ledger} AS g ON g.remote_id = f.remote_id) AS known ON known.key = folded.key GROUP BY folded.key`,
    // One record of the target has one key: what went over to another one is no longer known under the former.
    `DELETE FROM ${ledger} WHERE key IN (SELECT key FROM folded) OR remote_id IN (SELECT remote_id FROM folded)`,
    `INSERT INTO ${ledger} (key, label, _school, _section, remote_id, presence, origin, run, fingerprint, ${fields.join(", ")})
SELECT folded.key, label, _school, _section, remote_id, 'present',
  coalesce(origins.origin, CASE action WHEN 'adopt' THEN 'adopted' ELSE 'created' END), ${run}, ${fingerprint(entity.compared, "folded")}, ${fields
    .map((field) => `folded.${field}`)
    .join(", ")}
FROM folded LEFT JOIN origins ON origins.key = folded.key`,
    `UPDATE ${ledger} SET presence = 'gone', run = ${run} WHERE key IN (SELECT key FROM (${done} AND after IS NULL))`,
    `DELETE FROM ${ledger} WHERE key IN (SELECT key FROM (${done} AND action = 'forget'))`,
    ...foldDoubts(entity, run)
  ]
}

/** What somebody took away at the target is made again by the next plan, with all that belonged to it there. */
const foldMissing = (entities: ReadonlyArray<LoadedEntity>): ReadonlyArray<string> => [
  `CREATE OR REPLACE TEMP TABLE missed AS SELECT DISTINCT json_extract_string(after, missing) AS name FROM step JOIN answered USING (seq)
WHERE missing IS NOT NULL`,
  ...entities.map(({ definition, load, tables }) => {
    const names = [
      `${literal(`${load.entity}:`)} || key`,
      ...definition.fields.flatMap((field) => (field.kind === "ref" ? [identifier(field.name)] : []))
    ]
    return `UPDATE ${identifier(tables.ledger)} SET presence = 'gone', fingerprint = NULL
WHERE presence <> 'unsure' AND (${names.map((name) => `${name} IN (SELECT name FROM missed)`).join(" OR ")})`
  })
]

/**
 * What may have been written although no answer says so: the ledger no longer vouches for what it has, so that the record is
 * written again even where the former value is wanted again. A new one is noted where its id is known, to be found again.
 */
const foldDoubts = (entity: LoadedEntity, run: number): ReadonlyArray<string> => {
  const ledger = identifier(entity.tables.ledger)
  return [
    `CREATE OR REPLACE TEMP TABLE doubt AS SELECT step.*, answered.remote_id AS answered_id FROM step JOIN answered USING (seq)
WHERE entity = ${literal(entity.load.entity)} AND doubtful AND after IS NOT NULL AND answered.remote_id IS NOT NULL`,
    `UPDATE ${ledger} SET fingerprint = NULL WHERE presence <> 'unsure' AND remote_id IN (SELECT answered_id FROM doubt)`,
    // It stays until it is known to be gone; wanted again, it comes back as one that was gone does.
    `UPDATE ${ledger} SET fingerprint = NULL, leaving = true WHERE presence IN ('present', 'kept') AND key IN (
  SELECT key FROM step JOIN answered USING (seq) WHERE entity = ${literal(entity.load.entity)} AND doubtful AND after IS NULL)`,
    `DELETE FROM ${ledger} WHERE presence = 'unsure' AND key IN (SELECT key FROM doubt)`,
    `INSERT INTO ${ledger} (key, label, _school, _section, remote_id, presence, origin, run, ${entity.fields.map(identifier).join(", ")})
SELECT key, label, school, section, answered_id, 'unsure', 'created', ${run}, ${entity.fields.map((field) => `after->>${literal(field)}`).join(", ")}
FROM doubt WHERE action = 'create' AND key NOT IN (SELECT key FROM ${ledger})`
  ]
}
