import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isWhole, type PlanPart } from "../core/plan-part.ts"
import { setDigest } from "../core/digest.ts"
import { about, joined, name as quoted, type Sql, sql, texts, timestamp } from "../core/sql.ts"
import { type Completeness, judgeCompleteness, type ListedRead } from "./completeness.ts"
import { landCollection } from "./land.ts"
import { nothingListed, takeListed } from "./listed-parts.ts"
import {
  isBelowParts,
  noteLeft,
  type PartwiseDataset,
  partTable,
  partTableOf,
  readTable,
  readTableOf,
  scopeTable,
  takeInStatements,
  unreadTable
} from "./partwise.ts"
import type { DatasetDefinition, DatasetParts, Definition, NewsDefinition } from "../pipeline/definition.ts"
import { newsOf } from "../pipeline/references.ts"
import { type CollectionContract, columnType } from "../core/ports/contracts.ts"
import type { Source, SourceError } from "../core/ports/source.ts"
import type { StoreError } from "../core/ports/disk.ts"
import { countRows, Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { fetchPages } from "./fetch-pages.ts"
import { inPart } from "./part-scope.ts"
import { carryOut, findUncomputed, type Reading, turnAway } from "./part-expressions.ts"
import { type RunClock } from "../core/run-clock.ts"
import { datasetTable, faultsTable, landedTable } from "../pipeline/relations.ts"
import type { Doing } from "../core/doing.ts"
import {
  askedPartTable,
  faultsOf,
  freshName,
  knownPartsOf,
  listedPartTable,
  partOf,
  readOf,
  scopeOf,
  staleOf,
  unreadOf
} from "./tables.ts"
import { emptied, made, named } from "../core/table.ts"
import { standing } from "../state/migrations.ts"

const Asked = Schema.Struct({ id: Text, since: TextOrNull })

/**
 * Reads the parts of a dataset that are due, brings them into what is kept and leaves all of it as the dataset. A narrowed
 * run asks for the parts of its schools and sections alone, and for those afresh.
 */
export const readParts = Effect.fn("extract.read-parts")(function* ({
  definition,
  dataset,
  parts,
  contracts,
  clock,
  narrowed,
  onProgress
}: {
  readonly definition: Definition
  readonly dataset: DatasetDefinition
  readonly parts: DatasetParts
  readonly contracts: ReadonlyMap<string, CollectionContract>
  readonly clock: RunClock
  readonly narrowed: PlanPart
  readonly onProgress: (rows: number, total: number | null) => void
}): Doing<Completeness, SourceError | WarehouseError | StoreError, Source | Warehouse> {
  const warehouse = yield* Warehouse
  const contract = contracts.get(dataset.endpoint)
  // `check` has refused a definition without them; this is a defect, not an input error.
  if (contract?.part === undefined) throw new Error(`${dataset.endpoint} is not read part by part`)
  const partwise: PartwiseDataset = { definition, dataset, parts, contract, partColumn: contract.part }
  yield* prepareKept(partwise)
  const isScopeTried = yield* carryOut((reading) => [scopeStatement(partwise, contracts, narrowed, reading)])
  // An export of single sections is of what stands now.
  const listed = isWhole(narrowed) ? yield* takeListed(partwise, clock) : nothingListed
  const isAskedTried = yield* carryOut((reading) => [
    askedStatement(partwise, { clock, isNarrowed: !isWhole(narrowed), listed: listed.read }, reading)
  ])
  const isTried = isScopeTried || isAskedTried
  const kept = (name: string): Sql => readTableOf(definition, name)
  const uncomputed = isTried ? yield* findUncomputed({ definition, dataset, parts, contracts, keptTable: kept }) : []
  // Parts that may have something to send come first: the minutes may be over before the last one. Then in another order on
  // each run: a source may give up on a course that refuses the first of its parts, and it must not be the same ones
  // that are asked for, and the same ones that are not, night after night.
  const asked = yield* warehouse.rows(
    sql`SELECT id, since FROM asked_part ORDER BY NOT has_news, hash(id || ${clock.now}), id`,
    Asked
  )
  const known = yield* countRows(sql`FROM (SELECT 1 FROM ${partTable(partwise)} LIMIT 1)`)
  const { discard, pages } = yield* fetchPages(
    dataset,
    {
      scopes: asked,
      wasReadBefore: known > 0,
      minutes: dataset.mode.kind === "kept" ? dataset.mode.minutes : null
    },
    onProgress
  )
  const landing = yield* landCollection(freshName(dataset.name), contract, pages.files)
  const refused = yield* dropRefused(partwise)
  const nameless = landing.keyless === 0 ? [] : yield* partsOfNameless(partwise)
  const unnamed = uncomputed.flatMap((one) => (one.isTurnedAway ? one.records.map(({ part }) => part) : []))
  const unread = [...new Set([...(pages.unread ?? []), ...refused, ...nameless]), ...unnamed]
  yield* noteUnread(partwise, unread, pages.late ?? [])
  yield* leaveWhatWasReadSince(partwise)
  yield* warehouse.transaction(keepStatements(partwise, clock))
  if (isWhole(narrowed) && uncomputed.length === 0 && !isBelowParts(partwise, contracts)) yield* noteLeft(partwise)
  for (const statement of datasetStatements(partwise, landing.keyless > 0)) yield* warehouse.execute(statement)
  yield* turnAway(dataset.name, uncomputed)
  yield* warehouse.execute(
    sql`DELETE FROM ${scopeTable(dataset.name)} WHERE id IN (SELECT id FROM ${unreadTable(dataset.name)})`
  )
  const isCurrent = isWhole(narrowed)
    ? sql`part.id IN (SELECT id FROM ${scopeTable(dataset.name)})`
    : yield* currentWhereNarrowed(partwise, contracts)
  yield* showKnownParts(definition, dataset, isCurrent)
  yield* discard
  const standing = yield* countRows(sql`FROM ${readTable(partwise)}`)
  const warnings = [
    ...pages.proof.warnings,
    ...(refused.length === 0 ? [] : [`${refused.length} parts were refused: ${asTold}`]),
    ...(nameless.length === 0 ? [] : [`records of ${nameless.length} parts came without an id: ${asTold}`]),
    ...uncomputed.map((one) => one.say),
    ...listed.warnings
  ]
  // A row without a key takes nobody's place: what is kept of its part stays.
  const judged = judgeCompleteness(
    { ...pages.proof, requests: pages.proof.requests + listed.requests, warnings },
    { ...landing, kept: landing.kept + landing.keyless, keyless: 0 },
    { rowsOfLastGoodRun: null, probed: null }
  )
  return {
    ...judged,
    landing: { ...landing, dataset: dataset.name, kept: standing },
    ...(listed.read === null ? {} : { listed: listed.read })
  }
})

const asTold = "they stay as they were told before"

const noteUnread = Effect.fn("extract.note-unread")(function* (
  { dataset }: PartwiseDataset,
  unread: ReadonlyArray<string | null>,
  late: ReadonlyArray<string>
) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(
    sql`${about(`parts of ${dataset.name} that were not read, and whether the minutes were over`)}${emptied(unreadOf(dataset.name))}`
  )
  const isLate = new Set(late)
  yield* warehouse.append(
    `unread_${dataset.name}`,
    unread.map((id) => [id, id !== null && isLate.has(id)])
  )
})

