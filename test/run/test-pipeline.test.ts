import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { runPipelineTests } from "../../src/run/test-pipeline.ts"
import { load, smallPipeline, withWarehouse } from "../tools/definitions.ts"

const rules = `  entities:
    school:
      from: orgs AS org
      where: org.status = 'active'
      key: org.sourcedId
      fields: { name: org.name, parent: { ref: school_above, key: org.parent, optional: true } }
      reject: [{ id: nameless, when: org.name IS NULL, say: no name }]
      warn: [{ id: numberless, when: org.identifier IS NULL, say: no number }]
    school_above:
      from: orgs AS org
      where: org.parent IS NULL
      key: org.sourcedId
      fields: {}
    member:
      from: users AS person
      where: run.as_of >= DATE '2026-10-01' AND person.enabledUser
      key: person.sourcedId
      fields: { orgs: person.orgs }
    any:
      from: orgs AS org
      key: org.sourcedId
      fields: {}
      expect: { min_rows: 1, say: no organisation }`

/** Reports of the given tests, on 1 October 2026 (in Chicago). */
const report = async (tests: string) => {
  const { definition } = await load(`${smallPipeline(rules)}tests:\n${tests}`)
  const reports = await withWarehouse(
    runPipelineTests(definition, oneRosterCollections, new Date("2026-10-02T03:00:00Z"))
  )
  return reports.map(({ name, passed, differences }) => ({ name, passed, differences }))
}

const given = `given:
      orgs:
        - { sourcedId: D, status: active, name: District, identifier: "1" }
        - { sourcedId: N, status: active, name: North, identifier: "2", parent: { sourcedId: D } }
        - { sourcedId: S, status: active, parent: D }
        - { sourcedId: W, status: active, name: West, parent: D }`

it("passes whatever the order, on the columns named alone", async () => {
  expect(
    await report(`  - name: right
    ${given}
    expect:
      school: [{ key: W }, { name: North, parent: D }, { key: D, parent: null, label: null }]
      school_above: [{ key: D }]
    quarantine: [{ entity: school, key: S, rule: nameless }]
    warnings: [{ key: W, entity: school, rule: numberless }]`)
  ).toEqual([{ name: "right", passed: true, differences: [] }])
})

it("takes a whole number of a column with decimals for what it is, and no text for a number", async () => {
  const rule = `  entities:
    half: { from: orgs AS org, key: org.sourcedId, fields: { points: "length(org.name) / 2", number: org.identifier } }`
  const tests = (points: string, number: string): string => `tests:
  - name: numbers
    given: { orgs: [{ sourcedId: D, name: Four, identifier: "007" }] }
    expect: { half: [{ key: D, points: ${points}, number: ${number} }] }`
  const passes = async (points: string, number: string): Promise<boolean | undefined> => {
    const { definition } = await load(`${smallPipeline(rule)}${tests(points, number)}`)
    const now = new Date("2026-10-02T03:00:00Z")
    return (await withWarehouse(runPipelineTests(definition, oneRosterCollections, now)))[0]?.passed
  }
  expect(await passes("2", '"007"')).toBe(true)
  expect(await passes("2", "7")).toBe(false)
  expect(await passes("20", '"007"')).toBe(false)
})

it("shows what differs beside what was found", async () => {
  expect(
    await report(`  - name: wrong
    ${given}
    expect:
      school: [{ key: W, name: East }, { key: N, name: North }, { key: X, name: Ex }]
      school_above: []
    quarantine: []`)
  ).toEqual([
    {
      name: "wrong",
      passed: false,
      differences: [
        "school: expected { key: W, name: East }, found { key: W, name: West }",
        "school: expected { key: X, name: Ex }, and found no such row",
        "school: not expected { key: D, name: District }",
        "school_above: not expected { key: D }",
        "quarantine: not expected { key: S }"
      ]
    }
  ])
})

it("gives a loose row what a strict one leaves", async () => {
  expect(
    await report(`  - name: loose
    given: { orgs: [{ sourcedId: A, status: active, name: N }, { sourcedId: B, status: active, name: N }] }
    expect: { school: [{ name: N }, { name: N, key: A }] }`)
  ).toMatchObject([{ passed: true }])
})

it("sets the date of the run, or takes today's in the district's zone, and reads values by their columns", async () => {
  const users =
    "users: [{ sourcedId: a, enabledUser: true, orgs: [N, S] }, { sourcedId: b, enabledUser: false, orgs: N }]"
  const orgs = "orgs: [{ sourcedId: D }]"
  expect(
    await report(`  - name: today
    given: { ${orgs}, ${users} }
    expect: { member: [{ key: a, orgs: [N, S] }] }
  - name: earlier
    as_of: "2026-09-30"
    given: { ${orgs}, ${users} }
    expect: { member: [] }`)
  ).toMatchObject([{ passed: true }, { passed: true }])
})

it("keeps the rows of one test from the next", async () => {
  const reports = await report(`  - name: one
    given: { orgs: [{ sourcedId: A }], users: [{ sourcedId: a, enabledUser: true }] }
    expect: { member: [{ key: a }] }
  - name: two
    given: { orgs: [{ sourcedId: A }] }
    expect: { member: [] }`)
  expect(reports.map((one) => one.passed)).toEqual([true, true])
})

it("tells of a run that stops, and of one that should have", async () => {
  expect(
    await report(`  - name: stops
    given: {}
    expect: { school: [] }
  - name: stops as it should
    given: {}
    stops: no organisation
  - name: stops otherwise
    given: {}
    stops: no school
  - name: does not stop
    given: { orgs: [{ sourcedId: A }] }
    stops: no organisation`)
  ).toMatchObject([
    { passed: false, differences: [expect.stringContaining("the run stopped: no organisation")] },
    { passed: true },
    { passed: false, differences: [expect.stringContaining("the run stopped: no organisation")] },
    { passed: false, differences: ["the run did not stop with: no organisation"] }
  ])
})

it("tells of a value that does not fit its column", async () => {
  const [one] = await report(`  - name: misfit
    given: { users: [{ sourcedId: a }, { sourcedId: b, enabledUser: perhaps }] }
    expect: { member: [] }`)
  expect(one?.differences).toHaveLength(1)
  expect(one?.differences[0]).toMatch(/^given users \{ sourcedId: b, enabledUser: perhaps \}: .*perhaps/)
})

it("fails a test of the shipped roster when its rule is changed", async () => {
  const text = readFileSync(new URL("../../pipelines/roster.yaml", import.meta.url), "utf8")
  expect(text).toContain("student: Student")
  const broken = await load(text.replace("student: Student", "student: Pupil"))
  const one = broken.definition.tests.filter((test) => test.name.startsWith("A9-A12"))
  const reports = await withWarehouse(
    runPipelineTests({ ...broken.definition, tests: one }, oneRosterCollections, new Date())
  )
  expect(reports).toMatchObject([{ passed: false }])
  expect(reports[0]?.differences).toContain(
    "user: expected { key: s2, org_defined_id: s2, role: Student }, found { key: s2, org_defined_id: s2, role: Pupil }"
  )
})
