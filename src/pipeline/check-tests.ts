import { isDay } from "../core/clock.ts"
import type { Diagnostic } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import type { Definition, TestRows } from "./definition.ts"
import type { Path, SourceFile } from "./source-file.ts"

/** Columns of the lists `quarantine` and `warnings` of a test. */
const turnedAwayColumns = ["entity", "key", "source", "rule", "say"]

/** Complains of tests that name datasets, entities or columns which do not exist, and could therefore never tell anything. */
export const checkTests = (source: SourceFile, definition: Definition, problems: Array<Diagnostic>): void => {
  // An unknown collection has no columns: the endpoint is the mistake, and was told.
  const datasets = new Map(
    definition.datasets.map((dataset) => [
      dataset.name,
      definition.collections.get(dataset.endpoint)?.columns.map((column) => column.name) ?? null
    ])
  )
  const entities = new Map(
    definition.entities.map((entity) => [entity.name, ["key", "label", ...entity.fields.map((field) => field.name)]])
  )
  const rows = (path: Path, list: TestRows, known: ReadonlyArray<string>): void => {
    for (const [index, row] of list.entries()) {
      for (const column of Object.keys(row)) {
        if (known.includes(column)) continue
        problems.push(
          source.diagnostic([...path, index, column], `there is no column ${column} here`, {
            hint: suggestion(column, known),
            key: true
          })
        )
      }
    }
  }
  const tables = (
    path: Path,
    given: ReadonlyMap<string, TestRows>,
    known: ReadonlyMap<string, ReadonlyArray<string> | null>,
    what: string
  ): void => {
    for (const [name, list] of given) {
      const columns = known.get(name)
      if (columns === undefined) {
        problems.push(
          source.diagnostic([...path, name], `there is no ${what} ${name}`, {
            hint: suggestion(name, known.keys()),
            key: true
          })
        )
      } else if (columns !== null) rows([...path, name], list, columns)
    }
  }
  for (const [index, test] of definition.tests.entries()) {
    const path: Path = ["tests", index]
    if (test.asOf !== null && !isDay(test.asOf))
      problems.push(
        source.diagnostic([...path, "as_of"], `${test.asOf} is not a date`, { hint: "write it as 2026-10-01" })
      )
    tables([...path, "given"], test.given, datasets, "dataset")
    tables([...path, "expect"], test.expect, entities, "entity")
    for (const list of ["quarantine", "warnings"] as const) {
      const turnedAway = test[list] ?? []
      rows([...path, list], turnedAway, turnedAwayColumns)
      for (const [at, row] of turnedAway.entries()) {
        const entity = row["entity"]
        if (typeof entity !== "string" || !entities.has(entity)) {
          problems.push(
            source.diagnostic([...path, list, at, "entity"], "the entity that turned the record away must stand here", {
              hint: typeof entity === "string" ? suggestion(entity, entities.keys()) : ""
            })
          )
        }
      }
    }
  }
}
