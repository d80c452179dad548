import { Amount } from "../core/amount.ts"
import { crowdCondition, crowdTrips, measureCrowd } from "./crowd.ts"
import { guard } from "./guard.ts"
import { key } from "./keys.ts"

/** Students with more guardians than any has: a household that was merged by mistake, or a test account. */
export const manyGuardians = guard({
  name: "many_guardians",
  weighs: "people",
  describe: "additions beyond the guardians that a student may have",
  at: "families",
  keys: {
    guardians_per_student: key(Amount, 8, "additions beyond so many guardians of one student are held")
  },
  shares: "joined",
  measure: (entity, families) => measureCrowd(entity, families.student, families.guardiansPerStudent),
  trip: (crowd, { guardiansPerStudent }, entity) =>
    crowdTrips(crowd, guardiansPerStudent, entity, "hold.many-guardians"),
  steps: (trip, families, night) => crowdCondition(trip.entity, families.student, families.guardiansPerStudent, night)
})
