import * as Effect from "effect/Effect"
import { changes } from "../state/change-set.ts"
import * as Schema from "effect/Schema"
import { about, name as quoted, oneOf, joined, type Sql, sql, texts } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { ResourceContract } from "../core/ports/contracts.ts"
import { Count, countRows, Json, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { isRemoval, takesAway } from "../state/actions.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import { impliedStatement } from "../state/implied.ts"
import type { Doing } from "../core/doing.ts"
import { inverseTable, stoodTable, carriedOutTable, undoneRunTable } from "./tables.ts"
import { emptied, made } from "../core/table.ts"
import { toldInSql } from "../core/told.ts"
import { outcomesOf } from "../state/outcomes.ts"
import { leaveWhatIsForgotten } from "./forgotten.ts"

/** Steps of one entity and action that are not taken back, or not wholly, for one reason. */
export interface NotUndone {
  readonly entity: string
  /** The action that was carried out on the records. */
  readonly action: string
  readonly why: string
  readonly steps: number
  /** Keys of ten of them at most, in order. */
  readonly keys: ReadonlyArray<string>
  /** Whether the plan takes back a part of it. */
  readonly partly: boolean
}

/**
 * Fills the table `change` with what takes back the steps of a plan, in the table `step`, that were carried out: what was
 * made is removed as its resource can be, what was changed goes back, what was removed comes back, what was adopted goes
 * back and is forgotten. A record that was written since is left as it is, and so is what such a record hangs on; and so
 * is one that may have stood before the run that is said to have made it, and one whose outcome is kept no longer.
 * Gives what is not taken back, and why.
 */
export const fillInverse = Effect.fn("load.inverse")(function* (
  definition: Definition,
  resources: ReadonlyMap<string, ResourceContract>,
  plan: string
): Doing<ReadonlyArray<NotUndone>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const entities = loadedEntitiesOf(definition)
  yield* warehouse.execute(sql`${about(`steps of ${plan} that were carried out; grain: one row per step`)}${made(carriedOutTable)}
SELECT step.entity, step.key, step.action, step.label, step.school, step.section, step.before, step.after, step.changed,
  outcome.wrote, outcome.detail, coalesce(outcome.reason = 'LeftAlone', false) AS left_alone
FROM step JOIN outcome ON outcome.plan = ${plan} AND outcome.seq = step.seq AND outcome.outcome = 'done';
${made(undoneRunTable)} SELECT DISTINCT run FROM outcome WHERE plan = ${plan};
${emptied(inverseTable)}`)
  yield* warehouse.execute(sql`${about("steps of entities that are no longer loaded")}INSERT INTO inverse BY NAME SELECT entity, key, action AS done, 'the pipeline no longer loads it' AS unable
FROM carried_out WHERE entity NOT IN (${oneOf(entities.map((entity) => entity.load.entity))})`)
  for (const entity of entities) {
    yield* warehouse.execute(inverseStatement(definition.name, entity, removalOf(resources.get(entity.load.resource))))
  }
  yield* leaveWhatIsForgotten(definition.name, plan)
  yield* leaveWhatMayHaveStood(definition.name, entities)
  yield* leaveWhatHangsTogether(entities)
  yield* warehouse.execute(sql`${changes.empty};
${changes.fill(sql`FROM inverse WHERE unable IS NULL`)}`)
  for (const entity of entities) {
    if (entity.load.removedWith !== null)
      yield* warehouse.execute(impliedStatement(entity.name, entity.load.removedWith))
  }
  const rows = yield* warehouse.rows(
    sql`${about("what is not taken back; grain: one row per entity, action and reason")}SELECT entity, done, coalesce(unable, partly) AS why, unable IS NULL AS partly, count(*) AS steps,
  to_json(list(key ORDER BY key)[:10])::VARCHAR AS keys
FROM inverse WHERE unable IS NOT NULL OR partly IS NOT NULL GROUP BY ALL ORDER BY ALL`,
    NotUndoneRow
  )
  return rows.map((row) => ({
    entity: row.entity,
    action: row.done,
    why: row.why,
    steps: row.steps,
    keys: row.keys,
    partly: row.partly
  }))
})

const NotUndoneRow = Schema.Struct({
  entity: Text,
  done: Text,
  why: Text,
  partly: Schema.Boolean,
  steps: Count,
  keys: Json(Schema.Array(Schema.String))
})

