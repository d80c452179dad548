import * as Effect from "effect/Effect"
import { isRemoval } from "../state/actions.ts"
import { changes, type Steps } from "../state/change-set.ts"
import { about, joined, type Sql, sql } from "../core/sql.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import type { Doing } from "../core/doing.ts"
import type { Referring } from "./guard.ts"
import { tell } from "../core/told.ts"

/**
 * A kind of step that cannot go while another is held. A step waits where it meets `among`, and what `on` makes of it is a
 * `name` of `held` (name, hold): the held steps on which it may hang.
 */
export interface Wait {
  readonly kind: "removal" | "reference" | "implied"
  /** The entity of the steps that wait; null = any. */
  readonly entity: string | null
  readonly say: string
  /** Over a step, as `t`. */
  readonly among: Sql
  readonly on: Sql
  readonly held: Sql
}

/**
 * The steps that wait with held ones, in change set or plan alike; in the order in which one pass reaches the last of a chain:
 *
 * `reference`  a step waits for what it refers to, where that is not at the target yet: sent alone it could only fail
 * `removal`    a record is not removed while one that refers to it is held back from removal: the one would take away the
 *              other; from the leaves up
 * `implied`    a removal that follows from another one waits for that
 */
export const closure = (steps: Steps, entities: ReadonlyArray<Referring>): ReadonlyArray<Wait> => [
  ...entities.flatMap((entity) => references(steps, entity, entities)),
  ...entities.toReversed().flatMap((entity) => removals(steps, entity, entities)),
  {
    kind: "implied",
    entity: null,
    say: "removals that follow from held ones",
    among: sql`true`,
    on: sql`t.implied_by`,
    held: sql`SELECT entity || ':' || key AS name, hold FROM ${steps.table} WHERE hold IS NOT NULL`
  }
]

const references = (steps: Steps, entity: Referring, all: ReadonlyArray<Referring>): ReadonlyArray<Wait> =>
  entity.refs.flatMap(({ field, entities }) => {
    const causes = all
      .filter((other) => entities.includes(other.name))
      .map(
        (other) => sql`SELECT entity || ':' || key AS name, hold FROM ${steps.table}
  WHERE entity = ${other.name} AND hold IS NOT NULL AND after IS NOT NULL AND key NOT IN (SELECT key FROM ${other.ledger} WHERE presence = 'present')`
      )
    return causes.length === 0
      ? []
      : [
          {
            kind: "reference" as const,
            entity: entity.name,
            say: `${entity.name} whose ${field} is withheld`,
            among: sql`t.entity = ${entity.name}`,
            on: sql`(t.after->>${field})`,
            held: joined(causes, "\n  UNION ALL ")
          }
        ]
  })

const removals = (steps: Steps, entity: Referring, all: ReadonlyArray<Referring>): ReadonlyArray<Wait> => {
  const referring = all.flatMap((other) =>
    other.refs
      .filter(({ entities }) => entities.includes(entity.name))
      .map(
        ({ field }) =>
          sql`SELECT before->>${field} AS name, hold FROM ${steps.table} WHERE entity = ${other.name} AND hold IS NOT NULL AND ${isRemoval}`
      )
  )
  return referring.length === 0
    ? []
    : [
        {
          kind: "removal",
          entity: entity.name,
          say: tell("hold.upstream-removals", { entity: entity.name }),
          among: sql`t.entity = ${entity.name} AND t.${isRemoval}`,
          on: sql`${`${entity.name}:`} || t.key`,
          held: joined(referring, " UNION ALL ")
        }
      ]
}

/** Condition that a step waits by one of these kinds. */
export const waits = (wait: Wait): Sql => sql`${wait.among} AND ${wait.on} IN (SELECT name FROM (${wait.held}))`

/** Puts the steps of the change set that wait under the hold of what they wait for. */
export const holdWaiting = Effect.fn("guards.hold-waiting")(function* (
  kind: Wait["kind"],
  entities: ReadonlyArray<Referring>
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  if (!(yield* changes.has(sql`t.hold IS NOT NULL`))) return
  for (const wait of closure(changes, entities)) {
    if (wait.kind !== kind) continue
    yield* warehouse.execute(
      sql`${about(wait.say)}${changes.set(
        { hold: sql`cause.hold` },
        sql`${wait.among} AND t.hold IS NULL AND ${wait.on} = cause.name`,
        sql`(${wait.held}) AS cause`
      )}`
    )
  }
})
