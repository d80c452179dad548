import * as Effect from "effect/Effect"
import { identifier, literal } from "../core/sql.ts"
import type { WriteStep } from "../ports/target.ts"
import { fieldsOf, type Row, textOf, Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import type { LoadedEntity } from "../state/tables.ts"

/** One step with its refs resolved, or the ref that has no counterpart at the target yet. */
export interface Work {
  readonly step: WriteStep
  /** False for a record known again under a new key whose fields stand as wanted: only the ledger follows. */
  readonly sends: boolean
  readonly unresolved: string | null
  /** What the closed gate says that stops it; only of steps that an earlier walk had begun. */
  readonly gate: string | null
  /** What was changed at the target since the plan was made, in words; null where nothing was, or nobody looked. */
  readonly editedSince: string | null
  /** Whether it is to have a name that another record has, whose step of the same phase gives it up. */
  readonly wantsAnothersName: boolean
}

/** Makes the table `edited_since` anew: steps that are not sent, since something else stands at the target by now. */
export const prepareEditedSince: Effect.Effect<void, WarehouseError, Warehouse> = Effect.flatMap(
  Warehouse,
  (warehouse) => warehouse.execute("CREATE OR REPLACE TEMP TABLE edited_since (seq BIGINT, say VARCHAR)")
)

/**
 * Prepares the steps of one entity in one phase as the table `work`, refs replaced by remote ids out of the ledgers,
 * in sending order. Steps held or implied are left out; there must be others. Gives the sequence numbers from and to.
 */
export const prepareWork: (
  entity: LoadedEntity,
  all: ReadonlyArray<LoadedEntity>,
  phase: number
) => Effect.Effect<{ readonly from: number; readonly to: number }, WarehouseError, Warehouse> = Effect.fn(
  "load.prepare-work"
)(function* (entity: LoadedEntity, all: ReadonlyArray<LoadedEntity>, phase: number) {
  const warehouse = yield* Warehouse
  const refs = entity.definition.fields.flatMap((field) => (field.kind === "ref" ? [field] : []))
  const joins: Array<string> = []
  const columns = refs.map((field) => {
    const ids = field.entities.flatMap((target, index) => {
      const ledger = all.find((one) => one.load.entity === target)?.tables.ledger
      if (ledger === undefined) return []
      const alias = identifier(`${field.name}_${index}`)
      joins.push(
        `LEFT JOIN ${identifier(ledger)} AS ${alias} ON ${literal(`${target}:`)} || ${alias}.key = (coalesce(step.after, step.before)->>${literal(field.name)}) AND ${alias}.presence <> 'unsure'`
      )
      return [`${alias}.remote_id`]
    })
    return `${ids.length === 0 ? "NULL" : `coalesce(${ids.join(", ")})`} AS ${identifier(`ref_${field.name}`)}`
  })
  yield* warehouse.execute(`CREATE TEMP TABLE IF NOT EXISTS edited_since (seq BIGINT, say VARCHAR);
-- work of ${entity.load.entity} in phase ${phase}; grain: one row per step to send
CREATE OR REPLACE TEMP TABLE work AS
SELECT step.seq, step.key, step.action, step.remote_id, step.before, step.after, to_json(step.changed)::VARCHAR AS changed, edited_since.say AS edited_since${columns.map((column) => `, ${column}`).join("")}
FROM step LEFT JOIN edited_since ON edited_since.seq = step.seq
  ${joins.join("\n  ")}
WHERE step.entity = ${literal(entity.load.entity)} AND step.phase = ${phase} AND step.hold IS NULL AND step.implied_by IS NULL
ORDER BY step.seq`)
  yield* prepareExchanges(entity)
  const [range] = yield* warehouse.rows("SELECT min(seq) AS first, max(seq) AS last FROM work")
  return { from: Number(range?.["first"]), to: Number(range?.["last"]) }
})

/** The table `exchange`: steps of `work` that want a name which another one of them gives up; grain: one row per step. */
const prepareExchanges = Effect.fn("load.prepare-exchanges")(function* ({ load }: LoadedEntity) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute("CREATE OR REPLACE TEMP TABLE exchange (seq BIGINT)")
  for (const { field, within } of load.contested) {
    const value = (side: string, name: string): string => `(${side}->>${literal(name)})`
    const name = (side: string): string =>
      `[${[`lower(${value(side, field)})`, ...within.map((one) => value(side, one))].join(", ")}]`
    yield* warehouse.execute(`-- ${load.entity} that want the ${field} which another one gives up
INSERT INTO exchange SELECT wants.seq FROM work AS wants SEMI JOIN (
  SELECT seq, ${name("before")} AS name FROM work
  WHERE ${value("before", field)} IS NOT NULL AND ${name("before")} IS DISTINCT FROM ${name("after")}
) AS gives ON gives.name = ${name("wants.after")} AND gives.seq <> wants.seq
WHERE wants.after IS NOT NULL`)
  }
})

