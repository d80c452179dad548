import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Count, countRows, Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { about, joined, name as quoted, sql, type Sql, texts } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { candidateTable, faultsTable } from "../pipeline/relations.ts"
import { originOf } from "../pipeline/references.ts"
import { firstLoaded, startingFrom, type Transformed } from "./transform.ts"
import type { Doing } from "../core/doing.ts"
import { tell } from "../core/told.ts"

/** Why a dataset may not have been read whole, in words. */
export interface Doubt {
  readonly dataset: string
  readonly say: string
}

/**
 * The doubts that rows raise once they are transformed: a dataset is not proven whole where something that should have
 * become a record is in quarantine before it says which record it is: it may be any of those that are missing. Nor is it
 * where most of its rows are in quarantine for one reason: what the source means by them has changed, and may have changed
 * for the others too.
 */
export const doubtsOfRows = Effect.fn("transform.doubts")(function* (
  definition: Definition,
  transformed: Transformed
): Doing<ReadonlyArray<Doubt>, WarehouseError, Warehouse> {
  return [...(yield* namelessRows(definition, transformed)), ...(yield* rowsTurnedAway(definition, transformed))]
})

/** Finds, for each dataset, the entity of which most rows are in quarantine without a key. */
const namelessRows = Effect.fn("transform.nameless-rows")(function* (
  definition: Definition,
  { entities }: Transformed
) {
  const worst = new Map<string, { readonly entity: string; readonly rows: number }>()
  for (const { entity } of definition.load.entities) {
    if (entities.find((one) => one.entity === entity)?.quarantined === 0) continue
    const rows = yield* countRows(
      sql`FROM ${quoted(candidateTable(entity))} WHERE key IS NULL AND _turned.verdict = 'quarantine'`,
      about(`rows of ${entity} in quarantine that do not say which they are`)
    )
    const dataset = originOf(definition, entity)
    if (rows > (worst.get(dataset)?.rows ?? 0)) worst.set(dataset, { entity, rows })
  }
  return [...worst].map(([dataset, { entity, rows }]): Doubt => ({
    dataset,
    say: tell("read.nameless", { rows, entity })
  }))
})

/** Finds, for each dataset, the reason for which more of its rows became nothing than its limit allows. */
const rowsTurnedAway = Effect.fn("transform.rows-turned-away")(function* (
  definition: Definition,
  { accounts }: Transformed
) {
  const warehouse = yield* Warehouse
  const doubts: Array<Doubt> = []
  for (const { dataset, quarantined, rows } of accounts) {
    const limits = definition.datasets.find((one) => one.name === dataset)?.turnedAway ?? { percent: 100, floor: 0 }
    const limit = Math.max(limits.floor, Math.floor((rows * limits.percent) / 100))
    if (quarantined <= limit) continue
    const [worst] = yield* warehouse.rows(worstReasonStatement(definition, dataset), Worst)
    if (worst === undefined || worst.rows <= limit) continue
    const why = worst.say ?? worst.rule
    doubts.push({
      dataset,
      say: tell("read.turned-away", { rows: worst.rows, all: rows, why, limit })
    })
  }
  return doubts
})

const Worst = Schema.Struct({ rule: Text, rows: Count, say: TextOrNull })

/** The most frequent cause, usual ones aside, among the rows of a dataset of which nothing came; in words where it is the same for all. */
const worstReasonStatement = (definition: Definition, dataset: string): Sql => {
  const from = (entities: ReadonlyArray<string>, select: Sql, condition: Sql): ReadonlyArray<Sql> =>
    entities.map((entity) => sql`SELECT ${select} FROM ${quoted(candidateTable(entity))} WHERE ${condition}`)
  const kept = from(firstLoaded(definition, dataset), sql`_source`, sql`_turned IS NULL`)
  const cause = sql`regexp_replace(_turned.rule, '^(depends-on:)+', '') AS rule`
  const away = [
    sql`SELECT key AS _source, rule, say FROM ${quoted(faultsTable(dataset))} WHERE key IS NOT NULL`,
    ...from(
      startingFrom(definition, dataset),
      sql`_source, ${cause}, _turned.say AS say`,
      sql`_turned.verdict = 'quarantine'`
    )
  ]
  const usual = definition.entities.flatMap(({ reject }) => reject.flatMap((rule) => (rule.isUsual ? [rule.id] : [])))
  return sql`${about(`the reason for which most rows of ${dataset} were turned away`)}SELECT rule, count(DISTINCT _source) AS rows, CASE WHEN count(DISTINCT say) = 1 THEN min(say) END AS say
FROM (${joined(away, " UNION ALL ")}) WHERE NOT list_contains(${texts(usual)}, rule)${
    kept.length === 0
      ? sql``
      : sql` AND _source NOT IN (SELECT _source FROM (${joined(kept, " UNION ALL ")}) WHERE _source IS NOT NULL)`
  }
GROUP BY rule ORDER BY rows DESC, rule LIMIT 1`
}
