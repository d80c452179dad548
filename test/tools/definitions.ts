import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { layer } from "../../src/adapters/duckdb/warehouse.ts"
import { brightspace } from "../../src/adapters/brightspace/connector.ts"
import { oneRoster } from "../../src/adapters/oneroster/connector.ts"
import type { Offer } from "../../src/pipeline/offer.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { loadDefinition, type LoadedDefinition } from "../../src/pipeline/load-definition.ts"
import { offerOf } from "../../src/pipeline/offer.ts"
import type { DefinitionInvalid, Environment } from "../../src/pipeline/source-file.ts"
import type { Connector } from "../../src/core/ports/connector.ts"
import type { Warehouse } from "../../src/core/ports/warehouse.ts"
import { oneThread } from "./one-thread.ts"
import { notAsDeclared } from "./declared-tables.ts"

/** Every connector that rollbook ships with. */
export const connectors: ReadonlyArray<Connector> = [oneRoster, brightspace]

export const offer = { collections: oneRoster.collections, resources: brightspace.resources }

/** What a pipeline of grades may name: grade books to read, and those of the SIS to write. */
export const gradeOffer = offerOf(connectors, null)

export const emptyEnvironment: Environment = { variable: () => undefined, readFile: () => null }

/** Runs with a folder that is gone afterwards. */
export const inFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), "rollbook-test-"))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Reads and proves a pipeline file; that the disk or the engine fails is no matter of the definition. */
export const proving = (
  ...given: Parameters<typeof loadDefinition>
): Effect.Effect<LoadedDefinition, DefinitionInvalid> =>
  loadDefinition(...given).pipe(Effect.catchTags({ StoreError: Effect.die, BindError: Effect.die }))

/** Reads and proves YAML text as a pipeline called `pipeline.yaml`. */
export const load = (text: string): Promise<LoadedDefinition> =>
  inFolder((folder) => {
    const path = join(folder, "pipeline.yaml")
    writeFileSync(path, text)
    return Effect.runPromise(loadDefinition(path, "pipeline.yaml", offer, emptyEnvironment))
  })

/** What is said of YAML text: its errors, or else its warnings. */
export const complaints = (text: string, offered: Offer = offer): Promise<DefinitionInvalid | LoadedDefinition> =>
  inFolder((folder) => {
    const path = join(folder, "pipeline.yaml")
    writeFileSync(path, text)
    return Effect.runPromise(Effect.merge(proving(path, "pipeline.yaml", offered, emptyEnvironment)))
  })

/** Runs an effect with an engine of its own, in which every table must be as it is declared in the end. */
export const withWarehouse = <A, E>(effect: Effect.Effect<A, E, Warehouse>): Promise<A> =>
  inFolder((folder) =>
    Effect.runPromise(
      effect.pipe(
        Effect.tap(() =>
          Effect.filterOrDie(
            notAsDeclared,
            ({ length }) => length === 0,
            (wrong) => new Error(wrong.join("; "))
          )
        ),
        Effect.provide(layer({ stateFile: join(folder, "state.duckdb"), ...oneThread }))
      )
    )
  )

/** A pipeline over `orgs` and `users` with the given rules and entities, indented as under `transform:`. */
export const smallPipeline = (transform: string, load = "{}"): string => `pipeline: small
timezone: America/Chicago
extract:
  connection: campus
  datasets:
    orgs: { endpoint: /orgs }
    users: { endpoint: /users }
transform:
${transform}
load:
  connection: brightspace
  entities: ${load}
`

export const definitionOf = async (transform: string, loaded?: string): Promise<Definition> =>
  (await load(smallPipeline(transform, loaded))).definition
