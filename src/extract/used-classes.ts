import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, name as quoted, noRows, type Sql, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { knownColumns } from "../state/known-columns.ts"
import { prepareOutcomes } from "../state/ledger.ts"
import { renamedKeys } from "../state/moved-keys.ts"
import { prepareRuns } from "../state/runs.ts"
import { ofRosters } from "../pipeline/one-roster.ts"
import { ledgerTable } from "../pipeline/relations.ts"
import type { Doing } from "../core/doing.ts"

const { courses, enrollments, people, sections } = ofRosters

export interface RosterRelations {
  readonly managed: Sql
  readonly renamed: Sql
  readonly named: Sql
  readonly seated: Sql | null
}

/** A class that rollbook manages. */
export interface ManagedClass {
  /** SIS id. */
  readonly section: string
  readonly name: string | null
  /** Id of its course offering in the learning platform. */
  readonly remoteId: string
  /** Id of its section there; null where none is known. */
  readonly sectionRemoteId: string | null
}

/**
 * Relations, as SQL, over what other pipelines know of the classes and people of this one:
 * `managed` (section, name, remote_id, section_remote_id, teacher) one row per class, `remote_id` being its course, in which
 * there may be others, and `teacher` the SIS id of the lead teacher;
 * `renamed` (previous, now) one row per id that a class had before it came back under another;
 * `named` (id, name) one row per person;
 * `seated` (section, person) one row per person in a class, by the SIS id of the record that has the seat; null where
 * nothing is known of seats. Null where the pipeline uses no classes.
 */
export const rosterRelations = Effect.fn("extract.roster-relations")(function* (
  definition: Definition
): Doing<RosterRelations | null, WarehouseError, Warehouse> {
  const used = definition.datasets.flatMap(({ mode }) => (mode.kind === "ledger" ? [mode] : []))
  const modeOf = (entity: string) => used.find((one) => one.entity === entity && one.pipeline !== definition.name)
  const tableOf = (entity: string): string | null => {
    const mode = modeOf(entity)
    return mode === undefined ? null : ledgerTable(mode.pipeline, mode.entity)
  }
  const managed = tableOf(courses)
  if (managed === null) return null
  const parted = tableOf(sections)
  const named = tableOf(people)
  const seats = tableOf(enrollments)
  const known = yield* knownColumns
  yield* prepareRuns
  yield* prepareOutcomes
  const standing = sql`(SELECT key AS course, label AS name, remote_id, ${known.has(`${managed}.lead_teacher`) ? sql`lead_teacher` : sql`NULL::VARCHAR`} AS teacher
  FROM ${quoted(managed)} WHERE presence <> 'gone')`
  const within =
    parted !== null && known.has(`${parted}.offering`)
      ? sql`(SELECT key AS section, label AS own_name, remote_id AS section_remote_id, regexp_replace(offering, '^[^:]*:', '') AS course
  FROM ${quoted(parted)} WHERE presence <> 'gone')`
      : noRows({ section: "VARCHAR", own_name: "VARCHAR", section_remote_id: "VARCHAR", course: "VARCHAR" })
  return {
    // A course of which no section is known is a class itself.
    managed: known.has(`${managed}.key`)
      ? sql`(SELECT coalesce(section, course) AS section, coalesce(own_name, name) AS name, remote_id, section_remote_id, teacher
  FROM ${standing} AS course LEFT JOIN ${within} AS section USING (course))`
      : noRows({
          section: "VARCHAR",
          name: "VARCHAR",
          remote_id: "VARCHAR",
          section_remote_id: "VARCHAR",
          teacher: "VARCHAR"
        }),
    renamed: renamedKeys(modeOf(courses)?.pipeline ?? "", [courses, sections]),
    named:
      named !== null && known.has(`${named}.first_name`) && known.has(`${named}.last_name`)
        ? sql`(SELECT key AS id, concat_ws(' ', first_name, last_name) AS name FROM ${quoted(named)})`
        : noRows({ id: "VARCHAR", name: "VARCHAR" }),
    seated:
      seats !== null && known.has(`${seats}.org_unit`) && known.has(`${seats}.user`)
        ? sql`(SELECT coalesce(_section, regexp_replace(org_unit, '^[^:]*:', '')) AS section, coalesce(${known.has(`${seats}.record`) ? sql`record` : sql`NULL`}, regexp_replace("user", '^[^:]*:', '')) AS person
  FROM ${quoted(seats)} WHERE presence <> 'gone')`
        : null
  }
})

const classColumns = { section: Text, name: TextOrNull, remote_id: Text, section_remote_id: TextOrNull }

const ClassOfCourse = Schema.Struct(classColumns)

const ClassRow = Schema.Struct({
  ...classColumns,
  is_named: Schema.NullOr(Schema.Boolean),
  was_named: Schema.NullOr(Schema.Boolean)
})

const toClass = (row: typeof ClassOfCourse.Type): ManagedClass => ({
  section: row.section,
  name: row.name,
  remoteId: row.remote_id,
  sectionRemoteId: row.section_remote_id
})

/** The classes of a course by its id in the learning platform; none where rollbook manages none. */
export const classesOfCourse = Effect.fn("extract.classes-of-course")(function* (
  definition: Definition,
  course: string
): Doing<ReadonlyArray<ManagedClass>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const roster = yield* rosterRelations(definition)
  if (roster === null) return []
  const rows = yield* warehouse.rows(
    sql`${about("classes of a course; grain: one row per class")}SELECT section, name, remote_id, section_remote_id FROM ${roster.managed}
WHERE remote_id = ${course} ORDER BY name, section`,
    ClassOfCourse
  )
  return rows.map(toClass)
})

/** The class of this SIS id, or an id that it had before, or name; null where rollbook manages none, or where several have the name. */
export const findClass = Effect.fn("extract.find-class")(function* (
  definition: Definition,
  section: string
): Doing<ManagedClass | null, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const roster = yield* rosterRelations(definition)
  if (roster === null) return null
  const rows = yield* warehouse.rows(
    sql`${about("a class by id or name")}SELECT section, name, remote_id, section_remote_id, section = ${section} AS is_named, section IN (SELECT now FROM ${roster.renamed} WHERE previous = ${section}) AS was_named
FROM ${roster.managed} WHERE is_named OR was_named OR lower(name) = ${section.toLowerCase()}
ORDER BY is_named DESC, was_named DESC, section LIMIT 2`,
    ClassRow
  )
  const [first, second] = rows
  const isCertain = first?.is_named === true || first?.was_named === true
  if (first === undefined || (!isCertain && second !== undefined)) return null
  return toClass(first)
})
