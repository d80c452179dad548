import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, joined, sql, texts } from "../core/sql.ts"
import { made, named } from "../core/table.ts"
import type { PlanPart } from "../core/plan-part.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Count, Text, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { isExport } from "../pipeline/serving.ts"
import { stand } from "../state/migrations.ts"
import { findClass, rosterRelations } from "../extract/used-classes.ts"
import { listRuns, type RunRecord } from "../state/runs.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import type { Doing } from "../core/doing.ts"
import { exportedTable, runSectionTable } from "./tables.ts"

const prepare: Effect.Effect<void, WarehouseError, Warehouse> = stand(runSectionTable)

/** Counts of an apply, for its report. */
export interface ExportTotals {
  readonly persons: number
  readonly sections: number
  readonly entities: Readonly<
    Record<string, { readonly done: number; readonly failed: number; readonly stopped: number }>
  >
}

const Whole = Schema.Struct({ persons: Count, sections: Count })
const Sent = { entity: TextOrNull, done: Count, failed: Count, stopped: Count }
const OfEntity = Schema.Struct(Sent)
const OfRun = Schema.Struct({ run: Count, ...Sent })
const PeopleOf = Schema.Struct({ run: Count, persons: Schema.NullOr(Count) })
const OfCourse = Schema.Struct({ run: Count, section: Text, name: TextOrNull, courses: Count })

const nothingSent = { done: 0, failed: 0, stopped: 0 }

/**
 * Counts what an apply sent, from its outcomes and the steps in the table `step`, and keeps it; null for no export. A
 * section that was asked for is kept with it though nothing of it was sent.
 */
export const tallyExport = Effect.fn("gradebook.tally-export")(function* (
  definition: Definition,
  run: number,
  part: PlanPart
): Doing<ExportTotals | null, WarehouseError, Warehouse> {
  if (!isExport(definition)) return null
  const warehouse = yield* Warehouse
  const person = loadedEntitiesOf(definition).flatMap(({ load }) =>
    load.person === null ? [] : [sql`WHEN ${load.entity} THEN coalesce(step.after, step.before)->>${load.person}`]
  )
  yield* prepare
  yield* warehouse.execute(sql`${about("outcomes of the export with their places; grain: one row per step")}${made(exportedTable)}
SELECT step.entity, step.school, step.section, outcome.outcome, CASE step.entity ${joined(person, " ")} END AS person
FROM outcome JOIN step USING (seq) WHERE outcome.run = ${run}`)
  yield* warehouse.execute(sql`${about("what the export sent, by section")}INSERT INTO run_section
SELECT ${run}, entity, school, section, count(*) FILTER (outcome = 'done'), count(*) FILTER (outcome = 'failed'),
  count(*) FILTER (outcome = 'stopped'), count(DISTINCT person) FILTER (outcome = 'done'),
  coalesce(list(DISTINCT md5_number_lower(person)) FILTER (outcome = 'done' AND person IS NOT NULL), [])
FROM exported GROUP BY entity, school, section`)
  for (const name of part.sections) {
    const section = (yield* findClass(definition, name))?.section ?? name
    yield* warehouse.execute(sql`${about("a section that was asked for")}INSERT INTO run_section SELECT ${run}, NULL, NULL, ${section}, 0, 0, 0, 0, []
WHERE NOT EXISTS (SELECT 1 FROM run_section WHERE run = ${run} AND section = ${section})`)
  }
  const [whole] = yield* warehouse.rows(
    sql`SELECT count(DISTINCT person) FILTER (outcome = 'done') AS persons, count(DISTINCT section) AS sections FROM exported`,
    Whole
  )
  const rows = yield* warehouse.rows(
    sql`SELECT entity, sum(done)::BIGINT AS done, sum(failed)::BIGINT AS failed, sum(stopped)::BIGINT AS stopped FROM run_section WHERE run = ${run} GROUP BY entity`,
    OfEntity
  )
  return {
    persons: whole?.persons ?? 0,
    sections: whole?.sections ?? 0,
    entities: Object.fromEntries(
      definition.load.entities.map(({ entity }) => {
        const { done, failed, stopped } = rows.find((one) => one.entity === entity) ?? nothingSent
        return [entity, { done, failed, stopped }]
      })
    )
  }
})

