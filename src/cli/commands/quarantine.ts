import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { keptRead } from "../../extract/kept-reads.ts"
import { listQuarantine, type QuarantineFilter, quarantineOverTime } from "../../history/quarantine.ts"
import { replayQuarantine } from "../../history/replay.ts"
import type { Definition } from "../../pipeline/definition.ts"
import { readingLayer, stateLayer } from "../flow.ts"
import { asOf, entityOption, limitOption, optionalText, workspaceOptions } from "../options.ts"
import { refuseUnknown } from "../known.ts"
import { note, print, printJson } from "../output.ts"
import { renderRecords, renderReplay, renderRules } from "../quarantine-text.ts"
import { parseFromRun } from "../what-if.ts"
import { clockFor, loadPipeline, openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const pipeline = Args.text({ name: "pipeline" }).pipe(
  Args.withDescription("name of a pipeline"),
  Args.withDefault("roster")
)
const entity = entityOption("records")
const rule = Options.text("rule").pipe(
  Options.withDescription("only what this rule turned away, and what depends on that"),
  optionalText
)
const limit = limitOption("records")
const replay = Options.boolean("replay").pipe(
  Options.withDescription("after a fix: today's pipeline over the rows of the last read; what leaves, what enters")
)
const fromRun = Options.text("from-run").pipe(
  Options.withDescription("with --replay: the run whose rows are used; default the newest that are kept"),
  Options.withDefault("last")
)

export const quarantine = Command.make(
  "quarantine",
  { ...workspaceOptions, entity, rule, limit, replay, fromRun, asOf, pipeline },
  (given) =>
    Effect.gen(function* () {
      const workspace = openWorkspace(given)
      const { definition } = yield* loadPipeline(workspace, given.pipeline)
      yield* refuseUnknown(
        "entity",
        given.entity,
        definition.entities.map((one) => one.name)
      )
      const filter = { entity: given.entity, rule: given.rule }
      const from = yield* parseFromRun(given.fromRun)
      yield* given.replay
        ? Effect.provide(
            showReplay({ definition, filter, fromRun: from, day: given.asOf, limit: given.limit, json: given.json }),
            stateLayer(workspace)
          )
        : Effect.provide(showQuarantine(definition, filter, given.limit, given.json), readingLayer(workspace))
    })
).pipe(
  described(
    "Show what the last run of a pipeline turned away, and why: by rule with counts over the last thirty plans, then record by record. With --replay, what an edit of the pipeline changes about that; nothing is written.",
    [
      "rollbook quarantine roster",
      "rollbook quarantine roster --entity user --rule no-last-name",
      "rollbook quarantine roster --replay"
    ]
  )
)

const showQuarantine = (definition: Definition, filter: QuarantineFilter, limit: number, json: boolean) =>
  Effect.gen(function* () {
    const rules = yield* quarantineOverTime(definition.name, filter)
    const records = yield* listQuarantine(definition.name, filter)
    const all = filter.rule === null ? [] : yield* quarantineOverTime(definition.name, { ...filter, rule: null })
    const everKnown = [...rulesIn(definition), ...all.map((one) => one.rule)]
    yield* refuseUnknown("rule", records.length + rules.length > 0 ? null : filter.rule, everKnown)
    if (json) return yield* printJson({ rules, records })
    if (rules.length > 0) yield* print(`${renderRules(rules)}\n`)
    if (records.length === 0) return yield* print("Nothing is in quarantine.")
    yield* print(renderRecords(records.slice(0, limit)))
    if (records.length > limit) yield* note(`${records.length - limit} more; --limit 0 lists all`)
  })

/** Rules that an engineer wrote; of those that rollbook has besides, what turned something away is known. */
const rulesIn = (definition: Definition): ReadonlyArray<string> =>
  definition.entities.flatMap((entity) => entity.reject.map((rule) => rule.id))

const showReplay = ({
  definition,
  filter,
  fromRun,
  day,
  limit,
  json
}: {
  readonly definition: Definition
  readonly filter: QuarantineFilter
  readonly fromRun: number | "last"
  readonly day: string | null
  readonly limit: number
  readonly json: boolean
}) =>
  Effect.gen(function* () {
    const kept = yield* keptRead(definition.name, fromRun)
    const clock = yield* clockFor(definition, day ?? kept.asOf)
    const replayed = yield* replayQuarantine({ definition, collections: definition.collections, kept, clock, filter })
    if (json) return yield* printJson(replayed)
    yield* print(renderReplay(replayed, limit))
    yield* note(
      `Nothing was written. rollbook plan ${definition.name} --from-run ${kept.run} shows the steps that would follow.`
    )
  })
