import * as Effect from "effect/Effect"
import { join } from "node:path"
import type { StoreError } from "../core/ports/disk.ts"
import type { Doing } from "../core/doing.ts"
import type { Definition } from "./definition.ts"
import { type AmongOthers, readSibling } from "./uses.ts"

/**
 * Refuses a pipeline whose tables in the state would be another's. They are named by pipeline and entity, or dataset, side by side,
 * and two pairs can come to one name: `roster_school` with `enrollment`, and `roster` with `school_enrollment`. Each would take
 * the other's records for its own, and plan to remove them.
 */
export const refuseSharedTables = Effect.fnUntraced(function* ({
  folder,
  beside,
  definition,
  environment,
  source,
  problems
}: AmongOthers): Doing<void, StoreError> {
  for (const { file, name } of beside) {
    const [shorter, longer] = name.length < definition.name.length ? [name, definition.name] : [definition.name, name]
    if (shorter === "" || !longer.startsWith(`${shorter}_`)) continue
    const other = yield* readSibling(join(folder, file), environment)
    for (const partsOf of [loadedIn, datasetsIn]) {
      const theirs = new Map(partsOf(other).map((part) => [`${name}_${part}`, part]))
      for (const part of partsOf(definition)) {
        const shared = theirs.get(`${definition.name}_${part}`)
        if (shared === undefined) continue
        problems.push(
          source.diagnostic(
            ["pipeline"],
            `its ${part} would be kept in one table with the ${shared} of ${name} (${file}): pipeline and part together come to one name, ${definition.name}_${part}`,
            { hint: "give one of the two pipelines another name" }
          )
        )
      }
    }
  }
})

const loadedIn = (definition: Definition | null): ReadonlyArray<string> =>
  definition?.load.entities.map(({ entity }) => entity) ?? []

const datasetsIn = (definition: Definition | null): ReadonlyArray<string> =>
  definition?.datasets.map(({ name }) => name) ?? []
