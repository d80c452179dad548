import { expect, it } from "vitest"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { hasOwnKeys } from "../../src/transform/own-keys.ts"
import { definitionOf } from "../tools/definitions.ts"

it("takes keys for different ones only where nothing can make several rows of one", async () => {
  const definition = await definitionOf(`  entities:
    one: { from: orgs AS org, pick: { one_per: ["true"] }, key: org.sourcedId, fields: {} }
    plain: { from: users AS record, key: record.sourcedId, fields: {} }
    renamed: { from: users AS record, key: lower(record.sourcedId), fields: {} }
    other: { from: users AS record, key: record.username, fields: {} }
    listed: { from: users AS record, each: { org: record.orgs }, key: record.sourcedId, fields: {} }
    further: { from: plain AS person, also_from: [other], key: person.key, fields: {} }
    above: { from: plain AS person, join: [{ orgs AS org: org.sourcedId = person.key, optional: true }], key: person.key, fields: {} }
    called: { from: plain AS person, join: [{ orgs AS org: org.name = person.key, optional: true }], key: person.key, fields: {} }
    bound: { from: plain AS person, join: [{ orgs AS org: org.sourcedId = lower(person.key) AND org.name <> 'x', optional: true }], key: person.key, fields: {} }
    either: { from: plain AS person, join: [{ orgs AS org: org.sourcedId = person.key AND org.name <> 'x' OR org.name = 'y', optional: true }], key: person.key, fields: {} }
    same: { from: plain AS person, join: [{ orgs AS org: org.sourcedId = org.name, optional: true }], key: person.key, fields: {} }
    counted: { from: users AS record, key: record.sourcedId, fields: { number: record.username } }
    numbered: { from: counted AS person, join: [{ orgs AS org: org.sourcedId = person.number, optional: true }], key: person.key, fields: {} }
    dated: { from: users AS record, join: [{ orgs AS org: org.sourcedId = year(record.dateLastModified), optional: true }], key: record.sourcedId, fields: {} }
    changed: { from: users AS record, join: [{ orgs AS org: org.sourcedId = record.dateLastModified, optional: true }], key: record.sourcedId, fields: {} }
    itself: { from: plain AS person, join: [{ orgs AS org: org.sourcedId = org.sourcedId, optional: true }], key: person.key, fields: {} }
    compared: { from: plain AS person, join: [{ orgs AS org: (org.sourcedId = person.key) = true, optional: true }], key: person.key, fields: {} }
    single: { from: plain AS person, join: [{ one AS org: "true" }], key: person.key, fields: {} }
    all: { from: plain AS person, join: [{ orgs AS org: "true", optional: true }], key: person.key, fields: {} }`)
  const own = definition.entities.filter((entity) =>
    hasOwnKeys(definition, entity, oneRosterCollections, (name) => name === "one")
  )
  expect(own.map(({ name }) => name).toSorted()).toEqual(["above", "bound", "counted", "one", "plain", "single"])
})
