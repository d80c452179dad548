import * as Schema from "effect/Schema"
import { words, wordsOrNull } from "../core/described.ts"
import type { ColumnType } from "../core/sql.ts"

/**
 * The columns of a change set and of the steps of a plan, declared once: their type in the engine, and what stands in the
 * plan's file. Grain of both: one row per record that differs.
 */

/** Actions in the order in which people want to see them. `unknown` = what the step would do could not be found out;
 * `rekey` = the record stands at the target under another key of the source: rollbook's state follows, and a request is
 * sent only where fields differ; `forget` = an adopted record goes back to what it was and is no longer rollbook's.
 */
export const planActions = [
  "delete",
  "unenroll",
  "deactivate",
  "unknown",
  "create",
  "adopt",
  "restore",
  "rekey",
  "update",
  "forget"
] as const
export type PlanAction = (typeof planActions)[number]

const fields = (description: string) =>
  Schema.NullOr(Schema.Record({ key: Schema.String, value: Schema.NullOr(Schema.String) })).annotations({ description })

const text = <S>(schema: S) => ({ type: "VARCHAR", schema }) as const
const json = <S>(schema: S) => ({ type: "JSON", schema }) as const

/** Columns that describe a record that differs. */
const recordColumns = {
  entity: text(words("name of the entity")),
  key: text(words("key of the record, from the SIS")),
  previous_key: text(wordsOrNull("of a rekey: the key under which it was known; else null")),
  action: text(Schema.Literal(...planActions).annotations({ description: "what the step does" })),
  reason: text(words("why")),
  label: text(wordsOrNull("what people read beside the key")),
  school: text(wordsOrNull("SIS id")),
  section: text(wordsOrNull("SIS id")),
  remote_id: text(wordsOrNull("id at the target; null for what does not stand there yet")),
  before: json(fields("fields as last written; null for a create")),
  after: json(fields("fields as wanted; null for a removal")),
  changed: {
    type: "VARCHAR[]",
    schema: Schema.Array(Schema.String).annotations({ description: "names of the fields that differ" })
  },
  implied_by: text(wordsOrNull("the step on whose removal this one follows, as entity:key; no request is sent for it")),
  hold: text(wordsOrNull("id of the hold that withholds it")),
  edited: json(
    fields(
      "fields that somebody changed at the target since they were last written, as they stand there; empty where the record was taken away; null where nothing was found or looked for"
    )
  ),
  approval: text(wordsOrNull("id of the approval that released it from a hold"))
} as const

/** And what makes a step of it. */
const stepColumns = {
  seq: {
    type: "BIGINT",
    schema: Schema.Number.annotations({ description: "place in the order in which steps are carried out, from 1" })
  },
  phase: {
    type: "INTEGER",
    schema: Schema.Number.annotations({ description: "steps of one phase depend on none of each other" })
  },
  ...recordColumns,
  gate: text(
    wordsOrNull("gate that was closed for it at the moment of planning; it is asked again when the step is sent")
  )
} as const

export type ChangeColumn = keyof typeof recordColumns
export type StepColumn = keyof typeof stepColumns

const typesOf = <K extends string>(
  columns: Readonly<Record<K, { readonly type: ColumnType }>>
): Readonly<Record<K, ColumnType>> =>
  Object.fromEntries(
    Object.entries<{ readonly type: ColumnType }>(columns).map(([name, { type }]) => [name, type])
  ) as Readonly<Record<K, ColumnType>>

/** Columns with their types in the engine, in the order of the table and of the file. */
export const changeTypes: Readonly<Record<ChangeColumn, ColumnType>> = typesOf(recordColumns)
export const stepTypes: Readonly<Record<StepColumn, ColumnType>> = typesOf(stepColumns)

type Schemas = { readonly [K in StepColumn]: (typeof stepColumns)[K]["schema"] }

/** One step as it lies in the steps file. */
export const PlanStepSchema = Schema.Struct(
  Object.fromEntries(Object.entries(stepColumns).map(([name, { schema }]) => [name, schema])) as unknown as Schemas
).annotations({ identifier: "PlanStep", title: "A line of a rollbook plan's steps.ndjson" })
export type PlanStep = typeof PlanStepSchema.Type