/** One apply as its history tells it. */
export interface ExportRecord {
  readonly run: RunRecord
  /** At most three, by name. */
  readonly courses: ReadonlyArray<{ readonly section: string; readonly name: string | null }>
  readonly courseCount: number
  /** People whom what was written is about, each once; null where an earlier build counted them class by class. */
  readonly persons: number | null
  /** Records written, by entity. */
  readonly sent: Readonly<Record<string, number>>
  readonly failed: number
  readonly stopped: number
}

/** The applies of a pipeline, newest first; of some sections those that had to do with them, with their figures together. */
export const listExports = Effect.fn("gradebook.list-exports")(function* (
  definition: Definition,
  sections: ReadonlyArray<string> | null,
  limit: number
): Doing<ReadonlyArray<ExportRecord>, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepare
  const roster = yield* rosterRelations(definition)
  // Rows sent of a class before it came back under another id belong to that class.
  const bySection =
    roster === null
      ? named(runSectionTable)
      : sql`(SELECT sent.* REPLACE (coalesce(renamed.now, sent.section) AS section) FROM run_section AS sent LEFT JOIN ${roster.renamed} AS renamed ON renamed.previous = sent.section)`
  const here = sections === null ? sql`true` : sql`list_contains(${texts(sections)}, section)`
  const sums = yield* warehouse.rows(
    sql`SELECT run, entity, sum(done)::BIGINT AS done, sum(failed)::BIGINT AS failed, sum(stopped)::BIGINT AS stopped FROM ${bySection} WHERE ${here} GROUP BY run, entity`,
    OfRun
  )
  const people = yield* warehouse.rows(
    sql`${about("people of each export; grain: one row per run")}SELECT run,
  CASE WHEN count(*) FILTER (persons > 0 AND people IS NULL) = 0 THEN coalesce(len(list_distinct(flatten(list(people) FILTER (people IS NOT NULL)))), 0)
    WHEN count(*) FILTER (persons > 0) = 1 THEN max(persons) END AS persons
FROM ${bySection} WHERE ${here} GROUP BY run`,
    PeopleOf
  )
  const courses = yield* warehouse.rows(
    sql`${about("courses of each export, three by name")}SELECT run, section, name, courses FROM (
  SELECT run, section, name, count(*) OVER (PARTITION BY run) AS courses, row_number() OVER (PARTITION BY run ORDER BY name, section) AS place
  FROM (SELECT DISTINCT run, section FROM ${bySection} WHERE section IS NOT NULL AND ${here})
  LEFT JOIN ${roster?.managed ?? sql`(SELECT NULL::VARCHAR AS section, NULL::VARCHAR AS name)`} AS managed USING (section)
) WHERE place <= 3 ORDER BY run, place`,
    OfCourse
  )
  const runs = (yield* listRuns(10_000, { kind: "apply", pipeline: definition.name })).filter(
    (run) => sections === null || sums.some((row) => row.run === run.run)
  )
  return runs.slice(0, limit).map((run): ExportRecord => {
    const mine = sums.filter((row) => row.run === run.run)
    const some = courses.filter((row) => row.run === run.run)
    const totals = run.report["sent"] as ExportTotals | null | undefined
    const sum = (column: "failed" | "stopped"): number => mine.reduce((total, row) => total + row[column], 0)
    return {
      run,
      courses: some.map(({ name, section }) => ({ section, name })),
      courseCount: some[0]?.courses ?? 0,
      persons:
        sections === null ? (totals?.persons ?? 0) : (people.find((row) => row.run === run.run)?.persons ?? null),
      sent: Object.fromEntries(
        definition.load.entities.map(({ entity }) => [entity, mine.find((row) => row.entity === entity)?.done ?? 0])
      ),
      failed: sum("failed"),
      stopped: sum("stopped")
    }
  })
})
