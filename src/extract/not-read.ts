import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, name as quoted, sql } from "../core/sql.ts"
import type { Completeness } from "./completeness.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Count, Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { rosterRelations } from "./used-classes.ts"
import { unreadTable } from "./partwise.ts"
import { partTableName } from "./tables.ts"
import type { Doing } from "../core/doing.ts"

/** The parts of one dataset that could not be read, and stay as they were; the fields are those of a plan's `not_read`. */
export interface NotRead {
  readonly dataset: string
  /** Parts that were to be read and were not: courses, or records of theirs. */
  readonly parts: number
  /** Those of them that were not asked for, because the minutes for them were over. */
  readonly late: number
  /** Names of three of the courses at most, and how many more there are. */
  readonly places: ReadonlyArray<string>
  readonly more: number
  /** ISO instant, UTC: what is known of them is of then or older; null = some were never read. */
  readonly since: string | null
  /** Why, of the first one. */
  readonly say: string
}

const Counts = Schema.Struct({
  parts: Count,
  late: Count,
  is_new: Schema.NullOr(Schema.Boolean),
  since: TextOrNull
})

/**
 * The parts that this run could not read, dataset by dataset, with the courses they belong to by name; parts
 * below one that could not be read are not told on their own. Undefined where everything was read.
 */
export const listNotRead = Effect.fn("extract.list-not-read")(function* (
  definition: Definition,
  read: ReadonlyArray<Completeness>
): Doing<ReadonlyArray<NotRead> | undefined, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const managed =
    (yield* rosterRelations(definition))?.managed ?? sql`(SELECT NULL AS remote_id, NULL AS name WHERE false)`
  const found: Array<NotRead> = []
  for (const { proof } of read) {
    const dataset = definition.datasets.find((one) => one.name === proof.dataset)
    if (dataset?.parts == null) continue
    const table = unreadTable(dataset.name)
    const [counts] = yield* warehouse.rows(
      sql`${about(`parts of ${dataset.name} that were not read`)}SELECT count(*) AS parts, count(*) FILTER (is_late) AS late, bool_or(part.read_at IS NULL) AS is_new,
  strftime(min(part.read_at), '%Y-%m-%dT%H:%M:%SZ') AS since
FROM ${table} AS unread LEFT JOIN ${quoted(partTableName(definition.name, dataset.name))} AS part ON part.id = unread.id`,
      Counts
    )
    if (counts === undefined || counts.parts === 0) continue
    // A part is a course, or a record whose id begins with that of its course.
    const places = yield* warehouse.rows(
      sql`${about("courses of which parts were not read")}SELECT DISTINCT coalesce(class.name, 'course ' || unread.course) AS name
FROM (SELECT split_part(id, '/', 1) AS course FROM ${table} WHERE id IS NOT NULL) AS unread LEFT JOIN ${managed} AS class ON class.remote_id = unread.course ORDER BY name`,
      Schema.Struct({ name: Text })
    )
    found.push({
      dataset: dataset.name,
      parts: counts.parts,
      late: counts.late,
      places: places.slice(0, 3).map((row) => row.name),
      more: Math.max(0, places.length - 3),
      since: counts.is_new === true ? null : counts.since,
      say: proof.warnings[0] ?? ""
    })
  }
  return found.length === 0 ? undefined : found
})
