import * as Effect from "effect/Effect"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import { steps } from "./change-set.ts"
import { about, joined, name as quoted, type Sql, sql } from "../core/sql.ts"
import { emptied, made, named } from "../core/table.ts"
import { countRows, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { answeredTable, metaTable, movedKeys, outcomeTable } from "./durable.ts"
import { stand } from "./migrations.ts"
import { fingerprint, type StoredEntity } from "./tables.ts"
import type { Doing } from "../core/doing.ts"
import {
  doubtTable,
  foldedTable,
  missedTable,
  movedTable,
  nextVersionTable,
  originsTable,
  uprootedTable
} from "./temporary.ts"

/** The counter that every fold of outcomes raises; a plan is good for one value of it. */
export const ledgerVersion: Effect.Effect<number, WarehouseError, Warehouse> = Effect.gen(function* () {
  const warehouse = yield* Warehouse
  yield* stand(metaTable)
  const [row] = yield* warehouse.rows(
    sql`SELECT value FROM ${meta} WHERE name = 'ledger_version'`,
    Schema.Struct({ value: Schema.NumberFromString })
  )
  return row?.value ?? 0
})

/**
 * Notes in a state that takes the place of another one that plans made so far are not good for it: what was written after it was
 * copied is not known to it. The counter goes on from beyond any that such a plan can name, whichever of the two made it.
 */
export const noteRestored = Effect.fn("state.note-restored")(function* (
  milliseconds: number
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const version = Math.max((yield* ledgerVersion) + 1, milliseconds)
  yield* warehouse.transaction([
    sql`DELETE FROM ${meta} WHERE name IN ('ledger_version', 'restored_version')`,
    ...["ledger_version", "restored_version"].map(
      (name) => sql`INSERT INTO ${meta} VALUES (${name}, ${String(version)})`
    )
  ])
})

/** Whether the state was put in the place of another one after a plan was made, by the value of the counter that it is good for. */
export const isRestoredSince = (version: number): Effect.Effect<boolean, WarehouseError, Warehouse> =>
  Effect.map(
    Effect.zipRight(
      stand(metaTable),
      countRows(sql`FROM ${meta} WHERE name = 'restored_version' AND CAST(value AS BIGINT) > ${version}`)
    ),
    (rows) => rows > 0
  )

/** The durable tables of how steps ended and of moved keys, and that of the answers of this command. */
export const prepareOutcomes: Effect.Effect<void, WarehouseError, Warehouse> = Effect.zipRight(
  stand(outcomeTable, movedKeys),
  Effect.flatMap(Warehouse, (warehouse) => warehouse.execute(emptied(answeredTable)))
)

const [meta, outcomes, moves, answered] = [
  named(metaTable),
  named(outcomeTable),
  named(movedKeys),
  named(answeredTable)
]

/** The steps that have an answer, with it. */
const answeredSteps = sql`${steps.table} AS step JOIN ${answered} AS answered USING (seq)`

/** Kinds of steps with their answers, each a condition on one. Of a kind that no answer has, nothing is done to a ledger. */
const kinds = {
  rekeyed: sql`action = 'rekey'`,
  missed: sql`missing IS NOT NULL`,
  written: sql`outcome = 'done' AND after IS NOT NULL`,
  gone: sql`outcome = 'done' AND after IS NULL`,
  forgotten: sql`outcome = 'done' AND action = 'forget'`,
  doubtful: sql`doubtful`
}

/** An entity, and which kinds there are of it. */
const KindsOf = Schema.Struct({ entity: Text, ...Record.map(kinds, () => Schema.Boolean) })

/**
 * Folds the answers of one phase, waiting in the table `answered`, into the ledgers and the outcomes, in one
 * transaction. Doing it twice leaves the same state, so that a crash between journal and ledger is harmless.
 */
export const foldAnswers = Effect.fn("state.fold")(function* (
  plan: string,
  run: number,
  entities: ReadonlyArray<StoredEntity>
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const present = yield* warehouse.rows(
    sql`${about("entities with answers to fold, and of which kinds")}SELECT entity, ${joined(
      Object.entries(kinds).map(([kind, condition]) => sql`count(*) FILTER (${condition}) > 0 AS ${quoted(kind)}`),
      ", "
    )} FROM ${answeredSteps} GROUP BY entity`,
    KindsOf
  )
  if (present.length === 0) return
  const touched = entities.flatMap((entity) => {
    const has = present.find((row) => row.entity === entity.name)
    return has === undefined ? [] : [{ entity, has }]
  })
  yield* warehouse.transaction([
    ...touched.flatMap(({ entity, has }) => (has.rekeyed ? moveKeys(plan, run, entity, entities) : [])),
    ...doubtWhatBelongs(
      touched.map(({ entity }) => entity),
      entities
    ),
    ...touched.flatMap(({ entity, has }) => foldEntity(entity, has, run)),
    ...(present.some((row) => row.missed) ? foldMissing(entities) : []),
    sql`DELETE FROM ${outcomes} WHERE plan = ${plan} AND seq IN (SELECT seq FROM ${answered})`,
    sql`INSERT INTO ${outcomes} (run, plan, seq, entity, key, action, outcome, wrote, remote_id, reason, detail, ended_at, said)
SELECT ${run}, ${plan}, seq, entity, key, action, outcome, wrote, answered.remote_id, answered.reason, detail, ended_at, answered.said
FROM ${answeredSteps}`,
    sql`DELETE FROM ${answered}`,
    ...raiseLedgerVersion
  ])
})

const raiseLedgerVersion: ReadonlyArray<Sql> = [
  sql`${made(nextVersionTable)} SELECT coalesce(max(CAST(value AS BIGINT)), 0) + 1 AS value FROM ${meta} WHERE name = 'ledger_version'`,
  sql`DELETE FROM ${meta} WHERE name = 'ledger_version'`,
  sql`INSERT INTO ${meta} SELECT 'ledger_version', CAST(value AS VARCHAR) FROM next_version`
]

/**
 * Replaces the keys by which records were known with those of now, in their ledger and in every ref to them. The key
 * moves even where the target refused an update of fields that came with it: which record it is does not depend on it.
 */
const moveKeys = (
  plan: string,
  run: number,
  entity: StoredEntity,
  all: ReadonlyArray<StoredEntity>
): ReadonlyArray<Sql> => {
  const { name } = entity
  const of = sql`${`${name}:`}`
  return [
    sql`${made(movedTable)} SELECT previous_key AS previous, key FROM ${answeredSteps}
WHERE entity = ${name} AND action = 'rekey'`,
    sql`DELETE FROM ${moves} WHERE plan = ${plan} AND entity = ${name} AND key IN (SELECT key FROM moved)`,
    sql`INSERT INTO ${moves} SELECT ${run}, ${plan}, ${name}, previous, key FROM moved`,
    sql`UPDATE ${quoted(entity.tables.ledger)} AS g SET key = moved.key FROM moved WHERE g.key = moved.previous`,
    ...all.flatMap((other) => {
      const ledger = quoted(other.tables.ledger)
      const refs = other.refs.filter((ref) => ref.entities.includes(entity.name))
      if (refs.length === 0) return []
      return [
        ...refs.map(
          ({ field }) =>
            sql`UPDATE ${ledger} AS g SET ${quoted(field)} = ${of} || moved.key
FROM moved WHERE g.${quoted(field)} = ${of} || moved.previous`
        ),
        sql`UPDATE ${ledger} SET fingerprint = ${fingerprint(other.compared, null)} WHERE fingerprint IS NOT NULL AND (${joined(
          refs.map(({ field }) => sql`${quoted(field)} IN (SELECT ${of} || key FROM moved)`),
          " OR "
        )})`
      ]
    })
  ]
}

/**
 * Records that belong to one that was made anew, or that the target knows by another id now, may have gone with the previous
 * one; and so may what belongs to one whose removal may have been carried out. The ledger no longer vouches for it, so
 * that it is written again where it is wanted. What the same fold answers is known, for it is folded after this.
 */
const doubtWhatBelongs = (
  touched: ReadonlyArray<StoredEntity>,
  all: ReadonlyArray<StoredEntity>
): ReadonlyArray<Sql> => {
  const owning = touched.filter(({ name }) => all.some(({ refs }) => refs.some((ref) => ref.entities.includes(name))))
  if (owning.length === 0) return []
  return [
    sql`${made(uprootedTable)} ${joined(
      owning.map(
        ({ name, tables }) => sql`SELECT ${`${name}:`} || step.key AS name FROM ${answeredSteps}
LEFT JOIN ${quoted(tables.ledger)} AS g ON g.key = step.key
WHERE entity = ${name} AND CASE WHEN after IS NULL THEN outcome = 'failed' AND doubtful
  ELSE outcome = 'done' AND (anew OR action IN ('create', 'adopt') OR g.remote_id IS DISTINCT FROM answered.remote_id) END`
      ),
      "\nUNION ALL "
    )}`,
    ...all.flatMap(({ refs: every, tables }) => {
      const refs = every.filter((ref) => owning.some(({ name }) => ref.entities.includes(name)))
      if (refs.length === 0) return []
      return [
        sql`UPDATE ${quoted(tables.ledger)} SET fingerprint = NULL WHERE presence IN ('present', 'kept') AND (${joined(
          refs.map(({ field }) => sql`${quoted(field)} IN (SELECT name FROM uprooted)`),
          " OR "
        )})`
      ]
    })
  ]
}

const foldEntity = (entity: StoredEntity, has: typeof KindsOf.Type, run: number): ReadonlyArray<Sql> => {
  const ledger = quoted(entity.tables.ledger)
  const keysOf = (kind: Sql): Sql => sql`SELECT key FROM ${answeredSteps} WHERE entity = ${entity.name} AND ${kind}`
  return [
    ...(has.written ? foldWritten(entity, run) : []),
    ...(has.gone
      ? [sql`UPDATE ${ledger} SET presence = 'gone', run = ${run} WHERE key IN (${keysOf(kinds.gone)})`]
      : []),
    ...(has.forgotten ? [sql`DELETE FROM ${ledger} WHERE key IN (${keysOf(kinds.forgotten)})`] : []),
    ...(has.doubtful ? foldDoubts(entity, run) : [])
  ]
}

const foldWritten = (entity: StoredEntity, run: number): ReadonlyArray<Sql> => {
  const ledger = quoted(entity.tables.ledger)
  const fields = entity.fields.map(quoted)
  const values = entity.fields.map((field) => sql`after->>${field} AS ${quoted(field)}`)
  return [
    sql`${made(foldedTable)}
SELECT key, label, school AS _school, section AS _section, answered.remote_id AS remote_id, action, ${joined(values, ", ")} FROM ${answeredSteps}
WHERE entity = ${entity.name} AND ${kinds.written}`,
    // A record once adopted stays adopted: only what rollbook made or took over may it take away.
    sql`${made(originsTable)} SELECT folded.key, any_value(known.origin) AS origin FROM folded
JOIN (SELECT f.key, g.origin FROM folded AS f JOIN ${ledger} AS g ON g.key = f.key
  UNION ALL SELECT f.key, g.origin FROM folded AS f JOIN ${ledger} AS g ON g.remote_id = f.remote_id) AS known ON known.key = folded.key GROUP BY folded.key`,
    // One record of the target has one key: what went over to another one is no longer known under the previous one.
    sql`DELETE FROM ${ledger} WHERE key IN (SELECT key FROM folded) OR remote_id IN (SELECT remote_id FROM folded)`,
    sql`INSERT INTO ${ledger} (key, label, _school, _section, remote_id, presence, origin, run, fingerprint, ${joined(fields, ", ")})
SELECT folded.key, label, _school, _section, remote_id, 'present',
  coalesce(origins.origin, CASE action WHEN 'adopt' THEN 'adopted' ELSE 'created' END), ${run}, ${fingerprint(entity.compared, "folded")}, ${joined(
    fields.map((field) => sql`folded.${field}`),
    ", "
  )}
FROM folded LEFT JOIN origins ON origins.key = folded.key`
  ]
}

/**
 * Marks records that somebody took away at the target: the next plan makes them again, with all that belonged to them
 * there.
 */
const foldMissing = (entities: ReadonlyArray<StoredEntity>): ReadonlyArray<Sql> => [
  sql`${made(missedTable)} SELECT DISTINCT json_extract_string(after, missing) AS name FROM ${answeredSteps}
WHERE missing IS NOT NULL`,
  ...entities.map(({ name: entity, refs, tables }) => {
    const names = [sql`${`${entity}:`} || key`, ...refs.map(({ field }) => quoted(field))]
    return sql`UPDATE ${quoted(tables.ledger)} SET presence = 'gone', fingerprint = NULL
WHERE presence <> 'unsure' AND (${joined(
      names.map((name) => sql`${name} IN (SELECT name FROM missed)`),
      " OR "
    )})`
  })
]

/**
 * Records that may have been written although no answer says so: the ledger no longer vouches for what it has, so that the
 * record is written again even where the previous value is wanted again. A new one is noted where its id is known, to be found
 * again.
 */
const foldDoubts = (entity: StoredEntity, run: number): ReadonlyArray<Sql> => {
  const ledger = quoted(entity.tables.ledger)
  const { name } = entity
  const [columns, values] = [entity.fields.map(quoted), entity.fields.map((field) => sql`after->>${field}`)]
  return [
    sql`${made(doubtTable)} SELECT step.*, answered.remote_id AS answered_id FROM ${answeredSteps}
WHERE entity = ${name} AND doubtful AND after IS NOT NULL AND answered.remote_id IS NOT NULL`,
    sql`UPDATE ${ledger} SET fingerprint = NULL WHERE presence <> 'unsure' AND remote_id IN (SELECT answered_id FROM doubt)`,
    // It stays until it is known to be gone; wanted again, it comes back as one that was gone does.
    sql`UPDATE ${ledger} SET fingerprint = NULL, leaving = true WHERE presence IN ('present', 'kept') AND key IN (
  SELECT key FROM ${answeredSteps} WHERE entity = ${name} AND doubtful AND after IS NULL)`,
    sql`DELETE FROM ${ledger} WHERE presence = 'unsure' AND key IN (SELECT key FROM doubt)`,
    sql`INSERT INTO ${ledger} (key, label, _school, _section, remote_id, presence, origin, run, ${joined(columns, ", ")})
SELECT key, label, school, section, answered_id, 'unsure', 'created', ${run}, ${joined(values, ", ")}
FROM doubt WHERE action = 'create' AND key NOT IN (SELECT key FROM ${ledger})`
  ]
}
