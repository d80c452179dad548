import { expect, it } from "vitest"
import { limitsOf, peopleLimits } from "../../src/guards/derived.ts"
import { manyGuardians } from "../../src/guards/many-guardians.ts"
import { manyStudents } from "../../src/guards/many-students.ts"
import type { Members } from "../../src/guards/members.ts"
import { studentsWithoutClass } from "../../src/guards/students-without-class.ts"
import { teachersWithoutStudents } from "../../src/guards/teachers-without-students.ts"
import { watched } from "./watched.ts"

const classes = {
  entity: "enrollment",
  person: "user",
  class: "org_unit",
  role: "role",
  teachers: ["Teacher"],
  students: ["Student"],
  ...limitsOf("classes")
}
const families = {
  entity: "parent_relationship",
  student: "student",
  guardian: "parent",
  ...limitsOf("families")
}

const members = (over: Partial<Members>): Members => ({
  teachers: { all: 100, losing: 0 },
  students: { all: 2000, losing: 0 },
  schools: [],
  ...over
})

it("says how many teachers lose every student, and lets a few", () => {
  const trips = (losing: number) =>
    teachersWithoutStudents.trip(members({ teachers: { all: 100, losing } }), classes, watched({}))
  expect(trips(5)).toEqual([])
  expect(trips(6)).toEqual([
    {
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
  const strict = { ...classes, withoutStudents: { percent: 0, floor: 0 } }
  expect(teachersWithoutStudents.trip(members({ teachers: { all: 9, losing: 1 } }), strict, watched({}))[0]?.say).toBe(
    "1 teacher loses every student, of 9 who teach; 0 may"
  )
})

it("says how many students are left with no class, in the district and in each school", () => {
  const trips = (losing: number, schools: Members["schools"] = []) =>
    studentsWithoutClass.trip(members({ students: { all: 2000, losing }, schools }), classes, watched({}))
  expect(trips(20)).toEqual([])
  expect(trips(21, [{ id: "7", name: "Oak", all: 200, losing: 11 }]).map(({ school, say }) => [school, say])).toEqual([
    [null, "21 students are left with no class, of 2000 in one; 20 may be"],
    ["7", "in school Oak 11 students are left with no class, of 200 in one; 10 may be"]
  ])
})

it("says of families that they are larger than any", () => {
  const of = watched({}, { name: "parent_relationship" })
  expect(manyGuardians.trip({ over: 0, most: 0 }, families, of)).toEqual([])
  expect(manyGuardians.trip({ over: 1, most: 41 }, families, of)).toMatchObject([
    { limit: 8, value: 41, say: "1 student would have more than 8 guardians, 41 at most" }
  ])
  expect(manyStudents.trip({ over: 2, most: 300 }, families, of)).toMatchObject([
    { limit: 20, value: 300, say: "2 guardians would have more than 20 students, 300 at most" }
  ])
})

it("limits nobody where the pipeline names nobody", () => {
  expect(peopleLimits(null, null)).toEqual({
    withoutStudents: null,
    withoutClass: null,
    withoutClassPerSchool: null,
    guardiansPerStudent: null,
    studentsPerGuardian: null
  })
})
