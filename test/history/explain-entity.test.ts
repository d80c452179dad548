import { expect, it } from "vitest"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { explainEntity } from "../../src/history/explain-entity.ts"
import { definitionOf } from "../tools/definitions.ts"

const definition = await definitionOf(
  `  entities:
    district: { from: orgs AS org, where: org.type = 'district', key: org.sourcedId, fields: { name: org.name, code: org.name } }
    staff: { from: users AS person, key: person.sourcedId, fields: { org: "person.orgs[1]" } }
    school:
      describe: a school
      from: orgs AS org
      join: [{ staff AS head: head.org = org.sourcedId, optional: true }]
      key: org.sourcedId
      fields: { name: org.name, code: org.name, parent: { ref: district, key: org.parent } }`,
  `
    district: { resource: org_unit, type: District, on_gone: keep }
    school: { resource: org_unit, type: School, on_gone: keep }`
)

it("shows the statement of an entity, what it rests on, and what rests on it", () => {
  const school = explainEntity(definition, oneRosterCollections, "school")
  expect(school).toMatchObject({
    describe: "a school",
    reads: ["orgs", "users", "district", "staff"],
    feeds: [],
    resource: "org_unit"
  })
  expect(school?.statement).toMatch(/^-- school: from orgs, staff\n-- grain: /)
  expect(explainEntity(definition, oneRosterCollections, "staff")).toMatchObject({ feeds: ["school"], resource: null })
})

it("has nothing to say of what is not there", () => {
  expect(explainEntity(definition, oneRosterCollections, "schol")).toBeNull()
})
