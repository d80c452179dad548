import { isRemoval } from "../state/actions.ts"
import { sql, texts } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"
import { allowed, key, peopleLimit } from "./keys.ts"
import { measureMembers, nameTeachers, placesWithheld } from "./members.ts"

const normal = { percent: 5, floor: 2 }

/** Teachers who stay and lose every student, or every class. */
export const teachersWithoutStudents = guard({
  name: "teachers_without_students",
  weighs: "people",
  describe: "removals that leave teachers, who stay, without any student",
  at: "classes",
  keys: {
    without_students: key(
      peopleLimit(normal),
      normal,
      "teachers who stay and lose every student, or every class; of those who teach"
    )
  },
  shares: "joined",
  measure: measureMembers,
  trip: ({ teachers: { all, losing } }, { withoutStudents }, entity) => {
    const limit = allowed(all, withoutStudents)
    if (losing <= limit) return []
    const say = tell("hold.teachers", { value: losing, all, limit })
    return [district(entity, limit, losing, say)]
  },
  // The teacher's own places, and those of the students in the classes that the teacher had.
  steps: (
    { entity },
    classes
  ) => sql`t.entity = ${entity} AND t.${isRemoval} AND ((t.before->>${classes.person}) IN (SELECT person FROM losing_teacher)
    OR (list_contains(${texts(classes.students)}, t.before->>${classes.role}) AND (t.before->>${classes.class}) IN (
      SELECT class FROM member WHERE teaches AND stood AND person IN (SELECT person FROM losing_teacher))))`,
  tells: (_trip, classes, hold) => placesWithheld(nameTeachers(classes), classes, hold)
})
