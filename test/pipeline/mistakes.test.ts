import { stripVTControlCharacters } from "node:util"
import { expect, it } from "vitest"
import { renderDiagnostics } from "../../src/core/diagnostics.ts"
import { complaints } from "../tools/definitions.ts"

const good = `pipeline: small
timezone: America/Chicago
extract:
  connection: campus
  datasets:
    orgs: { endpoint: /orgs }
    users: { endpoint: /users }
transform:
  rules:
    org_name:
      clean: { of: org.name, steps: [trim, { shorten: 128 }] }
    role:
      map: { of: person.role, table: { student: Student } }
  entities:
    school:
      from: orgs AS org
      where: org.type = 'school'
      key: org.sourcedId
      fields:
        name: { rule: org_name }
        code: coalesce(org.identifier, org.name)
    member:
      from: users AS person
      key: person.sourcedId
      fields:
        role: { rule: role }
load:
  connection: brightspace
  entities:
    school: { resource: org_unit, type: School, on_gone: keep }
`

/** The good file with a guard, as a replacement. */
const limit = (guard: string): readonly [from: string, to: string] => [
  "  connection: brightspace\n",
  `  connection: brightspace\n  guards: { defaults: { ${guard} } }\n`
]

/** The good file with a second relation at its school, as a replacement. */
const joined = (more: string, on = '"chief.sourcedId = org.parent"'): readonly [from: string, to: string] => [
  "      where: org.type",
  `      join: [{ orgs AS chief: ${on}, ${more} }]\n      where: org.type`
]

/** The good file with a school that refers to a record, as a replacement. */
const parent = (more: string): readonly [from: string, to: string] => [
  "        code: coalesce",
  `        parent: { ref: school, key: org.parent, ${more} }\n        code: coalesce`
]

/** The good file whose users are read by delta, with something beside the endpoint or in the mode, as a replacement. */
const byDelta = (beside: string, inside = ""): readonly [from: string, to: string] => [
  "users: { endpoint: /users }",
  `users: { endpoint: /users, ${beside}mode: { delta: { ${inside} } } }`
]