/**
 * Whether a part is as of now, in a run that looks at some schools or sections alone: what lies outside stays as it was.
 * The table `stale_D` holds what could not be read, and what hangs below such parts; grain: one row per part.
 */
const currentWhereNarrowed = Effect.fn("extract.current-where-narrowed")(function* (
  { dataset, definition, parts }: PartwiseDataset,
  contracts: ReadonlyMap<string, CollectionContract>
) {
  const from = definition.datasets.find((one) => one.name === parts.relation)
  const fromPart = from?.parts == null ? undefined : contracts.get(from.endpoint)?.part
  const below = ({ value }: Reading): Sql =>
    from === undefined || fromPart === undefined
      ? sql``
      : sql`\nUNION SELECT CAST(${value(parts.id)} AS VARCHAR) FROM ${quoted(datasetTable(from.name))} AS ${quoted(parts.alias)}
CROSS JOIN run WHERE ${quoted(parts.alias)}.${quoted(fromPart)} IN (SELECT id FROM ${staleTable(from.name)})`
  yield* carryOut((reading) => [
    sql`${about(`parts of ${dataset.name} of which nothing new is known`)}${made(staleOf(dataset.name))} SELECT id FROM ${unreadTable(dataset.name)}${below(reading)}`
  ])
  return sql`part.id NOT IN (SELECT id FROM ${staleTable(dataset.name)} WHERE id IS NOT NULL)`
})

