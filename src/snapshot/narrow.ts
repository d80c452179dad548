import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { Steps } from "../state/change-set.ts"
import { isWhole, type PlanPart } from "../core/plan-part.ts"
import * as Schema from "effect/Schema"
import { about, joined, name as quoted, type Sql, sql, texts } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { countRows, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { outcomeTable } from "../state/durable.ts"
import { stand } from "../state/migrations.ts"
import { standingKeys } from "../state/tables.ts"
import { ledgerTable } from "../pipeline/relations.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import { inSessions, sessionFields, sessionsInLedgers } from "../state/session-fields.ts"
import type { Doing } from "../core/doing.ts"
import { chosenTable, scopeNameTable } from "./tables.ts"
import { emptied, made, named } from "../core/table.ts"

/** A school or section that was asked for is known to nobody: its plan, without steps, would read as good news. */
export class PartUnknown extends Data.TaggedError("PartUnknown")<{ readonly detail: string }> {
  override get message(): string {
    return `nothing was planned: ${this.detail}`
  }
}

/**
 * Leaves of a change set, or of the steps of a plan, only what belongs to the part, and what that refers to and does not stand at
 * the target yet: an enrollment comes with its person and its offering. Gives a sentence for each school, section and
 * session of the part that nothing is known of. `begun`: the plan whose apply is taken up again, of which all belongs to the part
 * that did when it began.
 */
export const narrow = Effect.fn("snapshot.narrow")(function* (
  definition: Definition,
  set: Steps,
  part: PlanPart,
  begun: string | null = null
): Doing<ReadonlyArray<string>, WarehouseError, Warehouse> {
  if (isWhole(part)) return []
  const warehouse = yield* Warehouse
  if (begun !== null) yield* stand(outcomeTable)
  const entities = loadedEntitiesOf(definition)
  yield* nameScopes(definition, set)
  const belongs = joined(
    [
      ...(part.entities.length === 0 ? [] : [sql`list_contains(${texts(part.entities)}, entity)`]),
      ...inScope("school", part.schools),
      ...inScope("section", part.sections),
      // A removal belongs to the session in which its record was.
      ...(part.sessions.length === 0 ? [] : [inSessions(part.sessions, sql`coalesce(after, before)`)])
    ],
    " AND "
  )
  yield* warehouse.execute(sql`${emptied(chosenTable)}`)
  // From the leaves up: what a chosen record refers to is chosen with it.
  for (const entity of [...entities].reverse()) {
    const refs = entity.definition.fields
      .filter((field) => field.kind === "ref")
      .map((field) => sql`after->>${field.name}`)
    const { entity: name } = entity.load
    const answered = sql` OR key IN (SELECT key FROM ${named(outcomeTable)} WHERE plan = ${begun} AND entity = ${name})`
    yield* warehouse.execute(sql`${about(`${name} in the part asked for`)}INSERT INTO chosen SELECT entity, key, [${joined(refs, ", ")}]::VARCHAR[] FROM ${set.table}
WHERE entity = ${name} AND (${belongs}
  OR (after IS NOT NULL AND ${`${name}:`} || key IN (SELECT unnest(refs) FROM chosen)
    AND (key NOT IN (${standingKeys(entity)})${begun === null ? sql`` : answered})))`)
  }
  const unknown = [
    ...(yield* unknownScopes(entities, set, "school", part.schools)),
    ...(yield* unknownScopes(entities, set, "section", part.sections)),
    ...(yield* unknownSessions(definition, set, part.sessions))
  ]
  yield* warehouse.execute(set.remove(sql`(t.entity, t.key) NOT IN (SELECT (entity, key) FROM chosen)`))
  return unknown
})

/** Fills `scope_name`: the names of schools and sections, by the record whose key is the scope itself. */
export const nameScopes = Effect.fn("snapshot.name-scopes")(function* (
  definition: Definition,
  set: Steps
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const isScope = sql`label IS NOT NULL AND (key = _school OR key = _section)`
  const used = definition.datasets.flatMap(({ mode }) =>
    mode.kind === "ledger" ? [ledgerTable(mode.pipeline, mode.entity)] : []
  )
  const ledgers = [...loadedEntitiesOf(definition).map(({ tables }) => tables.ledger), ...used].map(
    (ledger) => sql`\nUNION SELECT key, label FROM ${quoted(ledger)} WHERE ${isScope}`
  )
  yield* warehouse.execute(sql`${about("names of schools and sections, by the record whose key is the scope itself")}${made(scopeNameTable)}
SELECT DISTINCT key, label FROM ${set.table} WHERE label IS NOT NULL AND (key = school OR key = section)${joined(ledgers, "")}`)
})

/** Condition, once `nameScopes` is through: a step belongs to one of these schools or sections, by id or name; none where nothing is wanted. */
export const inScope = (column: "school" | "section", wanted: ReadonlyArray<string>): ReadonlyArray<Sql> =>
  wanted.length === 0
    ? []
    : [
        sql`(list_contains(${texts(wanted)}, ${quoted(column)}) OR ${quoted(column)} IN (SELECT key FROM scope_name WHERE list_contains(${texts(wanted.map((name) => name.toLowerCase()))}, lower(label))))`
      ]

/** The same of the steps of a plan, with a sentence too where it has none of the part. */
export const narrowPlan = Effect.fn("snapshot.narrow-plan")(function* (
  definition: Definition,
  set: Steps,
  part: PlanPart,
  begun: string | null
): Doing<ReadonlyArray<string>, WarehouseError, Warehouse> {
  const unknown = yield* narrow(definition, set, part, begun)
  if (unknown.length > 0 || isWhole(part) || (yield* countRows(sql`FROM ${set.table}`)) > 0) return unknown
  return [
    "none of its steps belongs to that part: `rollbook show` lists those of a school, a section or an entity, and each further word of --only narrows the choice"
  ]
})

const Named = Schema.Struct({ name: Text })

/** A misspelt school has no changes, which must not be told as "nothing to do". */
const unknownScopes = Effect.fnUntraced(function* (
  entities: ReadonlyArray<LoadedEntity>,
  set: Steps,
  column: "school" | "section",
  wanted: ReadonlyArray<string>
) {
  if (wanted.length === 0) return []
  const warehouse = yield* Warehouse
  const scope = quoted(`_${column}`)
  const standing = entities.map(
    ({ tables }) => sql`UNION SELECT ${scope} FROM ${quoted(tables.ledger)} WHERE ${scope} IS NOT NULL`
  )
  const rows = yield* warehouse.rows(
    sql`${about(`${column}s that nothing is known of`)}SELECT name FROM (SELECT unnest(${texts(wanted)}) AS name)
WHERE lower(name) NOT IN (SELECT lower(label) FROM scope_name) AND name NOT IN (SELECT key FROM scope_name)
  AND name NOT IN (SELECT ${quoted(column)} FROM ${set.table} WHERE ${quoted(column)} IS NOT NULL
    ${joined(standing, "\n    ")})`,
    Named
  )
  return rows.map((row) => `${column} ${row.name}: rollbook knows none of that id or name`)
})

/** Sessions are known by the records that have one, too. */
const unknownSessions = Effect.fnUntraced(function* (
  definition: Definition,
  set: Steps,
  wanted: ReadonlyArray<string>
) {
  if (wanted.length === 0) return []
  const warehouse = yield* Warehouse
  const known = [
    ...sessionFields.flatMap(({ id, title }) =>
      [sql`after`, sql`before`].map((fields) => sql`SELECT ${fields}->>${id}, ${fields}->>${title} FROM ${set.table}`)
    ),
    ...sessionsInLedgers(
      loadedEntitiesOf(definition),
      definition.datasets.flatMap(({ mode }) =>
        mode.kind === "ledger" && mode.pipeline !== definition.name ? [ledgerTable(mode.pipeline, mode.entity)] : []
      )
    )
  ]
  const rows = yield* warehouse.rows(
    sql`${about("sessions that nothing is known of")}WITH known (id, title) AS (
  ${joined(known, "\n  UNION ")}
)
SELECT name FROM (SELECT unnest(${texts(wanted)}) AS name)
WHERE name NOT IN (SELECT id FROM known WHERE id IS NOT NULL) AND lower(name) NOT IN (SELECT lower(title) FROM known WHERE title IS NOT NULL)`,
    Named
  )
  return rows.map((row) => `session ${row.name}: rollbook knows none of that id or name`)
})
