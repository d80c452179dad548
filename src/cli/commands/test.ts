import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { runPipelineTests, type TestReport } from "../../run/test-pipeline.ts"
import { Adapters } from "../adapters.ts"
import { EndedWith } from "../exit.ts"
import { exitCodes } from "../../core/exit-codes.ts"
import { pipelineFileNames, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { chosenPipelineFiles, loadPipelineFile, openWorkspace, shownPath, type Workspace } from "../workspace.ts"
import { ownFolder } from "../own-folder.ts"
import { described } from "./described.ts"
import { engineLimits } from "../engine-limits.ts"
import { now } from "../../core/clock.ts"

export const test = Command.make("test", { ...workspaceOptions, files: pipelineFileNames }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const chosen = yield* chosenPipelineFiles(workspace, given.files)
    const reports: Array<TestReport> = []
    for (const file of chosen) {
      const here = yield* testFile(workspace, file)
      reports.push(...here)
      if (!given.json) yield* print(here.map(line).join("\n"))
    }
    const failed = reports.filter((report) => !report.passed).length
    if (given.json) yield* printJson(reports)
    yield* note(`${reports.length - failed} passed, ${failed} failed`)
    if (failed > 0) return yield* new EndedWith({ code: exitCodes.unexpected })
  })
).pipe(
  described(
    "Run the tests that stand in pipeline files: rows in, the real rules, rows out. Needs no network and no state.",
    ["rollbook test", "rollbook test pipelines/roster.yaml"]
  )
)

/** In an engine of its own, so that a test neither waits for a run nor sees what it left. */
const testFile = (workspace: Workspace, file: string) =>
  Effect.gen(function* () {
    const adapters = yield* Adapters
    const { definition } = yield* loadPipelineFile(workspace, file)
    const folder = yield* ownFolder("make a folder to test in", "rollbook-test-")
    return yield* runPipelineTests(definition, definition.collections, yield* now).pipe(
      Effect.provide(adapters.warehouse(join(folder, "state.duckdb"), yield* engineLimits(workspace)))
    )
  }).pipe(Effect.scoped)

const line = (report: TestReport): string =>
  [
    `${report.passed ? "  ok  " : "FAILED"} ${report.name}`,
    ...(report.passed ? [] : [`       ${shownPath(report.at.file)}:${report.at.line}`]),
    ...report.differences.map((difference) => `       ${difference}`)
  ].join("\n")