const staleTable = (dataset: string): Sql => named(staleOf(dataset))

const OfPart = Schema.Struct({ id: Text })

/** Takes out of what was read the parts that the source would not tell and once did; gives their ids. */
const dropRefused = Effect.fn("extract.drop-refused")(function* (partwise: PartwiseDataset) {
  const { told } = partwise.contract
  if (told === undefined) return []
  const warehouse = yield* Warehouse
  const [fresh, part] = [quoted(datasetTable(freshName(partwise.dataset.name))), quoted(partwise.partColumn)]
  const parts = (table: Sql, isTold: boolean): Sql =>
    sql`(SELECT ${part} FROM ${table} WHERE ${quoted(told)} IS ${isTold ? sql`` : sql`NOT `}TRUE)`
  const rows = yield* warehouse.rows(
    sql`${about(`parts of ${partwise.dataset.name} that were told before, and are not now`)}SELECT DISTINCT ${part} AS id FROM ${fresh} WHERE ${part} IN ${parts(fresh, false)} AND ${part} IN ${parts(readTable(partwise), true)} ORDER BY id`,
    OfPart
  )
  const refused = rows.map((row) => row.id)
  if (refused.length > 0)
    yield* warehouse.execute(sql`DELETE FROM ${fresh} WHERE list_contains(${texts(refused)}, ${part})`)
  return refused
})

/** Parts of which a record came without its key; all that were asked for, where not even its part can be read. */
const partsOfNameless = Effect.fn("extract.parts-of-nameless")(function* (partwise: PartwiseDataset) {
  const warehouse = yield* Warehouse
  const fresh = freshName(partwise.dataset.name)
  const parts = yield* warehouse.rows(
    sql`${about(`parts of ${partwise.dataset.name} with a record that has no id`)}WITH nameless AS (SELECT ${quoted(partwise.partColumn)} AS id FROM ${quoted(landedTable(fresh))} WHERE ${quoted(partwise.contract.key)} IS NULL)
SELECT id FROM asked_part WHERE id IN (SELECT id FROM nameless) OR EXISTS (SELECT 1 FROM nameless WHERE id IS NULL) ORDER BY id`,
    OfPart
  )
  return parts.map((row) => row.id)
})

/**
 * Takes out of what was read the parts that somebody who shares the state has read since they were asked for: what they have
 * of it is newer, and an export has compared and sent it. By what is kept and not by the clock, which may have been set back.
 */
const leaveWhatWasReadSince = Effect.fn("extract.read-since")(function* (partwise: PartwiseDataset) {
  const warehouse = yield* Warehouse
  const since = sql`(SELECT part.id FROM ${partTable(partwise)} AS part JOIN asked_part USING (id) WHERE part.read_at IS DISTINCT FROM asked_part.read_at)`
  const fresh = quoted(datasetTable(freshName(partwise.dataset.name)))
  yield* warehouse.execute(
    sql`${about(`parts of ${partwise.dataset.name} that were read since they were asked for stay as they were read then`)}DELETE FROM ${fresh} WHERE ${quoted(partwise.partColumn)} IN ${since};
DELETE FROM ${unreadTable(partwise.dataset.name)} WHERE id IN ${since};
DELETE FROM asked_part WHERE id IN ${since}`
  )
})

/** Makes the two tables; where the contract has other columns than what is kept, all is read anew. */
const prepareKept = Effect.fn("extract.prepare-kept")(function* (partwise: PartwiseDataset) {
  const warehouse = yield* Warehouse
  const name = `read_${partwise.definition.name}_${partwise.dataset.name}`
  const wanted = [
    ...partwise.contract.columns.map((column) => `${column.name} ${columnType(column).text}`),
    "_since TIMESTAMP"
  ]
  const columns = yield* warehouse.rows(
    sql`${about(`columns of ${name}`)}SELECT column_name || ' ' || data_type AS column FROM duckdb_columns() WHERE NOT internal AND table_name = ${name} AND column_name <> '_fault'`,
    Schema.Struct({ column: Text })
  )
  const known = new Set(columns.map((row) => row.column))
  if (known.size === wanted.length && wanted.every((column) => known.has(column))) return
  yield* warehouse.transaction([
    sql`DROP TABLE IF EXISTS ${readTable(partwise)}`,
    sql`DROP TABLE IF EXISTS ${partTable(partwise)}`,
    standing(
      readOf(partwise.definition.name, partwise.dataset.name, partwise.contract),
      partOf(partwise.definition.name, partwise.dataset.name)
    )
  ])
})

