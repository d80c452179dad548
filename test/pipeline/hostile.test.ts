import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { literal } from "../../src/core/sql.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { complaints, inFolder, smallPipeline, withWarehouse } from "../tools/definitions.ts"
import { plain } from "../tools/plain-sql.ts"

/** Attempts to reach what an expression has no business with. */
const hostile = [
  // files
  "read_text('/etc/passwd')",
  "read_blob('/etc/passwd')",
  "(SELECT content FROM read_text('/etc/passwd'))",
  "(SELECT count(*) FROM read_csv('/etc/passwd'))",
  "(SELECT * FROM '/etc/passwd')",
  "EXISTS (FROM '/etc/passwd')",
  "org.name IN (FROM read_csv_auto('/etc/passwd'))",
  "org.name = ANY (SELECT file FROM glob('/*'))",
  "(SELECT max(column0) FROM parquet_scan('s3://bucket/*'))",
  "(SELECT 1 FROM sniff_csv('/etc/passwd'))",
  "(SELECT json FROM read_json_objects('https://example.com/x.json'))",
  "ARRAY(SELECT name FROM orgs)",
  "glob('/*')",
  "list_files('/')",
  // settings, environment, catalogue
  "getenv('HOME')",
  "current_setting('home_directory')",
  "getvariable('x')",
  "set_config('a', 'b', false)",
  "current_database()",
  "current_user",
  "session_user",
  "user()",
  "version()",
  "pg_typeof(org.name) || current_schemas(true)::VARCHAR",
  "duckdb_settings()",
  "(SELECT value FROM duckdb_secrets())",
  "(SELECT 1 FROM pragma_database_list())",
  "(FROM duckdb_tables() SELECT max(sql))",
  "in_search_path('memory', 'main')",
  "txid_current()",
  "nextval('sequence')",
  "write_log('seen')",
  "add_parquet_key('a', 'b')",
  // code in text
  "query('DROP TABLE run')",
  "query_table('orgs')",
  "(SELECT * FROM query('SELECT 1'))",
  "eval('1')",
  "json_execute_serialized_sql('{}')",
  "json_serialize_plan('SELECT 1')",
  "json_serialize_sql('SELECT 1')",
  "parse_sql('SELECT 1')",
  // chance, the clock, other rows
  "random()",
  "uuid()",
  "gen_random_uuid()",
  "now()",
  "current_timestamp",
  "current_date",
  "localtimestamp",
  '"current_user"',
  "user",
  "org.rowid",
  "rowid",
  "today()",
  "count(*)",
  "string_agg(org.name)",
  "row_number() OVER ()",
  "max(org.name) OVER (PARTITION BY org.type)",
  "unnest(['a', 'b'])",
  "COLUMNS('.*')",
  "*",
  "org.*",
  "?",
  "$1",
  "DEFAULT",
  // more than an expression
  "org.name FROM users",
  "org.name) FROM users --",
  "org.name); DROP TABLE run; SELECT (org.name",
  "org.name; COPY orgs TO '/tmp/out.csv'",
  "org.name); COPY (SELECT 1) TO '/tmp/out.csv'; --",
  "org.name); ATTACH '/tmp/other.duckdb' AS other; --",
  "org.name); INSTALL httpfs; LOAD httpfs; --",
  "org.name); SET enable_external_access = true; --",
  "org.name); PRAGMA database_list; --",
  "org.name); CREATE MACRO f() AS 1; --",
  "org.name) UNION ALL SELECT (users.username FROM users",
  "org.name) WHERE (true",
  "org.name) ORDER BY (1",
  "org.name) LIMIT (1",
  "org.name) OR (true",
  "org.name) || (org.type",
  "org.name) /* */ || /* */ (org.type",
  "org.name) -- a comment\n || (org.type",
  "org.name, users.username",
  "org.name AS key, org.name",
  "org.name */ FROM users /*",
  "/* */ (SELECT 1) /* */",
  "'a' || (WITH x AS (SELECT 1 AS y) SELECT y FROM x)",
  "CASE WHEN (SELECT true) THEN 'a' END",
  "list_transform([1], lambda x: (SELECT x))",
  "list_filter(['a'], lambda x: getenv(x) IS NOT NULL)",
  "coalesce(org.name, CAST(getenv('HOME') AS VARCHAR))",
  "system.main.getenv('HOME')",
  "main.\"getenv\"('HOME')",
  "\"GetEnv\"('HOME')",
  "org.name COLLATE nocase || getenv('HOME')",
  "{'a': getenv('HOME')}.a",
  "[getenv('HOME')][1]",
  "TRY(getenv('HOME'))",
  "struct_pack(a := getenv('HOME'))",
  "'x'.getenv()",
  "$$ text $$ || getenv('HOME')",
  "\u2003getenv('HOME')",
  // what fails every night, or on some
  "'now'::TIMESTAMP",
  "run.as_of < 'today'",
  "DATE '2026-02-30'",
  "TIMESTAMP 'now'",
  "strptime('x', '%Y')",
  "org.dateLastModified < 'yesterday'",
  "1 / 0",
  "length(org.name) / length(org.type)",
  "length(org.name) // 0",
  "length(org.name) % length(org.type)",
  "mod(1, 0.0)",
  "length(org.name) / nullif(length(org.type), 1)",
  "timezone('EST', org.dateLastModified)",
  "org.dateLastModified AT TIME ZONE 'Chicago'",
  // output and work without bound
  "repeat(org.name, 100000)",
  "repeat('x', length(org.name))",
  "repeat(repeat('x', 2000), 2000)",
  "lpad(org.name, 2000000, '0')",
  "rpad('', 2000000, 'x')",
  "printf('%2000000d', 1)",
  "printf('%*d', 2000000, 1)",
  "printf(org.name, 1)",
  "format('{:>2000000}', org.name)",
  "format('{:{}}', org.name, 2000000)",
  "list_reduce(split(org.name, ''), lambda made, one: made || made || one)",
  "replace(replace(replace(org.name, 'a', 'aaaaaaaaaaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaaaaaaaaaaaaaa')",
  "regexp_replace(org.name, '', repeat('x', 20000), 'g')",
  "array_to_string(split(org.name, ''), repeat('x', 20000))",
  "list_transform(split(org.name, ''), lambda a: list_transform(split(org.name, ''), lambda b: list_transform(split(org.name, ''), lambda c: list_transform(split(org.name, ''), lambda d: a || b || c || d))))",
  "range(2000000)",
  "generate_series(1, 2000000)",
  "list_resize([1], 2000000)",
  `org.name || '${"x".repeat(10_000)}'`,
  `${"(".repeat(400)}org.name${")".repeat(400)}${" + 1".repeat(1_500)}`
]

