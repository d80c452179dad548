import { isRemoval } from "../state/actions.ts"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"
import { allowed, key, peopleLimit } from "./keys.ts"
import { measureMembers, nameStudents, placesWithheld } from "./members.ts"

const normal = { percent: 1, floor: 5 }
const normalPerSchool = { percent: 5, floor: 5 }

/** Students who stay and are left with no class: in the district, and in each school. */
export const studentsWithoutClass = guard({
  name: "students_without_class",
  weighs: "people",
  describe: "removals that leave students, who stay, with no class, district-wide and per school",
  at: "classes",
  keys: {
    without_class: key(
      peopleLimit(normal),
      normal,
      "students who stay and are left with no class; of those in a class"
    ),
    without_class_per_school: key(peopleLimit(normalPerSchool), normalPerSchool, "the same, in one school")
  },
  shares: "joined",
  measure: measureMembers,
  trip: ({ schools, students }, { withoutClass, withoutClassPerSchool }, entity) => {
    const limit = allowed(students.all, withoutClass)
    const whole =
      students.losing <= limit
        ? []
        : [
            district(
              entity,
              limit,
              students.losing,
              tell("hold.students", { value: students.losing, all: students.all, limit })
            )
          ]
    return [
      ...whole,
      ...schools.flatMap(({ all, id, losing, name }) => {
        const limit = allowed(all, withoutClassPerSchool)
        const inSchool = tell("hold.students-of-school", { school: name ?? id, value: losing, all, limit })
        return losing <= limit ? [] : [{ ...district(entity, limit, losing, inSchool), school: id }]
      })
    ]
  },
  steps: ({ entity, school }, classes) =>
    sql`t.entity = ${entity} AND t.${isRemoval} AND (t.before->>${classes.person}) IN (SELECT person FROM losing_student)${
      school === null ? sql`` : sql` AND t.school = ${school}`
    }`,
  tells: ({ school }, classes, hold) => placesWithheld(nameStudents(school), classes, hold)
})
