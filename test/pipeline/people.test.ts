import { expect, it } from "vitest"
import { schoolsAndPeople } from "../load/people-in-schools.ts"
import { complaints, load, smallPipeline } from "../tools/definitions.ts"

const pipeline = (people: string, rekey = ""): string =>
  `${smallPipeline(
    schoolsAndPeople,
    `
    school: { resource: org_unit, type: School, on_gone: keep${rekey} }
    person: { resource: user, on_gone: deactivate }
    enrollment: { resource: enrollment, on_gone: unenroll }`
  )}  people: { classes: { ${people}, teachers: [Teacher], students: [Student] } }\n`

const right = "entity: enrollment, class: org_unit, person: user, role: role"

const saidOf = async (text: string): Promise<string> => {
  const said = await complaints(text)
  return "message" in said ? said.message : ""
}

it("names who is in which class, with limits of its own or the usual ones", async () => {
  const { definition } = await load(pipeline(`${right}, without_class: { percent: 2 }`))
  expect(definition.load.people.classes).toMatchObject({
    entity: "enrollment",
    withoutStudents: { percent: 5, floor: 2 },
    withoutClass: { percent: 2, floor: 5 }
  })
  expect(definition.load.people.families).toBeNull()
})

it.each([
  ["an entity that is not", right.replace("enrollment", "enrolment"), /there is no entity enrolment.*enrollment/s],
  ["a field that is not", right.replace("role: role", "role: rolle"), /there is no field rolle.*role/s],
  ["a value for a ref", right.replace("person: user", "person: role"), /role is a value and points to no record/]
])("%s is told", async (_, people, said) => {
  expect(await saidOf(pipeline(people))).toMatch(said)
})

it.each([
  [
    "a roster of no entity",
    "rekey: { match: [[code]], shared: { entity: members, of: org_unit, by: user } }",
    /there is no entity members/
  ],
  [
    "a roster that is another's",
    "rekey: { match: [[code]], shared: { entity: enrollment, of: user, by: user } }",
    /user of enrollment does not point to school/
  ],
  ["a match by nothing", "rekey: { match: [[]] }", /a list of no fields would match any two records/]
])("%s is told", async (_, rekey, said) => {
  expect(await saidOf(pipeline(right, `, ${rekey}`))).toMatch(said)
})