const scopeStatement = (
  { definition, dataset, parts }: PartwiseDataset,
  contracts: ReadonlyMap<string, CollectionContract>,
  narrowed: PlanPart,
  { value }: Reading
): Sql => {
  const from = definition.datasets.find((one) => one.name === parts.relation)
  const fromPart = from?.parts == null ? undefined : contracts.get(from.endpoint)?.part
  const alias = quoted(parts.alias)
  const conditions = [
    sql`${value(parts.id)} IS NOT NULL`,
    ...(parts.when === null ? [] : [value(parts.when)]),
    // Only what this run looks at itself: what hangs below a part that could not be read is not asked for either.
    ...(from === undefined || fromPart === undefined
      ? []
      : [sql`${alias}.${quoted(fromPart)} IN (SELECT id FROM ${scopeTable(from.name)})`]),
    ...(from?.mode.kind === "ledger" ? inPart(definition, from.mode, alias, narrowed) : [])
  ]
  return sql`${about(`the parts of ${dataset.name}; grain: one row per part`)}${made(scopeOf(dataset.name))}
SELECT CAST(${value(parts.id)} AS VARCHAR) AS id, hash(${setDigest(sql`to_json(${alias})::VARCHAR`)}) AS fingerprint
FROM ${quoted(datasetTable(parts.relation))} AS ${alias} CROSS JOIN run
WHERE ${joined(conditions, " AND ")}
GROUP BY ALL`
}

/** How a run asks for parts. */
interface Asking {
  readonly clock: RunClock
  readonly isNarrowed: boolean
  readonly listed: ListedRead | null
}

/** The parts that are due, with the instant since when; null = whole. Of what listings tell, nothing before them is asked for. */
const askedStatement = (partwise: PartwiseDataset, { clock, isNarrowed, listed }: Asking, reading: Reading): Sql => {
  const anyOf = (conditions: ReadonlyArray<Sql>): Sql =>
    joined(
      conditions.map((one) => sql`(${one})`),
      " OR "
    )
  const { mode } = partwise.dataset
  const now = timestamp(clock.now)
  const overdue = (days: number): Sql =>
    days === 0
      ? sql`true`
      : // Parts take turns, so that one night does not read everything again.
        sql`(part.whole_at <= ${now} - to_days(${days}) OR (part.whole_at < date_trunc('day', ${now}) AND (date_diff('day', DATE '2000-01-01', CAST(${now} AS DATE)) + CAST(hash(scope.id) % ${days} AS BIGINT)) % ${days} = 0))`
  // A part that was read by a clock that was ahead tells neither since when it is known nor when it is due.
  const isUnknown = sql`part.id IS NULL OR part.read_at > ${now} OR part.whole_at > ${now}`
  const isNew = sql`${isUnknown} OR part.fingerprint <> scope.fingerprint`
  const news = newsOf(partwise.dataset).map((one) => isNews(partwise.definition, partwise.dataset, one, reading))
  const isListed = listed === null ? null : sql`scope.id IN (SELECT id FROM ${named(listedPartTable)})`
  const since =
    mode.kind === "delta"
      ? sql`CASE WHEN ${isListed === null ? sql`` : sql`NOT ${isListed} AND `}(${anyOf([isUnknown, overdue(mode.wholeEveryDays), ...news])}) THEN NULL ELSE strftime(part.read_at - to_hours(${mode.overlapHours}), '%Y-%m-%dT%H:%M:%S.000Z') END`
      : sql`NULL::VARCHAR`
  const again =
    mode.kind !== "kept" || mode.againWhen === null
      ? sql`false`
      : sql`scope.id IN (SELECT kept.${quoted(partwise.partColumn)} FROM ${readTable(partwise)} AS kept CROSS JOIN run WHERE ${reading.holdsUnlessFalse(mode.againWhen)})`
  const hasNews = anyOf([isNew, ...news])
  const isDue =
    mode.kind === "kept" && !isNarrowed
      ? anyOf([hasNews, overdue(mode.againAfterDays), again])
      : isListed === null || listed?.isAsked === true
        ? sql`true`
        : sql`NOT ${isListed}`
  return sql`${about(`the parts of ${partwise.dataset.name} that are due; grain: one row per part`)}${made(askedPartTable)}
SELECT scope.id, ${since} AS since, scope.fingerprint, part.read_at, part.whole_at, coalesce(${hasNews}, true) AS has_news
FROM ${scopeTable(partwise.dataset.name)} AS scope LEFT JOIN ${partTable(partwise)} AS part ON part.id = scope.id
WHERE ${isDue}`
}

