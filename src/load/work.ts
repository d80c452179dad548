import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { steps } from "../state/change-set.ts"
import { planActions } from "../state/step-columns.ts"
import { about, joined, name as quoted, type Sql, sql } from "../core/sql.ts"
import type { WriteStep } from "../core/ports/target.ts"
import {
  Count,
  countRows,
  FieldsOrNull,
  Json,
  Text,
  TextOrNull,
  Warehouse,
  type WarehouseError
} from "../core/ports/warehouse.ts"
import type { LoadedEntity } from "../pipeline/loaded-entities.ts"
import { instantNow } from "../core/clock.ts"
import type { Doing } from "../core/doing.ts"
import { editedSinceTable, exchangeTable, workTable } from "./tables.ts"
import { emptied, ensured, made } from "../core/table.ts"

/** One step with its refs resolved, or the ref that has no counterpart at the target yet. */
export interface Work {
  readonly step: WriteStep
  /** False for a record known again under a new key whose fields stand as wanted: only the ledger follows. */
  readonly sends: boolean
  readonly unresolved: string | null
  /** Words of the closed gate that stops it; only of steps that an earlier walk had begun. */
  readonly gate: string | null
  /** The change at the target since the plan was made, in words; null where there was none, or nobody looked. */
  readonly editedSince: string | null
  /** Whether it is to have a name that another record has, whose step of the same phase gives it up. */
  readonly wantsAnothersName: boolean
}

/** Makes the table `edited_since` anew: steps that are not sent, since something else stands at the target by now. */
export const prepareEditedSince: Effect.Effect<void, WarehouseError, Warehouse> = Effect.flatMap(
  Warehouse,
  (warehouse) => warehouse.execute(sql`${emptied(editedSinceTable)}`)
)

/**
 * Prepares the steps of one entity in one phase as the table `work`, refs replaced by remote ids out of the ledgers,
 * in sending order. Steps held or implied are left out; there must be others. Gives the sequence numbers from and to.
 */
export const prepareWork = Effect.fn("load.prepare-work")(function* (
  entity: LoadedEntity,
  all: ReadonlyArray<LoadedEntity>,
  phase: number
): Doing<{ readonly from: number; readonly to: number }, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const joins: Array<Sql> = []
  const refs = entity.definition.fields.flatMap((field) => {
    if (field.kind !== "ref") return []
    const ids = field.entities.flatMap((target, index) => {
      const ledger = all.find((one) => one.load.entity === target)?.tables.ledger
      if (ledger === undefined) return []
      const alias = quoted(`${field.name}_${index}`)
      joins.push(
        sql`LEFT JOIN ${quoted(ledger)} AS ${alias} ON ${`${target}:`} || ${alias}.key = (coalesce(step.after, step.before)->>${field.name}) AND ${alias}.presence <> 'unsure'`
      )
      return [sql`${alias}.remote_id`]
    })
    return [sql`${field.name}: ${ids.length === 0 ? null : sql`coalesce(${joined(ids, ", ")})`}`]
  })
  yield* warehouse.execute(sql`${ensured(editedSinceTable)};
${about(`work of ${entity.load.entity} in phase ${phase}; grain: one row per step to send`)}${made(workTable)}
SELECT step.seq, step.key, step.action, step.remote_id, step.before, step.after, to_json(step.changed)::VARCHAR AS changed, edited_since.say AS edited_since,
  ${refs.length === 0 ? sql`'{}'` : sql`to_json({${joined(refs, ", ")}})::VARCHAR`} AS refs
FROM ${steps.table} AS step LEFT JOIN edited_since ON edited_since.seq = step.seq
  ${joined(joins, "\n  ")}
WHERE step.entity = ${entity.load.entity} AND step.phase = ${phase} AND step.hold IS NULL AND step.implied_by IS NULL
ORDER BY step.seq`)
  yield* prepareExchanges(entity)
  const [range] = yield* warehouse.rows(sql`SELECT min(seq) AS first, max(seq) AS last FROM work`, Range)
  return { from: range?.first ?? 0, to: range?.last ?? -1 }
})

/** Takes out of the work prepared what is no longer a step. */
export const leaveWork: Effect.Effect<void, WarehouseError, Warehouse> = Effect.flatMap(Warehouse, (warehouse) =>
  warehouse.execute(sql`DELETE FROM work WHERE seq NOT IN (SELECT seq FROM ${steps.table})`)
)

/** Takes out of the work prepared what has an outcome of this run already. */
export const leaveAnswered = (plan: string, run: number): Effect.Effect<void, WarehouseError, Warehouse> =>
  Effect.flatMap(Warehouse, (warehouse) =>
    warehouse.execute(
      sql`DELETE FROM work WHERE seq IN (SELECT seq FROM outcome WHERE plan = ${plan} AND run = ${run})`
    )
  )

const Range = Schema.Struct({ first: Schema.NullOr(Count), last: Schema.NullOr(Count) })

