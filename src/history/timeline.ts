import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { about, name as quoted, type Sql, sql, texts } from "../core/sql.ts"
import { isOnDisk, type StoreError } from "../core/ports/disk.ts"
import { prepareOutcomes } from "../state/ledger.ts"
import type { Definition } from "../pipeline/definition.ts"
import {
  Count,
  FieldsOrNull,
  type FieldValues,
  Json,
  Text,
  TextOrNull,
  Warehouse,
  type WarehouseError
} from "../core/ports/warehouse.ts"
import { type RecordName, subjectEntities } from "./records.ts"
import { prepareRuns } from "../state/runs.ts"
import { rowOutcomeTable } from "../state/row-outcome-table.ts"
import { struct } from "../state/tables.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { outcomesOf } from "../state/outcomes.ts"

interface EventOf<What extends string> extends RecordName {
  readonly what: What
  readonly run: number
  /** False of a record that merely refers to one of those asked for. */
  readonly itself: boolean
}

/** Something that befell a record. `run` is the run that did it, or from which on it held. */
export type TimelineEvent =
  | (EventOf<"wanted"> & {
      /** Fields as wanted before this run; null where it was not wanted. */
      readonly before: FieldValues | null
      readonly after: FieldValues
      /** Fields that differ; empty where it was not wanted before. */
      readonly changed: ReadonlyArray<string>
    })
  | EventOf<"no_longer_wanted">
  | (EventOf<"quarantine" | "passed_over"> & {
      readonly rule: string
      readonly say: string
      /** Run from which on it was no longer so; null while it is. */
      readonly until: number | null
    })
  | (EventOf<"planned"> & {
      readonly plan: string
      readonly action: string
      readonly reason: string
      readonly hold: string | null
      readonly changed: ReadonlyArray<string>
      readonly before: FieldValues | null
      readonly after: FieldValues | null
    })
  | (EventOf<"answered"> & {
      readonly plan: string
      readonly action: string
      readonly outcome: "done" | "failed"
      /** False where the target stood as wanted already. */
      readonly wrote: boolean
      readonly remoteId: string | null
      readonly reason: string | null
      readonly detail: string | null
      /** The target's own words. */
      readonly said: string | null
      /** ISO instant. */
      readonly at: string
    })

/** Kinds of events in the order of a run: read, planned, answered. */
const order = ["quarantine", "passed_over", "no_longer_wanted", "wanted", "planned", "answered"]

/** All that befell the records in the table `subject`, over all runs, in order. */
export const timelineOf = Effect.fn("history.timeline")(function* (
  definition: Definition
): Doing<ReadonlyArray<TimelineEvent>, WarehouseError | StoreError, Warehouse> {
  const events = [
    ...(yield* wantedEvents(definition)),
    ...(yield* turnedAwayEvents(definition)),
    ...(yield* plannedEvents(definition)),
    ...(yield* answeredEvents(definition))
  ]
  return events.sort(
    (a, b) =>
      a.run - b.run ||
      Number(b.itself) - Number(a.itself) ||
      order.indexOf(a.what) - order.indexOf(b.what) ||
      `${a.entity}:${a.key}`.localeCompare(`${b.entity}:${b.key}`)
  )
})

const Name = { entity: Text, key: Text, itself: Schema.Boolean }

const Span = Schema.Struct({
  key: Text,
  itself: Schema.Boolean,
  valid_from: Count,
  valid_to: Schema.NullOr(Count),
  fields: FieldsOrNull
})

const wantedEvents = Effect.fn("history.wanted-events")(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  const events: Array<TimelineEvent> = []
  const told = yield* subjectEntities(sql`true`)
  for (const { fields, load, tables } of loadedEntitiesOf(definition)) {
    if (!told.has(load.entity)) continue
    const spans = (table: string, until: Sql): Sql =>
      sql`SELECT key, itself, valid_from, ${until} AS valid_to, ${struct({ fields }, "t")}::VARCHAR AS fields
FROM ${quoted(table)} AS t JOIN (SELECT key, itself FROM subject WHERE entity = ${load.entity}) USING (key)`
    const rows = yield* warehouse.rows(
      sql`${about(`what was wanted of ${load.entity}, and when`)}${spans(tables.history, sql`valid_to`)} UNION ALL ${spans(tables.snapshot, sql`NULL`)} ORDER BY key, valid_from`,
      Span
    )
    for (const [index, row] of rows.entries()) {
      const earlier = rows[index - 1]
      const later = rows[index + 1]
      const name = { entity: load.entity, key: row.key, itself: row.itself }
      const before = isFollowedBy(earlier, row) ? (earlier?.fields ?? null) : null
      const after = row.fields ?? {}
      events.push({
        ...name,
        what: "wanted",
        run: row.valid_from,
        before,
        after,
        changed: before === null ? [] : Object.keys(after).filter((field) => before[field] !== after[field])
      })
      if (row.valid_to !== null && !isFollowedBy(row, later)) {
        events.push({ ...name, what: "no_longer_wanted", run: row.valid_to })
      }
    }
  }
  return events
})

