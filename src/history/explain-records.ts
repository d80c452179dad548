import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, name as quoted, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { StoreError } from "../core/ports/disk.ts"
import {
  Count,
  FieldsOrNull,
  type FieldValues,
  Text,
  TextOrNull,
  Warehouse,
  type WarehouseError
} from "../core/ports/warehouse.ts"
import { rootOf } from "./row-outcomes.ts"
import { isPreviousKey } from "./previous-keys.ts"
import { readRow, rowsOfRecords, withoutNulls } from "./read-rows.ts"
import { type Contracts, type FoundRecord, gatherSubject, subjectEntities } from "./records.ts"
import { type TimelineEvent, timelineOf } from "./timeline.ts"
import { rowOutcomeTable } from "../state/row-outcome-table.ts"
import { struct } from "../state/tables.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { outcomesOf } from "../state/outcomes.ts"

/**
 * The state of a record by what rollbook last wrote. `kept` = it is there and no longer wanted; `unsure` = its first
 * sending may have made it, though no answer says so; `never` = it was never written.
 */
export interface Standing extends FoundRecord {
  /** Keys that it had before it came back under this one, the latest first. */
  readonly previousKeys: ReadonlyArray<string>
  readonly presence: "present" | "kept" | "gone" | "unsure" | "never"
  readonly remoteId: string | null
  readonly origin: "created" | "adopted" | null
  /** Run that brought it there, and the run that wrote it last; null where it was never written. */
  readonly since: number | null
  readonly lastWritten: number | null
  readonly label: string | null
  /** Fields as last written, without nulls. */
  readonly fields: FieldValues
}

/** The source row from which a record comes, as the newest kept read that holds it has it. */
export interface SourceRow {
  readonly run: number
  readonly dataset: string
  readonly key: string
  /** Columns without nulls; lists as JSON text. */
  readonly columns: FieldValues
}

/** All that is known of some records of a pipeline. */
export interface Explanation {
  readonly pipeline: string
  readonly records: ReadonlyArray<Standing>
  readonly sources: ReadonlyArray<SourceRow>
  /** Records that refer to them or hang on the same source row, per entity. */
  readonly related: ReadonlyArray<{ readonly entity: string; readonly records: number; readonly present: number }>
  /** Whether the related ones were too many to be told one by one: then the events are of the records themselves. */
  readonly relatedLeftOut: boolean
  readonly events: ReadonlyArray<TimelineEvent>
  /** Instant at which each run of the events began. */
  readonly runs: Readonly<Record<number, string>>
}

const Related = Schema.Struct({ records: Count, present: Count })
const Began = Schema.Struct({ run: Count, started_at: Text })
const Written = Schema.Struct({
  key: Text,
  presence: Schema.Literal("present", "kept", "gone", "unsure"),
  remote_id: TextOrNull,
  origin: TextOrNull,
  run: Count,
  label: TextOrNull,
  fields: FieldsOrNull
})
const Brought = Schema.Struct({ key: Text, since: Count })
const TurnedAway = Schema.Struct({ entity: Text, key: TextOrNull, source: Text })

/** Beyond so many, what refers to a record is counted and not told: a school has its whole people. */
const mostRelated = 2_000

/**
 * Everything rollbook decided, planned, sent and got back about some records, over all runs. `alone`: without what refers to them
 * and the rows from which they come, which may take carrying the pipeline out once more over a read that is kept.
 */
export const explainRecords = Effect.fn("history.explain-records")(function* (
  definition: Definition,
  contracts: Contracts,
  records: ReadonlyArray<FoundRecord>,
  how: "with what is around" | "alone"
): Doing<Explanation, WarehouseError | StoreError, Warehouse> {
  const warehouse = yield* Warehouse
  const previousKeys = yield* gatherSubject(definition, contracts, records, how !== "alone")
  const standings: Array<Standing> = []
  const related: Array<{ entity: string; records: number; present: number }> = []
  const loaded = loadedEntitiesOf(definition)
  const around = yield* subjectEntities(sql`NOT itself`)
  for (const entity of loaded) {
    const mine = records.filter((record) => record.entity === entity.load.entity)
    if (mine.length > 0) standings.push(...(yield* standingsOf(definition.name, entity, mine, previousKeys)))
    if (!around.has(entity.load.entity)) continue
    const [count] = yield* warehouse.rows(
      sql`${about(`${entity.load.entity} that are related`)}SELECT count(*) AS records, count(g.key) AS present FROM subject
LEFT JOIN (SELECT key FROM ${quoted(entity.tables.ledger)} WHERE presence <> 'gone') AS g USING (key)
WHERE entity = ${entity.load.entity} AND NOT itself AND NOT (${isPreviousKey(definition)})`,
      Related
    )
    if (count !== undefined && count.records > 0) {
      related.push({ entity: entity.load.entity, records: count.records, present: count.present })
    }
  }
  const others = records.filter((record) => !loaded.some((entity) => entity.load.entity === record.entity))
  standings.push(...others.map(neverWritten))
  const relatedLeftOut = related.reduce((sum, one) => sum + one.records, 0) > mostRelated
  if (relatedLeftOut) yield* warehouse.execute(sql`DELETE FROM subject WHERE NOT itself`)
  const events = yield* timelineOf(definition)
  const began = yield* warehouse.rows(sql`SELECT run, started_at FROM runs`, Began)
  const seen = new Set(events.map((event) => event.run))
  return {
    pipeline: definition.name,
    records: standings,
    sources: how === "alone" ? [] : yield* sourceRows(definition, contracts, records),
    related,
    relatedLeftOut,
    events,
    runs: Object.fromEntries(began.flatMap((row) => (seen.has(row.run) ? [[row.run, row.started_at]] : [])))
  }
})

