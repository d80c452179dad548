import * as Effect from "effect/Effect"
import { list, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { isRemoval } from "../snapshot/actions.ts"
import type { PeopleGuard } from "./people-impact.ts"

/** So many people are named, each with so many classes; the others are counted. */
const [peopleNamed, classesNamed] = [10, 3]

/**
 * Whom a guard of people is about, a line each: teachers with the classes in which they lose everybody, by id and never by
 * name. Reads the tables that `measurePeople` leaves; nothing of a guard of families.
 */
export const nameWhoLoses: (
  guard: PeopleGuard,
  school: string | null,
  definition: Definition
) => Effect.Effect<ReadonlyArray<string>, WarehouseError, Warehouse> = Effect.fn("snapshot.name-who-loses")(function* (
  guard: PeopleGuard,
  school: string | null,
  definition: Definition
) {
  const { classes } = definition.load.people
  if (classes === null) return []
  const warehouse = yield* Warehouse
  switch (guard) {
    case "teachers_without_students": {
      const rows =
        yield* warehouse.rows(`-- teachers who lose every student, with their classes; grain: one row per teacher
SELECT ${idOf("person")} AS id, to_json(list_sort(list(DISTINCT coalesce(label, ${idOf("class")}))))::VARCHAR AS classes, count(*) OVER () AS people
FROM (SELECT DISTINCT person, class FROM member WHERE teaches AND stood AND person IN (SELECT person FROM losing_teacher))
LEFT JOIN (SELECT before->>${literal(classes.class)} AS class, any_value(label) AS label FROM change
  WHERE entity = ${literal(classes.entity)} AND ${isRemoval} GROUP BY ALL) AS room USING (class)
GROUP BY person ORDER BY id LIMIT ${peopleNamed}`)
      return [
        ...rows.map((row) => {
          const taught = JSON.parse(String(row["classes"])) as ReadonlyArray<string>
          const more = taught.length > classesNamed ? ` and ${taught.length - classesNamed} more` : ""
          return `${String(row["id"])}, who teaches ${taught.slice(0, classesNamed).join(", ")}${more}`
        }),
        ...moreOf(Number(rows[0]?.["people"] ?? 0), "teachers")
      ]
    }
    case "students_without_class": {
      const of = school === null ? "true" : `school = ${literal(school)}`
      const rows = yield* warehouse.rows(`-- students who are left with no class; grain: one row per student
SELECT ${idOf("person")} AS id, count(*) OVER () AS people FROM (SELECT DISTINCT person FROM member
WHERE learns AND stood AND ${of} AND person IN (SELECT person FROM losing_student)) ORDER BY id LIMIT ${peopleNamed}`)
      const people = Number(rows[0]?.["people"] ?? 0)
      const more = people > peopleNamed ? ` and ${people - peopleNamed} more` : ""
      return rows.length === 0 ? [] : [`${rows.map((row) => String(row["id"])).join(", ")}${more}`]
    }
    case "many_guardians":
    case "many_students":
      return []
  }
})

/** Of what the steps of a hold on teachers are: their own places, and those of their students. */
export const placesWithheld: (
  id: string,
  definition: Definition
) => Effect.Effect<ReadonlyArray<string>, WarehouseError, Warehouse> = Effect.fn("snapshot.places-withheld")(function* (
  id: string,
  definition: Definition
) {
  const { classes } = definition.load.people
  if (classes === null) return []
  const warehouse = yield* Warehouse
  const role = `(before->>${literal(classes.role)})`
  const [sums] = yield* warehouse.rows(`-- whose places hold ${id} withholds
SELECT count(*) AS steps, count(*) FILTER (list_contains(${list(classes.students)}, ${role})) AS students,
  count(*) FILTER (list_contains(${list(classes.teachers)}, ${role})) AS teachers
FROM change WHERE hold = ${literal(id)} AND entity = ${literal(classes.entity)} AND ${isRemoval}`)
  const [steps, students, teachers] = [sums?.["steps"], sums?.["students"], sums?.["teachers"]].map(Number)
  if (steps === undefined || steps === 0) return []
  const parts = [
    ...(teachers === undefined || teachers === 0 ? [] : [counted(teachers, "teacher")]),
    ...(students === undefined || students === 0 ? [] : [counted(students, "student")])
  ]
  return parts.length === 0 ? [] : [`${counted(steps, "step")}: the places of ${parts.join(" and ")}`]
})

const idOf = (name: string): string => `substr(${name}, strpos(${name}, ':') + 1)`

const moreOf = (people: number, what: string): ReadonlyArray<string> =>
  people > peopleNamed ? [`and ${people - peopleNamed} more ${what}`] : []

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`