/** Whether one span of a record goes over into the next without a gap. */
const isFollowedBy = (one: typeof Span.Type | undefined, next: typeof Span.Type | undefined): boolean =>
  one !== undefined && next !== undefined && one.key === next.key && one.valid_to === next.valid_from

const TurnedAway = Schema.Struct({
  ...Name,
  verdict: Text,
  rule: Text,
  say: Text,
  valid_from: Count,
  valid_to: Schema.NullOr(Count)
})

const turnedAwayEvents = Effect.fn("history.turned-away-events")(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`${about("when and why they were turned away or passed over")}SELECT entity, key, itself, verdict, rule, say, valid_from, valid_to
FROM (SELECT * REPLACE (coalesce(key, source) AS key) FROM ${quoted(rowOutcomeTable(definition.name))}) JOIN subject USING (entity, key)`,
    TurnedAway
  )
  return rows.map((row): TimelineEvent => ({
    ...nameOf(row),
    what: row.verdict === "quarantine" ? "quarantine" : "passed_over",
    run: row.valid_from,
    rule: row.rule,
    say: row.say,
    until: row.valid_to
  }))
})

const Planned = Schema.Struct({
  ...Name,
  action: Text,
  reason: Text,
  hold: TextOrNull,
  changed: Schema.NullOr(Json(Schema.Array(Schema.String))),
  before: FieldsOrNull,
  after: FieldsOrNull,
  filename: Text
})

/** Steps of every plan that still lies in the workspace; what-ifs were never meant. */
const plannedEvents = Effect.fn("history.planned-events")(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  yield* prepareRuns
  const plans = yield* warehouse.rows(
    sql`SELECT min(run) AS run, plan FROM runs WHERE kind IN ('plan', 'undo') AND plan IS NOT NULL AND pipeline = ${definition.name} GROUP BY plan`,
    Schema.Struct({ run: Count, plan: Text })
  )
  const files = yield* Effect.filter(
    plans.map((row) => ({
      run: row.run,
      plan: row.plan,
      file: join(warehouse.folders.plans, row.plan, "steps.ndjson")
    })),
    ({ file }) => isOnDisk(file)
  )
  if (files.length === 0) return []
  const known = new Map(files.map((one) => [one.file, one]))
  const rows = yield* warehouse.rows(
    sql`${about("steps planned for them")}SELECT entity, key, itself, action, reason, hold, to_json(changed)::VARCHAR AS changed, before::VARCHAR AS before, after::VARCHAR AS after, filename
FROM read_json(${texts(files.map(({ file }) => file))}, format = 'newline_delimited', filename = true, columns = {
  entity: 'VARCHAR', key: 'VARCHAR', action: 'VARCHAR', reason: 'VARCHAR', before: 'JSON', after: 'JSON', changed: 'VARCHAR[]', hold: 'VARCHAR'})
JOIN subject USING (entity, key)`,
    Planned
  )
  return rows.flatMap((row): ReadonlyArray<TimelineEvent> => {
    const made = known.get(row.filename)
    if (made === undefined) return []
    return [
      {
        ...nameOf(row),
        what: "planned",
        run: made.run,
        plan: made.plan,
        action: row.action,
        reason: row.reason,
        hold: row.hold,
        changed: row.changed ?? [],
        before: row.before,
        after: row.after
      }
    ]
  })
})

const Answered = Schema.Struct({
  ...Name,
  run: Count,
  plan: Text,
  action: Text,
  outcome: Text,
  wrote: Schema.NullOr(Schema.Boolean),
  remote_id: TextOrNull,
  reason: TextOrNull,
  detail: TextOrNull,
  said: TextOrNull,
  ended_at: Text
})

const answeredEvents = Effect.fn("history.answered-events")(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  yield* prepareOutcomes
  const rows = yield* warehouse.rows(
    sql`${about("how each sending ended")}SELECT outcome.*, itself FROM ${outcomesOf(definition.name)} AS outcome JOIN subject USING (entity, key)`,
    Answered
  )
  return rows.map((row): TimelineEvent => ({
    ...nameOf(row),
    what: "answered",
    run: row.run,
    plan: row.plan,
    action: row.action,
    outcome: row.outcome === "done" ? "done" : "failed",
    wrote: row.wrote === true,
    remoteId: row.remote_id,
    reason: row.reason,
    detail: row.detail,
    said: row.said,
    at: row.ended_at
  }))
})

const nameOf = ({ entity, itself, key }: Schema.Schema.Type<Schema.Struct<typeof Name>>) => ({ entity, key, itself })