/** What an engineer writes every day. */
const harmless = [
  "org.name",
  "coalesce(org.identifier, org.name) || ' ' || org.type",
  "CASE org.type WHEN 'school' THEN 'S' ELSE upper(left(org.name, 3)) END",
  "org.name ILIKE 'north%' AND org.type IN ('school', 'local')",
  "org.identifier NOT LIKE '0%' OR org.parent IS NOT DISTINCT FROM 'D'",
  "regexp_replace(org.name, '[^A-Z]', '', 'g')",
  "strftime(run.as_of + INTERVAL 1 DAY, '%Y-%m-%d')",
  "TRY_CAST(org.identifier AS INTEGER) BETWEEN 1 AND 99",
  "array_to_string(list_transform(['a', org.name], lambda x: lower(x)), '-')",
  "date_diff('day', run.as_of, DATE '2026-01-01')",
  "nullif(trim(org.name), '')",
  "md5(org.sourcedId)",
  "concat_ws(' ', org.name, org.identifier)",
  "'a comment -- that is text' /* a real one */",
  "org.dateLastModified AT TIME ZONE 'America/Chicago'",
  "extract('year' FROM run.as_of)",
  "{'a': org.name}.a",
  "org.name[1:3]",
  "length(org.name) / 2",
  "length(org.name) / -2.5",
  "length(org.name) / nullif(length(org.type), 0)",
  "(org.name) || (org.type)",
  "org.name -- a comment at its end",
  "lpad(org.identifier, 9, '0')",
  "repeat('0', 9) || org.identifier",
  "printf('%09d', length(org.name))",
  "format('{:05d} {}', length(org.name), org.type)",
  "replace(replace(replace(org.name, '&', 'and'), '/', ' - '), '#', 'No. ')",
  "list_reduce(split(org.name, ''), lambda made, one: made || one)",
  "CAST(org.identifier AS INTEGER)",
  "org.name = 'today'",
  "run.as_of >= '2026-10-01'"
]

