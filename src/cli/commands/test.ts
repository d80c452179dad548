import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Effect from "effect/Effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { runPipelineTests, type TestReport } from "../../run/test-pipeline.ts"
import { Adapters } from "../adapters.ts"
import { EndedWith, exitCodes, UsageError } from "../exit.ts"
import { workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { loadPipelineFile, openWorkspace, pipelineFiles, shownPath, type Workspace } from "../workspace.ts"
import { described } from "./described.ts"

const files = Args.text({ name: "file" }).pipe(
  Args.withDescription("pipeline files; all of the workspace when none is named"),
  Args.repeated
)

export const test = Command.make("test", { ...workspaceOptions, files }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const chosen = given.files.length > 0 ? given.files.map((file) => resolve(file)) : pipelineFiles(workspace)
    if (chosen.length === 0) {
      return yield* new UsageError({
        detail: `no pipeline files in ${workspace.directory}`,
        hint: "`rollbook init` makes a workspace; --workspace names another one"
      })
    }
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
    const collections = yield* adapters.collections
    const folder = yield* Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "rollbook-test-"))),
      (made) => Effect.promise(() => rm(made, { recursive: true, force: true }))
    )
    return yield* runPipelineTests(definition, collections, new Date()).pipe(
      Effect.provide(adapters.warehouse(join(folder, "state.duckdb"), null))
    )
  }).pipe(Effect.scoped)

const line = (report: TestReport): string =>
  [
    `${report.passed ? "  ok  " : "FAILED"} ${report.name}`,
    ...(report.passed ? [] : [`       ${shownPath(report.at.file)}:${report.at.line}`]),
    ...report.differences.map((difference) => `       ${difference}`)
  ].join("\n")
