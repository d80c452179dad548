import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, joined, name as quoted, noRows, type Sql, sql } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { datasetsServing, isWrittenAs } from "../pipeline/serving.ts"
import type { Meaning, Meanings } from "../core/ports/meanings.ts"
import { Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { leftFingerprint, partTableName, readTableName } from "../extract/tables.ts"
import { skippedTable } from "../state/skipped.ts"
import { rowOutcomeTable } from "../state/row-outcome-table.ts"
import { ofRosters } from "../pipeline/one-roster.ts"
import { ledgerTable } from "../pipeline/relations.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"

/**
 * The state of a pipeline that takes grade books to assignments and scores, each table as a relation in SQL; an empty
 * relation where a table was never made. Datasets are known by what their collection serves as, entities by what their resource is.
 */
export interface GradebookTables {
  /** The system that has the grade books, as people call it. */
  readonly system: string
  readonly items: LoadedEntity
  readonly scores: LoadedEntity | null
  /** Grade items as last read (key, course, id, name, category). */
  readonly readItems: Sql
  /** Courses whose items were read (id, read_at). */
  readonly readCourses: Sql
  /** Courses (id) that were read, and that the pipeline is about no more. */
  readonly leftCourses: Sql
  /** Categories as last read (key, course, id, name). */
  readonly categories: Sql
  /** (key, is_exported) */
  readonly categorySettings: Sql
  /** (key, session, section) */
  readonly itemSettings: Sql
  /** When the settings of items, and of categories, were read last (id: their key, read_at); null where none are read. */
  readonly readItemSettings: Sql | null
  readonly readCategorySettings: Sql | null
  /** Scores as last read (key, points). */
  readonly values: Sql
  /** Academic sessions (remote_id, label). */
  readonly sessions: Sql
  /** Names of the rules by which an item does not go while it is hidden from students. */
  readonly whileHidden: ReadonlyArray<string>
  /** (entity, key, rule, say) of the last run. */
  readonly skipped: Sql
  readonly quarantine: Sql
}

/** The system that a pipeline reads grade books from, as people call it. */
export const gradebookSystem = (definition: Definition): string =>
  datasetsServing(definition, "grade_items")[0]?.contract.serves?.system ?? "the learning platform"

/** Table of the parts from which those of the grade items come: courses, as they are chosen from the roster. */
const firstPartsOf = (definition: Definition): string | null => {
  let [found] = datasetsServing(definition, "grade_items").map(({ dataset }) => dataset)
  for (;;) {
    const from = definition.datasets.find(({ name }) => name === found?.parts?.relation)
    if (found === undefined || from?.parts == null) break
    found = from
  }
  return found === undefined ? null : partTableName(definition.name, found.name)
}

/** Null where a pipeline is none of grade books. */
export const gradebookTables = Effect.fn("gradebook.gradebook-tables")(function* (
  definition: Definition
): Doing<GradebookTables | null, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const loaded = loadedEntitiesOf(definition)
  const items = loaded.find(({ load }) => isWrittenAs(definition, load, "assignment"))
  if (items === undefined) return null
  const known = new Set(
    (yield* warehouse.rows(
      sql`${about("durable tables")}SELECT DISTINCT table_name AS name FROM duckdb_tables() WHERE NOT internal AND NOT temporary`,
      Schema.Struct({ name: Text })
    )).map((row) => row.name)
  )
  const orEmpty = (table: string | null, columns: ReadonlyArray<string>): Sql =>
    table !== null && known.has(table)
      ? quoted(table)
      : noRows(Object.fromEntries(columns.map((column) => [column, "VARCHAR"])))
  const read = <M extends Meaning>(as: M, wanted: ReadonlyArray<Meanings[M]>): Sql => {
    const [serving] = datasetsServing(definition, as)
    const table = serving === undefined ? null : readTableName(definition.name, serving.dataset.name)
    if (serving === undefined || table === null || !known.has(table)) return orEmpty(null, wanted)
    const columns = wanted.map((one) => sql`${quoted(serving.columns[one])} AS ${quoted(one)}`)
    return sql`(SELECT ${joined(columns, ", ")} FROM ${quoted(table)})`
  }
  const partsOf = (as: Meaning): Sql | null => {
    const [serving] = datasetsServing(definition, as)
    return serving === undefined
      ? null
      : orEmpty(partTableName(definition.name, serving.dataset.name), ["id", "read_at"])
  }
  const hidden = datasetsServing(definition, "grade_items")[0]?.columns.is_hidden ?? null
  const semester = definition.datasets.flatMap(({ mode }) =>
    mode.kind === "ledger" && mode.entity === ofRosters.terms ? [ledgerTable(mode.pipeline, mode.entity)] : []
  )[0]
  const turnedAway = ["entity", "key", "rule", "say"]
  return {
    system: gradebookSystem(definition),
    items,
    scores: loaded.find(({ load }) => isWrittenAs(definition, load, "score")) ?? null,
    readItems: read("grade_items", ["key", "course", "id", "name", "category"]),
    readCourses: partsOf("grade_items") ?? orEmpty(null, ["id", "read_at"]),
    leftCourses: sql`(SELECT id FROM ${orEmpty(firstPartsOf(definition), ["id", "fingerprint"])} WHERE fingerprint = ${leftFingerprint})`,
    categories: read("grade_categories", ["key", "course", "id", "name"]),
    categorySettings: read("grade_category_settings", ["key", "is_exported"]),
    itemSettings: read("grade_item_settings", ["key", "session", "section"]),
    readItemSettings: partsOf("grade_item_settings"),
    readCategorySettings: partsOf("grade_category_settings"),
    values: read("grade_values", ["key", "points"]),
    sessions: orEmpty(semester ?? null, ["remote_id", "label"]),
    whileHidden:
      hidden === null
        ? []
        : items.definition.skip
            .filter((rule) => new RegExp(`\\b${hidden}\\b`).test(rule.when.sql))
            .map((rule) => rule.id),
    skipped: orEmpty(skippedTable(definition.name), turnedAway),
    quarantine: known.has(rowOutcomeTable(definition.name))
      ? sql`(SELECT entity, key, rule, say FROM ${quoted(rowOutcomeTable(definition.name))} WHERE valid_to IS NULL AND verdict = 'quarantine')`
      : orEmpty(null, turnedAway)
  }
})
