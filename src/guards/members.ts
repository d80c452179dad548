import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isAddition, isRemoval } from "../state/actions.ts"
import { changes } from "../state/change-set.ts"
import { about, name, oneOf, type Sql, sql, texts } from "../core/sql.ts"
import { Count, Json, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import type { Asked, ClassNames, Night, WatchedEntity } from "./guard.ts"
import type { Doing } from "../core/doing.ts"
import { leavingTable, losingStudentTable, losingTeacherTable, memberTable, teachingTable } from "./tables.ts"
import { made } from "../core/table.ts"
import { tell } from "../core/told.ts"

/** The effect of a change set on people in classes, counted in people. A person who leaves altogether loses nothing by it. */
export interface Members {
  /** Teachers who have students, and those of them who would have none. */
  readonly teachers: Losing
  /** Students who are in a class, and those of them who would be in none. */
  readonly students: Losing
  /** The same per school in which students lose their last class. */
  readonly schools: ReadonlyArray<Losing & { readonly id: string; readonly name: string | null }>
}

export interface Losing {
  readonly all: number
  readonly losing: number
}

const nobody: Members = { teachers: { all: 0, losing: 0 }, students: { all: 0, losing: 0 }, schools: [] }

/**
 * Counts people in classes, once for all guards, and leaves the tables by which their steps are found: `member` (who is in
 * which class before and after), `losing_teacher` and `losing_student`; grain of those: one row per person.
 */
export const measureMembers = (entity: WatchedEntity, classes: ClassNames, night: Night): Asked<Members> =>
  night.once("members", measure(entity, classes, night))

const Sums = Schema.Struct({ teachers: Count, losing_teachers: Count, students: Count, losing_students: Count })
const InSchool = Schema.Struct({ school: Text, everyone: Count, losing: Count })

const measure = Effect.fn("guards.members")(function* (entity: WatchedEntity, classes: ClassNames, night: Night) {
  const warehouse = yield* Warehouse
  if (!(yield* changes.has(sql`t.entity = ${entity.name} AND t.${isRemoval}`))) return nobody
  yield* warehouse.execute(membershipStatement(entity, classes))
  yield* warehouse.execute(losingStatement)
  const [sums] = yield* warehouse.rows(
    sql`${about("people who lose what they have in classes")}SELECT (SELECT count(*) FROM teaching WHERE before > 0) AS teachers, (SELECT count(*) FROM losing_teacher) AS losing_teachers,
  (SELECT count(DISTINCT person) FROM member WHERE learns AND stood) AS students, (SELECT count(*) FROM losing_student) AS losing_students`,
    Sums
  )
  if (sums === undefined) return nobody
  const schools = yield* warehouse.rows(
    sql`${about("students left with no class, by school")}SELECT school, count(DISTINCT person) AS everyone, count(DISTINCT person) FILTER (person IN (SELECT person FROM losing_student)) AS losing
FROM member WHERE learns AND stood AND school IS NOT NULL GROUP BY school HAVING losing > 0 ORDER BY school`,
    InSchool
  )
  const names = yield* night.names
  return {
    teachers: { all: sums.teachers, losing: sums.losing_teachers },
    students: { all: sums.students, losing: sums.losing_students },
    schools: schools.map(({ everyone, losing, school }) => ({
      id: school,
      name: names.get(`school:${school}`) ?? null,
      all: everyone,
      losing
    }))
  }
})

const membershipStatement = (entity: WatchedEntity, classes: ClassNames): Sql => {
  const { desired } = entity.tables
  const columns = sql`${name(classes.person)} AS person, ${name(classes.class)} AS class, ${name(classes.role)} AS role, _school AS school`
  return sql`${about("who is in which class before and after; what stays although it is gone at the source is not looked at")}${made(memberTable)}
SELECT person, class, school, role IN (${oneOf(classes.teachers)}) AS teaches, role IN (${oneOf(classes.students)}) AS learns, stood, stands
FROM (
  SELECT ${columns}, key NOT IN (SELECT key FROM ${changes.table} WHERE entity = ${entity.name} AND ${isAddition}) AS stood, true AS stands
  FROM ${desired}
  UNION ALL
  SELECT ${columns}, true, true FROM ${entity.ledger} AS g
  WHERE presence = 'present' AND key NOT IN (SELECT key FROM ${desired})
    AND EXISTS (SELECT 1 FROM ${entity.tables.candidates} AS away WHERE away.key = g.key AND away._turned.verdict = 'quarantine')
  UNION ALL
  SELECT before->>${classes.person}, before->>${classes.class}, before->>${classes.role}, school, true, false
  FROM ${changes.table} WHERE entity = ${entity.name} AND ${isRemoval}
)`
}

const losingStatement = sql`${about("people who stay and lose what they have in classes")}${made(leavingTable)}
SELECT entity || ':' || key AS person FROM ${changes.table} WHERE ${isRemoval} AND hold IS NULL;
${made(teachingTable)}
SELECT t.person, count(*) FILTER (t.stood AND s.stood) AS before, count(*) FILTER (t.stands AND s.stands) AS after
FROM (SELECT DISTINCT person, class, stood, stands FROM member WHERE teaches) AS t
LEFT JOIN (SELECT class, person, stood, stands FROM member WHERE learns) AS s ON s.class = t.class
GROUP BY t.person;
${made(losingTeacherTable)}
SELECT person FROM teaching WHERE before > 0 AND after = 0 AND person NOT IN (SELECT person FROM leaving);
${made(losingStudentTable)}
SELECT person FROM member WHERE learns AND person NOT IN (SELECT person FROM leaving)
GROUP BY person HAVING bool_or(stood) AND NOT bool_or(stands)`

/** So many people are named, each with so many classes; the others are counted. */
const [peopleNamed, classesNamed] = [10, 3]

const Teacher = Schema.Struct({ id: Text, classes: Json(Schema.Array(Schema.String)), people: Count })
const Student = Schema.Struct({ id: Text, people: Count })
const Places = Schema.Struct({ steps: Count, students: Count, teachers: Count })

/** The teachers who lose every student, with the classes in which they do, a line each. */
export const nameTeachers = Effect.fn("guards.name-teachers")(function* (
  classes: ClassNames
): Doing<ReadonlyArray<string>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`${about("teachers who lose every student, with their classes; grain: one row per teacher")}SELECT ${idOf("person")} AS id, to_json(list_sort(list(DISTINCT coalesce(label, ${idOf("class")}))))::VARCHAR AS classes, count(*) OVER () AS people
FROM (SELECT DISTINCT person, class FROM member WHERE teaches AND stood AND person IN (SELECT person FROM losing_teacher))
LEFT JOIN (SELECT before->>${classes.class} AS class, any_value(label) AS label FROM ${changes.table}
  WHERE entity = ${classes.entity} AND ${isRemoval} GROUP BY ALL) AS room USING (class)
GROUP BY person ORDER BY id LIMIT ${peopleNamed}`,
    Teacher
  )
  const more = (rows[0]?.people ?? 0) - peopleNamed
  return [
    ...rows.map(({ classes: taught, id }) => {
      const named = { teacher: id, classes: taught.slice(0, classesNamed).join(", ") }
      const rest = taught.length - classesNamed
      return rest > 0 ? tell("hold.teacher-of-more", { ...named, more: rest }) : tell("hold.teacher", named)
    }),
    ...(more > 0 ? [tell("hold.more-teachers", { more })] : [])
  ]
})

