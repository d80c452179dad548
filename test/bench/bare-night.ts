import { DuckDBInstance } from "@duckdb/node-api"
import { mkdirSync, readFileSync, rmSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { DistrictFiles } from "./district.ts"
import { eachPage } from "./download.ts"
import { peakMegabytes, timed } from "./measure.ts"

/**
 * The stages of a quiet night with nothing around them: `bare-night.ts PORT DISTRICT.json FOLDER`. Every collection is
 * downloaded to files, read, looked through for duplicates, joined into the large entities by plain SQL, and compared
 * with a kept copy by key and hash.
 * No contract, no quarantine, no proof, no plan: a floor, not a product.
 */
const [port = "", described = "", folder = ""] = process.argv.slice(2)
const district = JSON.parse(readFileSync(described, "utf8")) as DistrictFiles
const home = join(folder, "bare")
rmSync(home, { recursive: true, force: true })
mkdirSync(home, { recursive: true })

const ref = "STRUCT(sourcedId VARCHAR)"
const columns: Readonly<Record<string, string>> = {
  orgs: `STRUCT(sourcedId VARCHAR, name VARCHAR, type VARCHAR, identifier VARCHAR)`,
  academicSessions: `STRUCT(sourcedId VARCHAR, title VARCHAR, type VARCHAR, startDate VARCHAR, endDate VARCHAR, parent ${ref})`,
  courses: `STRUCT(sourcedId VARCHAR, title VARCHAR, courseCode VARCHAR, org ${ref})`,
  classes: `STRUCT(sourcedId VARCHAR, status VARCHAR, title VARCHAR, classCode VARCHAR, course ${ref}, school ${ref}, terms ${ref}[])`,
  users: `STRUCT(sourcedId VARCHAR, status VARCHAR, username VARCHAR, enabledUser VARCHAR, givenName VARCHAR, familyName VARCHAR, role VARCHAR, identifier VARCHAR, email VARCHAR, orgs ${ref}[], agents ${ref}[])`,
  enrollments: `STRUCT(sourcedId VARCHAR, status VARCHAR, "user" ${ref}, class ${ref}, role VARCHAR, "primary" VARCHAR, endDate VARCHAR)`
}

const entities: Readonly<Record<string, string>> = {
  users: `SELECT r.sourcedId AS key, trim(r.givenName) AS first, trim(r.familyName) AS last, r.username, r.email, CASE WHEN r.role = 'student' THEN coalesce(nullif(r.identifier, ''), r.sourcedId) ELSE r.sourcedId END AS org_defined_id, r.role FROM land_users WHERE r.status = 'active' AND nullif(r.familyName, '') IS NOT NULL AND nullif(r.username, '') IS NOT NULL`,
  lead: `SELECT e.r.class.sourcedId AS class, min(u.r.familyName || '_' || u.r.givenName) AS code FROM land_enrollments e JOIN land_users u ON u.r.sourcedId = e.r.user.sourcedId WHERE e.r.role = 'teacher' GROUP BY ALL`,
  offering: `SELECT c.r.sourcedId AS key, concat_ws(' ', k.r.courseCode, c.r.classCode, c.r.title) AS name, lead.code || ' ' || c.r.sourcedId AS code, k.r.sourcedId AS template, c.r.terms[1].sourcedId AS term FROM land_classes c JOIN land_courses k ON k.r.sourcedId = c.r.course.sourcedId LEFT JOIN lead ON lead.class = c.r.sourcedId`,
  district_enrollment: `SELECT key, role FROM users`,
  school_enrollment: `SELECT r.sourcedId || '/' || org.sourcedId AS key, r.role FROM (SELECT r, unnest(r.orgs) AS org FROM land_users WHERE r.role IN ('student', 'teacher')) SEMI JOIN users ON users.key = r.sourcedId`,
  enrollment: `SELECT DISTINCT ON (key) e.r.class.sourcedId || '/' || e.r.user.sourcedId AS key, e.r.role AS role, e.r.class.sourcedId AS offering, users.key AS person FROM land_enrollments e JOIN users ON users.key = e.r.user.sourcedId JOIN offering ON offering.key = e.r.class.sourcedId WHERE e.r.status = 'active'`,
  section_enrollment: `SELECT key, offering, person FROM enrollment`,
  relationship: `SELECT DISTINCT r.sourcedId || '/' || a.sourcedId AS key FROM (SELECT r, unnest(r.agents) AS a FROM land_users WHERE r.role = 'student')`
}

const instance = await DuckDBInstance.create(join(home, "state.duckdb"))
const connection = await instance.connect()
await connection.run("SET preserve_insertion_order = false")

const download = async (name: string): Promise<ReadonlyArray<string>> => {
  const collection = district.collections[name]
  if (collection === undefined) return []
  await eachPage(port, name, collection, (bytes, page) => writeFile(join(home, `${name}-${page}.json`), bytes))
  return Array.from({ length: collection.offsets.length - 1 }, (_, page) => join(home, `${name}-${page}.json`))
}

const stages = { read: 0, transform: 0, compare: 0 }
const during = async (stage: keyof typeof stages, work: () => Promise<unknown>): Promise<void> => {
  stages[stage] += await timed(work)
}

const land = async (): Promise<void> => {
  for (const name of Object.keys(district.collections)) {
    const files = await download(name)
    await connection.run(
      `CREATE OR REPLACE TEMP TABLE land_${name} AS SELECT unnest(${name}, recursive := false) AS r FROM read_json([${files.map((file) => `'${file}'`).join(",")}], format = 'newline_delimited', columns = {${name}: '${columns[name]}[]'})`
    )
    for (const file of files) rmSync(file)
    await connection.run(`SELECT count(*), count(DISTINCT r.sourcedId) FROM land_${name}`)
  }
}

/** One night; its seconds by stage stand in `stages`. */
const night = async (compare: (name: string) => string): Promise<void> => {
  Object.assign(stages, { read: 0, transform: 0, compare: 0 })
  await during("read", land)
  for (const [name, sql] of Object.entries(entities)) {
    await during("transform", async () => {
      await connection.run(
        `CREATE OR REPLACE TEMP TABLE "now_${name}" AS SELECT *, hash(one) AS h FROM (${sql}) AS one`
      )
      await connection.run(`CREATE OR REPLACE TEMP VIEW "${name}" AS SELECT * FROM "now_${name}"`)
    })
    if (name !== "lead") await during("compare", () => connection.run(compare(name)))
  }
}

await night((name) => `CREATE TABLE "kept_${name}" AS SELECT key, h FROM "now_${name}"`)
const seconds = await timed(() =>
  night(
    (name) =>
      `CREATE OR REPLACE TEMP TABLE "differs_${name}" AS SELECT coalesce(a.key, b.key) AS key FROM "now_${name}" AS a FULL JOIN "kept_${name}" AS b ON a.key = b.key WHERE a.h IS DISTINCT FROM b.h`
  )
)
rmSync(home, { recursive: true, force: true })
process.stdout.write(`${JSON.stringify({ seconds, ...stages, peakMegabytes: peakMegabytes() })}\n`)
process.exit(0)