/** How what a run made is taken away: as wholly as the resource can be, and never for good. Null where it cannot be. */
const removalOf = (resource: ResourceContract | undefined): string | null => {
  const can = resource?.onGone ?? []
  if (can.includes("recycle") || can.includes("remove")) return "delete"
  return can.includes("unenroll") ? "unenroll" : can.includes("deactivate") ? "deactivate" : null
}

const inverseStatement = (pipeline: string, entity: LoadedEntity, removal: string | null): Sql => {
  const name = entity.load.entity
  // Fields that a policy left alone were not written.
  const written = sql`list_filter(t.changed, lambda field: NOT t.left_alone OR NOT list_contains(string_split(t.detail, ', '), field))`
  // The place in which an adopted record was found is named by ids of the target, and no adoption changes it.
  const noRefs = JSON.stringify(
    Object.fromEntries(entity.definition.fields.flatMap((field) => (field.kind === "ref" ? [[field.name, null]] : [])))
  )
  return sql`${about(`what takes back the steps of ${name}; grain: one row per step that was carried out`)}INSERT INTO inverse BY NAME
SELECT t.entity, t.key, CASE t.action WHEN 'create' THEN ${removal} WHEN 'restore' THEN coalesce(previous.action, ${removal})
    WHEN 'adopt' THEN 'forget' WHEN 'update' THEN 'update' WHEN 'rekey' THEN 'update' ELSE 'restore' END AS action,
  ${toldInSql("step.takes-back", { action: sql`t.action` })} AS reason, t.label, t.school, t.section, g.remote_id,
  coalesce(t.after, t.before) AS before,
  CASE WHEN t.action IN ('create', 'restore') THEN NULL WHEN t.action = 'adopt' THEN json_merge_patch(t.after, json_merge_patch(t.before, ${noRefs}::JSON)) ELSE t.before END AS after,
  CASE WHEN t.action IN ('update', 'rekey', 'adopt') THEN ${written} ELSE [] END AS changed,
  t.action AS done,
  CASE WHEN g.key IS NULL THEN 'rollbook no longer knows the record'
    WHEN g.run NOT IN (SELECT run FROM undone_run) THEN 'changed since by run ' || g.run
    WHEN t.action NOT IN ('create', 'adopt', 'restore', 'update', 'rekey', 'delete', 'unenroll', 'deactivate') THEN 'a step of this kind is not taken back'
    WHEN t.action = 'create' AND NOT t.wrote AND ${entity.load.matchExisting.length === 0} THEN 'it stood as wanted before'
    WHEN t.action = 'create' AND ${removal} IS NULL THEN 'what was made can only be kept'
    WHEN t.${isRemoval} AND t.left_alone AND NOT t.wrote THEN 'it was left as it stood: ' || t.detail
    WHEN t.action IN ('update', 'rekey') AND len(t.changed) = 0 THEN 'it stays under the key that it has now'
    WHEN t.action IN ('update', 'rekey') AND len(${written}) = 0 THEN 'it was left as it stood: ' || t.detail END AS unable,
  CASE WHEN t.action = 'create' AND ${removal} = 'deactivate' THEN 'it is switched off and stays: it cannot be taken away'
    WHEN t.action = 'restore' AND len(t.changed) > 0 THEN 'it goes again, with the values that it came back with'
    WHEN t.action = 'rekey' THEN 'it stays under the key that it has now'
    WHEN t.action IN ('update', 'adopt') AND t.left_alone THEN 'some of it was left as it stood: ' || t.detail END AS partly
FROM carried_out AS t LEFT JOIN ${quoted(entity.tables.ledger)} AS g ON g.key = t.key
LEFT JOIN (SELECT outcome.key, arg_max(outcome.action, outcome.run) AS action FROM ${outcomesOf(pipeline)} AS outcome
  WHERE outcome.entity = ${name} AND outcome.outcome = 'done' AND outcome.${isRemoval}
    AND outcome.run < (SELECT min(run) FROM undone_run) GROUP BY outcome.key) AS previous ON previous.key = t.key
WHERE t.entity = ${name}`
}

/**
 * Records that are not looked for before they are made, such as places, may have stood already where all that they refer
 * to did: the target takes them a second time without a word. After a lost state that is all of them. What came to the
 * source only after what it hangs on was adopted was made by rollbook.
 */