/** The students who are left with no class, of one school or of all, in one line. */
export const nameStudents = Effect.fn("guards.name-students")(function* (
  school: string | null
): Doing<ReadonlyArray<string>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`${about("students who are left with no class; grain: one row per student")}SELECT ${idOf("person")} AS id, count(*) OVER () AS people FROM (SELECT DISTINCT person FROM member
WHERE learns AND stood AND ${school === null ? sql`true` : sql`school = ${school}`} AND person IN (SELECT person FROM losing_student)) ORDER BY id LIMIT ${peopleNamed}`,
    Student
  )
  const more = (rows[0]?.people ?? 0) - peopleNamed
  if (rows.length === 0) return []
  const people = rows.map(({ id }) => id).join(", ")
  return [more > 0 ? tell("hold.more-people", { people, more }) : people]
})

/** After who they are: of what the steps of a hold are, places of teachers and of students. */
export const placesWithheld = Effect.fn("guards.places-withheld")(function* (
  who: Asked<ReadonlyArray<string>>,
  classes: ClassNames,
  hold: string | null
): Doing<ReadonlyArray<string>, WarehouseError, Warehouse> {
  const people = yield* who
  if (hold === null) return people
  const warehouse = yield* Warehouse
  const role = sql`(before->>${classes.role})`
  const [sums] = yield* warehouse.rows(
    sql`${about(`whose places hold ${hold} withholds`)}SELECT count(*) AS steps, count(*) FILTER (list_contains(${texts(classes.students)}, ${role})) AS students,
  count(*) FILTER (list_contains(${texts(classes.teachers)}, ${role})) AS teachers
FROM ${changes.table} WHERE hold = ${hold} AND entity = ${classes.entity} AND ${isRemoval}`,
    Places
  )
  const { steps, students, teachers } = sums ?? { steps: 0, students: 0, teachers: 0 }
  if (teachers === 0 && students === 0) return people
  const whose =
    students === 0
      ? tell("hold.places-of-teachers", { steps, teachers })
      : teachers === 0
        ? tell("hold.places-of-students", { steps, students })
        : tell("hold.places", { steps, teachers, students })
  return [...people, whose]
})

const idOf = (column: string): Sql => sql`substr(${name(column)}, strpos(${name(column)}, ':') + 1)`
