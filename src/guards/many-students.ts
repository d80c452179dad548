import { Amount } from "../core/amount.ts"
import { crowdCondition, crowdTrips, measureCrowd } from "./crowd.ts"
import { guard } from "./guard.ts"
import { key } from "./keys.ts"

/** Guardians with more students than any has: they would see the grades of other people's children. */
export const manyStudents = guard({
  name: "many_students",
  weighs: "people",
  describe: "additions beyond the students that a guardian may have",
  at: "families",
  keys: {
    students_per_guardian: key(Amount, 20, "additions beyond so many students of one guardian are held")
  },
  shares: "joined",
  measure: (entity, families) => measureCrowd(entity, families.guardian, families.studentsPerGuardian),
  trip: (crowd, { studentsPerGuardian }, entity) =>
    crowdTrips(crowd, studentsPerGuardian, entity, "hold.many-students"),
  steps: (trip, families, night) => crowdCondition(trip.entity, families.guardian, families.studentsPerGuardian, night)
})
