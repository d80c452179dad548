import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { instantNow } from "../../core/clock.ts"
import type { Doing } from "../../core/doing.ts"
import { makeOwnFolder, onDisk, removeAll } from "../../core/ports/disk.ts"
import type { RowFormat, RowWriter } from "../../core/ports/bulk.ts"
import type { JournalError, OpenJournal } from "../../core/ports/journal.ts"
import { Count, Text, Warehouse, type WarehouseError } from "../../core/ports/warehouse.ts"
import { about, sql } from "../../core/sql.ts"
import { ensured } from "../../core/table.ts"
import type { LoadedEntity } from "../../pipeline/loaded-entities.ts"
import { steps } from "../../state/change-set.ts"
import { answeredAtTheEnd } from "../in-flight.ts"
import { editedSinceTable } from "../tables.ts"
import type { Walk } from "../walk.ts"
import { countRowSteps, fillUpload, isAsRows, prepareRows, writeRows } from "./rows.ts"

/** Hands over rows, as a walk comes to them. */
export interface HandOver {
  /** Hands over what can be, from a phase on; nothing before a phase whose own steps are sent one by one. */
  readonly from: (phase: number) => Effect.Effect<void, WarehouseError | JournalError, Warehouse>
  /** Seconds after which to look again for what does not show yet; null once the time for waiting is over. */
  readonly again: Effect.Effect<number | null>
}

/**
 * The way by rows for the steps in the table `step`; null where all are sent one by one: the target has no such way, or
 * there are too few of them. A hand-over that was refused ends the walk, and its steps count as not begun.
 */
export const prepareHandOver = Effect.fn("load.prepare-hand-over")(function* ({
  entities,
  journal,
  rows,
  walk
}: {
  readonly entities: ReadonlyArray<LoadedEntity>
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
  return {
    from: (phase) =>
      Effect.gen(function* () {
        const entity = entities[phase]
        // Steps that go one by one come first: rows that refer to them can go then, all at once.
        if (entity === undefined || !isAsRows(entity, format)) return
        while (walk.stoppedBy() === null) {
          const filled = yield* fillUpload({ entities, format, phase, upload: ++upload })
          if (filled === 0) return
          last = yield* instantNow
          yield* handOverOne({ format, journal, rows, upload, walk, at: last })
        }
      }),
    again: Effect.map(instantNow, (now) => {
      const waited = (Date.parse(now) - Date.parse(last)) / 1000
      return waited >= format.waitSeconds ? null : Math.min(format.waitSeconds - waited, Math.max(1, waited / 4), 60)
    })
  }
})

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