/** What a user gets wrong, as a replacement in the good file; each must yield one complaint. */
const mistakes: ReadonlyArray<readonly [name: string, from: string | RegExp, to: string]> = [
  ["a filter beside delta", ...byDelta(`filter: "status='active'", `)],
  ["a delta without overlap", ...byDelta("", "overlap_hours: 0")],
  ["a whole read in some 270,000 years", ...byDelta("", "whole_every_days: 100000000")],
  ["news of parts where there are none", ...byDelta("", "whole_with: { orgs AS org: org.sourcedId }")],
  [
    "a delta of rows that are not kept",
    "  datasets:\n    orgs: { endpoint: /orgs }",
    "  keep_reads: 0\n  datasets:\n    orgs: { endpoint: /orgs, mode: { delta: {} } }"
  ],
  [
    "a delta beside choices of people",
    "  datasets:\n    orgs: { endpoint: /orgs }",
    "  tables: { choices: { state: choices } }\n  datasets:\n    orgs: { endpoint: /orgs, mode: { delta: {} } }"
  ],
  [
    "a mode for parts where there are none",
    "users: { endpoint: /users }",
    "users: { endpoint: /users, mode: { kept: {} } }"
  ],
  ["a misspelt key", "on_gone: keep", "on_gon: keep"],
  ["a misspelt key inside a value", "steps: [trim", "stepss: [trim"],
  ["a misspelt key of a map", "table: { student", "tabel: { student"],
  ["a list where text is needed", "endpoint: /orgs", "endpoint: [/orgs]"],
  ["a number where an expression is needed", "code: coalesce(org.identifier, org.name)", "code: 0123"],
  ["a number where a name is needed", "{ rule: org_name }", "{ rule: 12 }"],
  ["a number in a role table", "student: Student", "student: 007"],
  ["yes where a condition is needed", "org.type = 'school'", "yes"],
  ["true where a condition is needed", "org.type = 'school'", "true"],
  ["a list where keys are needed", "    school: { resource", "    - school: { resource"],
  [
    "nothing where keys are needed",
    "entities:\n    school: { resource: org_unit, type: School, on_gone: keep }",
    "entities:"
  ],
  ["a missing key", "      where: org.type = 'school'\n      key: org.sourcedId\n", ""],
  ["a value that is none of those allowed", "on_gone: keep", "on_gone: kep"],
  ["two kinds in one value", "{ rule: org_name }", '{ rule: org_name, template: "{org.name}" }'],
  ["no kind in a value", "{ rule: org_name }", "{ null_hole: x }"],
  ["an unknown clean-up", "[trim, ", "[trimm, "],
  ["an unknown dataset", "from: orgs AS org", "from: org AS org"],
  ["an unknown collection", "endpoint: /users", "endpoint: /user"],
  ["a field that the collection does not have", "endpoint: /users }", "endpoint: /users, fields: [sourcedId, rolle] }"],
  ["a column that was not asked for", "endpoint: /orgs }", "endpoint: /orgs, fields: [name] }"],
  ["a default that is missing", "table: { student: Student }", "table: { student: Student }, unmapped: default"],
  ["a second statement", "org.type = 'school'", '"true; DROP TABLE orgs"'],
  ["a colon in text", "key: org.sourcedId", "key: org: sourcedId"],
  ["a default that is not taken", "table: { student: Student }", "table: { student: Student }, default: Student"],
  ["a colon in text between braces", "on_gone: keep }", "on_gone: keep: never }"],
  ["an unknown resource", "resource: org_unit", "resource: org_units"],
  ["an unknown rule", "{ rule: org_name }", "{ rule: org_nam }"],
  ["an unknown role table", "{ rule: role }", "{ rule: rolle }"],
  ["an unknown field of a resource", "        code: coalesce", "        cod: coalesce"],
  ["an unknown column", "org.identifier, org.name", "org.identifer, org.name"],
  ["an unknown column in a template", "{ rule: org_name }", '{ template: "School {org.nam}!" }'],
  ["an unknown column in a rule", "of: org.name", "of: org.naame"],
  ["an unknown column in quoted text", "where: org.type = 'school'", "where: \"org.typ = 'school'\""],
  [
    "an unknown column in folded text",
    "where: org.type = 'school'",
    "where: >-\n        org.type = 'school'\n        AND org.statu = 'active'"
  ],
  [
    "an unknown column in literal text",
    "where: org.type = 'school'",
    "where: |\n        org.type = 'school' -- schools alone\n        AND org.statu = 'active'"
  ],
  ["a relation out of reach", "key: org.sourcedId", "key: orgs.sourcedId"],
  ["a syntax error", "org.type = 'school'", "org.type = = 'school'"],
  ["a bracket that is not closed", "org.type = 'school'", "(org.type = 'school'"],
  ["text where a condition is needed", "org.type = 'school'", "org.name"],
  ["types that do not go together", "org.type = 'school'", "org.name + 1 = 2"],
  ["a query in an expression", "org.type = 'school'", "org.type = (SELECT 'school')"],
  ["a function out of reach", "coalesce(org.identifier, org.name)", "getenv('HOME')"],
  ["a brace without a partner", "{ rule: org_name }", '{ template: "{org.name" }'],
  ["no time zone", "America/Chicago", "America/Chicgo"],
  ["an hour that no day has", "extract:\n", 'schedule: { cron: "0 25 * * *" }\nextract:\n'],
  ["a schedule with seconds", "extract:\n", 'schedule: { cron: "0 0 2 * * *" }\nextract:\n'],
  [
    "a run after a pipeline that there is not",
    "extract:\n",
    'schedule: { cron: "0 2 * * *", after: [rooster] }\nextract:\n'
  ],
  ["no time zone of a schedule", "extract:\n", 'schedule: { cron: "0 2 * * *", timezone: Chicago }\nextract:\n'],
  ["a limit by the name of an earlier build", ...limit("redefined: { percent: 5 }")],
  ["a limit above all that stands", ...limit("gone: { percent: 500 }")],
  ["a limit below nothing", ...limit("changed: { percent: 5, floor: -3.5 }")],
  ["a limit that is no number", ...limit("per_school: { percent: .nan }")],
  ["a limit without end", ...limit("unusual: { runs: 10, times: .inf }")],
  ["a variable that is not set", "timezone: America/Chicago", "timezone: ${env:DISTRICT_ZONE}"],
  ["what the resource cannot do", "on_gone: keep", "on_gone: unenroll"],
  [
    "a place where nothing is looked for",
    "on_gone: keep",
    "match_existing: [code], match_within: [semester], on_gone: keep"
  ],
  ["a rekey by what is no value of the entity", "on_gone: keep", "rekey: { match: [[nam]] }, on_gone: keep"],
  ["a missing type", "type: School, ", ""],
  ["a key twice", "    users: { endpoint: /users }", "    orgs: { endpoint: /users }"],
  ["a bracket of YAML not closed", "endpoint: /orgs }", "endpoint: /orgs"],
  ["no time zone of a test", "load:\n", "tests: [{ name: x, timezone: EST, given: {} }]\nload:\n"],
  [
    "a guard of no entity",
    "  connection: brightspace\n",
    "  connection: brightspace\n  guards: { schol: { empty: allow } }\n"
  ],
  [
    "a guard of an entity that is written nowhere",
    "  connection: brightspace\n",
    "  connection: brightspace\n  guards: { member: { empty: allow } }\n"
  ],
  ["a pipeline that is a path", "pipeline: small", "pipeline: ../../small"],
  ["a pipeline with capitals", "pipeline: small", "pipeline: Small"],
  ["an entity that is no word", "    member:\n", "    class member:\n"],
  [
    "a dataset with capitals",
    "    users: { endpoint: /users }",
    "    users: { endpoint: /users }\n    Users: { endpoint: /users }"
  ],
  ["a field that is no word", "        role: { rule: role }", '        "role)": { rule: role }'],
  [
    "a list element that is no word",
    "      from: users AS person",
    '      from: users AS person\n      each: { "Org": person.orgs }'
  ],
  [
    "a table outside of the folder",
    "  datasets:\n",
    "  tables: { names: { file: ../names.csv, columns: [id] } }\n  datasets:\n"
  ],
  ["a file in an expression", "org.type = 'school'", "org.type = '${file:/etc/hostname}'"],
  ["a file as a time zone", "America/Chicago", "${file:/etc/timezone}"],
  ["a secret in an expression", "org.type = 'school'", "org.type = '${env:CAMPUS_CLIENT_SECRET}'"],
  ["an expression whole only in brackets", "org.type = 'school'", "org.name) OR (true"],
  ["a day that no year has in an expression", "org.type = 'school'", "run.as_of < '2026-02-30'"],
  ["the moment of reading in an expression", "org.type = 'school'", "run.now < 'now'"],
  ["a divisor that may be zero", "org.type = 'school'", "length(org.name) / length(org.type) > 1"],
  ["output without bound", "coalesce(org.identifier, org.name)", "repeat(org.name, 100000)"],
  ["a zone of no place", "America/Chicago", "EST"],
  [
    "a zone of no place in a date",
    "code: coalesce(org.identifier, org.name)",
    "code: { date: { of: org.dateLastModified, timezone: EST } }"
  ],
  ["a zone of no place in an expression", "org.type = 'school'", "org.dateLastModified AT TIME ZONE 'EST' > run.now"],
  ["a day that no year has in a schedule", "extract:\n", 'schedule: { cron: "0 2 31 2 *" }\nextract:\n'],
  [
    "keys to merge",
    "    orgs: { endpoint: /orgs }\n    users: { endpoint: /users }",
    "    orgs: &orgs { endpoint: /orgs }\n    users: { endpoint: /users, <<: *orgs }"
  ],
  ["a second document", "transform:\n", "---\ntransform:\n"],
  ["a directive", "pipeline: small\n", "%YAML 1.1\n---\npipeline: small\n"],
  ["a tag", "org.type = 'school'", "!env TYPE"],
  ["tabs in place of blanks", /^( {4})+/gm, "\t"],
  ["a quote that is not closed", "code: coalesce(org.identifier, org.name)", 'code: "org.name'],
  ["a quote that the next one closes", "where: org.type = 'school'", "where: \"org.type = 'school'"],
  [
    "one bad date behind many aliases",
    "  connection: brightspace\n",
    `  connection: brightspace
  gates:
    freeze:
      - { from: &day "2027-02-30", say: spring }
      - { from: *day, until: *day, say: spring }
      - { from: *day, say: spring }
`
  ],
  [
    "one bad value behind many aliases",
    "{ rule: org_name }\n        code: coalesce(org.identifier, org.name)",
    "&name { rule: org_nam }\n        code: *name"
  ],
  ["an alias of no anchor", "    users: { endpoint: /users }", "    users: *orgz"],
  [
    "an alias of an anchor by another name",
    "    orgs: { endpoint: /orgs }\n    users: { endpoint: /users }",
    "    orgs: &orgs { endpoint: /orgs }\n    users: *orgz"
  ],
  [
    "an alias inside what it names",
    "    orgs: { endpoint: /orgs }",
    "    orgs: &orgs { endpoint: /orgs, mode: *orgs }"
  ],
  [
    "aliases that unfold to far too much",
    "pipeline: small\n",
    `pipeline: small\nx: &x [${"1,".repeat(100)}]\ny: &y [${"*x,".repeat(100)}]\nz: [${"*y,".repeat(100)}]\n`
  ],
  ["yes where a join is optional or not", ...joined("optional: yes")],
  ["true in quotes where a join is optional or not", ...joined('optional: "true"')],
  ["yes where a ref is optional or not", ...parent("optional: yes")],
  ["true where a join has its condition", ...joined("optional: true", "true")],
  [
    "yes where a gate is open or not",
    "  connection: brightspace\n",
    "  connection: brightspace\n  gates: { nightly: yes }\n"
  ],
  ["a number and its text as keys of one table", "{ student: Student }", '{ 1: Student, "1": Teacher }'],
  ["a key that YAML does not read as it is written", "{ student: Student }", "{ 01: Student }"],
  ["a truth that YAML does not read as it is written", "{ student: Student }", "{ True: Student }"],
  ["a map as a key", "{ student: Student }", "{ { a: b }: Student }"],
  ["an entity made from itself", "from: orgs AS org", "from: school AS org"],
  [
    "a test of a dataset whose collection is unknown",
    "users: { endpoint: /users }",
    "users: { endpoint: /users }\n    demos: { endpoint: /demo }\ntests: [{ name: x, given: { demos: [{ sourcedId: a }] } }]"
  ],
  ["an unknown pipeline that is used", "extract:\n", "uses: { smal: [school] }\nextract:\n"],
  ["a test of what is not there", "load:\n", "tests: [{ name: x, given: { orgs: [{ sourcedID: a }] } }]\nload:\n"]
]

