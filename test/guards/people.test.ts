import { expect, it } from "vitest"
import type { PeopleDefinition } from "../../src/pipeline/definition.ts"
import { guardPeople, peopleLimits } from "../../src/guards/people.ts"
import type { PeopleImpact } from "../../src/guards/people-impact.ts"

const people: PeopleDefinition = {
  classes: {
    entity: "enrollment",
    person: "user",
    class: "org_unit",
    role: "role",
    teachers: ["Teacher"],
    students: ["Student"],
    withoutStudents: { percent: 5, floor: 2 },
    withoutClass: { percent: 1, floor: 5 },
    withoutClassPerSchool: { percent: 5, floor: 5 }
  },
  families: {
    entity: "parent_relationship",
    student: "student",
    guardian: "parent",
    guardiansPerStudent: 8,
    studentsPerGuardian: 20
  }
}

const impact = (over: Partial<PeopleImpact>): PeopleImpact => ({
  teachers: { all: 100, losing: 0 },
  students: { all: 2000, losing: 0 },
  schools: [],
  guardians: { over: 0, most: 0 },
  wards: { over: 0, most: 0 },
  ...over
})

const trips = (over: Partial<PeopleImpact>) => guardPeople(impact(over), people)

it("says how many teachers lose every student, and lets a few", () => {
  expect(trips({ teachers: { all: 100, losing: 5 } })).toEqual([])
  expect(trips({ teachers: { all: 100, losing: 6 } })).toEqual([
    {
      guard: "teachers_without_students",
      entity: "enrollment",
      school: null,
      section: null,
      limit: 5,
      value: 6,
      say: "6 teachers lose every student, of 100 who teach; 5 may"
    }
  ])
})

it("speaks of one teacher as of one", () => {
  const strict = {
    ...people,
    classes: people.classes && { ...people.classes, withoutStudents: { percent: 0, floor: 0 } }
  }
  expect(guardPeople(impact({ teachers: { all: 9, losing: 1 } }), strict)[0]?.say).toBe(
    "1 teacher loses every student, of 9 who teach; 0 may"
  )
})

it("says how many students are left with no class, in the district and in each school", () => {
  expect(trips({ students: { all: 2000, losing: 20 } })).toEqual([])
  const school = { id: "7", name: "Oak", all: 200, losing: 11 }
  expect(
    trips({ students: { all: 2000, losing: 21 }, schools: [school] }).map(({ school, say }) => [school, say])
  ).toEqual([
    [null, "21 students are left with no class, of 2000 in one; 20 may be"],
    ["7", "in school Oak 11 students are left with no class, of 200 in one; 10 may be"]
  ])
})

it("says of families that they are larger than any", () => {
  expect(
    trips({ guardians: { over: 1, most: 41 }, wards: { over: 2, most: 300 } }).map(({ guard, limit, value, say }) => [
      guard,
      limit,
      value,
      say
    ])
  ).toEqual([
    ["many_guardians", 8, 41, "1 student would have more than 8 guardians, 41 at most"],
    ["many_students", 20, 300, "2 guardians would have more than 20 students, 300 at most"]
  ])
})

it("judges nobody where the pipeline names nobody", () => {
  const nobody = { classes: null, families: null }
  expect(guardPeople(impact({ teachers: { all: 1, losing: 1 } }), nobody)).toEqual([])
  expect(Object.values(peopleLimits(nobody))).toEqual([null, null, null, null, null])
})
