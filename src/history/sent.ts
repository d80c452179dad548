import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isOnDisk, type StoreError } from "../core/ports/disk.ts"
import { join } from "node:path"
import { about, all, joined, name as quoted, noRows, type Sql, sql } from "../core/sql.ts"
import { prepareOutcomes } from "../state/ledger.ts"
import type { Definition } from "../pipeline/definition.ts"
import {
  countRows,
  FieldsOrNull,
  type FieldValues,
  Text,
  TextOrNull,
  Warehouse,
  type WarehouseError
} from "../core/ports/warehouse.ts"
import { steps } from "../state/change-set.ts"
import { readSteps } from "../state/steps-file.ts"
import { rosterRelations } from "../extract/used-classes.ts"
import { prepareTables } from "../state/tables.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"

/** How a step of an apply can have ended; `stopped`: a gate or freeze was closed and nothing was sent. */
export const sentOutcomes = ["done", "failed", "stopped"] as const

/** One step of an apply, with how it ended. */
export interface SentStep {
  readonly entity: string
  readonly key: string
  readonly action: string
  readonly section: string | null
  /** Its own label; null where the plan is gone. */
  readonly label: string | null
  /** The record that one about a person refers to first, by entity and label: the assignment of a score. */
  readonly of: { readonly entity: string; readonly label: string } | null
  /** Person whom it is about, by SIS id; null where the entity declares none. */
  readonly person: string | null
  /** Null where the roster does not know the person. */
  readonly personName: string | null
  /** Fields as wanted, or as they last stood; null where the plan is gone. */
  readonly fields: FieldValues | null
  readonly outcome: (typeof sentOutcomes)[number]
  /** False where the target stood as wanted already. */
  readonly wrote: boolean
  readonly reason: string | null
  /** The outcome in rollbook's words, or the gate's. */
  readonly detail: string | null
  /** The target's own words for a failure: for those who asked to see names. */
  readonly said: string | null
}

/** Which steps are to be seen; null filters nothing. */
export interface SentChoice {
  readonly entity: string | null
  readonly school: string | null
  readonly section: string | null
  readonly outcome: SentStep["outcome"] | null
  /** At most so many are given back; all that match are counted. */
  readonly limit: number
}

/**
 * The steps of an apply with their outcomes: first what failed, then what a gate stopped, then what is done, each in
 * sending order. Details come out of the plan's folder, and are left out where it is gone: `hasDetails`. Of a school or a
 * section nothing is found then.
 */
export const listSent = Effect.fn("history.list-sent")(function* (
  definition: Definition,
  run: number,
  plan: string,
  choice: SentChoice
): Doing<
  { readonly steps: ReadonlyArray<SentStep>; readonly matching: number; readonly hasDetails: boolean },
  WarehouseError | StoreError,
  Warehouse
> {
  const warehouse = yield* Warehouse
  yield* prepareOutcomes
  yield* prepareTables(loadedEntitiesOf(definition))
  const file = join(warehouse.folders.plans, plan, "steps.ndjson")
  const hasSteps = yield* isOnDisk(file)
  if (hasSteps) yield* readSteps(file)
  const wanted = all([
    sql`outcome.run = ${Math.trunc(run)}`,
    ...(choice.entity === null ? [] : [sql`outcome.entity = ${choice.entity}`]),
    ...(choice.outcome === null ? [] : [sql`outcome.outcome = ${choice.outcome}`]),
    // Without the plan nobody knows where a step belongs: none is told as one of a place.
    ...(choice.school === null ? [] : [hasSteps ? sql`step.school = ${choice.school}` : sql`false`]),
    ...(choice.section === null ? [] : [hasSteps ? sql`step.section = ${choice.section}` : sql`false`])
  ])
  const from = sql`FROM outcome LEFT JOIN ${hasSteps ? steps.table : noRows({ seq: "BIGINT", label: "VARCHAR", section: "VARCHAR", before: "JSON", after: "JSON" })} AS step USING (seq)`
  const matching = yield* countRows(sql`${from} WHERE ${wanted}`)
  const entities = loadedEntitiesOf(definition)
  const aboutPeople = entities.filter(({ load }) => load.person !== null)
  const named = (yield* rosterRelations(definition))?.named
  const rows = yield* warehouse.rows(
    sql`${about("steps of an apply with their outcomes; grain: one row per step")}SELECT *${named === undefined ? sql`, NULL AS person_name` : sql`, (SELECT any_value(name) FROM ${named} WHERE id = person) AS person_name`} FROM (
SELECT outcome.*, coalesce(step.after, step.before)::VARCHAR AS fields, step.label, step.section,
  CASE outcome.entity ${whens(aboutPeople, personIn)} ELSE NULL END AS person,
  CASE outcome.entity ${whens(aboutPeople, referredEntity)} ELSE NULL END AS of_entity,
  CASE outcome.entity ${whens(aboutPeople, (entity) => referredLabel(entity, entities))} ELSE NULL END AS of_label
${from} WHERE ${wanted})
ORDER BY CASE outcome WHEN 'failed' THEN 1 WHEN 'stopped' THEN 2 ELSE 3 END, seq
${Number.isFinite(choice.limit) ? sql`LIMIT ${Math.trunc(choice.limit)}` : sql``}`,
    Sent
  )
  return { steps: rows.map(toSent), matching, hasDetails: hasSteps }
})

