import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { changes } from "../state/change-set.ts"
import { about, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { asideOf } from "../pipeline/giving-way.ts"
import { byRemoteId, type ExistingRecord, TargetReader, type TargetReaderService } from "../core/ports/target.ts"
import { FieldsOrNull, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { isUpdate } from "../state/actions.ts"
import { busyEntities } from "./change.ts"
import { leaveReturned, prepareReturned } from "./returned.ts"
import type { LoadedEntity } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { editTable, foundTable } from "./tables.ts"
import { emptied } from "../core/table.ts"
import { tell } from "../core/told.ts"

/** Records whose state at the target is asked for together. */
const batchSize = 2_000

/** Result of the search for edits at the target. */
export interface Edits {
  /** Entities whose edits could not be looked for, although they are to be held. */
  readonly notLookedFor: ReadonlySet<string>
  /** In words, what could not be known. */
  readonly unknown: ReadonlyArray<string>
  /** Records by entity that return as they stand at the target: nothing is sent of them. */
  readonly returned: ReadonlyMap<string, number>
}

/**
 * Compares three ways, for the records that are about to be overwritten: what was last written, what stands at the target
 * now, what is wanted. A field that somebody changed there goes into `edited` of the change, with what stands there, unless
 * it is as wanted already. What returns and stands there still leaves the change set. Where ids follow from the records, what is to
 * be made may stand there already: by a state that is lost, or that was restored from before.
 */
export const findEdits = Effect.fn("snapshot.edits")(function* (
  definition: Definition
): Doing<Edits, WarehouseError, Warehouse | TargetReader> {
  const notLookedFor = new Set<string>()
  const unknown: Array<string> = []
  const returned = new Map<string, number>()
  yield* prepareReturned
  for (const entity of yield* busyEntities(definition)) {
    if (entity.load.onTargetEdit === null) continue
    const { isLookedFor, left, say } = yield* findEditsOf(definition, entity)
    returned.set(entity.load.entity, left)
    if (!isLookedFor) notLookedFor.add(entity.load.entity)
    if (say !== null) unknown.push(say)
  }
  return { notLookedFor, unknown, returned }
})

const Overwritten = Schema.Struct({
  key: Text,
  action: Text,
  remote_id: Schema.NullOr(Text),
  before: FieldsOrNull,
  after: FieldsOrNull
})
type Overwritten = typeof Overwritten.Type

const findEditsOf = Effect.fn("snapshot.edits-of-entity")(function* (definition: Definition, entity: LoadedEntity) {
  const warehouse = yield* Warehouse
  const reader = yield* TargetReader
  const name = entity.load.entity
  const { idOf } = reader
  const made = idOf === undefined ? sql`false` : sql`t.action = 'create'`
  const overwritten = sql`t.entity = ${name} AND (((t.action = 'restore' OR ${isUpdate}) AND t.remote_id IS NOT NULL) OR ${made})`
  const all = yield* changes.count(overwritten)
  if (all === 0) return { isLookedFor: true, left: 0, say: null }
  yield* warehouse.execute(sql`${emptied(editTable)}; ${emptied(foundTable)}`)
  const records = Math.min(all, entity.load.targetEditSample ?? all)
  for (let from = 0; from < records; from += batchSize) {
    const asked = yield* warehouse.rows(
      sql`${about(`${name} about to be overwritten`)}SELECT key, action, remote_id, before, after FROM ${changes.where(overwritten)}
ORDER BY ${records < all ? sql`hash(key)` : sql`section`}, key LIMIT ${Math.min(batchSize, records - from)} OFFSET ${from}`,
      Overwritten
    )
    const rows = asked.map((row) => ({ ...row, remote_id: row.remote_id ?? idOf?.(name, row.key) ?? "" }))
    const found = yield* Effect.either(
      asideOf(
        definition,
        reader.find({
          resource: entity.load.resource,
          type: entity.load.type,
          matchBy: [byRemoteId],
          wanted: rows.map((row) => ({ ...(row.before ?? row.after), [byRemoteId]: row.remote_id }))
        })
      )
    )
    if (found._tag === "Left") {
      return {
        isLookedFor: false,
        left: 0,
        say: `${tell("unknown.edited", { n: all, entity: name })} ${found.left.message}`
      }
    }
    const standing = new Map(found.right.map((record) => [record.remoteId, record]))
    const edits = rows.flatMap((row) => editsOf(entity, reader, row, standing.get(row.remote_id) ?? null))
    yield* warehouse.append("edit", edits)
    yield* warehouse.append(
      "found",
      rows.flatMap((row) => (isThere(entity, row, standing.get(row.remote_id) ?? null) ? [[row.key]] : []))
    )
  }
  yield* warehouse.execute(
    sql`${about(`${name} that somebody changed at the target`)}${changes.set(
      { edited: sql`edit.edited::JSON`, reason: sql`t.reason || edit.say` },
      sql`t.entity = ${name} AND t.key = edit.key`,
      sql`edit`
    )}`
  )
  return {
    isLookedFor: true,
    left: yield* leaveReturned(entity),
    say: records < all ? tell("unknown.sample", { n: all - records, all, entity: name }) : null
  }
})

/** A record that somebody emptied is as good as gone: that is how a score is taken away where records cannot be. */
const isThere = (entity: LoadedEntity, row: Overwritten, standing: ExistingRecord | null): boolean => {
  const after = row.after ?? {}
  return (
    standing !== null &&
    entity.compared.every((field) => (after[field] ?? null) === null || standing.fields[field] !== null)
  )
}

/** One that is made is not there yet; nor is a place that rollbook took away itself until it is restored, and nobody else was at it. */
const isNotThereYet = ({ load }: LoadedEntity, { action }: Overwritten): boolean =>
  action === "create" || (action === "restore" && load.onGone === "unenroll")

const editsOf = (
  entity: LoadedEntity,
  reader: TargetReaderService,
  row: Overwritten,
  standing: ExistingRecord | null
): ReadonlyArray<ReadonlyArray<string | null>> => {
  const { key } = row
  if (standing === null) return isNotThereYet(entity, row) ? [] : [[key, "{}", `; ${tell("step.taken-away", {})}`]]
  const before = row.before ?? {}
  const after = row.after ?? {}
  const refs = new Set(entity.definition.fields.filter((field) => field.kind === "ref").map((field) => field.name))
  const edited = entity.compared.filter((field) => {
    if (refs.has(field) || !(field in standing.fields)) return false
    const there = standing.fields[field] ?? null
    return there !== reader.asHeld(field, before[field] ?? null) && there !== reader.asHeld(field, after[field] ?? null)
  })
  // A field that is written only while it is rollbook's own stays as somebody made it.
  const left = edited.filter((field) => entity.load.overwrite.get(field) === "if_ours")
  const overwritten = edited.filter((field) => !left.includes(field))
  if (edited.length === 0) return []
  const theirs = Object.fromEntries(overwritten.map((field) => [field, standing.fields[field] ?? null]))
  const overwrites = row.action === "create" ? "step.stands" : "step.overwrites"
  const say = [
    ...(overwritten.length === 0 ? [] : [`; ${tell(overwrites, { fields: overwritten.join(", ") })}`]),
    ...(left.length === 0 ? [] : [`; ${tell("step.leaves", { fields: left.join(", ") })}`])
  ]
  return [[key, overwritten.length === 0 ? null : JSON.stringify(theirs), say.join("")]]
}
