import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Option from "effect/Option"
import { dirname, join } from "node:path"
import { about, name, sql } from "../core/sql.ts"
import { named } from "../core/table.ts"
import type { ServiceSettings } from "../pipeline/load-service.ts"
import { namesIn, onDisk, removeAll, type StoreError } from "../core/ports/disk.ts"
import { Count, countRows, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { outcomeTable, runsTable } from "../state/durable.ts"
import { stand } from "../state/migrations.ts"
import { remainsIn } from "../state/remains.ts"

/** Counts of what was, or would be, taken away. */
export interface Pruned {
  readonly plans: number
  readonly reads: number
  readonly runs: number
  /** Rows of how steps ended, and of what was wanted. */
  readonly history: number
  readonly quarantine: number
  readonly logs: number
}

const day = 86_400_000

/** So many of the newest plans and applies of a pipeline stay, however old: what comes next is compared with them. */
const runsKept = 20

/**
 * Takes away what is older than `service.keep` says; what has no number of days stays. What stands at a target now, who made it,
 * and how the last sending of each record ended always stay, and so does what may still be applied or resumed.
 */
export const prune = (
  keep: ServiceSettings["keep"],
  now: number,
  isDry: boolean
): Effect.Effect<Pruned, WarehouseError | StoreError, Warehouse> =>
  Effect.gen(function* () {
    const { folders } = yield* Warehouse
    const home = dirname(folders.plans)
    const before = (days: number | null): number | null => (days === null ? null : now - days * day)
    const takeAway = (what: string, folder: string, names: ReadonlyArray<string>) =>
      isDry
        ? Effect.void
        : onDisk(`remove ${what}`, folder, (disk) =>
            Effect.forEach(names, (one) => removeAll(disk, join(folder, one)), { discard: true })
          )
    const logs = join(home, "logs")
    const old = {
      plans: yield* onDisk("look at the plans", folders.plans, (disk) => oldPlans(disk, home, before(keep.plans), now)),
      reads: yield* onDisk("look at the kept reads", folders.reads, (disk) =>
        oldReads(disk, folders.reads, before(keep.reads))
      ),
      logs: yield* onDisk("look at the logs", logs, (disk) => oldFiles(disk, logs, before(keep.logs)))
    }
    yield* takeAway("old plans", folders.plans, old.plans)
    yield* takeAway("old reads", folders.reads, old.reads)
    yield* takeAway("old logs", logs, old.logs)
    const { history, runs } = yield* pruneHistory(before(keep.history), isDry)
    const quarantine = yield* pruneRowOutcomes(before(keep.quarantine), isDry)
    return { plans: old.plans.length, reads: old.reads.length, logs: old.logs.length, runs, history, quarantine }
  })

/** Plans that were made before, are over, and are neither under way nor the newest of their pipeline. */
const oldPlans = Effect.fnUntraced(function* (
  disk: FileSystem.FileSystem,
  home: string,
  before: number | null,
  now: number
) {
  if (before === null) return []
  const folder = join(home, "plans")
  const underWay = new Set((yield* remainsIn(home)).journals)
  const plans = yield* Effect.forEach(yield* namesIn(disk, folder), (one) =>
    Effect.map(said(disk, join(folder, one, "plan.json")), ({ created_at, expires_at, pipeline }) => ({
      one,
      pipeline,
      made: Date.parse(created_at ?? ""),
      over: Date.parse(expires_at ?? "")
    }))
  )
  const newest = new Map<string | undefined, number>()
  for (const { made, pipeline } of plans) newest.set(pipeline, Math.max(made, newest.get(pipeline) ?? 0))
  return plans
    .filter(
      ({ made, one, over, pipeline }) =>
        made < before && over < now && !underWay.has(one) && made !== newest.get(pipeline)
    )
    .map(({ one }) => one)
})

const oldReads = Effect.fnUntraced(function* (disk: FileSystem.FileSystem, folder: string, before: number | null) {
  if (before === null) return []
  return yield* Effect.filter(yield* namesIn(disk, folder), (one) =>
    // Rows that were made of a read have no date but that of their folder.
    one.startsWith("made-")
      ? isOlder(disk, join(folder, one), before)
      : Effect.map(said(disk, join(folder, one, "read.json")), ({ readAt }) => Date.parse(readAt ?? "") < before)
  )
})

/** The texts in a file of JSON; none where it cannot be read: such a one is somebody's to look at, and older than nothing. */
const said = (disk: FileSystem.FileSystem, path: string): Effect.Effect<Readonly<Record<string, string>>> =>
  disk.readFileString(path).pipe(
    Effect.flatMap((text) => Effect.try(() => (JSON.parse(text) ?? {}) as Readonly<Record<string, string>>)),
    Effect.orElseSucceed(() => ({}))
  )

const oldFiles = Effect.fnUntraced(function* (disk: FileSystem.FileSystem, folder: string, before: number | null) {
  if (before === null) return []
  return yield* Effect.filter(yield* namesIn(disk, folder), (one) => isOlder(disk, join(folder, one), before))
})

const isOlder = (disk: FileSystem.FileSystem, path: string, before: number) =>
  Effect.map(disk.stat(path), ({ mtime }) => Option.exists(mtime, (at) => at.getTime() < before))

const runs = named(runsTable)
const outcomes = named(outcomeTable)

/** The last run that began before an instant, whether or not it is remembered still; 0 where there is none. */
const lastRunBefore = (instant: number): Effect.Effect<number, WarehouseError, Warehouse> =>
  Effect.flatMap(Warehouse, (warehouse) =>
    Effect.map(
      warehouse.rows(
        sql`${about("the last run before an instant")}SELECT coalesce((SELECT min(run) - 1 FROM ${runs} WHERE started_at >= ${new Date(instant).toISOString()}), (SELECT max(run) FROM ${runs}), 0)::INT AS run`,
        Schema.Struct({ run: Count })
      ),
      ([row]) => row?.run ?? 0
    )
  )

const tablesNamed = (beginning: string): Effect.Effect<ReadonlyArray<string>, WarehouseError, Warehouse> =>
  Effect.flatMap(Warehouse, (warehouse) =>
    Effect.map(
      warehouse.rows(
        sql`${about("durable tables of a kind")}SELECT table_name AS name FROM duckdb_tables() WHERE NOT temporary AND starts_with(table_name, ${beginning}) ORDER BY name`,
        Schema.Struct({ name: Text })
      ),
      (rows) => rows.map((row) => row.name)
    )
  )

const pruneHistory = (before: number | null, isDry: boolean) =>
  Effect.gen(function* () {
    if (before === null) return { runs: 0, history: 0 }
    const warehouse = yield* Warehouse
    yield* stand(runsTable, outcomeTable)
    const last = yield* lastRunBefore(before)
    const histories = yield* tablesNamed("history_")
    const ledgers = yield* tablesNamed("ledger_")
    const outcomesGone = sql`run <= ${last} AND EXISTS (SELECT 1 FROM ${outcomes} AS later WHERE later.entity = o.entity AND later.key = o.key AND later.run > o.run)`
    let history = yield* countRows(
      sql`FROM ${outcomes} AS o WHERE ${outcomesGone}`,
      about("outcomes that later ones replaced")
    )
    for (const table of histories)
      history += yield* countRows(sql`FROM ${name(table)} WHERE valid_to <= ${last}`, about("what was wanted once"))
    if (!isDry) {
      yield* warehouse.transaction([
        sql`DELETE FROM ${outcomes} AS o WHERE ${outcomesGone}`,
        ...histories.map((table) => sql`DELETE FROM ${name(table)} WHERE valid_to <= ${last}`)
      ])
    }
    // A run that something still names stays: when it was is part of what is told of that.
    const isNamed = [
      sql`SELECT run FROM ${outcomes} AS o WHERE NOT (${outcomesGone})`,
      ...ledgers.map((table) => sql`SELECT run FROM ${name(table)}`)
    ]
    const runsGone = sql`run <= ${last} AND run NOT IN (SELECT run FROM ${runs} QUALIFY row_number() OVER (PARTITION BY pipeline, kind ORDER BY run DESC) <= ${runsKept})`
    const gone = isNamed.reduce(
      (condition, query) => sql`${condition} AND run NOT IN (SELECT run FROM (${query}) WHERE run IS NOT NULL)`,
      runsGone
    )
    const counted = yield* countRows(sql`FROM ${runs} WHERE ${gone}`, about("runs that nothing names"))
    if (!isDry) yield* warehouse.execute(sql`DELETE FROM ${runs} WHERE ${gone}`)
    return { runs: counted, history }
  })

/** Takes away row outcomes that ended before an instant, in milliseconds; none where it is null. Gives their number. */
const pruneRowOutcomes = (before: number | null, isDry: boolean) =>
  Effect.gen(function* () {
    if (before === null) return 0
    const warehouse = yield* Warehouse
    yield* stand(runsTable)
    const last = yield* lastRunBefore(before)
    let rows = 0
    for (const table of yield* tablesNamed("fate_")) {
      rows += yield* countRows(sql`FROM ${name(table)} WHERE valid_to <= ${last}`, about("what was turned away once"))
      if (!isDry) yield* warehouse.execute(sql`DELETE FROM ${name(table)} WHERE valid_to <= ${last}`)
    }
    return rows
  })
