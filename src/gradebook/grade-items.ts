import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { changes } from "../state/change-set.ts"
import { about, joined, name as quoted, type Sql, sql } from "../core/sql.ts"
import type { PlanPart } from "../core/plan-part.ts"
import { type LocalMoment, localMoment, rehearsalDays, stopAtGates } from "../load/gates.ts"
import { prepareOutcomes } from "../state/ledger.ts"
import type { Definition } from "../pipeline/definition.ts"
import { countRows, Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { prepareTables, struct } from "../state/tables.ts"
import { type ManagedClass, rosterRelations } from "../extract/used-classes.ts"
import { type GradebookTables, gradebookTables } from "./gradebook-tables.ts"
import type { Reading } from "./several-books.ts"
import { outcomesOf } from "../state/outcomes.ts"
import { listRuns, prepareRuns } from "../state/runs.ts"
import { type Choice, choicesOf, type Said } from "../extract/own-tables.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import { now, utcMinute } from "../core/clock.ts"
import type { Doing } from "../core/doing.ts"
import { tell } from "../core/told.ts"

/** A category of a grade book, with its SIS tag; null where the tenant does not tell. */
export interface GradeCategory {
  readonly name: string
  readonly isExported: boolean | null
}

/** A grade item of a class, and what becomes of it. */
export interface GradeItem {
  readonly key: string
  /** Id in the grade book. */
  readonly id: string
  readonly name: string
  readonly category: string | null
  readonly session: string | null
  readonly dueDate: string | null
  /** Time of the oldest reading on which this rests, ISO instant in UTC; null = nothing was read. */
  readonly knownAt: string | null
  readonly goes: boolean
  /** Why it does not go; null where it does. */
  readonly reason: string | null
  /** Instant at which it was last sent for this class; null = never. */
  readonly lastSentAt: string | null
  /** How its last sending went wrong, or which gate stopped it; null where it did not. */
  readonly lastProblem: string | null
  readonly choice: Choice | null
}

export interface GradeItems {
  /** When the grade book was last read; null = never, and nothing is known of it. UTC. */
  readonly readAt: string | null
  readonly categories: ReadonlyArray<GradeCategory>
  /** By category and name. */
  readonly items: ReadonlyArray<GradeItem>
}

/**
 * The grade book of a class as the last run saw it, without the items that are another class's of the same course, and what goes of it as freezes and gates are at a moment; null
 * where the pipeline is none of grade books. What the last run could not read does not go, whatever is known of it.
 */
export const listItems = Effect.fn("gradebook.list-items")(function* (
  definition: Definition,
  managed: ManagedClass,
  moment: LocalMoment
): Doing<GradeItems | null, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareTables(loadedEntitiesOf(definition))
  yield* prepareRuns
  yield* prepareOutcomes
  const tables = yield* gradebookTables(definition)
  if (tables === null) return null
  const course = managed.remoteId
  const readAt = yield* lastReadOf(tables, course)
  const categories = yield* warehouse.rows(
    sql`${about("categories of a grade book")}SELECT category.name, setting.is_exported AS exported FROM ${tables.categories} AS category
LEFT JOIN ${tables.categorySettings} AS setting USING (key) WHERE category.course = ${course} ORDER BY name`,
    CategoryRow
  )
  const entity = tables.items.load.entity
  const field = (name: string): Sql =>
    tables.items.fields.includes(name) ? sql`wanted.${quoted(name)}` : sql`NULL::VARCHAR`
  const { ledger, snapshot } = tables.items.tables
  yield* warehouse.execute(sql`${about("items of a grade book as they are wanted; grain: one row per item")}${changes.empty};
${changes.insert(
  {
    entity: sql`${entity}`,
    key: sql`wanted.key`,
    school: sql`wanted._school`,
    section: sql`wanted._section`,
    after: struct(tables.items, "wanted")
  },
  sql`FROM ${quoted(snapshot)} AS wanted WHERE wanted.key IN (SELECT key FROM ${tables.readItems} WHERE course = ${course})`
)}`)
  yield* stopAtGates(definition, changes, moment)
  const roster = yield* rosterRelations(definition)
  const others =
    roster === null
      ? sql`(SELECT NULL AS section, NULL AS remote_id WHERE false)`
      : sql`(SELECT section, section_remote_id AS remote_id FROM ${roster.managed} WHERE remote_id = ${course} AND section <> ${managed.section})`
  // An item that names no section is shown with each of its course, and was sent for one of them.
  const classNow =
    roster === null
      ? sql`written._section`
      : sql`coalesce((SELECT max(now) FROM ${roster.renamed} AS renamed WHERE renamed.previous = written._section), written._section)`
  const lastRun = yield* lastRunOf(definition, managed)
  const outcomes = outcomesOf(definition.name)
  const known = [
    { alias: sql`seen`, table: tables.readCourses, id: sql`item.course` },
    { alias: sql`asked`, table: tables.readItemSettings, id: sql`item.key` },
    { alias: sql`asked_category`, table: tables.readCategorySettings, id: sql`category.key` }
  ].flatMap(({ table, ...one }) => (table === null ? [] : [{ ...one, table }]))
  const rows = yield* warehouse.rows(
    sql`${about("items of a grade book, and what becomes of them; grain: one row per item")}SELECT item.key, item.id, item.name, category.name AS category,
  coalesce(${field("session_title")}, session.label) AS session, ${field("due_date")} AS due_date,
  coalesce(skipped.say, quarantine.say) AS reason, wanted.key IS NOT NULL AS wanted,
  CASE WHEN written._section IS NULL OR ${classNow} = ${managed.section} THEN sent.ended_at END AS sent_at,
  last.outcome, last.detail, stopped.say AS stopped,
  strftime(least(${joined(
    known.map(({ alias }) => sql`${alias}.read_at`),
    ", "
  )})::TIMESTAMP, '%Y-%m-%dT%H:%M:%SZ') AS known_at
FROM ${tables.readItems} AS item
LEFT JOIN ${tables.categories} AS category ON category.course = item.course AND category.id = item.category
LEFT JOIN ${tables.itemSettings} AS setting ON setting.key = item.key
LEFT JOIN (SELECT remote_id, min(label) AS label FROM ${tables.sessions} GROUP BY ALL) AS session ON session.remote_id = setting.session
LEFT JOIN ${quoted(snapshot)} AS wanted ON wanted.key = item.key
LEFT JOIN stopped ON stopped.key = item.key
${joined(
  known.map(({ alias, id, table }) => sql`LEFT JOIN ${table} AS ${alias} ON ${alias}.id = ${id}`),
  "\n"
)}
LEFT JOIN (SELECT key, min(say) AS say FROM ${tables.skipped} WHERE entity = ${entity} GROUP BY key) AS skipped ON skipped.key = item.key
LEFT JOIN (SELECT key, min(say) AS say FROM ${tables.quarantine} WHERE entity = ${entity} GROUP BY key) AS quarantine ON quarantine.key = item.key
LEFT JOIN (SELECT key, max(ended_at) AS ended_at FROM ${outcomes} WHERE entity = ${entity} AND outcome = 'done' GROUP BY key) AS sent ON sent.key = item.key
LEFT JOIN (SELECT key, max_by(outcome, ended_at) AS outcome, max_by(detail, ended_at) AS detail FROM ${outcomes} WHERE entity = ${entity} GROUP BY key) AS last ON last.key = item.key
LEFT JOIN ${quoted(ledger)} AS written ON written.key = item.key
WHERE item.course = ${course} AND NOT EXISTS (SELECT 1 FROM ${others} AS other
  WHERE CASE WHEN wanted.key IS NULL THEN other.remote_id = setting.section ELSE other.section = wanted._section END)
ORDER BY category.name NULLS LAST, item.name, item.id`,
    ItemRow
  )
  const choices = yield* choicesOf(definition)
  return {
    readAt,
    categories: categories.map(({ exported, name }) => ({ name: name ?? "without a name", isExported: exported })),
    items: rows.map((row) => toItem(row, choices.get(row.key) ?? null, readAt, lastRun))
  }
})