/** Whether a row of an earlier dataset, by which it gives the id of a part, is new or other than when the part was read. */
const isNews = (
  definition: Definition,
  dataset: DatasetDefinition,
  { alias, id, relation }: NewsDefinition,
  { fails, value }: Reading
): Sql => {
  const row = quoted(alias)
  const recent = sql`FROM ${readTableOf(definition, relation)} AS ${row} CROSS JOIN run
  WHERE ${row}._since > (SELECT min(read_at) FROM ${partTableOf(definition, dataset.name)})`
  const isOfThePart = sql`EXISTS (SELECT 1 FROM (
  SELECT CAST(${value(id)} AS VARCHAR) AS id, max(${row}._since) AS since
  ${recent} GROUP BY 1
) AS news WHERE news.id = part.id AND news.since > part.read_at)`
  // The part of this news cannot be computed: it may be this one.
  const ofNobodyKnows = fails(id)
  return ofNobodyKnows === null
    ? isOfThePart
    : sql`(${isOfThePart} OR coalesce(part.read_at < (SELECT max(${row}._since) ${recent} AND ${ofNobodyKnows}), false))`
}

/**
 * Makes each table in which a pipeline sees what is known of the parts of a dataset, out of what the state holds of them.
 * A part that was never read has no row. One is not current where the condition `isCurrent` over `part` does not hold,
 * and where there is news of it that came after it was last read.
 */
export const showKnownParts = (
  definition: Definition,
  dataset: DatasetDefinition,
  isCurrent: Sql
): Effect.Effect<void, WarehouseError, Warehouse> =>
  Effect.asVoid(
    carryOut((reading) => {
      const news = newsOf(dataset).map((one) => isNews(definition, dataset, one, reading))
      const isBehind = joined([sql`NOT (${isCurrent})`, ...news], " OR ")
      return definition.datasets.flatMap((table) =>
        table.mode.kind === "parts" && table.mode.dataset === dataset.name
          ? [
              sql`${about(`${table.name}: what is known of the parts of ${dataset.name}; grain: one row per part that was ever read`)}${made(knownPartsOf(table.name))}
SELECT part.id, NOT (${isBehind}) AS is_current, NULL::STRUCT(rule VARCHAR, say VARCHAR) AS _fault
FROM ${partTableOf(definition, dataset.name)} AS part`
            ]
          : []
      )
    })
  )

/** A part read whole takes the place of what is kept of it; what changed in the others takes the place of its own records. */
const keepStatements = (partwise: PartwiseDataset, clock: RunClock): ReadonlyArray<Sql> => [
  sql`DELETE FROM asked_part WHERE id IN (SELECT id FROM ${unreadTable(partwise.dataset.name)})`,
  ...takeInStatements(
    partwise,
    sql`${quoted(partwise.partColumn)} IN (SELECT id FROM asked_part WHERE since IS NULL)`,
    clock
  ),
  sql`DELETE FROM ${partTable(partwise)} WHERE id IN (SELECT id FROM asked_part)`,
  sql`INSERT INTO ${partTable(partwise)} SELECT id, fingerprint, ${timestamp(clock.now)}, CASE WHEN since IS NULL THEN ${timestamp(clock.now)} ELSE whole_at END FROM asked_part`
]

const datasetStatements = (partwise: PartwiseDataset, hasNameless: boolean): ReadonlyArray<Sql> => {
  const { contract, dataset } = partwise
  return [
    sql`${about(`${dataset.name}: what was read now, and what is kept of what was not`)}CREATE OR REPLACE TEMP VIEW ${quoted(datasetTable(dataset.name))} AS SELECT * EXCLUDE (_since) FROM ${readTable(partwise)}`,
    sql`${about(`quarantine of ${dataset.name}: rows that do not fit the record contract`)}${made(faultsOf(dataset.name))}
SELECT ${quoted(contract.key)} AS key, _fault.rule AS rule, _fault.say AS say FROM ${readTable(partwise)} WHERE _fault IS NOT NULL${
      hasNameless ? sql` UNION ALL FROM ${quoted(faultsTable(freshName(dataset.name)))} WHERE key IS NULL` : sql``
    }`
  ]
}