const leaveWhatMayHaveStood = Effect.fn("load.inverse-stood")(function* (
  pipeline: string,
  entities: ReadonlyArray<LoadedEntity>
) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(sql`${emptied(stoodTable)}`)
  for (const { definition, load, tables } of entities) {
    const { entity: name } = load
    yield* warehouse.execute(sql`${about(`adopted ${load.entity}, and the run that adopted them first; grain: one row per record`)}INSERT INTO stood SELECT ${name} || ':' || g.key, coalesce(min(outcome.run), 0)
FROM ${quoted(tables.ledger)} AS g
LEFT JOIN ${outcomesOf(pipeline)} AS outcome ON outcome.entity = ${name} AND outcome.key = g.key AND outcome.action = 'adopt' AND outcome.outcome = 'done'
WHERE g.origin = 'adopted' GROUP BY g.key`)
    const refs = definition.fields.flatMap((field) => (field.kind === "ref" ? [field.name] : []))
    if (load.matchExisting.length > 0 || refs.length === 0) continue
    yield* warehouse.execute(sql`${about(`${load.entity} of which all that they refer to stood before; grain: one row per record`)}INSERT INTO stood SELECT ${name} || ':' || made.key, max(stood.since)
FROM (
  SELECT i.key, i.before, first.run, unnest(${texts(refs)}) AS field FROM inverse AS i
  LEFT JOIN (SELECT key, min(valid_from) AS run FROM (
      SELECT key, valid_from FROM ${quoted(tables.snapshot)} UNION ALL SELECT key, valid_from FROM ${quoted(tables.history)})
    GROUP BY key) AS first ON first.key = i.key
  WHERE i.entity = ${name} AND i.done = 'create'
) AS made LEFT JOIN stood ON stood.name = json_extract_string(made.before, made.field)
WHERE json_extract_string(made.before, made.field) IS NOT NULL
GROUP BY made.key HAVING bool_and(stood.name IS NOT NULL) AND coalesce(any_value(made.run), 0) < max(stood.since);
UPDATE inverse SET unable = 'it may have stood before: all that it hangs on was adopted, and it was not looked for'
WHERE entity = ${name} AND done = 'create' AND unable IS NULL AND ${name} || ':' || key IN (SELECT name FROM stood)`)
  }
})

/**
 * A record stays while another one refers to it that stays, and does not come back without what it refers to. Each
 * that stays may hold others, so that it is asked again until nothing more does.
 */
const leaveWhatHangsTogether = Effect.fn("load.inverse-closure")(function* (entities: ReadonlyArray<LoadedEntity>) {
  const warehouse = yield* Warehouse
  const left = countRows(sql`FROM inverse WHERE unable IS NOT NULL`)
  for (let before = -1, now = yield* left; before !== now; before = now, now = yield* left) {
    for (const entity of [...entities].reverse()) {
      const name = entity.load.entity
      for (const other of entities) {
        for (const field of other.definition.fields) {
          if (field.kind !== "ref" || !field.entities.includes(name)) continue
          const ref = quoted(field.name)
          yield* warehouse.execute(sql`${about(`${name} to which ${other.load.entity} that stay refer`)}UPDATE inverse SET unable = ${`${other.load.entity} that stay refer to it`}
WHERE entity = ${name} AND unable IS NULL AND ${takesAway} AND ${`${name}:`} || key IN (
  SELECT g.${ref} FROM ${quoted(other.tables.ledger)} AS g
  LEFT JOIN inverse AS i ON i.entity = ${other.load.entity} AND i.key = g.key AND i.unable IS NULL
  WHERE g.presence <> 'gone' AND g.${ref} IS NOT NULL
    AND NOT (i.key IS NOT NULL AND (i.${takesAway} OR (i.after->>${field.name}) IS DISTINCT FROM g.${ref})))`)
        }
      }
    }
    for (const entity of entities) {
      for (const field of entity.definition.fields) {
        if (field.kind !== "ref") continue
        const standing = entities
          .filter((other) => field.entities.includes(other.load.entity))
          .map(
            ({ load, tables }) =>
              sql`SELECT ${`${load.entity}:`} || key FROM ${quoted(tables.ledger)} WHERE presence <> 'gone'
    AND key NOT IN (SELECT key FROM inverse WHERE entity = ${load.entity} AND unable IS NULL AND ${takesAway})
  UNION ALL SELECT ${`${load.entity}:`} || key FROM inverse WHERE entity = ${load.entity} AND unable IS NULL AND action = 'restore'`
          )
        if (standing.length === 0) continue
        yield* warehouse.execute(sql`${about(`${entity.load.entity} whose previous ${field.name} does not stand`)}UPDATE inverse SET unable = ${`the ${field.name} that it had does not stand`}
WHERE entity = ${entity.load.entity} AND unable IS NULL AND action IN ('update', 'restore')
  AND (after->>${field.name}) NOT IN (${joined(standing, "\n  UNION ALL ")})`)
      }
    }
  }
})
