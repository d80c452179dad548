import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { StoreError } from "../core/ports/disk.ts"
import { type FieldValues, textOf, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { rootOf } from "./fate.ts"
import { isFormerKey } from "./former-keys.ts"
import { readRow, rowsOfRecords, withoutNulls } from "./read-rows.ts"
import { type Contracts, type FoundRecord, gatherSubject } from "./records.ts"
import { type TimelineEvent, timelineOf } from "./timeline.ts"
import { fateTable } from "../state/fate-table.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"

/**
 * Where a record stands by what rollbook last wrote. `kept` = it is there and no longer wanted; `unsure` = its first
 * sending may have made it, though no answer says so; `never` = it was never written.
 */
export interface Standing extends FoundRecord {
  /** Keys that it had before it came back under this one, the latest first. */
  readonly formerKeys: ReadonlyArray<string>
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

/** Beyond so many, what refers to a record is counted and not told: a school has its whole people. */
const mostRelated = 2_000

/** Everything rollbook read, decided, planned, sent and got back about some records, over all runs. */
export const explainRecords: (
  definition: Definition,
  contracts: Contracts,
  records: ReadonlyArray<FoundRecord>,
  withRelated: boolean
) => Effect.Effect<Explanation, WarehouseError | StoreError, Warehouse> = Effect.fn("run.explain-records")(function* (
  definition: Definition,
  contracts: Contracts,
  records: ReadonlyArray<FoundRecord>,
  withRelated: boolean
) {
  const warehouse = yield* Warehouse
  const formers = yield* gatherSubject(definition, contracts, records, withRelated)
  const standings: Array<Standing> = []
  const related: Array<{ entity: string; records: number; present: number }> = []
  const loaded = loadedEntitiesOf(definition)
  for (const entity of loaded) {
    const mine = records.filter((record) => record.entity === entity.load.entity)
    if (mine.length > 0) standings.push(...(yield* standingsOf(entity, mine, formers)))
    const [count] = yield* warehouse.rows(`-- ${entity.load.entity} that are related
SELECT count(*) AS records, count(g.key) AS present FROM subject
LEFT JOIN (SELECT key FROM ${identifier(entity.tables.ledger)} WHERE presence <> 'gone') AS g USING (key)
WHERE entity = ${literal(entity.load.entity)} AND NOT itself AND NOT (${isFormerKey(definition)})`)
    const found = Number(count?.["records"])
    if (found > 0) related.push({ entity: entity.load.entity, records: found, present: Number(count?.["present"]) })
  }
  const others = records.filter((record) => !loaded.some((entity) => entity.load.entity === record.entity))
  standings.push(...others.map(neverWritten))
  const relatedLeftOut = related.reduce((sum, one) => sum + one.records, 0) > mostRelated
  if (relatedLeftOut) yield* warehouse.execute("DELETE FROM subject WHERE NOT itself")
  const events = yield* timelineOf(definition)
  const began = yield* warehouse.rows("SELECT run, started_at FROM runs")
  const seen = new Set(events.map((event) => event.run))
  return {
    pipeline: definition.name,
    records: standings,
    sources: yield* sourceRows(definition, contracts, records),
    related,
    relatedLeftOut,
    events,
    runs: Object.fromEntries(
      began.flatMap((row) => (seen.has(Number(row["run"])) ? [[Number(row["run"]), String(row["started_at"])]] : []))
    )
  }
})

const standingsOf = Effect.fn("run.standings")(function* (
  entity: LoadedEntity,
  records: ReadonlyArray<FoundRecord>,
  formers: ReadonlyMap<string, ReadonlyArray<string>>
) {
  const warehouse = yield* Warehouse
  const name = entity.load.entity
  const fields = entity.fields.map((field) => `${literal(field)}: ${identifier(field)}`).join(", ")
  const rows = yield* warehouse.rows(`-- ${name} as last written
SELECT key, presence, remote_id, origin, run, label, to_json({${fields}})::VARCHAR AS fields
FROM ${identifier(entity.tables.ledger)} WHERE key IN (SELECT key FROM subject WHERE entity = ${literal(name)} AND itself)`)
  const began = yield* warehouse.rows(`-- runs that brought ${name} to the target
SELECT key, min(run) AS since FROM outcome WHERE entity = ${literal(name)} AND outcome = 'done' AND action IN ('create', 'adopt')
  AND key IN (SELECT key FROM subject WHERE entity = ${literal(name)} AND itself) GROUP BY key`)
  return records.map((record): Standing => {
    const row = rows.find((one) => one["key"] === record.key)
    if (row === undefined) return neverWritten(record)
    const formerKeys = formers.get(`${name}:${record.key}`) ?? []
    const since = began
      .filter((one) => one["key"] === record.key || formerKeys.includes(String(one["key"])))
      .map((one) => Number(one["since"]))
    return {
      ...record,
      formerKeys,
      presence: String(row["presence"]) as Standing["presence"],
      remoteId: textOf(row["remote_id"]),
      origin: row["origin"] === "adopted" ? "adopted" : "created",
      since: Math.min(...(since.length === 0 ? [Number(row["run"])] : since)),
      lastWritten: Number(row["run"]),
      label: textOf(row["label"]),
      fields: withoutNulls(String(row["fields"]))
    }
  })
})

const neverWritten = (record: FoundRecord): Standing => ({
  ...record,
  formerKeys: [],
  presence: "never",
  remoteId: null,
  origin: null,
  since: null,
  lastWritten: null,
  label: null,
  fields: {}
})

/** The rows from which the records come, as far as a kept read holds them; one per dataset and row. */
const sourceRows = Effect.fn("run.source-rows")(function* (
  definition: Definition,
  contracts: Contracts,
  records: ReadonlyArray<FoundRecord>
) {
  const warehouse = yield* Warehouse
  const turnedAway = yield* warehouse.rows(`-- rows that were turned away, of the records asked for
SELECT DISTINCT entity, key, source FROM (SELECT entity, coalesce(key, source) AS key, source FROM ${identifier(fateTable(definition.name))})
JOIN subject USING (entity, key) WHERE itself AND source IS NOT NULL ORDER BY source`)
  const found = new Map<string, SourceRow>()
  const underOtherKeys: Array<FoundRecord> = []
  for (const record of records) {
    const dataset = rootOf(definition, record.entity)
    const away = turnedAway.filter((row) => row["entity"] === record.entity && row["key"] === record.key)
    const ids = [...(record.source === null ? [] : [record.source]), ...away.map((row) => String(row["source"]))]
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