const validating = (expression: string) =>
  complaints(
    smallPipeline(`  entities:
    school:
      from: orgs AS org
      key: org.sourcedId
      fields:
        name: { sql: ${JSON.stringify(expression)} }`)
  )

it.each(hostile)("refuses %s", async (expression) => {
  const said = await validating(expression)
  expect("diagnostics" in said ? said.diagnostics.map((one) => one.severity) : []).toContain("error")
})

it.each(harmless)("takes %s", async (expression) => {
  const said = await validating(expression)
  expect("diagnostics" in said ? said.message : "").toBe("")
})

it("refuses the same in conditions, templates, lists, picks and what shows an expectation", async () => {
  const said = await complaints(
    smallPipeline(`  rules:
    stolen: { template: "{getenv('A')}" }
  entities:
    district: { from: orgs AS org, key: org.sourcedId, fields: { name: org.name, code: org.name } }
    school:
      from: orgs AS org
      each: { one: "[getenv('B')]" }
      join:
        - { users AS person: "getenv('C') = 'x'" }
      where: getenv('D') = 'x'
      pick: { one_per: ["getenv('E')"], order_by: ["getenv('F')"] }
      key: getenv('G')
      label: getenv('H')
      scope: { school: "getenv('I')", section: "getenv('J')" }
      fields:
        name: { rule: stolen }
        code: { first_of: [{ when: "getenv('K') = 'x'", value: "getenv('L')" }] }
        c: { map: { of: "getenv('M')", table: {} } }
        d: { unique: ["getenv('N')"] }
        e: { date: { of: "getenv('O')" } }
        f: { clean: { of: "getenv('P')", steps: [] } }
        parent: { ref: district, key: "getenv('Q')" }
      reject: [{ id: r, when: "getenv('R') = 'x'", say: r }]
      warn: [{ id: w, when: "getenv('S') = 'x'", say: w }]
      expect: { min_rows: 1, say: none, show: "getenv('T')", show_from: orgs }`).replace(
      "entities: {}",
      `entities:
    district: { resource: org_unit, type: District, on_gone: keep }
    school:
      resource: org_unit
      type: School
      on_gone: keep
      keep_when: "getenv('U') = 'x'"
      state_only: [c, d, e, f]`
    )
  )
  const refused =
    "diagnostics" in said ? said.diagnostics.filter((one) => one.message.includes("getenv is not allowed")) : []
  const letters = refused.map((one) => /^getenv\('(\w)'\)/.exec(one.text.slice(one.column - 1))?.[1])
  expect(new Set(letters)).toEqual(new Set("ABCDEFGHIJKLMNOPQRSTU"))
})

it("has an engine that reaches nothing but its own folders, should an expression ever get through", async () => {
  await inFolder(async (folder) => {
    const secret = join(folder, "secret.csv")
    writeFileSync(secret, "a\n1\n")
    const attempts = [
      `SELECT * FROM read_csv(${literal(secret)})`,
      `SELECT * FROM read_text(${literal(secret)})`,
      `SELECT * FROM ${literal(secret)}`,
      `SELECT * FROM glob(${literal(`${folder}/*`)})`,
      `COPY (SELECT 1) TO ${literal(join(folder, "out.csv"))}`,
      `ATTACH ${literal(join(folder, "other.duckdb"))} AS other`,
      `EXPORT DATABASE ${literal(join(folder, "dump"))}`,
      "INSTALL httpfs",
      "LOAD httpfs",
      "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
      "SET enable_external_access = true",
      "RESET allowed_directories",
      "SET lock_configuration = false",
      "CREATE SECRET s (TYPE http, BEARER_TOKEN 'x')"
    ]
    const passed = await withWarehouse(
      Effect.gen(function* () {
        const warehouse = yield* Warehouse
        const outcomes: Array<string> = []
        for (const attempt of attempts) {
          const outcome = yield* Effect.either(warehouse.execute(plain(attempt)))
          if (outcome._tag === "Right") outcomes.push(attempt)
        }
        return outcomes
      })
    )
    expect(passed).toEqual([])
  })
})
