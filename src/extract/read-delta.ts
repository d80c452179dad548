import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import type { Doing } from "../core/doing.ts"
import { sha256 } from "../core/hash.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import type { StoreError } from "../core/ports/disk.ts"
import type { ChangesOfSource, ReadProof, Source, SourceError } from "../core/ports/source.ts"
import { Count, countRows, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import type { RunClock } from "../core/run-clock.ts"
import { about, joined, name as quoted, type Sql, sql, timestamp } from "../core/sql.ts"
import { made } from "../core/table.ts"
import type { DatasetDefinition } from "../pipeline/definition.ts"
import { datasetTable, faultsTable } from "../pipeline/relations.ts"
import { type Completeness, type DeltaRead, judgeCompleteness } from "./completeness.ts"
import { askedOf, cursorOf, type DeltaDue, type DeltaMode, isoOf, wholeBy } from "./delta-due.ts"
import { keptRows, openEarlier } from "./earlier-reads.ts"
import { type FetchedPages, fetchPages } from "./fetch-pages.ts"
import { landCollection } from "./land.ts"
import { datasetOf, faultsOf, freshName } from "./tables.ts"

/**
 * Reading a collection by what changed. What came takes the place of what is kept under the same keys; a record that is
 * marked as deleted comes so and stands so, as in a whole read; one that is absent stays. The filter is believed as far as
 * it shows itself honest: it brings nothing else than it was asked for, it brings again whatever is known to have been
 * modified since, and with what it brought there are as many records as the source says it has. Where it is not so, the
 * collection is read whole in the same run.
 */

/** The result of a delta read: a dataset as a whole read would have made it, or why it is to be read whole. */
export type DeltaOutcome =
  | { readonly kind: "read"; readonly read: Completeness }
  | {
      readonly kind: "whole"
      readonly why: string
      /** The pages, where the source sent all that it has, whatever it was asked; null where they are to be fetched. */
      readonly fetched: FetchedPages | null
    }

interface Reading {
  readonly changes: ChangesOfSource
  readonly clock: RunClock
  readonly contract: CollectionContract
  readonly dataset: DatasetDefinition
  readonly due: DeltaDue
  readonly mode: DeltaMode
  readonly onRows: (rows: number, total: number | null) => void
}

/** Reads what changed since, and makes the dataset of it and of what is kept. No failure of it stops the run: a whole read tells its own. */
export const readDelta = Effect.fn("extract.read-delta")(function* (
  reading: Reading
): Doing<DeltaOutcome, StoreError, Source | Warehouse> {
  const cannot = ({ message }: SourceError | WarehouseError): DeltaOutcome =>
    whole(`what changed could not be read: ${message}`)
  return yield* tryDelta(reading).pipe(
    Effect.catchTags({
      SourceError: (error) => Effect.succeed(cannot(error)),
      WarehouseError: (error) => Effect.succeed(cannot(error))
    })
  )
})

const whole = (why: string, fetched: FetchedPages | null = null): DeltaOutcome => ({ kind: "whole", why, fetched })

const tryDelta = Effect.fn("extract.try-delta")(function* (reading: Reading) {
  const { changes, contract, dataset, due, onRows } = reading
  const { total } = yield* changes.look(dataset.endpoint, null)
  if (total === null) {
    return whole(
      "the server does not say how many records there are (X-Total-Count), so that nothing would show one that is deleted without a mark; take mode out, or ask the provider for it"
    )
  }
  const fetched = yield* fetchPages(dataset, { since: due.since }, onRows)
  const { pages } = fetched
  const landing = yield* landCollection(freshName(dataset.name), contract, pages.files)
  const judged = judgeCompleteness(pages.proof, landing, { rowsOfLastGoodRun: null, probed: null })
  const seen = yield* compared(reading)
  const doubt = judged.doubts[0] ?? (yield* doubtOf(reading, pages.proof, seen, total))
  if (judged.proven && (seen.outside > 0 || pages.proof.mode !== "delta") && landing.kept === total) {
    const all = { ...fetched, pages: { ...pages, proof: { ...pages.proof, mode: "full" as const } } }
    return whole("the server takes no notice of the filter and sent all that it has", all)
  }
  yield* fetched.discard
  if (doubt !== null) return whole(doubt)
  const read = seen.changed === 0 ? yield* asKept(reading) : yield* merge(reading, landing, pages.sha256)
  return read === null
    ? whole("the rows that are kept of it cannot be read")
    : ({ kind: "read", read: { ...judged, ...read, delta: deltaOf(reading, pages.proof, seen.changed) } } as const)
})

/** The records that came, compared with those that are kept. All counts in records. */
const Compared = Schema.Struct({
  /** Without a time of modification. */
  undated: Count,
  /** Modified more than a day before what was asked for: a server may compare days. */
  outside: Count,
  /** Older than the copy that is kept. */
  back: Count,
  added: Count,
  changed: Count
})

const compared = Effect.fn("extract.compare-delta")(function* ({ contract, dataset, due }: Reading) {
  const warehouse = yield* Warehouse
  const [key, modified] = [quoted(contract.key), quoted(contract.modified ?? "")]
  const columns = [...contract.columns.map(({ name }) => quoted(name)), sql`_fault`]
  // Value by value, and by no digest: what is taken for unchanged here is not looked at again.
  const content = (of: Sql): Sql =>
    sql`row(${joined(
      columns.map((column) => sql`${of}.${column}`),
      ", "
    )})`
  const [counts] = yield* warehouse.rows(
    sql`${about(`what came of ${dataset.name} beside what is kept of it`)}WITH fresh AS (FROM ${quoted(datasetTable(freshName(dataset.name)))}), base AS (${(yield* baseOf(dataset, contract, due)).rows})
SELECT count(*) FILTER (fresh.${modified} IS NULL AND fresh._fault IS NULL) AS undated,
  count(*) FILTER (fresh.${modified} < ${timestamp(isoOf(Date.parse(due.since) - 86_400_000))}) AS outside,
  count(*) FILTER (fresh.${modified} < base.${modified}) AS back, count(*) FILTER (base.${key} IS NULL) AS added,
  count(*) FILTER (base.${key} IS NULL OR ${content(sql`fresh`)} IS DISTINCT FROM ${content(sql`base`)}) AS changed
FROM fresh LEFT JOIN base ON base.${key} = fresh.${key}`,
    Compared
  )
  return counts ?? { undated: 0, outside: 0, back: 0, added: 0, changed: 0 }
})

/** Why what changed is not to be believed; null where nothing says so. */
const doubtOf = Effect.fn("extract.doubt-delta")(function* (
  { changes, contract, dataset, due }: Reading,
  proof: ReadProof,
  seen: typeof Compared.Type,
  total: number
) {
  const { base, newest, since } = due
  if (proof.mode !== "delta" || seen.outside > 0 || seen.undated > 0) {
    return "the server sent records that were not modified since"
  }
  if (proof.beganAt !== undefined && Date.parse(proof.beganAt) < Date.parse(base.delta.cursor)) {
    return "the server's clock went back since it was last read"
  }
  if (seen.back > 0) return `${records(seen.back)} came older than known: the server went back to an earlier state`
  const [key, modified] = [quoted(contract.key), quoted(contract.modified ?? "")]
  const again = sql`FROM (${(yield* baseOf(dataset, contract, due)).rows}) AS base WHERE ${modified} >= ${timestamp(since)}`
  const missing = yield* countRows(
    sql`${again} AND ${key} NOT IN (SELECT ${key} FROM ${quoted(datasetTable(freshName(dataset.name)))})`,
    about(`records of ${dataset.name} that were modified since, and did not come again`)
  )
  if (missing > 0) {
    return `${records(missing)} that ${missing === 1 ? "was" : "were"} modified since did not come again: deleted without a mark, or the filter leaves records out`
  }
  // If nothing had to come, one record that is known to be there shows whether anything would; servers have been seen to leave
  // out what was modified at the very instant.
  const before = newest === null ? null : isoOf(Date.parse(newest) - 1_000)
  if (proof.rowsRead === 0 && before !== null && (yield* changes.look(dataset.endpoint, before)).rows === 0) {
    return "the filter brings nothing, not even the record that was modified last"
  }
  const known = base.landing.kept + seen.added
  return known === total ? null : `the server has ${total} records, and with what changed ${known} are known`
})

const records = (count: number): string => (count === 1 ? "1 record" : `${count} records`)

/** Nothing is other than it was: the rows are those that are kept. Null where they cannot be read. */
const asKept = Effect.fn("extract.delta-as-kept")(function* ({ contract, dataset, due: { base } }: Reading) {
  if (!(yield* openEarlier(dataset.name, contract, base.run))) return null
  return { landing: base.landing, sha256: base.sha256, landedBy: base.landedBy, keptBy: base.run }
})

/** Makes the dataset of what came and of what is kept under other keys; grain: one row per key. */
const merge = Effect.fn("extract.merge-delta")(function* (
  { contract, dataset, due }: Reading,
  landing: Completeness["landing"],
  digest: string | undefined
) {
  const warehouse = yield* Warehouse
  const { base } = due
  const key = quoted(contract.key)
  const columns = joined([...contract.columns.map((column) => quoted(column.name)), sql`_fault`], ", ")
  const [fresh, kept] = [freshName(dataset.name), yield* baseOf(dataset, contract, due)]
  const others = (of: Sql, by: Sql): Sql =>
    sql`(${of}) AS base WHERE NOT EXISTS (FROM ${quoted(datasetTable(fresh))} AS fresh WHERE fresh.${key} = base.${by})`
  yield* warehouse.execute(sql`${about(`${dataset.name}: what changed since run ${base.run}, and what is kept of the rest; grain: one row per key`)}${made(datasetOf(dataset.name, contract))}
SELECT ${columns} FROM ${others(kept.rows, key)}
UNION ALL SELECT ${columns} FROM ${quoted(datasetTable(fresh))};
${made(faultsOf(dataset.name))}
SELECT key, rule, say FROM ${others(kept.faults, sql`key`)}
UNION ALL SELECT key, rule, say FROM ${quoted(faultsTable(fresh))}`)
  const rows = yield* countRows(sql`FROM ${quoted(datasetTable(dataset.name))}`)
  const faulty = yield* countRows(sql`FROM ${quoted(faultsTable(dataset.name))}`)
  return {
    landing: { ...landing, dataset: dataset.name, kept: rows, faulty },
    sha256: digest === undefined ? null : sha256(`${base.sha256}\n${digest}`),
    landedBy: base.landedBy,
    keptBy: null
  }
})

const deltaOf = ({ changes, clock, dataset, due, mode }: Reading, proof: ReadProof, changed: number): DeltaRead => ({
  asked: askedOf(dataset, changes),
  cursor: cursorOf(proof, clock),
  wholeAt: due.base.delta.wholeAt,
  wholeBy: wholeBy(mode, due.base.delta.wholeAt),
  since: due.since,
  changed,
  whole: null
})

/**
 * The completeness of a dataset whose mode is delta and that was read whole all the same, with the point from which the
 * next read goes on.
 */
export const wholeRead = (
  { changes, clock, dataset, mode }: Pick<Reading, "changes" | "clock" | "dataset" | "mode">,
  proof: ReadProof,
  why: string
): DeltaRead => ({
  asked: askedOf(dataset, changes),
  cursor: cursorOf(proof, clock),
  wholeAt: clock.now,
  wholeBy: wholeBy(mode, clock.now),
  since: null,
  changed: null,
  whole: why
})

const baseOf = (dataset: DatasetDefinition, contract: CollectionContract, { base }: DeltaDue) =>
  Effect.map(Warehouse, ({ folders }) => keptRows(join(folders.reads, String(base.run)), dataset.name, contract))
