import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, name as quoted, oneOf, type Sql, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { datasetsServing, isWrittenAs } from "../pipeline/serving.ts"
import { byRemoteId, type TargetError, TargetReader } from "../core/ports/target.ts"
import { FieldsOrNull, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { prepareTables, struct } from "../state/tables.ts"
import { rosterRelations } from "../extract/used-classes.ts"
import { datasetTable } from "../pipeline/relations.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"

/** A title as the SIS compares titles, which knows neither case nor more than one space. */
export const asTitle = (text: Sql): Sql => sql`lower(trim(regexp_replace(${text}, '[\\s\\p{Z}]+', ' ', 'g')))`

const TitleTaken = Schema.Struct({ key: Text, remote_id: Text, fields: FieldsOrNull })

/**
 * Asks the SIS about assignments whose title another grade item of the class has by now, and notes in the ledger those that
 * somebody took away there: their titles are free. Of others nothing is asked, so that on most nights nobody is. Goes by the
 * items as they were just read.
 */
export const noteFreedTitles = Effect.fn("gradebook.freed-titles")(function* (
  definition: Definition
): Doing<void, TargetError | WarehouseError, TargetReader | Warehouse> {
  const items = loadedEntitiesOf(definition).find(({ load }) => isWrittenAs(definition, load, "assignment"))
  const [read] = datasetsServing(definition, "grade_items")
  const roster = yield* rosterRelations(definition)
  if (items === undefined || read === undefined || roster === null || !items.fields.includes("title")) return
  const column = (name: keyof typeof read.columns): Sql => sql`item.${quoted(read.columns[name])}`
  const warehouse = yield* Warehouse
  yield* prepareTables(loadedEntitiesOf(definition))
  const ledger = quoted(items.tables.ledger)
  const rows = yield* warehouse.rows(
    sql`${about("assignments whose title another item of the class has; grain: one row per assignment")}SELECT standing.key, standing.remote_id, ${struct(items, "standing")} AS fields
FROM ${ledger} AS standing JOIN ${roster.managed} AS class ON class.section = standing._section
WHERE standing.presence IN ('present', 'kept') AND standing.remote_id IS NOT NULL AND EXISTS (
  SELECT 1 FROM ${quoted(datasetTable(read.dataset.name))} AS item LEFT JOIN ${ledger} AS own ON own.key = ${column("key")} AND own.presence = 'present'
  WHERE ${column("course")} = class.remote_id AND ${column("key")} <> standing.key AND (own.key IS NULL OR ${asTitle(sql`own.title`)} <> ${asTitle(sql`standing.title`)})
    AND ${asTitle(column("name"))} = ${asTitle(sql`standing.title`)})`,
    TitleTaken
  )
  if (rows.length === 0) return
  const { load } = items
  const found = yield* (yield* TargetReader).find({
    resource: load.resource,
    type: load.type,
    matchBy: [byRemoteId],
    wanted: rows.map((row) => ({ ...row.fields, [byRemoteId]: row.remote_id }))
  })
  const standing = new Set(found.map((record) => record.remoteId))
  const freed = rows.filter((row) => !standing.has(row.remote_id)).map((row) => row.key)
  if (freed.length === 0) return
  yield* warehouse.transaction([
    sql`${about("assignments that somebody took away in the SIS")}UPDATE ${ledger} SET presence = 'gone', fingerprint = NULL WHERE key IN (${oneOf(freed)})`
  ])
})
