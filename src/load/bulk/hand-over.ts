import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { instantNow } from "../../core/clock.ts"
import type { Doing } from "../../core/doing.ts"
import { makeOwnFolder, onDisk, removeAll } from "../../core/ports/disk.ts"
import type { RowFormat, RowKind, RowWriter } from "../../core/ports/bulk.ts"
import type { JournalError, OpenJournal } from "../../core/ports/journal.ts"
import { Count, Json, Text, TextOrNull, Warehouse, type WarehouseError } from "../../core/ports/warehouse.ts"
import { about, oneOf, sql } from "../../core/sql.ts"
import { ensured } from "../../core/table.ts"
import type { LoadedEntity } from "../../pipeline/loaded-entities.ts"
import { steps } from "../../state/change-set.ts"
import type { GatesNow } from "../gates-now.ts"
import { answeredAtTheEnd } from "../in-flight.ts"
import { pageSteps } from "../send-steps.ts"
import { editedSinceTable } from "../tables.ts"
import { befallsAll, type Walk } from "../walk.ts"
import { prepareWork, readWork } from "../work.ts"
import { leaveSharedNames } from "./shared-names.ts"
import { countRowSteps, fillUpload, isAsRows, prepareRows, writeRows } from "./rows.ts"

/** Hands over rows, as a walk comes to them. */
export interface HandOver {
  /** Hands over what is made, of an entity and those after it; nothing before one whose own steps are sent one by one. */
  readonly from: (entity: LoadedEntity) => Effect.Effect<void, WarehouseError | JournalError, Warehouse>
  /** Hands over what is taken away of one entity, in its phase: each record that the target shows and that may go so. */
  readonly away: (entity: LoadedEntity, phase: number) => Effect.Effect<void, WarehouseError | JournalError, Warehouse>
  /** Seconds after which to look again for what does not show yet; null once the time for waiting is over. */
  readonly again: Effect.Effect<number | null>
}

/**
 * The way by rows for the steps in the table `step`; null where all are sent one by one: the target has no such way, or
 * there are too few of them. A hand-over that was refused ends the walk, and its steps count as not begun.
 */
export const prepareHandOver = Effect.fn("load.prepare-hand-over")(function* ({
  concurrency,
  entities,
  gates,
  giveWay,
  journal,
  rows,
  walk
}: {
  /** Requests in flight at once. */
  readonly concurrency: number
  readonly entities: ReadonlyArray<LoadedEntity>
  readonly gates: GatesNow
  /** Lets others have their turn. */
  readonly giveWay: Effect.Effect<unknown, WarehouseError, Warehouse>
  readonly journal: OpenJournal
  readonly rows: RowWriter
  readonly walk: Walk
}): Doing<HandOver | null, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const read = yield* Effect.either(rows.format)
  if (read._tag === "Left") {
    walk.stop(read.left.message)
    return null
  }
  const format = read.right
  const isLeftBehind = journal.content.handedOver.size > 0
  if (!isLeftBehind && (yield* countRowSteps(entities, format, steps.table)) < format.at) return null
  yield* warehouse.execute(ensured(editedSinceTable))
  yield* prepareRows(entities, format, steps.table)
  let upload = 0
  let last = yield* instantNow
  /** Rows that make records; removals are asked for one by one. */
  const leaveShared = (ends: boolean) => (entity: LoadedEntity, kind: RowKind) =>
    ends
      ? Effect.succeed(0)
      : leaveSharedNames({ concurrency, entities, entity, format, giveWay, kind, rows, upload, walk })
  /** Hands over upload after upload, each without the rows that `leave` takes out of it. */
  const handOverAll = Effect.fnUntraced(function* (
    ends: boolean,
    from: LoadedEntity,
    leave: (upload: number) => Effect.Effect<void, WarehouseError, Warehouse>
  ) {
    // Steps that go one by one come first: rows that refer to them can go then, all at once.
    if (!isAsRows(ends, from, format)) return
    while (walk.stoppedBy() === null) {
      const filled = yield* fillUpload({ ends, entities, format, from, leave: leaveShared(ends), upload: ++upload })
      if (walk.stoppedBy() !== null) return yield* forget(upload)
      if (filled === 0) return
      yield* leave(upload)
      if (walk.stoppedBy() !== null) return yield* forget(upload)
      last = yield* instantNow
      yield* handOverOne({ format, journal, rows, upload, walk, at: last })
    }
  })
  return {
    from: (entity) => handOverAll(false, entity, () => Effect.void),
    away: (entity, phase) =>
      handOverAll(true, entity, (upload) =>
        leaveUnsafe({ concurrency, entities, entity, format, gates, giveWay, phase, rows, upload, walk })
      ),
    again: Effect.map(instantNow, (now) => {
      const waited = (Date.parse(now) - Date.parse(last)) / 1000
      return waited >= format.waitSeconds ? null : Math.min(format.waitSeconds - waited, Math.max(1, waited / 4), 60)
    })
  }
})

/**
 * Takes out of an upload what no row may take away, which goes by itself then, and what a gate has stopped meanwhile. A
 * connection that fails ends the walk; a refusal says nothing of the record, whose step meets it again.
 */
