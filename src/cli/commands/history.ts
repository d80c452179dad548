import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { textTable } from "../../core/text-table.ts"
import type { Definition } from "../../pipeline/definition.ts"
import { findClass } from "../../extract/used-classes.ts"
import { type ExportRecord, listExports } from "../../gradebook/exports.ts"
import { isExport } from "../../pipeline/serving.ts"
import { remains } from "../../state/remains.ts"
import { listRuns, type RunRecord } from "../../state/runs.ts"
import { nextRunText, schedulerOf } from "../next-run.ts"
import { UsageError } from "../exit.ts"
import { readingLayer } from "../flow.ts"
import { limitOption, optionalText, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { countsText, discreetRun } from "../run-report.ts"
import { loadPipeline, openWorkspace, pipelineFile, shownPath, type Workspace } from "../workspace.ts"
import { described } from "./described.ts"

const pipeline = Args.text({ name: "pipeline" }).pipe(
  Args.withDescription("only runs of this pipeline"),
  Args.optional,
  Args.map(Option.getOrNull)
)
const section = Options.text("section").pipe(
  Options.withDescription("only exports of this section, by SIS id or name, with its own counts"),
  optionalText
)
const limit = limitOption("runs", 30)

export const history = Command.make("history", { ...workspaceOptions, section, limit, pipeline }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const definition = given.pipeline === null ? null : yield* exportPipeline(workspace, given.pipeline)
    if (definition !== null) return yield* exportHistory(workspace, definition, given)
    if (given.section !== null) {
      return yield* new UsageError({
        detail: "--section goes with a pipeline that exports",
        hint: `rollbook history PIPELINE --section ${given.section}`
      })
    }
    const { all, lastRun } = yield* Effect.all({
      all: listRuns(10_000),
      lastRun: Effect.map(remains, (one) => one.lastRun)
    }).pipe(Effect.provide(readingLayer(workspace)))
    // A pipeline whose file is gone has its history all the same.
    if (!all.some((run) => run.pipeline === given.pipeline) && given.pipeline !== null)
      yield* pipelineFile(workspace, given.pipeline)
    const runs = all.filter((run) => given.pipeline === null || run.pipeline === given.pipeline).slice(0, given.limit)
    if (given.json) return yield* printJson(runs.map(discreetRun))
    yield* note(nextRunText(yield* schedulerOf(workspace)))
    if (all.length === 0 && lastRun > 0) {
      return yield* print(
        `No runs in this state. Plans up to that of run ${lastRun} lie in ${shownPath(workspace.plansFolder)}, of a state that is gone.`
      )
    }
    if (runs.length === 0) return yield* print("No runs yet.")
    const head = ["run", "", "pipeline", "as of", "started (UTC)", "outcome", "", "plan"]
    yield* print(textTable([head, ...runs.map((run) => [...cells(run), run.plan ?? ""])], "words").join("\n"))
  })
).pipe(
  described(
    "List the runs of the workspace, newest first, the one at work included; of a pipeline of grades its exports, with who asked for them.",
    ["rollbook history", "rollbook history roster --json", "rollbook history grades --section 5001"]
  )
)

/** The pipeline, where its history is told in people; null for any other, also one whose file is gone. */
const exportPipeline = (workspace: Workspace, name: string) =>
  loadPipeline(workspace, name).pipe(
    Effect.map(({ definition }) => (isExport(definition) ? definition : null)),
    Effect.orElseSucceed(() => null)
  )

const exportHistory = (
  workspace: Workspace,
  definition: Definition,
  given: { readonly section: string | null; readonly limit: number; readonly json: boolean }
) =>
  Effect.gen(function* () {
    const exports = yield* Effect.gen(function* () {
      const found = given.section === null ? null : yield* findClass(definition, given.section)
      const section = found?.section ?? given.section
      return yield* listExports(definition, section === null ? null : [section], given.limit)
    }).pipe(Effect.provide(readingLayer(workspace)))
    if (given.json) {
      return yield* printJson(
        exports.map(({ run, persons, ...rest }) => ({
          ...discreetRun(run),
          students: persons,
          ...rest,
          nightly: run.askedBy === null
        }))
      )
    }
    if (exports.length === 0) return yield* print("Nothing was exported yet.")
    const written = definition.load.entities.map(
      ({ entity, resource }) => [entity, plurals[resource] ?? entity] as const
    )
    const head = [
      "run",
      "by",
      "course",
      "started (UTC)",
      "ended (UTC)",
      "outcome",
      "students",
      ...written.map(([, name]) => name)
    ]
    yield* print(
      textTable(
        [
          [...head, "errors", "stopped"],
          ...exports.map((one) => [
            String(one.run.run),
            one.run.askedBy ?? "nightly",
            coursesOf(one),
            minuteOf(one.run.startedAt),
            one.run.endedAt === null ? "" : minuteOf(one.run.endedAt).slice(11),
            one.run.outcome.replace("_", " "),
            one.persons === null ? "unknown" : String(one.persons),
            ...written.map(([entity]) => String(one.sent[entity] ?? 0)),
            String(one.failed),
            String(one.stopped)
          ])
        ],
        "words"
      ).join("\n")
    )
    yield* note("rollbook show RUN lists what was sent, to whom, and what failed.")
  })

/** The words of teachers for the entities that are written. */
const plurals: Readonly<Record<string, string>> = { line_item: "items", result: "scores" }

const coursesOf = ({ courseCount, courses }: ExportRecord): string => {
  const [first] = courses
  if (first === undefined) return ""
  return courseCount === 1 ? (first.name ?? first.section) : `${courseCount} courses`
}

const minuteOf = (instant: string): string => instant.slice(0, 16).replace("T", " ")

const cells = (run: RunRecord): ReadonlyArray<string> => [
  String(run.run),
  run.kind,
  run.pipeline,
  run.asOf,
  minuteOf(run.startedAt),
  run.outcome.replace("_", " "),
  countsText(run)
]