const standingsOf = Effect.fn("history.standings")(function* (
  pipeline: string,
  entity: LoadedEntity,
  records: ReadonlyArray<FoundRecord>,
  previousKeysOf: ReadonlyMap<string, ReadonlyArray<string>>
) {
  const warehouse = yield* Warehouse
  const name = entity.load.entity
  const rows = yield* warehouse.rows(
    sql`${about(`${name} as last written`)}SELECT key, presence, remote_id, origin, run, label, ${struct(entity, "g")}::VARCHAR AS fields
FROM ${quoted(entity.tables.ledger)} AS g WHERE key IN (SELECT key FROM subject WHERE entity = ${name} AND itself)`,
    Written
  )
  const began = yield* warehouse.rows(
    sql`${about(`runs that brought ${name} to the target`)}SELECT key, min(run) AS since FROM ${outcomesOf(pipeline)} WHERE entity = ${name} AND outcome = 'done' AND action IN ('create', 'adopt')
  AND key IN (SELECT key FROM subject WHERE entity = ${name} AND itself) GROUP BY key`,
    Brought
  )
  return records.map((record): Standing => {
    const row = rows.find((one) => one.key === record.key)
    if (row === undefined) return neverWritten(record)
    const previousKeys = previousKeysOf.get(`${name}:${record.key}`) ?? []
    const since = began
      .filter((one) => one.key === record.key || previousKeys.includes(one.key))
      .map((one) => one.since)
    return {
      ...record,
      previousKeys,
      presence: row.presence,
      remoteId: row.remote_id,
      origin: row.origin === "adopted" ? "adopted" : "created",
      since: Math.min(...(since.length === 0 ? [row.run] : since)),
      lastWritten: row.run,
      label: row.label,
      fields: withoutNulls(row.fields)
    }
  })
})

const neverWritten = (record: FoundRecord): Standing => ({
  ...record,
  previousKeys: [],
  presence: "never",
  remoteId: null,
  origin: null,
  since: null,
  lastWritten: null,
  label: null,
  fields: {}
})

/** The rows from which the records come, as far as a kept read holds them; one per dataset and row. */
const sourceRows = Effect.fn("history.source-rows")(function* (
  definition: Definition,
  contracts: Contracts,
  records: ReadonlyArray<FoundRecord>
) {
  const warehouse = yield* Warehouse
  const turnedAway = yield* warehouse.rows(
    sql`${about("rows that were turned away, of the records asked for")}SELECT DISTINCT entity, key, source FROM (SELECT entity, coalesce(key, source) AS key, source FROM ${quoted(rowOutcomeTable(definition.name))})
JOIN subject USING (entity, key) WHERE itself AND source IS NOT NULL ORDER BY source`,
    TurnedAway
  )
  const found = new Map<string, SourceRow>()
  const underOtherKeys: Array<FoundRecord> = []
  for (const record of records) {
    const dataset = rootOf(definition, record.entity)
    const away = turnedAway.filter((row) => row.entity === record.entity && row.key === record.key)
    const ids = [...(record.source === null ? [] : [record.source]), ...away.map((row) => row.source)]
    for (const key of new Set(ids.length === 0 ? [record.key] : ids)) {
      const row = yield* readRow(definition, contracts, dataset, key)
      if (row !== null) found.set(`${dataset} ${key}`, { ...row, dataset, key })
    }
    if (ids.length === 0 && !found.has(`${dataset} ${record.key}`)) underOtherKeys.push(record)
  }
  for (const { dataset, source } of yield* rowsOfRecords(definition, contracts, underOtherKeys)) {
    const row = yield* readRow(definition, contracts, dataset, source)
    if (row !== null) found.set(`${dataset} ${source}`, { ...row, dataset, key: source })
  }
  return [...found.values()]
})
