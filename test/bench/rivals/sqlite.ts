import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import type { Class, Course, Enrollment, Rival, User } from "./records.ts"
import { differing, entities, landed, prepared } from "./sql.ts"

/** The part of better-sqlite3 that is used; it is installed beside the bench and no package of this project. */
interface Database {
  readonly exec: (sql: string) => void
  readonly pragma: (text: string) => void
  readonly prepare: (sql: string) => {
    readonly run: (...values: ReadonlyArray<unknown>) => void
    readonly get: () => unknown
  }
  readonly close: () => void
}

/** A script with a database file: rows are inserted one by one by a prepared statement within a transaction, the rest is SQL. */
export const sqlite =
  (packages: string): Rival =>
  async ({ downloaded, folder }) => {
    const make = createRequire(join(packages, "package.json"))("better-sqlite3") as new (file: string) => Database
    const file = join(folder, "state.sqlite")
    const isFirst = !existsSync(file)
    const database = new make(file)
    database.pragma("journal_mode = WAL")
    database.pragma("temp_store = MEMORY")
    if (isFirst)
      database.exec("CREATE TABLE kept (entity TEXT, key TEXT, value TEXT, PRIMARY KEY (entity, key)) WITHOUT ROWID")
    database.exec("CREATE TEMP TABLE now (entity TEXT, key TEXT, value TEXT, PRIMARY KEY (entity, key)) WITHOUT ROWID")
    const insert: Record<string, (...values: ReadonlyArray<unknown>) => void> = {}
    for (const [table, columns] of Object.entries(landed)) {
      database.exec(`CREATE TEMP TABLE ${table} (${columns.map((name) => `${name} TEXT`).join(", ")})`)
      const statement = database.prepare(`INSERT INTO ${table} VALUES (${columns.map(() => "?").join(", ")})`)
      insert[table] = (...values) => statement.run(...values)
    }
    const into = (table: string, ...values: ReadonlyArray<unknown>): void => insert[table]?.(...values)
    const take: Readonly<Record<string, (row: never) => void>> = {
      users: (row: User) => {
        const { email, familyName, givenName, identifier, role, sourcedId, status, username } = row
        into("users", sourcedId, status, username, givenName, familyName, role, identifier, email)
        for (const org of row.orgs) into("user_orgs", sourcedId, org.sourcedId)
        for (const agent of row.agents) into("agents", sourcedId, agent.sourcedId)
      },
      courses: ({ courseCode, sourcedId, title }: Course) => into("courses", sourcedId, title, courseCode),
      classes: ({ classCode, course, sourcedId, terms, title }: Class) =>
        into("classes", sourcedId, title, classCode, course.sourcedId, terms[0]?.sourcedId ?? null),
      enrollments: (row: Enrollment) =>
        into("enrollments", row.sourcedId, row.status, row.user.sourcedId, row.class.sourcedId, row.role)
    }
    database.exec("BEGIN")
    await downloaded((name, bytes) => {
      const page = JSON.parse(bytes.toString()) as Record<string, ReadonlyArray<never>>
      const one = take[name]
      if (one !== undefined) for (const row of page[name] ?? []) one(row)
    })
    for (const [table, sql] of Object.entries(prepared)) database.exec(`CREATE TEMP TABLE ${table} AS ${sql}`)
    for (const index of ["users(id)", "person(id)", "classes(id)", "courses(id)", "lead(class)"])
      database.exec(`CREATE INDEX temp.${index.replace(/\W/g, "_")} ON ${index}`)
    for (const [entity, sql] of Object.entries(entities))
      database.exec(`INSERT INTO now SELECT '${entity}', key, value FROM (${sql})`)
    const { differing: found } = database.prepare(differing).get() as { readonly differing: number }
    database.exec("DELETE FROM kept; INSERT INTO kept SELECT * FROM now; COMMIT")
    database.close()
    return found
  }
