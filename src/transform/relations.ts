import { identifier, literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { type CollectionContract, columnType } from "../core/ports/contracts.ts"
import { datasetTable } from "../pipeline/relations.ts"

/** Every row an entity considered, kept or turned away. Grain: one row per row of its `from`, its `each` and its joins. */
export const candidateTable = (entity: string): string => `candidate_${entity}`

/** View over the kept rows of an entity: `key`, `label`, `_school`, `_section`, `_source`, its fields. Grain: one row per key. */
export const entityView = (entity: string): string => `entity_${entity}`

/** View over the kept rows of an entity and those in quarantine that have no kept row beside them. Grain: one row per key. */
export const knownView = (entity: string): string => `known_${entity}`

/** A branch that turns a row away. `say` is an SQL expression, as is `rule` in `verdictFrom`. */
export const verdict = (when: string, kind: "unwanted" | "quarantine", rule: string, say: string): string =>
  verdictFrom(when, kind, literal(rule), say)

/** As `verdict`; a `kind` that is not one of the two is an expression that gives one. */
export const verdictFrom = (when: string, kind: string, rule: string, say: string): string =>
  `WHEN ${when} THEN ${turnedAway(kind === "unwanted" || kind === "quarantine" ? literal(kind) : kind, rule, say)}`

/** What stands in `_turned` of a row; each an SQL expression. */
export const turnedAway = (kind: string, rule: string, say: string): string =>
  `{'verdict': ${kind}, 'rule': ${rule}, 'say': ${say}}`

export interface Relation {
  readonly isDataset: boolean
  /** Column that identifies a row. */
  readonly key: string
  /** As `from`: rows in quarantine come along, so that what depends on them follows them. */
  readonly from: string
  /** As a join that must match: as `from`, with one row per key. */
  readonly required: string
  /** As a join that may match: kept rows only. */
  readonly optional: string
}

/** How a dataset or entity stands in a statement. */
export const relationOf = (
  definition: Definition,
  name: string,
  contracts: ReadonlyMap<string, CollectionContract>
): Relation => {
  const dataset = definition.datasets.find((one) => one.name === name)
  if (dataset === undefined) {
    const candidates = identifier(candidateTable(name))
    return {
      isDataset: false,
      key: "key",
      from: `(SELECT * FROM ${candidates} WHERE _turned IS NULL OR _turned.verdict = 'quarantine')`,
      required: identifier(knownView(name)),
      optional: identifier(entityView(name))
    }
  }
  const contract = contracts.get(dataset.endpoint)
  if (contract === undefined) throw new Error(`dataset ${name} has no contract`)
  const table = identifier(datasetTable(name))
  return { isDataset: true, key: contract.key, from: table, required: table, optional: table }
}

/** The views over an entity's candidates. */
export const viewStatements = (entity: string): ReadonlyArray<string> => [
  `-- ${entity}: kept rows
CREATE OR REPLACE TEMP VIEW ${identifier(entityView(entity))} AS
SELECT * EXCLUDE (_warned, _turned) FROM ${identifier(candidateTable(entity))} WHERE _turned IS NULL`,
  `-- ${entity}: kept rows, and those in quarantine that no kept row stands for
CREATE OR REPLACE TEMP VIEW ${identifier(knownView(entity))} AS
SELECT * FROM ${identifier(candidateTable(entity))} WHERE _turned IS NULL
UNION ALL
SELECT DISTINCT ON (key) * FROM ${identifier(candidateTable(entity))} AS away
WHERE _turned.verdict = 'quarantine' AND key IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM ${identifier(candidateTable(entity))} AS kept WHERE kept.key = away.key AND kept._turned IS NULL)
ORDER BY key, _turned`
]

/** Empty tables of the declared columns, for binding expressions and for tests without a network. */
export const emptyDatasetStatement = (dataset: string, contract: CollectionContract): string =>
  `CREATE OR REPLACE TEMP TABLE ${identifier(datasetTable(dataset))} (${contract.columns
    .map((column) => `${identifier(column.name)} ${columnType(column)}`)
    .join(", ")}, _fault STRUCT(rule VARCHAR, say VARCHAR))`
