import * as Effect from "effect/Effect"
import { isWhole, type PlanPart } from "../core/plan-part.ts"
import { identifier, list, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { ledgerTable, type LoadedEntity, loadedEntitiesOf, standingKeys } from "../state/tables.ts"

/**
 * Leaves in the table `change` or `step` only what belongs to the part, and what that refers to and does not stand at
 * the target yet: an enrollment comes with its person and its offering. Gives a sentence for each school, section and
 * session of the part that nothing is known of.
 */
export const narrow: (
  definition: Definition,
  table: "change" | "step",
  part: PlanPart
) => Effect.Effect<ReadonlyArray<string>, WarehouseError, Warehouse> = Effect.fn("snapshot.narrow")(function* (
  definition: Definition,
  table: "change" | "step",
  part: PlanPart
) {
  if (isWhole(part)) return []
  const warehouse = yield* Warehouse
  const entities = loadedEntitiesOf(definition)
  yield* warehouse.execute(`-- names of schools and sections, by the record whose key is the scope itself
CREATE OR REPLACE TEMP TABLE scope_name AS
SELECT DISTINCT key, label FROM ${table} WHERE label IS NOT NULL AND (key = school OR key = section)
${entities
  .map(
    ({ tables }) =>
      `UNION SELECT key, label FROM ${identifier(tables.ledger)} WHERE label IS NOT NULL AND (key = _school OR key = _section)`
  )
  .join("\n")}
${definition.datasets
  .flatMap(({ mode }) =>
    mode.kind === "ledger"
      ? [
          `UNION SELECT key, label FROM ${identifier(ledgerTable(mode.pipeline, mode.entity))} WHERE label IS NOT NULL AND (key = _school OR key = _section)`
        ]
      : []
  )
  .join("\n")}`)
  const inScope = (column: "school" | "section", wanted: ReadonlyArray<string>): ReadonlyArray<string> =>
    wanted.length === 0
      ? []
      : [
          `(list_contains(${list(wanted)}, ${column}) OR ${column} IN (SELECT key FROM scope_name WHERE list_contains(${list(wanted.map((name) => name.toLowerCase()))}, lower(label))))`
        ]
  const belongs = [
    ...(part.entities.length === 0 ? [] : [`list_contains(${list(part.entities)}, entity)`]),
    ...inScope("school", part.schools),
    ...inScope("section", part.sections),
    // What goes is of the session in which it was.
    ...(part.sessions.length === 0 ? [] : [inSessions(part.sessions, "coalesce(after, before)")])
  ].join(" AND ")
  yield* warehouse.execute("CREATE OR REPLACE TEMP TABLE chosen (entity VARCHAR, key VARCHAR, refs VARCHAR[])")
  // From the leaves up: what a chosen record refers to is chosen with it.
  for (const entity of [...entities].reverse()) {
    const refs = entity.definition.fields
      .filter((field) => field.kind === "ref")
      .map((field) => `after->>${literal(field.name)}`)
    const name = entity.load.entity
    yield* warehouse.execute(`-- ${name} in the part asked for
INSERT INTO chosen SELECT entity, key, [${refs.join(", ")}]::VARCHAR[] FROM ${table}
WHERE entity = ${literal(name)} AND (${belongs}
  OR (after IS NOT NULL AND ${literal(`${name}:`)} || key IN (SELECT unnest(refs) FROM chosen) AND key NOT IN (${standingKeys(entity)})))`)
  }
  const unknown = [
    ...(yield* unknownScopes(entities, table, "school", part.schools)),
    ...(yield* unknownScopes(entities, table, "section", part.sections)),
    ...(yield* unknownSessions(definition, table, part.sessions))
  ]
  yield* warehouse.execute(`DELETE FROM ${table} WHERE (entity, key) NOT IN (SELECT (entity, key) FROM chosen)`)
  return unknown
})

/** A misspelt school has no changes, which must not be told as "nothing to do". */
const unknownScopes = Effect.fnUntraced(function* (
  entities: ReadonlyArray<LoadedEntity>,
  table: "change" | "step",
  column: "school" | "section",
  wanted: ReadonlyArray<string>
) {
  if (wanted.length === 0) return []
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(`-- ${column}s that nothing is known of
SELECT name FROM (SELECT unnest(${list(wanted)}) AS name)
WHERE lower(name) NOT IN (SELECT lower(label) FROM scope_name) AND name NOT IN (SELECT key FROM scope_name)
  AND name NOT IN (SELECT ${column} FROM ${table} WHERE ${column} IS NOT NULL
    ${entities.map(({ tables }) => `UNION SELECT _${column} FROM ${identifier(tables.ledger)} WHERE _${column} IS NOT NULL`).join("\n    ")})`)
  return rows.map((row) => `${column} ${String(row["name"])}: rollbook knows none of that id or name`)
})

/**
 * Sessions are known by the records that have one, and by the ledgers of other pipelines: those of a roster are there before
 * anything belongs to them.
 */
const unknownSessions = Effect.fnUntraced(function* (
  definition: Definition,
  table: "change" | "step",
  wanted: ReadonlyArray<string>
) {
  if (wanted.length === 0) return []
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(`-- sessions that nothing is known of
WITH known (id, title) AS (
  ${sessionFields
    .flatMap(({ id, title }) => [
      ...["after", "before"].map(
        (fields) => `SELECT ${fields}->>${literal(id)}, ${fields}->>${literal(title)} FROM ${table}`
      ),
      ...loadedEntitiesOf(definition)
        .filter(({ fields }) => fields.includes(id) || fields.includes(title))
        .map(
          ({ fields, tables }) =>
            `SELECT ${[id, title].map((field) => (fields.includes(field) ? identifier(field) : "NULL")).join(", ")} FROM ${identifier(tables.ledger)}`
        )
    ])
    .join("\n  UNION ")}
${definition.datasets
  .flatMap(({ mode }) =>
    mode.kind === "ledger" && mode.pipeline !== definition.name
      ? [
          `  UNION SELECT key, label FROM ${identifier(ledgerTable(mode.pipeline, mode.entity))} WHERE key IS DISTINCT FROM _school AND key IS DISTINCT FROM _section`
        ]
      : []
  )
  .join("\n")}
)
SELECT name FROM (SELECT unnest(${list(wanted)}) AS name)
WHERE name NOT IN (SELECT id FROM known WHERE id IS NOT NULL) AND lower(name) NOT IN (SELECT lower(title) FROM known WHERE title IS NOT NULL)`)
  return rows.map((row) => `session ${String(row["name"])}: rollbook knows none of that id or name`)
})

/** A session stands in two fields. */
interface SessionFields {
  readonly id: string
  readonly title: string
}

/** The fields in which the academic sessions of a record stand, where it has any: its own, and the grading period in which it is due. */
const sessionFields: ReadonlyArray<SessionFields> = [
  { id: "session", title: "session_title" },
  { id: "due_period", title: "due_period_title" }
]

/** The names of all these fields. */
export const fieldsOfSessions: ReadonlySet<string> = new Set(sessionFields.flatMap(({ id, title }) => [id, title]))

export const hasSession = ({ fields }: LoadedEntity): boolean => fields.some((field) => fieldsOfSessions.has(field))

/** Whether fields, as JSON, are of one of these academic sessions, by id or title; of no JSON it is null. */
export const inSessions = (wanted: ReadonlyArray<string>, fields: string): string => {
  const lower = list(wanted.map((name) => name.toLowerCase()))
  const conditions = sessionFields.flatMap(({ id, title }) => [
    `list_contains(${list(wanted)}, ${fields}->>${literal(id)})`,
    `list_contains(${lower}, lower(${fields}->>${literal(title)}))`
  ])
  return `(${conditions.join(" OR ")})`
}