const whens = (entities: ReadonlyArray<LoadedEntity>, value: (entity: LoadedEntity) => Sql | null): Sql =>
  joined(
    [
      sql`WHEN '' THEN NULL`,
      ...entities.flatMap((entity) => {
        const made = value(entity)
        return made === null ? [] : [sql`WHEN ${entity.load.entity} THEN ${made}`]
      })
    ],
    " "
  )

const fieldIn = (field: string): Sql => sql`(coalesce(step.after, step.before)->>${field})`

const personIn = ({ load }: LoadedEntity): Sql | null => (load.person === null ? null : fieldIn(load.person))

const firstRef = ({ definition }: LoadedEntity): string | null =>
  definition.fields.find((field) => field.kind === "ref")?.name ?? null

const referredEntity = (entity: LoadedEntity): Sql | null => {
  const ref = firstRef(entity)
  return ref === null ? null : sql`split_part(${fieldIn(ref)}, ':', 1)`
}

/** The label of the record that is referred to, from its own ledger. */
const referredLabel = (entity: LoadedEntity, every: ReadonlyArray<LoadedEntity>): Sql | null => {
  const ref = entity.definition.fields.find((field) => field.kind === "ref")
  if (ref?.kind !== "ref") return null
  const labels = every
    .filter((one) => ref.entities.includes(one.load.entity))
    .map(
      (one) =>
        sql`(SELECT any_value(g.label) FROM ${quoted(one.tables.ledger)} AS g WHERE ${`${one.load.entity}:`} || g.key = ${fieldIn(ref.name)})`
    )
  return labels.length === 0 ? null : sql`coalesce(${joined(labels, ", ")})`
}

const Sent = Schema.Struct({
  entity: Text,
  key: Text,
  action: Text,
  section: TextOrNull,
  label: TextOrNull,
  of_entity: TextOrNull,
  of_label: TextOrNull,
  person: TextOrNull,
  person_name: TextOrNull,
  fields: FieldsOrNull,
  outcome: Schema.Literal(...sentOutcomes),
  wrote: Schema.NullOr(Schema.Boolean),
  reason: TextOrNull,
  detail: TextOrNull,
  said: TextOrNull
})

const toSent = (row: typeof Sent.Type): SentStep => ({
  entity: row.entity,
  key: row.key,
  action: row.action,
  section: row.section,
  label: row.label,
  of: row.of_entity === null || row.of_label === null ? null : { entity: row.of_entity, label: row.of_label },
  person: row.person,
  personName: row.person_name,
  fields: row.fields,
  outcome: row.outcome,
  wrote: row.wrote === true,
  reason: row.reason,
  detail: row.detail,
  said: row.said
})
