import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, name as quoted, type Sql, sql, texts } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { byRemoteId, type TargetError, TargetReader } from "../core/ports/target.ts"
import { Json, Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { prepareTables } from "../state/tables.ts"
import { rosterRelations, type RosterRelations } from "../extract/used-classes.ts"
import { asTitle } from "./previous-titles.ts"
import { gradebookTables, type GradebookTables } from "./gradebook-tables.ts"
import { choicesOf } from "../extract/own-tables.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { toCleanTable } from "./tables.ts"
import { made } from "../core/table.ts"
import { toldInSql } from "../core/told.ts"

/** Why something is to be done by hand in the SIS. */
export type CleanupReason =
  /** Its item was deleted in the grade book. */
  | "deleted"
  /** Its item was deleted, and another one of its title stands in the class: likely a duplicate. */
  | "recreated"
  /** A rule no longer lets the item go, or somebody keeps it back. */
  | "not-eligible"
  /** The SIS would refuse the item as it is now: what stands there is older. */
  | "turned-away"
  /** Scores that were cleared in the grade book, or no longer go, of students who are in the class still. */
  | "scores-gone"

/** One assignment about which somebody has to do something in the SIS. */
export interface CleanupEntry {
  readonly reason: CleanupReason
  readonly say: string
  /** SIS id of the class's lead teacher, and the name; null where the roster names none. */
  readonly teacher: string | null
  readonly teacherName: string | null
  readonly section: string
  readonly course: string | null
  readonly title: string
  /** The assignment's id in the SIS. */
  readonly assignment: string
  /** Students whose scores it is about: of `scores-gone` those, of others all that were sent. */
  readonly students: ReadonlyArray<{ readonly id: string; readonly result: string }>
}

/**
 * The clean-up left to people in the SIS, by teacher, class and title: rollbook takes nothing away there. Only courses whose
 * grade book was read are looked at, so that one that could not be read lists nothing. Nor is there anything to do about an
 * item that is hidden for a while, or that somebody keeps back: what was sent of it stays. A grade book tells no scores
 * of people who left the class; that is no clearing. Null where the pipeline is none of grade books.
 */
export const listCleanup = Effect.fn("gradebook.list-cleanup")(function* (
  definition: Definition
): Doing<ReadonlyArray<CleanupEntry> | null, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareTables(loadedEntitiesOf(definition))
  const tables = yield* gradebookTables(definition)
  const roster = yield* rosterRelations(definition)
  if (tables === null || roster === null) return null
  const kept = [...(yield* choicesOf(definition))].flatMap(([key, { choice }]) => (choice === "keep" ? [key] : []))
  yield* warehouse.execute(findStatement(tables, roster, kept))
  const rows = yield* warehouse.rows(
    sql`SELECT * EXCLUDE (students), to_json(students)::VARCHAR AS students FROM to_clean ORDER BY teacher NULLS LAST, course, title, assignment, reason`,
    Entry
  )
  return rows.map(toEntry)
})

