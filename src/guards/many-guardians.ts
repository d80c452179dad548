import { Amount } from "../core/amount.ts"
import { crowdCondition, measureCrowd } from "./crowd.ts"
import { district, guard } from "./guard.ts"
import { key } from "./keys.ts"
import { counted } from "./members.ts"

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
  measure: (_entity, families) => measureCrowd(families.entity, families.student, families.guardiansPerStudent),
  trip: ({ over, most }, { guardiansPerStudent: limit }, entity) =>
    over === 0
      ? []
      : [
          district(
            entity,
            limit,
            most,
            `${counted(over, "student", "students")} would have more than ${limit} guardians, ${most} at most`
          )
        ],
  steps: (_trip, families) => crowdCondition(families.entity, families.student, families.guardiansPerStudent)
})