/** When the grade book of a course was last read, ISO instant in UTC; null where it never was. */
const lastReadOf = Effect.fn("gradebook.last-read-of-course")(function* (
  { readCourses }: GradebookTables,
  course: string
) {
  const [read] = yield* (yield* Warehouse).rows(
    sql`SELECT strftime(max(read_at)::TIMESTAMP, '%Y-%m-%dT%H:%M:%SZ') AS at FROM ${readCourses} WHERE id = ${course}`,
    Schema.Struct({ at: TextOrNull })
  )
  return read?.at ?? null
})

/** Whether a pipeline has read the grade book of a course: `before`, where its last whole run was about it no more. */
export const readingOf = Effect.fn("gradebook.reading-of")(function* (
  definition: Definition,
  course: string
): Doing<Reading, WarehouseError, Warehouse> {
  const tables = yield* gradebookTables(definition)
  if (tables === null || (yield* lastReadOf(tables, course)) === null) return "never"
  return (yield* countRows(sql`FROM ${tables.leftCourses} WHERE id = ${course}`)) > 0 ? "before" : "now"
})

/** When the last run that looked at a class began, ISO instant in UTC; null where there was none. */
const lastRunOf = Effect.fn("gradebook.last-run-of-class")(function* (definition: Definition, managed: ManagedClass) {
  const run = (yield* listRuns(1_000, { kind: "plan", pipeline: definition.name })).find(({ report }) => {
    const { sections = [] } = (report["part"] ?? {}) as Partial<PlanPart>
    return sections.length === 0 || sections.some((one) => one === managed.section || one === managed.name)
  })
  return run?.startedAt ?? null
})