const findStatement = (
  tables: GradebookTables,
  { managed, named, renamed, seated }: RosterRelations,
  kept: ReadonlyArray<string>
): Sql => {
  const entity = tables.items.load.entity
  const ledger = quoted(tables.items.tables.ledger)
  const judged = (table: Sql): Sql =>
    sql`(SELECT key, min(say) AS say, list(rule) AS rules FROM ${table} WHERE entity = ${entity} GROUP BY key)`
  // Another class of the same course may have an item of that title; each item names its section there.
  const twin = sql`SELECT min(other.id) FROM ${tables.readItems} AS other LEFT JOIN ${tables.itemSettings} AS setting USING (key)
    LEFT JOIN ${managed} AS elsewhere ON elsewhere.section_remote_id = setting.section
    WHERE other.course = class.remote_id AND ${asTitle(sql`other.name`)} = ${asTitle(sql`sent.title`)} AND coalesce(elsewhere.section, class.section) = class.section`
  return sql`${about("assignments that somebody has to look after in the SIS; grain: one row per assignment and reason")}${made(toCleanTable)}
WITH assignment AS (
  SELECT sent.*, class.name AS course, class.teacher, item.key IS NOT NULL AS stands,
    item.name AS name_now, (${twin}) AS twin, skipped.say AS skipped, quarantined.say AS quarantined,
    list_has_any(${texts(tables.whileHidden)}, skipped.rules) OR list_contains(${texts(kept)}, sent.key) AS is_waiting
  FROM ${ledger} AS sent
  LEFT JOIN ${renamed} AS moved ON moved.previous = sent._section
  JOIN ${managed} AS class ON class.section = coalesce(moved.now, sent._section)
  JOIN ${tables.readCourses} AS course ON course.id = class.remote_id
  LEFT JOIN ${tables.readItems} AS item ON item.key = sent.key
  LEFT JOIN ${judged(tables.skipped)} AS skipped ON skipped.key = sent.key
  LEFT JOIN ${judged(tables.quarantine)} AS quarantined ON quarantined.key = sent.key
  WHERE sent.presence <> 'gone'
), found AS (
  SELECT *, CASE WHEN NOT stands AND twin IS NOT NULL THEN 'recreated' WHEN NOT stands THEN 'deleted'
    WHEN is_waiting THEN 'waiting' WHEN quarantined IS NOT NULL THEN 'turned-away' WHEN skipped IS NOT NULL THEN 'not-eligible' END AS reason
  FROM assignment
)${scoresStatements(tables, renamed, seated)}
SELECT reason, CASE reason WHEN 'deleted' THEN ${toldInSql("cleanup.deleted", { system: tables.system })}
    WHEN 'recreated' THEN ${toldInSql("cleanup.recreated", { system: tables.system, twin: sql`twin` })}
    WHEN 'turned-away' THEN ${toldInSql("cleanup.turned-away", {}, sql`quarantined`)}
    WHEN 'not-eligible' THEN ${toldInSql("cleanup.not-eligible", {}, sql`skipped`)}
    ELSE why END AS say,
  teacher, (SELECT any_value(name) FROM ${named} WHERE id = teacher) AS teacher_name,
  _section AS section, course, title, remote_id AS assignment, students
FROM listed WHERE reason <> 'waiting'`
}

/** Scores are listed with their assignment; of one that is in order only those that are no longer wanted of who is seated. */
const scoresStatements = (
  { items, scores, skipped, system, values }: GradebookTables,
  renamed: RosterRelations["renamed"],
  seated: RosterRelations["seated"]
): Sql => {
  if (scores === null || scores.load.person === null) {
    return sql`, listed AS (SELECT *, NULL::VARCHAR AS why, [] AS students FROM found WHERE reason IS NOT NULL)`
  }
  const person = quoted(scores.load.person)
  const item = quoted(scores.definition.fields.find((field) => field.kind === "ref")?.name ?? "")
  const prefix = `${items.load.entity}:`
  // A score that was sent since it was last noted what is wanted has left nothing.
  const left = scores.load.onReturn === "write" ? sql` AND sent.presence <> 'present'` : sql``
  return sql`, score AS (
  SELECT sent.key, sent.${item} AS item, {'id': sent.${person}, 'result': sent.remote_id} AS student,
    wanted.key IS NULL${left}${seated === null ? sql`` : sql` AND (coalesce(moved.now, sent._section), sent.${person}) IN (SELECT (section, person) FROM ${seated})`} AS is_gone,
    CASE WHEN value.key IS NULL OR value.points IS NULL THEN ${toldInSql("cleanup.cleared", { system })}
      ELSE coalesce(${toldInSql("cleanup.scores-why", {}, sql`away.say`)}, ${toldInSql("cleanup.scores", {})}) END AS why
  FROM ${quoted(scores.tables.ledger)} AS sent
  LEFT JOIN ${renamed} AS moved ON moved.previous = sent._section
  LEFT JOIN ${quoted(scores.tables.snapshot)} AS wanted ON wanted.key = sent.key
  LEFT JOIN ${values} AS value ON value.key = sent.key
  LEFT JOIN (SELECT key, min(say) AS say FROM ${skipped} WHERE entity = ${scores.load.entity} GROUP BY key) AS away ON away.key = sent.key
  WHERE sent.presence <> 'gone'
), listed AS (
  SELECT found.*, NULL::VARCHAR AS why, coalesce((SELECT list(student ORDER BY student) FROM score WHERE score.item = ${prefix} || found.key), []) AS students
  FROM found WHERE reason IS NOT NULL
  UNION ALL
  SELECT found.* REPLACE ('scores-gone' AS reason), score.why, list(score.student ORDER BY score.student) AS students
  FROM found JOIN score ON score.item = ${prefix} || found.key AND score.is_gone WHERE found.reason IS NULL GROUP BY ALL
)`
}

