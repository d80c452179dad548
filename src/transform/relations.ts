import { about, name as quoted, sql, type Sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import { datasetTable } from "../pipeline/relations.ts"

/** Every row an entity considered, kept or turned away. Grain: one row per row of its `from`, its `each` and its joins. */
export const candidateTable = (entity: string): string => `candidate_${entity}`

/** View over the kept rows of an entity: `key`, `label`, `_school`, `_section`, `_source`, its fields. Grain: one row per key. */
export const entityView = (entity: string): string => `entity_${entity}`

/** View over the kept rows of an entity and those in quarantine that have no kept row beside them. Grain: one row per key. */
export const knownView = (entity: string): string => `known_${entity}`

/** Verdict on a row that is turned away: a rule did not want it, or it should have become something and could not. */
export type Verdict = "unwanted" | "quarantine"

/** A branch that turns a row away. `say` is an SQL expression. */
export const verdict = (when: Sql, kind: Verdict, rule: string, say: Sql): Sql =>
  verdictFrom(when, sql`${kind}`, sql`${rule}`, say)

/** As `verdict`, of a verdict and a rule that are SQL expressions. */
export const verdictFrom = (when: Sql, kind: Sql, rule: Sql, say: Sql): Sql =>
  sql`WHEN ${when} THEN ${turnedAway(kind, rule, say)}`

/** The value of `_turned` of a row; each argument is an SQL expression. */
export const turnedAway = (kind: Sql, rule: Sql, say: Sql): Sql =>
  sql`{'verdict': ${kind}, 'rule': ${rule}, 'say': ${say}}`

export interface Relation {
  readonly isDataset: boolean
  /** Column that identifies a row. */
  readonly key: Sql
  /** As `from`: rows in quarantine come along, so that what depends on them follows them. */
  readonly from: Sql
  /** As a join that must match: as `from`, with one row per key. */
  readonly required: Sql
  /** As a join that may match: kept rows only. */
  readonly optional: Sql
}

/** How a dataset or entity stands in a statement. */
export const relationOf = (
  definition: Definition,
  name: string,
  contracts: ReadonlyMap<string, CollectionContract>
): Relation => {
  const dataset = definition.datasets.find((one) => one.name === name)
  if (dataset === undefined) {
    const candidates = quoted(candidateTable(name))
    return {
      isDataset: false,
      key: sql`key`,
      from: sql`(SELECT * FROM ${candidates} WHERE _turned IS NULL OR _turned.verdict = 'quarantine')`,
      required: quoted(knownView(name)),
      optional: quoted(entityView(name))
    }
  }
  const contract = contracts.get(dataset.endpoint)
  if (contract === undefined) throw new Error(`dataset ${name} has no contract`)
  const table = quoted(datasetTable(name))
  return { isDataset: true, key: quoted(contract.key), from: table, required: table, optional: table }
}

/** The views over an entity's candidates: those that somebody looks at. `quarantined`: how many of them are in quarantine. */
export const viewStatements = (
  definition: Definition,
  entity: string,
  quarantined: number | "unknown"
): ReadonlyArray<Sql> => {
  const doesWarn = definition.entities.some(({ name, warn }) => name === entity && warn.length > 0)
  const kept = sql`${about(`${entity}: kept rows`)}CREATE OR REPLACE TEMP VIEW ${quoted(entityView(entity))} AS
SELECT * EXCLUDE (${doesWarn ? sql`_warned, ` : sql``}_turned) FROM ${quoted(candidateTable(entity))} WHERE _turned IS NULL`
  const isRequired = definition.entities.some(({ joins }) =>
    joins.some((one) => one.relation === entity && !one.optional)
  )
  return isRequired ? [kept, knownStatement(entity, quarantined !== 0)] : [kept]
}

const knownStatement = (entity: string, mayHaveAway: boolean): Sql =>
  sql`${about(`${entity}: kept rows, and those in quarantine that no kept row stands for`)}CREATE OR REPLACE TEMP VIEW ${quoted(knownView(entity))} AS
SELECT * FROM ${quoted(candidateTable(entity))} WHERE _turned IS NULL${mayHaveAway ? awayOf(entity) : sql``}`

/** Rows in quarantine that no kept row stands for, one of each key. Ordered by themselves: behind a union, an order is that of the union, and which row is taken is chance. */
const awayOf = (entity: string): Sql => sql`
UNION ALL
FROM (
  SELECT DISTINCT ON (key) * FROM ${quoted(candidateTable(entity))} AS away
  WHERE _turned.verdict = 'quarantine' AND key IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM ${quoted(candidateTable(entity))} AS kept WHERE kept.key = away.key AND kept._turned IS NULL)
  ORDER BY key, _turned, _source, hash(away)
)`
