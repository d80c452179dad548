import * as Effect from "effect/Effect"
import { identifier, list, literal } from "../core/sql.ts"
import type { ClassPeople, Definition, FamilyPeople } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { candidateTable } from "../transform/relations.ts"
import { isAddition, isRemoval } from "../snapshot/actions.ts"
import { desiredView } from "../snapshot/change.ts"
import { scopeNames } from "./impact.ts"
import { type LoadedEntity, loadedEntitiesOf } from "../state/tables.ts"
import { withholdWhere } from "./withhold.ts"

/** What a change set does to people, in people. A person who leaves altogether loses nothing by it. */
export interface PeopleImpact {
  /** Teachers who have students, and those of them who would have none. */
  readonly teachers: Losing
  /** Students who are in a class, and those of them who would be in none. */
  readonly students: Losing
  /** The same per school in which students lose their last class. */
  readonly schools: ReadonlyArray<Losing & { readonly id: string; readonly name: string | null }>
  /** Students who gain a guardian and would have more than the limit, and the most that one would have. */
  readonly guardians: Crowd
  readonly wards: Crowd
}

export interface Losing {
  readonly all: number
  readonly losing: number
}

export interface Crowd {
  readonly over: number
  readonly most: number
}

const nobody: Losing = { all: 0, losing: 0 }
const noCrowd: Crowd = { over: 0, most: 0 }

/** Counts people, by the entities that the definition names for it; leaves the tables that `withholdPeople` needs. */
export const measurePeople: (definition: Definition) => Effect.Effect<PeopleImpact, WarehouseError, Warehouse> =
  Effect.fn("snapshot.people")(function* (definition: Definition) {
    const { classes, families } = definition.load.people
    const entities = loadedEntitiesOf(definition)
    const membership = entities.find((one) => one.load.entity === classes?.entity)
    const family = entities.find((one) => one.load.entity === families?.entity)
    const inClasses =
      classes === null || membership === undefined
        ? { teachers: nobody, students: nobody, schools: [] }
        : yield* measureClasses(definition, classes, membership)
    if (families === null || family === undefined) return { ...inClasses, guardians: noCrowd, wards: noCrowd }
    return {
      ...inClasses,
      guardians: yield* measureCrowd(families.entity, families.student, families.guardiansPerStudent),
      wards: yield* measureCrowd(families.entity, families.guardian, families.studentsPerGuardian)
    }
  })

const measureClasses = Effect.fn("snapshot.people-in-classes")(function* (
  definition: Definition,
  classes: ClassPeople,
  membership: LoadedEntity
) {
  const warehouse = yield* Warehouse
  const [gone] = yield* warehouse.rows(
    `SELECT 1 FROM change WHERE entity = ${literal(classes.entity)} AND ${isRemoval} LIMIT 1`
  )
  if (gone === undefined) return { teachers: nobody, students: nobody, schools: [] }
  yield* warehouse.execute(membershipStatement(classes, membership))
  yield* warehouse.execute(losingStatement)
  const [sums] = yield* warehouse.rows(`-- people who lose what they have in classes
SELECT (SELECT count(*) FROM teaching WHERE before > 0) AS teachers, (SELECT count(*) FROM losing_teacher) AS losing_teachers,
  (SELECT count(DISTINCT person) FROM member WHERE learns AND stood) AS students, (SELECT count(*) FROM losing_student) AS losing_students`)
  const schools = yield* warehouse.rows(`-- students left with no class, by school
SELECT school, count(DISTINCT person) AS everyone, count(DISTINCT person) FILTER (person IN (SELECT person FROM losing_student)) AS losing
FROM member WHERE learns AND stood AND school IS NOT NULL GROUP BY school HAVING losing > 0 ORDER BY school`)
  const names = yield* scopeNames(definition)
  return {
    teachers: { all: Number(sums?.["teachers"]), losing: Number(sums?.["losing_teachers"]) },
    students: { all: Number(sums?.["students"]), losing: Number(sums?.["losing_students"]) },
    schools: schools.map((row) => ({
      id: String(row["school"]),
      name: names.get(`school:${String(row["school"])}`) ?? null,
      all: Number(row["everyone"]),
      losing: Number(row["losing"])
    }))
  }
})

const membershipStatement = (classes: ClassPeople, membership: LoadedEntity): string => {
  const name = classes.entity
  const [person, room, role] = [classes.person, classes.class, classes.role]
  const columns = `${identifier(person)} AS person, ${identifier(room)} AS class, ${identifier(role)} AS role, _school AS school`
  return `-- who is in which class before and after; what stays although it is gone at the source is not looked at
CREATE OR REPLACE TEMP TABLE member AS
SELECT person, class, school, role IN (${classes.teachers.map(literal).join(", ") || "NULL"}) AS teaches,
  role IN (${classes.students.map(literal).join(", ") || "NULL"}) AS learns, stood, stands
FROM (
  SELECT ${columns}, key NOT IN (SELECT key FROM change WHERE entity = ${literal(name)} AND ${isAddition}) AS stood, true AS stands
  FROM ${identifier(desiredView(name))}
  UNION ALL
  SELECT ${columns}, true, true FROM ${identifier(membership.tables.ledger)} AS g
  WHERE presence = 'present' AND key NOT IN (SELECT key FROM ${identifier(desiredView(name))})
    AND EXISTS (SELECT 1 FROM ${identifier(candidateTable(name))} AS away WHERE away.key = g.key AND away._turned.verdict = 'quarantine')
  UNION ALL
  SELECT before->>${literal(person)}, before->>${literal(room)}, before->>${literal(role)}, school, true, false
  FROM change WHERE entity = ${literal(name)} AND ${isRemoval}
)`
}