/**
 * Answers the steps of `work` between two sequence numbers, the second excluded, that the table `stopped` names: they are
 * not sent. Those of the table `begun` are left: they may have been sent before the gate closed. Gives how many.
 */
export const stopWork: (
  entity: LoadedEntity,
  from: number,
  to: number
) => Effect.Effect<number, WarehouseError, Warehouse> = Effect.fn("load.stop-work")(function* (
  entity: LoadedEntity,
  from: number,
  to: number
) {
  const warehouse = yield* Warehouse
  const stopped = `FROM work JOIN stopped ON stopped.entity = ${literal(entity.load.entity)} AND stopped.key = work.key
WHERE seq >= ${from} AND seq < ${to} AND seq NOT IN (SELECT seq FROM begun)`
  const [count] = yield* warehouse.rows(`SELECT count(*) AS steps ${stopped}`)
  const steps = Number(count?.["steps"])
  if (steps > 0) {
    yield* warehouse.execute(`-- steps that a closed gate stops
INSERT INTO answered SELECT seq, 'stopped', false, work.remote_id, 'Gate', stopped.say, NULL, false, NULL, false, ${literal(new Date().toISOString())} ${stopped};
DELETE FROM work WHERE seq IN (SELECT seq FROM answered WHERE outcome = 'stopped')`)
  }
  return steps
})

/** The steps of `work` between two sequence numbers, the second excluded. */
export const readWork: (
  entity: LoadedEntity,
  from: number,
  to: number
) => Effect.Effect<ReadonlyArray<Work>, WarehouseError, Warehouse> = Effect.fn("load.read-work")(function* (
  entity: LoadedEntity,
  from: number,
  to: number
) {
  const warehouse = yield* Warehouse
  const rows =
    yield* warehouse.rows(`SELECT work.*, stopped.say AS gate, seq IN (SELECT seq FROM exchange) AS wants_anothers FROM work
LEFT JOIN stopped ON stopped.entity = ${literal(entity.load.entity)} AND stopped.key = work.key
WHERE seq >= ${from} AND seq < ${to} ORDER BY seq`)
  return rows.map((row) => toWork(entity, row))
})

const toWork = (entity: LoadedEntity, row: Row): Work => {
  const after = fieldsOf(row["after"])
  const before = fieldsOf(row["before"])
  const fields: Record<string, string | null> = { ...(after ?? before) }
  let unresolved: string | null = null
  const earlier: Record<string, string | null> = { ...before }
  for (const field of entity.definition.fields) {
    if (field.kind !== "ref") continue
    const wanted = fields[field.name] ?? null
    const remoteId = textOf(row[`ref_${field.name}`])
    // A removal is of its own record: what that pointed to may be known under another key by now.
    if (wanted !== null && remoteId === null && after !== null) unresolved ??= wanted
    // What it pointed to before is known by the same id when the ref did not change; else the adapter reads it.
    if (field.name in earlier) earlier[field.name] = earlier[field.name] === wanted ? remoteId : null
    fields[field.name] = remoteId
  }
  for (const field of entity.load.stateOnly) delete fields[field]
  const isRekey = row["action"] === "rekey"
  const changed = JSON.parse(textOf(row["changed"]) ?? "[]") as ReadonlyArray<string>
  return {
    unresolved,
    gate: textOf(row["gate"]),
    editedSince: textOf(row["edited_since"]),
    wantsAnothersName: row["wants_anothers"] === true,
    sends: !(isRekey || row["action"] === "forget") || changed.length > 0,
    step: {
      sequence: Number(row["seq"]),
      entity: entity.load.entity,
      key: String(row["key"]),
      resource: entity.load.resource,
      type: entity.load.type,
      // What is forgotten goes back to what it was first; the ledger does the rest.
      action: (row["action"] === "forget" || isRekey ? "update" : String(row["action"])) as WriteStep["action"],
      remoteId: textOf(row["remote_id"]),
      fields,
      before: earlier,
      changed,
      overwrite: Object.fromEntries(entity.load.overwrite)
    }
  }
}
