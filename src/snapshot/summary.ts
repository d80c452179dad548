import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { changes } from "../state/change-set.ts"
import { about, joined, name as quoted, type Sql, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Count, Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { isRemoval } from "../state/actions.ts"
import { desiredView } from "../pipeline/relations.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { changedSectionTable, courseNameTable, sectionCourseTable, sectionSizeTable, touchedOf } from "./tables.ts"
import { made } from "../core/table.ts"

/** The change set by place, as a report shows it. All counts in steps unless said otherwise. */
export interface ChangeSummary {
  /** Steps per school, entity and action; `school` is a SIS id, null = of no school. */
  readonly changes: ReadonlyArray<{
    readonly school: string | null
    readonly entity: string
    readonly action: string
    readonly steps: number
    readonly held: number
  }>
  /** Schools that the change touches. */
  readonly schools: ReadonlyArray<{ readonly id: string; readonly name: string | null }>
  /** Courses whose sections the change touches, those that lose most first; at most `courseBound`. */
  readonly courses: ReadonlyArray<PlaceChange>
  /** Courses touched, listed or not. */
  readonly coursesTouched: number
  /** Sections that the change touches, those that lose most first; at most `sectionBound`. */
  readonly sections: ReadonlyArray<SectionChange>
  /** Sections touched, listed or not. */
  readonly sectionsTouched: number
}

export interface PlaceChange {
  readonly id: string
  readonly name: string | null
  readonly school: string | null
  readonly removed: number
  readonly added: number
  /** Every other step. */
  readonly changed: number
  readonly held: number
}

/** Sizes are in people; null where no entity puts people into sections. */
export interface SectionChange extends PlaceChange {
  readonly course: string | null
  readonly before: number | null
  /** With every step carried out. */
  readonly after: number | null
  /** With what is held left out. */
  readonly afterWithoutHeld: number | null
}

const courseBound = 500
const sectionBound = 1000

const Steps = { removed: Count, added: Count, changed: Count, held: Count }
const BySchool = Schema.Struct({ school: TextOrNull, entity: Text, action: Text, steps: Count, held: Count })
const School = Schema.Struct({ id: Text, name: TextOrNull })
const Course = Schema.Struct({ ...School.fields, school: TextOrNull, ...Steps, touched: Count })
const Section = Schema.Struct({
  ...Course.fields,
  course: TextOrNull,
  before: Schema.NullOr(Count),
  after: Schema.NullOr(Count),
  after_without_held: Schema.NullOr(Count)
})

/**
 * Sums the change set up by school, course and section, with the names of the places and the sizes of sections.
 * To be asked when holds are placed. Rows stay in the engine: what comes out is bounded, however large the change is.
 */
export const summarize = Effect.fn("snapshot.summarize")(function* (
  definition: Definition
): Doing<ChangeSummary, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const entities = loadedEntitiesOf(definition)
  const bySchool = yield* warehouse.rows(
    sql`${about("steps by school, entity and action; grain: one row per combination")}SELECT school, entity, action, count(*) AS steps, count(*) FILTER (hold IS NOT NULL) AS held FROM ${changes.table} GROUP BY ALL ORDER BY ALL`,
    BySchool
  )
  if (bySchool.length === 0) {
    return { changes: [], schools: [], courses: [], coursesTouched: 0, sections: [], sectionsTouched: 0 }
  }
  yield* warehouse.execute(placesStatement("school", entities))
  yield* warehouse.execute(placesStatement("section", entities))
  yield* warehouse.execute(coursesStatement(entities))
  yield* warehouse.execute(sizesStatement(entities))
  yield* warehouse.execute(sectionsStatement)
  const schools = yield* warehouse.rows(sql`SELECT id, name FROM touched_school ORDER BY id`, School)
  const courses = yield* warehouse.rows(
    sql`${about("steps by course, over its sections; grain: one row per course")}SELECT *, count(*) OVER () AS touched FROM (
  SELECT s.course AS id, any_value(c.name) AS name, any_value(s.school) AS school, sum(s.removed)::BIGINT AS removed,
    sum(s.added)::BIGINT AS added, sum(s.changed)::BIGINT AS changed, sum(s.held)::BIGINT AS held
  FROM changed_section AS s LEFT JOIN course_name AS c ON c.id = s.course WHERE s.course IS NOT NULL GROUP BY s.course)
ORDER BY removed DESC, added + changed DESC, id LIMIT ${courseBound}`,
    Course
  )
  const sections = yield* warehouse.rows(
    sql`${about("the sections that lose most")}SELECT *, count(*) OVER () AS touched FROM changed_section
ORDER BY removed DESC, abs(coalesce(after - before, 0)) DESC, added + changed DESC, id LIMIT ${sectionBound}`,
    Section
  )
  return {
    changes: bySchool,
    schools,
    courses: courses.map((course) => Struct.omit(course, "touched")),
    coursesTouched: courses[0]?.touched ?? 0,
    sections: sections.map((section) => ({
      ...Struct.omit(section, "touched", "after_without_held"),
      afterWithoutHeld: section.after_without_held
    })),
    sectionsTouched: sections[0]?.touched ?? 0
  }
})

/** Tables that say where an entity's rows stand: as wanted, and, for rows no longer wanted, as last written. */
const standings = (entity: LoadedEntity): ReadonlyArray<{ readonly table: Sql; readonly rank: number }> => [
  { table: quoted(desiredView(entity.load.entity)), rank: 0 },
  { table: quoted(entity.tables.ledger), rank: 1 }
]

