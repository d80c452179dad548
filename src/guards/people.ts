import type { Limit, PeopleDefinition } from "../pipeline/definition.ts"
import type { PeopleGuard, PeopleImpact } from "./people-impact.ts"
import type { Trip } from "./amounts.ts"
import type { PeopleLimits } from "../plan/plan.ts"

export type PeopleTrip = Trip & { readonly guard: PeopleGuard }

/**
 * What a plan does to people, counted in people: teachers who stay and lose every student, students who stay and are left
 * with no class, district-wide and per school, families larger than any is.
 */
export const guardPeople = (impact: PeopleImpact, people: PeopleDefinition): ReadonlyArray<PeopleTrip> => {
  const trips: Array<PeopleTrip> = []
  const { classes, families } = people
  if (classes !== null) {
    const whole = { entity: classes.entity, school: null, section: null }
    const teachers = allowed(impact.teachers.all, classes.withoutStudents)
    if (impact.teachers.losing > teachers) {
      trips.push({
        ...whole,
        guard: "teachers_without_students",
        limit: teachers,
        value: impact.teachers.losing,
        say: `${counted(impact.teachers.losing, "teacher loses", "teachers lose")} every student, of ${impact.teachers.all} who teach; ${teachers} may`
      })
    }
    const students = allowed(impact.students.all, classes.withoutClass)
    if (impact.students.losing > students) {
      trips.push({
        ...whole,
        guard: "students_without_class",
        limit: students,
        value: impact.students.losing,
        say: `${counted(impact.students.losing, "student is", "students are")} left with no class, of ${impact.students.all} in one; ${students} may be`
      })
    }
    for (const school of impact.schools) {
      const limit = allowed(school.all, classes.withoutClassPerSchool)
      if (school.losing <= limit) continue
      trips.push({
        ...whole,
        school: school.id,
        guard: "students_without_class",
        limit,
        value: school.losing,
        say: `in school ${school.name ?? school.id} ${counted(school.losing, "student is", "students are")} left with no class, of ${school.all} in one; ${limit} may be`
      })
    }
  }
  if (families !== null) {
    const whole = { entity: families.entity, school: null, section: null }
    if (impact.guardians.over > 0) {
      trips.push({
        ...whole,
        guard: "many_guardians",
        limit: families.guardiansPerStudent,
        value: impact.guardians.most,
        say: `${counted(impact.guardians.over, "student", "students")} would have more than ${families.guardiansPerStudent} guardians, ${impact.guardians.most} at most`
      })
    }
    if (impact.wards.over > 0) {
      trips.push({
        ...whole,
        guard: "many_students",
        limit: families.studentsPerGuardian,
        value: impact.wards.most,
        say: `${counted(impact.wards.over, "guardian", "guardians")} would have more than ${families.studentsPerGuardian} students, ${impact.wards.most} at most`
      })
    }
  }
  return trips
}

/** The limits as a plan names them. */
export const peopleLimits = ({ classes, families }: PeopleDefinition): PeopleLimits => ({
  withoutStudents: classes?.withoutStudents ?? null,
  withoutClass: classes?.withoutClass ?? null,
  withoutClassPerSchool: classes?.withoutClassPerSchool ?? null,
  guardiansPerStudent: families?.guardiansPerStudent ?? null,
  studentsPerGuardian: families?.studentsPerGuardian ?? null
})

const allowed = (all: number, limit: Limit): number => Math.max(limit.floor, Math.floor((all * limit.percent) / 100))

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`
