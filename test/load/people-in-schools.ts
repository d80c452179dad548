import type { Definition } from "../../src/pipeline/definition.ts"
import { definitionOf } from "../tools/definitions.ts"

/** Schools, people and their places there. */
export const schoolsAndPeople = `  entities:
    school:
      from: orgs AS org
      key: org.sourcedId
      fields: { name: org.name, code: org.identifier }
    person:
      from: users AS person
      key: person.sourcedId
      fields: { first_name: person.givenName, last_name: person.familyName, username: person.username, org_defined_id: person.sourcedId, role: "'Student'" }
    enrollment:
      from: users AS person
      each: { org: person.orgs }
      key: { template: "{person.sourcedId}/{org}" }
      fields: { org_unit: { ref: school, key: org }, user: { ref: person, key: person.sourcedId }, role: "'Student'" }`

/** These as one definition that walks are tried with. */
export const peopleInSchools = (): Promise<Definition> =>
  definitionOf(
    schoolsAndPeople,
    `
    school: { resource: org_unit, type: School, on_gone: recycle }
    person: { resource: user, on_gone: deactivate }
    enrollment: { resource: enrollment, on_gone: unenroll }`
  )
