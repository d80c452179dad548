import * as Effect from "effect/Effect"
import { isOnDisk, type StoreError } from "../core/ports/disk.ts"
import { join } from "node:path"
import { identifier, literal } from "../core/sql.ts"
import { prepareOutcomes } from "../state/ledger.ts"
import type { Definition } from "../pipeline/definition.ts"
import {
  fieldsOf,
  type FieldValues,
  type Row,
  textOf,
  Warehouse,
  type WarehouseError
} from "../core/ports/warehouse.ts"
import { readSteps } from "../state/steps-file.ts"
import { rosterRelations } from "../extract/used-classes.ts"
import { prepareTables } from "../state/tables.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"

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
  /** Of a record about a person what it refers to first, by entity and label: the assignment of a score. */
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
  /** What became of it, in words of ours, or the gate's. */
  readonly detail: string | null
  /** Of a failure, what the target said in its own words: for those who asked to see names. */
  readonly said: string | null
}

/** Which steps are to be seen; null narrows nothing. */
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
 * sending order. Details come out of the plan's folder, and are left out where it is gone.
 */
export const listSent: (
  definition: Definition,
  run: number,
  plan: string,
  choice: SentChoice
) => Effect.Effect<
  { readonly steps: ReadonlyArray<SentStep>; readonly matching: number },
  WarehouseError | StoreError,
  Warehouse
> = Effect.fn("run.list-sent")(function* (definition: Definition, run: number, plan: string, choice: SentChoice) {
  const warehouse = yield* Warehouse
  yield* prepareOutcomes
  yield* prepareTables(loadedEntitiesOf(definition))
  const file = join(warehouse.folders.plans, plan, "steps.ndjson")
  const hasSteps = yield* isOnDisk(file)
  if (hasSteps) yield* readSteps(file)
  const wanted = [
    `outcome.run = ${Math.trunc(run)}`,
    ...(choice.entity === null ? [] : [`outcome.entity = ${literal(choice.entity)}`]),
    ...(choice.outcome === null ? [] : [`outcome.outcome = ${literal(choice.outcome)}`]),
    ...(choice.school === null || !hasSteps ? [] : [`step.school = ${literal(choice.school)}`]),
    ...(choice.section === null || !hasSteps ? [] : [`step.section = ${literal(choice.section)}`])
  ].join(" AND ")
  const from = `FROM outcome LEFT JOIN ${hasSteps ? "step" : "(SELECT NULL::BIGINT AS seq, NULL::VARCHAR AS label, NULL::VARCHAR AS section, NULL::JSON AS before, NULL::JSON AS after WHERE false) AS step"} USING (seq)`
  const [count] = yield* warehouse.rows(`SELECT count(*) AS steps ${from} WHERE ${wanted}`)
  const entities = loadedEntitiesOf(definition)
  const aboutPeople = entities.filter(({ load }) => load.person !== null)
  const named = (yield* rosterRelations(definition))?.named
  const rows = yield* warehouse.rows(`-- steps of an apply with their outcomes; grain: one row per step
SELECT *${named === undefined ? ", NULL AS person_name" : `, (SELECT any_value(name) FROM ${named} WHERE id = person) AS person_name`} FROM (
SELECT outcome.*, coalesce(step.after, step.before)::VARCHAR AS fields, step.label, step.section,
  CASE outcome.entity ${whens(aboutPeople, personIn)} ELSE NULL END AS person,
  CASE outcome.entity ${whens(aboutPeople, referredEntity)} ELSE NULL END AS of_entity,
  CASE outcome.entity ${whens(aboutPeople, (entity) => referredLabel(entity, entities))} ELSE NULL END AS of_label
${from} WHERE ${wanted})
ORDER BY CASE outcome WHEN 'failed' THEN 1 WHEN 'stopped' THEN 2 ELSE 3 END, seq
${Number.isFinite(choice.limit) ? `LIMIT ${Math.trunc(choice.limit)}` : ""}`)
  return { steps: rows.map(toSent), matching: Number(count?.["steps"]) }
})

const whens = (entities: ReadonlyArray<LoadedEntity>, value: (entity: LoadedEntity) => string | null): string =>
  ["WHEN '' THEN NULL"]
    .concat(
      entities.flatMap((entity) => {
        const sql = value(entity)
        return sql === null ? [] : [`WHEN ${literal(entity.load.entity)} THEN ${sql}`]
      })
    )
    .join(" ")

const fieldIn = (field: string): string => `(coalesce(step.after, step.before)->>${literal(field)})`

const personIn = ({ load }: LoadedEntity): string | null => (load.person === null ? null : fieldIn(load.person))

const firstRef = ({ definition }: LoadedEntity): string | null =>
  definition.fields.find((field) => field.kind === "ref")?.name ?? null

const referredEntity = (entity: LoadedEntity): string | null => {
  const ref = firstRef(entity)
  return ref === null ? null : `split_part(${fieldIn(ref)}, ':', 1)`
}

/** What is referred to stands in its own ledger. */
const referredLabel = (entity: LoadedEntity, all: ReadonlyArray<LoadedEntity>): string | null => {
  const ref = entity.definition.fields.find((field) => field.kind === "ref")
  if (ref?.kind !== "ref") return null
  const labels = all
    .filter((one) => ref.entities.includes(one.load.entity))
    .map(
      (one) =>
        `(SELECT any_value(g.label) FROM ${identifier(one.tables.ledger)} AS g WHERE ${literal(`${one.load.entity}:`)} || g.key = ${fieldIn(ref.name)})`
    )
  return labels.length === 0 ? null : `coalesce(${labels.join(", ")})`
}

const toSent = (row: Row): SentStep => ({
  entity: String(row["entity"]),
  key: String(row["key"]),
  action: String(row["action"]),
  section: textOf(row["section"]),
  label: textOf(row["label"]),
  of:
    row["of_entity"] === null || row["of_label"] === null
      ? null
      : { entity: String(row["of_entity"]), label: String(row["of_label"]) },
  person: textOf(row["person"]),
  personName: textOf(row["person_name"]),
  fields: fieldsOf(row["fields"]),
  outcome: String(row["outcome"]) as SentStep["outcome"],
  wrote: row["wrote"] === true,
  reason: textOf(row["reason"]),
  detail: textOf(row["detail"]),
  said: textOf(row["said"])
})
