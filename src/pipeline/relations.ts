/**
 * The names of a pipeline's tables and views in the engine. The room that makes one says what it is and
 * what a row of it is; the names follow from the definition alone, so that whoever knows the definition may ask.
 */

/** Table that holds a landed dataset: the contract's columns, then `_fault` (rule and reason, or null). */
export const datasetTable = (dataset: string): string => `dataset_${dataset}`

/** Table of the records of a dataset as they were read, duplicates among them. */
export const landedTable = (dataset: string): string => `landed_${dataset}`

/** Records of a dataset that do not fit its contract. */
export const faultsTable = (dataset: string): string => `faults_${dataset}`

/** Every row an entity considered, kept or turned away. Grain: one row per row of its `from`, its `each` and its joins. */
export const candidateTable = (entity: string): string => `candidate_${entity}`

/** View over the kept rows of an entity: `key`, `label`, `_school`, `_section`, `_source`, its fields. Grain: one row per key. */
export const entityView = (entity: string): string => `entity_${entity}`

/** View over the kept rows of an entity and those in quarantine that have no kept row beside them. Grain: one row per key. */
export const knownView = (entity: string): string => `known_${entity}`

/** View of what is wanted of an entity at the target: its kept rows, less those that a cascading role grants already. */
export const desiredView = (entity: string): string => `desired_${entity}`

/** The ledger of an entity: its records as last written to the target. Grain: one row per key ever written. */
export const ledgerTable = (pipeline: string, entity: string): string => `ledger_${pipeline}_${entity}`