/** The table `exchange`: steps of `work` that want a name which another one of them gives up; grain: one row per step. */
const prepareExchanges = Effect.fn("load.prepare-exchanges")(function* ({ load }: LoadedEntity) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(sql`${emptied(exchangeTable)}`)
  for (const { field, within } of load.contested) {
    const value = (side: Sql, name: string): Sql => sql`(${side}->>${name})`
    const name = (side: Sql): Sql =>
      sql`[${joined([sql`lower(${value(side, field)})`, ...within.map((one) => value(side, one))], ", ")}]`
    const [before, after] = [sql`before`, sql`after`]
    yield* warehouse.execute(sql`${about(`${load.entity} that want the ${field} which another one gives up`)}INSERT INTO exchange SELECT wants.seq FROM work AS wants SEMI JOIN (
  SELECT seq, ${name(before)} AS name FROM work
  WHERE ${value(before, field)} IS NOT NULL AND ${name(before)} IS DISTINCT FROM ${name(after)}
) AS gives ON gives.name = ${name(sql`wants.after`)} AND gives.seq <> wants.seq
WHERE wants.after IS NOT NULL`)
  }
})

/**
 * Answers the steps of `work` between two sequence numbers, the second excluded, that the table `stopped` names: they are
 * not sent. Those of the table `begun` are left: they may have been sent before the gate closed. Gives how many.
 */
export const stopWork = Effect.fn("load.stop-work")(function* (
  entity: LoadedEntity,
  from: number,
  to: number
): Doing<number, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const stopped = sql`FROM work JOIN stopped ON stopped.entity = ${entity.load.entity} AND stopped.key = work.key
WHERE seq >= ${from} AND seq < ${to} AND seq NOT IN (SELECT seq FROM begun)`
  const stops = yield* countRows(stopped)
  if (stops > 0) {
    yield* warehouse.execute(sql`${about("steps that a closed gate stops")}INSERT INTO answered (seq, outcome, wrote, remote_id, reason, detail, doubtful, anew, ended_at)
SELECT seq, 'stopped', false, work.remote_id, 'Gate', stopped.say, false, false, ${yield* instantNow} ${stopped};
DELETE FROM work WHERE seq IN (SELECT seq FROM answered WHERE outcome = 'stopped')`)
  }
  return stops
})

/** The steps of `work` between two sequence numbers, the second excluded. */
export const readWork = Effect.fn("load.read-work")(function* (
  entity: LoadedEntity,
  from: number,
  to: number
): Doing<ReadonlyArray<Work>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const rows = yield* warehouse.rows(
    sql`SELECT work.*, stopped.say AS gate, seq IN (SELECT seq FROM exchange) AS wants_anothers FROM work
LEFT JOIN stopped ON stopped.entity = ${entity.load.entity} AND stopped.key = work.key
WHERE seq >= ${from} AND seq < ${to} ORDER BY seq`,
    WorkRow
  )
  return rows.map((row) => toWork(entity, row))
})

/** A step to be sent, decoded page by page; `action` is that of the plan. */
const WorkRow = Schema.Struct({
  seq: Count,
  key: Text,
  action: Schema.Literal(...planActions).pipe(Schema.filter((action) => action !== "unknown")),
  remote_id: TextOrNull,
  before: FieldsOrNull,
  after: FieldsOrNull,
  changed: Schema.NullOr(Json(Schema.Array(Schema.String))),
  edited_since: TextOrNull,
  refs: Json(Schema.Record({ key: Schema.String, value: TextOrNull })),
  gate: TextOrNull,
  wants_anothers: Schema.NullOr(Schema.Boolean)
})

const toWork = (entity: LoadedEntity, row: typeof WorkRow.Type): Work => {
  const { action, after, before, refs } = row
  const fields: Record<string, string | null> = { ...(after ?? before) }
  let unresolved: string | null = null
  const earlier: Record<string, string | null> = { ...before }
  for (const field of entity.definition.fields) {
    if (field.kind !== "ref") continue
    const wanted = fields[field.name] ?? null
    const remoteId = refs[field.name] ?? null
    // A removal is of its own record: what that pointed to may be known under another key by now.
    if (wanted !== null && remoteId === null && after !== null) unresolved ??= wanted
    // The record that it pointed to before has the same id when the ref did not change; else the adapter reads it.
    if (field.name in earlier) earlier[field.name] = earlier[field.name] === wanted ? remoteId : null
    fields[field.name] = remoteId
  }
  for (const field of entity.load.stateOnly) delete fields[field]
  const changed = row.changed ?? []
  return {
    unresolved,
    gate: row.gate,
    editedSince: row.edited_since,
    wantsAnothersName: row.wants_anothers === true,
    sends: !(action === "rekey" || action === "forget") || changed.length > 0,
    step: {
      sequence: row.seq,
      entity: entity.load.entity,
      key: row.key,
      resource: entity.load.resource,
      type: entity.load.type,
      // A record that is forgotten goes back to what it was first; the ledger does the rest.
      action: action === "forget" || action === "rekey" ? "update" : action,
      remoteId: row.remote_id,
      fields,
      before: earlier,
      changed,
      overwrite: Object.fromEntries(entity.load.overwrite)
    }
  }
}
