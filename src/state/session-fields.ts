import { joined, name as quoted, type Sql, sql, texts } from "../core/sql.ts"

/** The fields of an academic session in the rows of a change set, of steps and of a ledger. */

/** A session stands in two fields. */
interface SessionFields {
  readonly id: string
  readonly title: string
}

/** The fields in which the academic sessions of a record stand, where it has any: its own, and the grading period in which it is due. */
export const sessionFields: ReadonlyArray<SessionFields> = [
  { id: "session", title: "session_title" },
  { id: "due_period", title: "due_period_title" }
]

/** The names of all these fields. */
export const fieldsOfSessions: ReadonlySet<string> = new Set(sessionFields.flatMap(({ id, title }) => [id, title]))

/** Whether records with these fields may have a session. */
export const hasSession = ({ fields }: { readonly fields: ReadonlyArray<string> }): boolean =>
  fields.some((field) => fieldsOfSessions.has(field))

/** Whether fields, as JSON, are of one of these academic sessions, by id or title; of no JSON it is null. */
export const inSessions = (wanted: ReadonlyArray<string>, fields: Sql): Sql => {
  const lower = texts(wanted.map((name) => name.toLowerCase()))
  const conditions = sessionFields.flatMap(({ id, title }) => [
    sql`list_contains(${texts(wanted)}, ${fields}->>${id})`,
    sql`list_contains(${lower}, lower(${fields}->>${title}))`
  ])
  return sql`(${joined(conditions, " OR ")})`
}

/**
 * Sessions (id, title) that a pipeline knows by what it has written, and by the ledgers of other pipelines that it uses: those of a
 * roster are there before anything belongs to them.
 */
export const sessionsInLedgers = (
  own: ReadonlyArray<{ readonly fields: ReadonlyArray<string>; readonly tables: { readonly ledger: string } }>,
  used: ReadonlyArray<string>
): ReadonlyArray<Sql> => [
  ...sessionFields.flatMap(({ id, title }) =>
    own
      .filter(({ fields }) => fields.includes(id) || fields.includes(title))
      .map(({ fields, tables }) => {
        const [first, second] = [id, title].map((field) => (fields.includes(field) ? quoted(field) : null))
        return sql`SELECT ${first ?? null}, ${second ?? null} FROM ${quoted(tables.ledger)}`
      })
  ),
  ...used.map(
    (ledger) =>
      sql`SELECT key, label FROM ${quoted(ledger)} WHERE key IS DISTINCT FROM _school AND key IS DISTINCT FROM _section`
  )
]