const CategoryRow = Schema.Struct({ name: TextOrNull, exported: Schema.NullOr(Schema.Boolean) })

const ItemRow = Schema.Struct({
  key: Text,
  id: TextOrNull,
  name: TextOrNull,
  category: TextOrNull,
  session: TextOrNull,
  due_date: TextOrNull,
  reason: TextOrNull,
  wanted: Schema.Boolean,
  sent_at: TextOrNull,
  outcome: TextOrNull,
  detail: TextOrNull,
  stopped: TextOrNull,
  known_at: TextOrNull
})

const toItem = (
  row: typeof ItemRow.Type,
  said: Said | null,
  readAt: string | null,
  lastRun: string | null
): GradeItem => {
  const knownAt = row.known_at
  const isOld =
    lastRun !== null && (knownAt === null || Date.parse(knownAt) < Math.floor(Date.parse(lastRun) / 1000) * 1000)
  const judged =
    row.reason ??
    (!row.wanted
      ? unseen
      : isOld
        ? knownAt === null
          ? tell("item.old-earlier", {})
          : tell("item.old", { at: utcMinute(knownAt) })
        : row.stopped === null
          ? null
          : `${tell("item.waits", {})} ${row.stopped}`)
  // The judgement of the last run is of no use once somebody let it go since.
  const isReleased = said?.choice === "send" && (readAt === null || said.saidAt > readAt)
  const reason = said?.choice === "keep" ? tell("item.kept-back", {}) : isReleased ? released : judged
  return {
    key: row.key,
    id: row.id ?? "unknown",
    name: row.name ?? "without a name",
    category: row.category,
    session: row.session,
    dueDate: row.due_date,
    knownAt,
    goes: reason === null,
    reason,
    lastSentAt: row.sent_at,
    lastProblem: row.outcome === null || row.outcome === "done" ? null : `${row.outcome}: ${row.detail ?? ""}`,
    choice: said?.choice ?? null
  }
}

const released = tell("item.released", {})

/** Why an item does not go that a pipeline leaves out altogether, or has not come to yet. */
export const unseen = tell("item.not-judged", {})

/** The moment for which the gates of a grade book are asked where nobody rehearses. */
export const momentNow = ({ timezone }: Definition): Effect.Effect<LocalMoment> =>
  Effect.map(now, (moment) => localMoment(moment, timezone, 0))

/** The moment for which a plan asked them: of a rehearsal that of its day. */
export const momentOfPlan = (
  { timezone }: Definition,
  plan: { readonly created_at: string; readonly as_of: string }
): LocalMoment => localMoment(new Date(plan.created_at), timezone, rehearsalDays(plan.created_at, plan.as_of, timezone))
