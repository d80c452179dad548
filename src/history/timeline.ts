import * as Effect from "effect/Effect"
import { join } from "node:path"
import { identifier, list, literal } from "../core/sql.ts"
import { isOnDisk, type StoreError } from "../core/ports/disk.ts"
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
import type { RecordName } from "./records.ts"
import { prepareRuns } from "../state/runs.ts"
import { fateTable } from "../state/fate-table.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"

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
      /** What the target said in its own words. */
      readonly said: string | null
      /** ISO instant. */
      readonly at: string
    })

/** Where a kind of event stands within its run: what was read, what was planned, what came back. */
const order = ["quarantine", "passed_over", "no_longer_wanted", "wanted", "planned", "answered"]

/** All that befell the records in the table `subject`, over all runs, in order. */
export const timelineOf: (
  definition: Definition
) => Effect.Effect<ReadonlyArray<TimelineEvent>, WarehouseError | StoreError, Warehouse> = Effect.fn("run.timeline")(
  function* (definition: Definition) {
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
  }
)

const wantedEvents = Effect.fn("run.wanted-events")(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  const events: Array<TimelineEvent> = []
  for (const { fields, load, tables } of loadedEntitiesOf(definition)) {
    const values = fields.map((field) => `${literal(field)}: ${identifier(field)}`).join(", ")
    const spans = (table: string, until: string): string =>
      `SELECT key, itself, valid_from, ${until} AS valid_to, to_json({${values}})::VARCHAR AS fields
FROM ${identifier(table)} JOIN (SELECT key, itself FROM subject WHERE entity = ${literal(load.entity)}) USING (key)`
    const rows = yield* warehouse.rows(`-- what was wanted of ${load.entity}, and when
${spans(tables.history, "valid_to")} UNION ALL ${spans(tables.snapshot, "NULL")} ORDER BY key, valid_from`)
    for (const [index, row] of rows.entries()) {
      const earlier = rows[index - 1]
      const later = rows[index + 1]
      const name = { entity: load.entity, key: String(row["key"]), itself: row["itself"] === true }
      const before = isFollowedBy(earlier, row) ? fieldsOf(earlier?.["fields"]) : null
      const after = fieldsOf(row["fields"]) ?? {}
      events.push({
        ...name,
        what: "wanted",
        run: Number(row["valid_from"]),
        before,
        after,
        changed: before === null ? [] : Object.keys(after).filter((field) => before[field] !== after[field])
      })
      if (row["valid_to"] !== null && !isFollowedBy(row, later)) {
        events.push({ ...name, what: "no_longer_wanted", run: Number(row["valid_to"]) })
      }
    }
  }
  return events
})

/** Whether one span of a record goes over into the next without a gap. */
const isFollowedBy = (one: Row | undefined, next: Row | undefined): boolean =>
  one !== undefined && next !== undefined && one["key"] === next["key"] && one["valid_to"] === next["valid_from"]

const turnedAwayEvents = Effect.fn("run.turned-away-events")(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(`-- when and why they were turned away or passed over
SELECT entity, key, itself, verdict, rule, say, valid_from, valid_to
FROM (SELECT * REPLACE (coalesce(key, source) AS key) FROM ${identifier(fateTable(definition.name))}) JOIN subject USING (entity, key)`)
  return rows.map((row): TimelineEvent => ({
    ...nameOf(row),
    what: row["verdict"] === "quarantine" ? "quarantine" : "passed_over",
    run: Number(row["valid_from"]),
    rule: String(row["rule"]),
    say: String(row["say"]),
    until: row["valid_to"] === null ? null : Number(row["valid_to"])
  }))
})

/** Steps of every plan that still lies in the workspace; what-ifs were never meant. */
const plannedEvents = Effect.fn("run.planned-events")(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  yield* prepareRuns
  const plans = yield* warehouse.rows(
    `SELECT min(run) AS run, plan FROM runs WHERE kind IN ('plan', 'undo') AND plan IS NOT NULL AND pipeline = ${literal(definition.name)} GROUP BY plan`
  )
  const files = yield* Effect.filter(
    plans.map((row) => ({
      run: Number(row["run"]),
      plan: String(row["plan"]),
      file: join(warehouse.folders.plans, String(row["plan"]), "steps.ndjson")
    })),
    ({ file }) => isOnDisk(file)
  )
  if (files.length === 0) return []
  const known = new Map(files.map((one) => [one.file, one]))
  const rows = yield* warehouse.rows(`-- steps planned for them
SELECT entity, key, itself, action, reason, hold, to_json(changed)::VARCHAR AS changed, before::VARCHAR AS before, after::VARCHAR AS after, filename
FROM read_json(${list(files.map(({ file }) => file))}, format = 'newline_delimited', filename = true, columns = {
  entity: 'VARCHAR', key: 'VARCHAR', action: 'VARCHAR', reason: 'VARCHAR', before: 'JSON', after: 'JSON', changed: 'VARCHAR[]', hold: 'VARCHAR'})
JOIN subject USING (entity, key)`)
  return rows.flatMap((row): ReadonlyArray<TimelineEvent> => {
    const made = known.get(String(row["filename"]))
    if (made === undefined) return []
    return [
      {
        ...nameOf(row),
        what: "planned",
        run: made.run,
        plan: made.plan,
        action: String(row["action"]),
        reason: String(row["reason"]),
        hold: textOf(row["hold"]),
        changed: JSON.parse(textOf(row["changed"]) ?? "[]") as ReadonlyArray<string>,
        before: fieldsOf(row["before"]),
        after: fieldsOf(row["after"])
      }
    ]
  })
})

const answeredEvents = Effect.fn("run.answered-events")(function* (definition: Definition) {
  const warehouse = yield* Warehouse
  yield* prepareOutcomes
  const rows = yield* warehouse.rows(`-- how each sending ended
SELECT outcome.*, itself FROM outcome JOIN subject USING (entity, key)
WHERE run IN (SELECT run FROM runs WHERE pipeline = ${literal(definition.name)})`)
  return rows.map((row): TimelineEvent => ({
    ...nameOf(row),
    what: "answered",
    run: Number(row["run"]),
    plan: String(row["plan"]),
    action: String(row["action"]),
    outcome: row["outcome"] === "done" ? "done" : "failed",
    wrote: row["wrote"] === true,
    remoteId: textOf(row["remote_id"]),
    reason: textOf(row["reason"]),
    detail: textOf(row["detail"]),
    said: textOf(row["said"]),
    at: String(row["ended_at"])
  }))
})

const nameOf = (row: Row) => ({
  entity: String(row["entity"]),
  key: String(row["key"]),
  itself: row["itself"] === true
})