const leaveUnsafe = Effect.fn("load.leave-unsafe")(function* ({
  concurrency,
  entities,
  entity,
  format,
  gates,
  giveWay,
  phase,
  rows,
  upload,
  walk
}: {
  readonly concurrency: number
  readonly entities: ReadonlyArray<LoadedEntity>
  readonly entity: LoadedEntity
  readonly format: RowFormat
  readonly gates: GatesNow
  readonly giveWay: Effect.Effect<unknown, WarehouseError, Warehouse>
  readonly phase: number
  readonly rows: RowWriter
  readonly upload: number
  readonly walk: Walk
}) {
  const warehouse = yield* Warehouse
  const { from, to } = yield* prepareWork(entity, entities, phase)
  for (let first = from; first <= to && walk.stoppedBy() === null; first += pageSteps) {
    const cells = new Map(
      (yield* warehouse.rows(
        sql`SELECT seq, file, to_json(cells)::VARCHAR AS cells FROM handed WHERE upload = ${upload} AND seq >= ${first} AND seq < ${first + pageSteps}`,
        HandedRow
      )).map((row) => [row.seq, row] as const)
    )
    if (cells.size === 0) continue
    const unsafe: Array<number> = []
    yield* Effect.forEach(
      yield* readWork(entity, first, first + pageSteps),
      ({ step }) => {
        const row = cells.get(step.sequence)
        if (row === undefined || walk.stoppedBy() !== null) return Effect.void
        const header = format.kinds.find(({ file }) => file === row.file)?.header ?? []
        const named = Object.fromEntries(header.map((column, index) => [column, row.cells[index] ?? ""]))
        return Effect.match(rows.mayEnd(step, named), {
          onSuccess: (mayEnd) => {
            if (!mayEnd) unsafe.push(step.sequence)
          },
          onFailure: (error) => {
            if (befallsAll(error)) walk.stop(error.message)
            else unsafe.push(step.sequence)
          }
        })
      },
      { concurrency, discard: true }
    )
    if (unsafe.length > 0) {
      yield* warehouse.execute(
        sql`${about("removals that go by themselves")}UPDATE handed SET upload = 0, cells = NULL WHERE upload = ${upload} AND seq IN (${oneOf(unsafe)})`
      )
    }
    yield* giveWay
  }
  yield* gates.ask
  yield* warehouse.execute(
    sql`${about("removals that are none any more")}DELETE FROM handed WHERE upload = ${upload} AND seq NOT IN (SELECT seq FROM ${steps.table} AS step WHERE (step.entity, step.key) NOT IN (SELECT (entity, key) FROM stopped))`
  )
})

const HandedRow = Schema.Struct({ seq: Count, file: Text, cells: Json(Schema.Array(TextOrNull)) })

const handOverOne = Effect.fn("load.hand-over")(function* ({
  at,
  format,
  journal,
  rows,
  upload,
  walk
}: {
  readonly at: string
  readonly format: RowFormat
  readonly journal: OpenJournal
  readonly rows: RowWriter
  readonly upload: number
  readonly walk: Walk
}) {
  const warehouse = yield* Warehouse
  const folder = join(warehouse.folders.pages, `rows-${upload}`)
  const present = yield* warehouse.rows(
    sql`SELECT DISTINCT file FROM handed WHERE upload = ${upload} ORDER BY file`,
    Schema.Struct({ file: Text })
  )
  const sequences = (yield* warehouse.rows(
    sql`SELECT seq FROM handed WHERE upload = ${upload} ORDER BY seq`,
    Schema.Struct({ seq: Count })
  )).map(({ seq }) => seq)
  if (sequences.length === 0) return
  const written = yield* Effect.either(
    Effect.gen(function* () {
      yield* onDisk("make a folder for rows", folder, (disk) => makeOwnFolder(disk, folder))
      const files = []
      for (const { file } of present) {
        const kind = format.kinds.find((one) => one.file === file)
        if (kind === undefined) continue
        const path = join(folder, file)
        yield* writeRows(upload, kind, path)
        files.push({ name: file, path })
      }
      return files
    })
  )
  if (written._tag === "Left") {
    yield* forget(upload)
    if (written.left._tag === "StoreError") return walk.stop(written.left.message)
    return yield* written.left
  }
  // From here on the rows may have gone, whatever happens.
  yield* journal.intendRows(sequences, at)
  walk.handed.add(sequences, at)
  yield* warehouse.execute(sql`${about("rows that are handed over")}INSERT INTO begun SELECT seq FROM handed WHERE upload = ${upload};
UPDATE handed SET cells = NULL WHERE upload = ${upload}`)
  const sent = yield* answeredAtTheEnd(Effect.either(rows.handOver(written.right)))
  yield* Effect.ignore(onDisk("remove rows", folder, (disk) => removeAll(disk, folder)))
  if (sent._tag === "Right" || sent.left.reason === "AnswerLost") return
  walk.handed.drop(sequences)
  yield* journal.withdraw(sequences)
  yield* warehouse.execute(sql`DELETE FROM begun WHERE seq IN (SELECT seq FROM handed WHERE upload = ${upload})`)
  yield* forget(upload)
  walk.stop(sent.left.message)
})

const forget = (upload: number) =>
  Effect.flatMap(Warehouse, (warehouse) => warehouse.execute(sql`DELETE FROM handed WHERE upload = ${upload}`))
