import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { textTable } from "../../core/text-table.ts"
import { listQuarantine } from "../../run/quarantine.ts"
import { stateLayer } from "../flow.ts"
import { optionalText, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { loadPipeline, openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const pipeline = Args.text({ name: "pipeline" }).pipe(
  Args.withDescription("name of a pipeline"),
  Args.withDefault("roster")
)
const entity = Options.text("entity").pipe(Options.withDescription("only records of this entity"), optionalText)
const rule = Options.text("rule").pipe(Options.withDescription("only what this rule turned away"), optionalText)
const limit = Options.integer("limit").pipe(
  Options.withDescription("at most so many records; 0 = all"),
  Options.withDefault(50)
)

export const quarantine = Command.make("quarantine", { ...workspaceOptions, entity, rule, limit, pipeline }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const { definition } = yield* loadPipeline(workspace, given.pipeline)
    const rows = yield* listQuarantine(definition.name, { entity: given.entity, rule: given.rule }).pipe(
      Effect.provide(stateLayer(workspace))
    )
    if (given.json) return yield* printJson(rows)
    if (rows.length === 0) return yield* print("Nothing is in quarantine.")
    const shown = given.limit === 0 ? rows : rows.slice(0, given.limit)
    yield* print(
      textTable(
        [
          ["entity", "key", "rule", "since run", "why"],
          ...shown.map((row) => [row.entity, row.key ?? row.source ?? "", row.rule, String(row.since), row.say])
        ],
        "words"
      ).join("\n")
    )
    if (rows.length > shown.length) yield* note(`${rows.length - shown.length} more; --limit 0 lists all`)
  })
).pipe(
  described("List what the last run of a pipeline turned away, and why.", [
    "rollbook quarantine roster",
    "rollbook quarantine roster --entity student --rule no-last-name"
  ])
)