const losingStatement = `-- people who stay and lose what they have in classes
CREATE OR REPLACE TEMP TABLE leaving AS
SELECT entity || ':' || key AS person FROM change WHERE ${isRemoval} AND hold IS NULL;
CREATE OR REPLACE TEMP TABLE teaching AS
SELECT t.person, count(*) FILTER (t.stood AND s.stood) AS before, count(*) FILTER (t.stands AND s.stands) AS after
FROM (SELECT DISTINCT person, class, stood, stands FROM member WHERE teaches) AS t
LEFT JOIN (SELECT class, person, stood, stands FROM member WHERE learns) AS s ON s.class = t.class
GROUP BY t.person;
CREATE OR REPLACE TEMP TABLE losing_teacher AS
SELECT person FROM teaching WHERE before > 0 AND after = 0 AND person NOT IN (SELECT person FROM leaving);
CREATE OR REPLACE TEMP TABLE losing_student AS
SELECT person FROM member WHERE learns AND person NOT IN (SELECT person FROM leaving)
GROUP BY person HAVING bool_or(stood) AND NOT bool_or(stands)`

/** Of those who gain a row, how many would have more than the limit. */
const measureCrowd = Effect.fn("snapshot.crowd")(function* (entity: string, field: string, limit: number) {
  const warehouse = yield* Warehouse
  const [sums] = yield* warehouse.rows(`-- ${entity}: ${field} with more than ${limit} of them
SELECT count(*) AS over, coalesce(max(rows), 0) AS most FROM (${crowdQuery(entity, field, limit)})`)
  return { over: Number(sums?.["over"]), most: Number(sums?.["most"]) }
})

const crowdQuery = (entity: string, field: string, limit: number): string =>
  `SELECT ${identifier(field)} AS one, count(*) AS rows FROM ${identifier(desiredView(entity))}
WHERE ${identifier(field)} IN (SELECT after->>${literal(field)} FROM change WHERE entity = ${literal(entity)} AND ${isAddition})
GROUP BY ALL HAVING rows > ${limit}`

export type PeopleGuard = "teachers_without_students" | "students_without_class" | "many_guardians" | "many_students"

/** How many steps a hold withholds, and which holds before it had withheld the others that it is about. */
export interface WithheldOfPeople {
  readonly steps: number
  readonly others: ReadonlyArray<string>
}

/** Withholds the steps that do to people what a guard tripped over. */
export const withholdPeople: (
  id: string,
  guard: PeopleGuard,
  school: string | null,
  definition: Definition
) => Effect.Effect<WithheldOfPeople, WarehouseError, Warehouse> = Effect.fn("snapshot.withhold-people")(function* (
  id: string,
  guard: PeopleGuard,
  school: string | null,
  definition: Definition
) {
  const warehouse = yield* Warehouse
  const condition = conditionOf(guard, definition)
  if (condition === null) return { steps: 0, others: [] }
  const about = `${condition}${school === null ? "" : ` AND school = ${literal(school)}`}`
  const before = yield* warehouse.rows(
    `SELECT DISTINCT hold FROM change WHERE hold IS NOT NULL AND ${about} ORDER BY hold`
  )
  return { steps: yield* withholdWhere(id, guard, about), others: before.map((row) => String(row["hold"])) }
})

const conditionOf = (guard: PeopleGuard, definition: Definition): string | null => {
  const { classes, families } = definition.load.people
  switch (guard) {
    case "teachers_without_students":
      return classes === null ? null : teachersCondition(classes)
    case "students_without_class":
      return classes === null
        ? null
        : `entity = ${literal(classes.entity)} AND ${isRemoval} AND (before->>${literal(classes.person)}) IN (SELECT person FROM losing_student)`
    case "many_guardians":
      return families === null ? null : crowdCondition(families, families.student, families.guardiansPerStudent)
    case "many_students":
      return families === null ? null : crowdCondition(families, families.guardian, families.studentsPerGuardian)
  }
}

/** The teacher's own places, and those of the students in the classes that the teacher had. */
const teachersCondition = (classes: ClassPeople): string =>
  `entity = ${literal(classes.entity)} AND ${isRemoval} AND ((before->>${literal(classes.person)}) IN (SELECT person FROM losing_teacher)
    OR (list_contains(${list(classes.students)}, before->>${literal(classes.role)}) AND (before->>${literal(classes.class)}) IN (
      SELECT class FROM member WHERE teaches AND stood AND person IN (SELECT person FROM losing_teacher))))`

const crowdCondition = (families: FamilyPeople, field: string, limit: number): string =>
  `entity = ${literal(families.entity)} AND ${isAddition}
  AND (after->>${literal(field)}) IN (SELECT one FROM (${crowdQuery(families.entity, field, limit)}))`
