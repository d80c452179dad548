import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { exitCodes } from "../../core/exit-codes.ts"
import { noteReveal } from "../../history/audit-trail.ts"
import { findDrift } from "../../history/drift.ts"
import { Adapters } from "../adapters.ts"
import { discreetDrift, driftText } from "../drift-text.ts"
import { EndedWith } from "../exit.ts"
import { readingLayer } from "../flow.ts"
import { refuseUnknown } from "../known.ts"
import { entityOption, limitOption, reveal, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { discretionOf } from "../sent-report.ts"
import { loadPipeline, loadWorkspaceConnections, openWorkspace, workspaceConnection } from "../workspace.ts"
import { described } from "./described.ts"
import { now } from "../../core/clock.ts"

const pipeline = Args.text({ name: "pipeline" }).pipe(
  Args.withDescription("name of a pipeline"),
  Args.withDefault("roster")
)
const detailedExitcode = Options.boolean("detailed-exitcode").pipe(
  Options.withDescription("exit with 10 where something does not stand as it was written")
)

export const drift = Command.make(
  "drift",
  {
    ...workspaceOptions,
    entity: entityOption("records"),
    limit: limitOption("records"),
    detailedExitcode,
    reveal,
    pipeline
  },
  (given) =>
    Effect.gen(function* () {
      const workspace = openWorkspace(given)
      const { definition } = yield* loadPipeline(workspace, given.pipeline)
      yield* refuseUnknown(
        "entity",
        given.entity,
        definition.load.entities.map((one) => one.entity)
      )
      const adapters = yield* Adapters
      const connections = yield* loadWorkspaceConnections(workspace)
      const target = yield* workspaceConnection(connections, definition.load.connection)
      const found = yield* findDrift(definition, given.entity, given.limit).pipe(
        Effect.provide(adapters.listings(target, definition.timezone)),
        Effect.provide(readingLayer(workspace))
      )
      if (given.reveal) yield* noteReveal(workspace.auditFile, "drift", [definition.name])
      const shown = discreetDrift(found, discretionOf(definition, given.reveal))
      if (given.json) yield* printJson(shown)
      else yield* print(driftText(shown, yield* now))
      const drifted = found.entities.reduce(
        (sum, { counts }) => sum + counts.missing + counts.differs + counts.returned,
        0
      )
      if (!given.json && drifted > found.records.length) {
        yield* note(`${drifted - found.records.length} more; --limit 0 lists all`)
      }
      if (given.detailedExitcode && drifted > 0) return yield* new EndedWith({ code: exitCodes.changesPresent })
    })
).pipe(
  described(
    "Compare what rollbook wrote with what the target says that it holds: of Brightspace by its data sets, full and differential extracts that it makes itself, which the app may load with the scope datasets:bds:read. Lists what is missing there, has other values, or is back after it was taken away; what was written after the extracts were made is unknown and never called drift. Writes nothing.",
    ["rollbook drift roster", "rollbook drift roster --entity enrollment --json", "rollbook drift --detailed-exitcode"]
  )
)