/** The school or section ids that the change names, with the label of the record whose key is the place itself. */
const placesStatement = (scope: "school" | "section", entities: ReadonlyArray<LoadedEntity>): Sql => {
  const known = entities
    .flatMap(standings)
    .map(
      (one) =>
        sql`SELECT key, label, ${one.rank} AS rank FROM ${one.table} WHERE key = ${quoted(`_${scope}`)} AND label IS NOT NULL`
    )
  return sql`${about(`each ${scope} that the change touches, with its name; grain: one row per ${scope}`)}${made(touchedOf(scope))}
SELECT t.id, arg_min(n.label, n.rank) AS name
FROM (SELECT DISTINCT ${quoted(scope)} AS id FROM ${changes.table} WHERE ${quoted(scope)} IS NOT NULL) AS t
LEFT JOIN (${joined(known, "\n  UNION ALL ")}) AS n ON n.key = t.id GROUP BY t.id`
}

/** A section's course is what the record that is the section refers to as its template. */
const coursesStatement = (entities: ReadonlyArray<LoadedEntity>): Sql => {
  const templates = entities.filter((entity) => entity.load.resource === "course_template")
  const links = entities.flatMap((entity) =>
    refsTo(entity, templates).flatMap(({ field, prefix }) =>
      standings(entity).map(
        ({ table, rank }) =>
          sql`SELECT key AS section, substr(${quoted(field)}, ${prefix.length + 1}) AS course, ${rank} AS rank FROM ${table} WHERE key = _section AND starts_with(${quoted(field)}, ${prefix})`
      )
    )
  )
  const names = templates
    .flatMap(standings)
    .map(({ table, rank }) => sql`SELECT key AS id, label AS name, ${rank} AS rank FROM ${table}`)
  return sql`${about("the course of each section, and the names of courses")}${made(sectionCourseTable)}
SELECT section, arg_min(course, rank) AS course FROM (${union(links, sql`SELECT NULL::VARCHAR AS section, NULL::VARCHAR AS course, 0 AS rank WHERE false`)})
WHERE section IN (SELECT id FROM touched_section) GROUP BY section;
${made(courseNameTable)}
SELECT id, arg_min(name, rank) AS name FROM (${union(names, sql`SELECT NULL::VARCHAR AS id, NULL::VARCHAR AS name, 0 AS rank WHERE false`)})
WHERE id IN (SELECT course FROM section_course) GROUP BY id`
}

/** People in the touched sections, by whatever entity puts them there: each counts once, however many records say so. */
const sizesStatement = (entities: ReadonlyArray<LoadedEntity>): Sql => {
  const people = entities.filter((entity) => entity.load.resource === "user")
  const members = entities.flatMap((entity) =>
    refsTo(entity, people).map(({ field }) => {
      const { entity: name } = entity.load
      const ledger = quoted(entity.tables.ledger)
      return sql`SELECT g._section AS section, g.${quoted(field)} AS person, true AS before,
  c.key IS NULL AS after, c.key IS NULL OR c.hold IS NOT NULL AS without_held
FROM ${ledger} AS g LEFT JOIN ${changes.table} AS c ON c.entity = ${name} AND c.key = g.key AND c.${isRemoval}
WHERE g.presence = 'present' AND g._section IN (SELECT id FROM touched_section) AND g.key <> g._section
UNION ALL SELECT section, after->>${field}, false, true, hold IS NULL FROM ${changes.table}
WHERE entity = ${name} AND action IN ('create', 'restore', 'adopt', 'unknown') AND section IS NOT NULL AND key <> section`
    })
  )
  return sql`${about("people in each touched section before and after; grain: one row per section")}${made(sectionSizeTable)}
SELECT section, count(person) FILTER (before) AS before, count(person) FILTER (after) AS after, count(person) FILTER (without_held) AS after_without_held
FROM (SELECT section, person, bool_or(before) AS before, bool_or(after) AS after, bool_or(without_held) AS without_held
  FROM (${union(members, sql`SELECT NULL::VARCHAR AS section, NULL::VARCHAR AS person, false AS before, false AS after, false AS without_held WHERE false`)})
  GROUP BY section, person)
GROUP BY section`
}

const sectionsStatement = sql`${about("steps by section; grain: one row per section")}${made(changedSectionTable)}
SELECT t.id, t.name, any_value(school) AS school, any_value(course) AS course,
  count(*) FILTER (${isRemoval}) AS removed, count(*) FILTER (action IN ('create', 'restore')) AS added,
  count(*) FILTER (NOT ${isRemoval} AND action NOT IN ('create', 'restore')) AS changed,
  count(*) FILTER (hold IS NOT NULL) AS held,
  any_value(before_size) AS before, any_value(after_size) AS after, any_value(after_without_held) AS after_without_held
FROM touched_section AS t JOIN ${changes.table} AS one ON one.section = t.id
LEFT JOIN section_course AS c ON c.section = t.id
LEFT JOIN (SELECT section, before AS before_size, after AS after_size, after_without_held FROM section_size) AS z ON z.section = t.id
GROUP BY t.id, t.name`

const union = (selects: ReadonlyArray<Sql>, none: Sql): Sql => joined(selects, "\nUNION ALL ", none)

/** The ref fields of an entity that point to one of the others; `prefix` is what such a ref begins with. */
const refsTo = (
  entity: LoadedEntity,
  others: ReadonlyArray<LoadedEntity>
): ReadonlyArray<{ readonly field: string; readonly prefix: string }> =>
  entity.definition.fields.flatMap((field) =>
    field.kind === "ref"
      ? others
          .filter((other) => field.entities.includes(other.load.entity))
          .map((other) => ({ field: field.name, prefix: `${other.load.entity}:` }))
      : []
  )
