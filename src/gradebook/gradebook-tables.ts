import * as Effect from "effect/Effect"
import { identifier } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { ledgerTable, type LoadedEntity, loadedEntitiesOf } from "../state/tables.ts"
import { partTableName, readTableName } from "../extract/read-parts.ts"
import { skippedTable } from "../state/skipped.ts"
import { fateTable } from "../state/fate-table.ts"

/**
 * What the state holds of a pipeline that takes grade books to assignments and scores, each as a relation in SQL; an empty
 * relation where a table was never made. Datasets are known by their endpoint, entities by their resource.
 */
export interface GradebookTables {
  readonly items: LoadedEntity
  readonly scores: LoadedEntity | null
  /** Grade items as last read (RecordId, OrgUnitId, Id, Name, GradeType, CategoryId). */
  readonly readItems: string
  /** Courses whose items were read (id: org unit, read_at). */
  readonly readCourses: string
  readonly categories: string
  readonly categorySettings: string
  readonly itemSettings: string
  /** When the settings of items, and of categories, were read last (id: RecordId, read_at); null where none are read. */
  readonly readItemSettings: string | null
  readonly readCategorySettings: string | null
  /** Scores as last read (RecordId, OrgUnitId, GradeObjectId, PointsNumerator). */
  readonly values: string
  /** Academic sessions (remote_id, label). */
  readonly sessions: string
  /** Names of the rules by which an item does not go while it is hidden from students. */
  readonly whileHidden: ReadonlyArray<string>
  /** (entity, key, rule, say) of the last run. */
  readonly skipped: string
  readonly quarantine: string
}

/** Null where a pipeline is none of grade books. */
export const gradebookTables: (
  definition: Definition
) => Effect.Effect<GradebookTables | null, WarehouseError, Warehouse> = Effect.fn("run.gradebook-tables")(function* (
  definition: Definition
) {
  const warehouse = yield* Warehouse
  const loaded = loadedEntitiesOf(definition)
  const items = loaded.find(({ load }) => load.resource === "line_item")
  if (items === undefined) return null
  const known = new Set(
    (yield* warehouse.rows(
      "-- durable tables\nSELECT DISTINCT table_name AS name FROM duckdb_tables() WHERE NOT internal AND NOT temporary"
    )).map((row) => String(row["name"]))
  )
  const orEmpty = (table: string | null, columns: ReadonlyArray<string>): string =>
    table !== null && known.has(table)
      ? identifier(table)
      : `(SELECT ${columns.map((column) => `NULL::VARCHAR AS ${identifier(column)}`).join(", ")} WHERE false)`
  const read = (endpoint: string, columns: ReadonlyArray<string>): string => {
    const dataset = definition.datasets.find((one) => one.endpoint === endpoint)
    return orEmpty(dataset === undefined ? null : readTableName(definition.name, dataset.name), columns)
  }
  const partsOf = (endpoint: string): string | null => {
    const dataset = definition.datasets.find((one) => one.endpoint === endpoint)
    return dataset === undefined ? null : orEmpty(partTableName(definition.name, dataset.name), ["id", "read_at"])
  }
  const itemsRead = definition.datasets.find((one) => one.endpoint === "/gradebook/items")
  const semester = definition.datasets.flatMap(({ mode }) =>
    mode.kind === "ledger" && mode.entity === "semester" ? [ledgerTable(mode.pipeline, mode.entity)] : []
  )[0]
  const turnedAway = ["entity", "key", "rule", "say"]
  return {
    items,
    scores: loaded.find(({ load }) => load.resource === "result") ?? null,
    readItems: read("/gradebook/items", ["RecordId", "OrgUnitId", "Id", "Name", "GradeType", "CategoryId"]),
    readCourses: orEmpty(itemsRead === undefined ? null : partTableName(definition.name, itemsRead.name), [
      "id",
      "read_at"
    ]),
    categories: read("/gradebook/categories", ["RecordId", "OrgUnitId", "Id", "Name"]),
    categorySettings: read("/gradebook/category_settings", ["RecordId", "ExportToSIS"]),
    itemSettings: read("/gradebook/item_settings", ["RecordId", "AcademicSessionOrgUnitId", "SectionOrgUnitId"]),
    readItemSettings: partsOf("/gradebook/item_settings"),
    readCategorySettings: partsOf("/gradebook/category_settings"),
    values: read("/gradebook/values", ["RecordId", "OrgUnitId", "GradeObjectId", "PointsNumerator"]),
    sessions: orEmpty(semester ?? null, ["remote_id", "label"]),
    whileHidden: items.definition.skip.filter((rule) => /\bIsHidden\b/.test(rule.when.sql)).map((rule) => rule.id),
    skipped: orEmpty(skippedTable(definition.name), turnedAway),
    quarantine: known.has(fateTable(definition.name))
      ? `(SELECT entity, key, rule, say FROM ${identifier(fateTable(definition.name))} WHERE valid_to IS NULL AND verdict = 'quarantine')`
      : orEmpty(null, turnedAway)
  }
})
