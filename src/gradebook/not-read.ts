import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import type { Completeness } from "../extract/completeness.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { PlanFile } from "../plan/plan.ts"
import { textOf, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { rosterRelations } from "./classes.ts"
import { partTableName, unreadTable } from "../extract/read-parts.ts"

/**
 * What of this run's read could not be read part by part, dataset by dataset, with the courses it belongs to by name; parts
 * below one that could not be read are not told on their own. Undefined where everything was read.
 */
export const listNotRead: (
  definition: Definition,
  read: ReadonlyArray<Completeness>
) => Effect.Effect<PlanFile["not_read"], WarehouseError, Warehouse> = Effect.fn("run.list-not-read")(function* (
  definition: Definition,
  read: ReadonlyArray<Completeness>
) {
  const warehouse = yield* Warehouse
  const managed =
    (yield* rosterRelations(definition))?.managed ?? "(SELECT NULL AS remote_id, NULL AS name WHERE false)"
  const found: Array<NonNullable<PlanFile["not_read"]>[number]> = []
  for (const { proof } of read) {
    const dataset = definition.datasets.find((one) => one.name === proof.dataset)
    if (dataset?.parts == null) continue
    const table = unreadTable(dataset.name)
    const [counts] = yield* warehouse.rows(`-- parts of ${dataset.name} that were not read
SELECT count(*) AS parts, count(*) FILTER (is_late) AS late, bool_or(part.read_at IS NULL) AS is_new,
  strftime(min(part.read_at), '%Y-%m-%dT%H:%M:%SZ') AS since
FROM ${table} AS unread LEFT JOIN ${identifier(partTableName(definition.name, dataset.name))} AS part ON part.id = unread.id`)
    if (Number(counts?.["parts"]) === 0) continue
    // A part is a course, or a record whose id begins with that of its course.
    const places = yield* warehouse.rows(`-- courses of which parts were not read
SELECT DISTINCT coalesce(class.name, ${literal("course ")} || unread.course) AS name
FROM (SELECT split_part(id, '/', 1) AS course FROM ${table} WHERE id IS NOT NULL) AS unread LEFT JOIN ${managed} AS class ON class.remote_id = unread.course ORDER BY name`)
    found.push({
      dataset: dataset.name,
      parts: Number(counts?.["parts"]),
      late: Number(counts?.["late"]),
      places: places.slice(0, 3).map((row) => String(row["name"])),
      more: Math.max(0, places.length - 3),
      since: counts?.["is_new"] === true ? null : textOf(counts?.["since"]),
      say: proof.warnings[0] ?? ""
    })
  }
  return found.length === 0 ? undefined : found
})
