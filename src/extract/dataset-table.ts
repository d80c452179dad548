/** Table that holds a landed dataset: the contract's columns, then `_fault` (rule and reason, or null). */
export const datasetTable = (dataset: string): string => `dataset_${dataset}`