it("says nothing of a good file", async () => {
  expect(await complaints(good)).toMatchObject({ warnings: [] })
})

it.each([
  ["TRY_CAST(trim(org.identifier) AS DATE)", "org.identifier", "DATE", 15],
  ["strftime(coalesce(NULL, org.name)::TIMESTAMP, '%Y')", "org.name", "TIMESTAMP", 48]
])("warns where text of the source is made a date by the engine: %s", async (expression, name, type, column) => {
  const said = await complaints(good.replace("coalesce(org.identifier, org.name)", expression))
  const message = `${name} is text, of which the engine makes a ${type} even where it is \`infinity\` or more than a date`
  expect(said).toMatchObject({ warnings: [{ severity: "warning", message, line: 21, column }] })
})

it("says nothing of a date that is read by its form, that the connector reads, or that stands in a condition alone", async () => {
  for (const expression of [
    "CAST(try_strptime(org.identifier, '%Y') AS DATE)",
    "CAST(org.dateLastModified AS DATE)",
    "CAST(CASE WHEN org.name = 'x' THEN org.dateLastModified END AS DATE)"
  ]) {
    const edited = good.replace("code: coalesce(org.identifier, org.name)", `code: "${expression}"`)
    expect(await complaints(edited)).toMatchObject({ warnings: [] })
  }
})

it("lets more than all of what stands come in", async () => {
  const [from, to] = limit("school_growth: { percent: 250 }, section_growth: { percent: 400.5, floor: 0 }")
  expect(await complaints(good.replace(from, to))).toMatchObject({ warnings: [] })
})

it.each(mistakes)("%s is told once, at its place", async (name, from, to) => {
  expect(good).toMatch(from)
  const said = await complaints(good.replace(from, to))
  const diagnostics = "diagnostics" in said ? said.diagnostics : []
  expect(diagnostics).toHaveLength(1)
  await expect(stripVTControlCharacters(`${renderDiagnostics(diagnostics)}\n`)).toMatchFileSnapshot(
    `golden/${name.replaceAll(/\W+/g, "-")}.txt`
  )
})