const Entry = Schema.Struct({
  reason: Schema.Literal("deleted", "recreated", "not-eligible", "turned-away", "scores-gone"),
  say: Text,
  teacher: TextOrNull,
  teacher_name: TextOrNull,
  section: Text,
  course: TextOrNull,
  title: TextOrNull,
  assignment: TextOrNull,
  students: Json(
    Schema.Array(Schema.Struct({ id: Schema.NullOr(Schema.String), result: Schema.NullOr(Schema.String) }))
  )
})

const toEntry = (row: typeof Entry.Type): CleanupEntry => ({
  reason: row.reason,
  say: row.say,
  teacher: row.teacher,
  teacherName: row.teacher_name,
  section: row.section,
  course: row.course,
  title: row.title ?? unknown,
  assignment: row.assignment ?? unknown,
  students: row.students.map(({ id, result }) => ({ id: id ?? unknown, result: result ?? unknown }))
})

/** In place of what the ledger does not hold. */
const unknown = "unknown"

/**
 * Leaves out what is done: assignments that no longer stand in the SIS, and scores that are gone or empty there.
 * Nothing is written.
 */
export const stillThere = Effect.fn("gradebook.still-there")(function* (
  definition: Definition,
  entries: ReadonlyArray<CleanupEntry>
): Doing<ReadonlyArray<CleanupEntry>, TargetError | WarehouseError, TargetReader | Warehouse> {
  const tables = yield* gradebookTables(definition)
  if (tables === null || entries.length === 0) return entries
  const reader = yield* TargetReader
  const find = ({ load }: LoadedEntity, wanted: ReadonlyArray<{ readonly id: string; readonly section: string }>) =>
    reader.find({
      resource: load.resource,
      type: load.type,
      matchBy: [byRemoteId],
      wanted: wanted.map(({ id, section }) => ({ [byRemoteId]: id, class: section }))
    })
  const assignments = new Set(
    (yield* find(
      tables.items,
      entries.map(({ assignment, section }) => ({ id: assignment, section }))
    )).map((record) => record.remoteId)
  )
  const scored = entries.filter((entry) => entry.reason === "scores-gone" && assignments.has(entry.assignment))
  const results =
    tables.scores === null || scored.length === 0
      ? []
      : yield* find(
          tables.scores,
          scored.flatMap(({ section, students }) => students.map(({ result }) => ({ id: result, section })))
        )
  const standing = new Set(
    results.flatMap(({ fields, remoteId }) => (fields["score"] === null && isOpen(fields) ? [] : [remoteId]))
  )
  return entries.flatMap((entry) => {
    if (!assignments.has(entry.assignment)) return []
    if (entry.reason !== "scores-gone") return [entry]
    const students = entry.students.filter(({ result }) => standing.has(result))
    return students.length === 0 ? [] : [{ ...entry, students }]
  })
})

/** Whether a result without a score says nothing else either: an exempt one does. */
const isOpen = (fields: Readonly<Record<string, string | null>>): boolean => fields["score_status"] !== "exempt"
