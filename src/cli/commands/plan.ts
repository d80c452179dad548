import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import { join, resolve } from "node:path"
import { onDisk } from "../../core/ports/disk.ts"
import { isReadFailed, notReadSentences } from "../../plan/not-read-text.ts"
import { renderPlan } from "../../plan/text.ts"
import { EndedWith } from "../exit.ts"
import { exitCodes } from "../../core/exit-codes.ts"
import { planPipeline, stateLayer } from "../flow.ts"
import { asOf, full, only, optionalText, pipeline, workspaceOptions } from "../options.ts"
import { note, print, printJson } from "../output.ts"
import { parsePart } from "../part.ts"
import { printGradebooks } from "../gradebook-overview.ts"
import { makeProgress } from "../progress.ts"
import { planForJson, reportFiles } from "../reports.ts"
import { parseFromRun, planWhatIf } from "../what-if.ts"
import { clockFor, loadPipeline, openWorkspace, shownPath } from "../workspace.ts"
import { described } from "./described.ts"

const out = Options.text("out").pipe(
  Options.withDescription("folder into which the plan and its reports are copied as well"),
  optionalText
)
const detailedExitcode = Options.boolean("detailed-exitcode").pipe(
  Options.withDescription("exit 10 when the plan holds steps and none is held")
)

const fromRun = Options.text("from-run").pipe(
  Options.withDescription(
    "what if: today's pipeline over the rows that this earlier run read, or `last`; to look at only"
  ),
  optionalText
)

export const plan = Command.make(
  "plan",
  { ...workspaceOptions, asOf, only, full, fromRun, out, detailedExitcode, pipeline },
  (given) =>
    Effect.gen(function* () {
      const workspace = openWorkspace(given)
      const { definition } = yield* loadPipeline(workspace, given.pipeline)
      const part = yield* parsePart(given.only, definition)
      const progress = makeProgress(given.logFormat)
      const from = given.fromRun === null ? null : yield* parseFromRun(given.fromRun)
      const made = yield* Effect.gen(function* () {
        if (from !== null)
          return yield* planWhatIf({ workspace, definition, asOf: given.asOf, fromRun: from, part, progress })
        const clock = yield* clockFor(definition, given.asOf)
        return yield* planPipeline({ workspace, definition, clock, part, progress, full: given.full })
      }).pipe(Effect.provide(stateLayer(workspace)))
      yield* given.json ? printJson(planForJson(made.plan)) : print(renderPlan(made.plan))
      if (!given.json && from === null) yield* printGradebooks(workspace, definition, made.plan)
      const copy = given.out === null ? null : resolve(given.out)
      if (copy !== null)
        yield* onDisk("copy the plan", copy, (disk) => disk.copy(made.folder, copy, { overwrite: true }))
      yield* note(
        `The plan lies in ${shownPath(join(copy ?? made.folder, "plan.json"))}. Nothing was written to the target.`
      )
      const reports = reportFiles(copy ?? made.folder)
      yield* note(`Its reports: ${shownPath(reports.html)} for the browser, ${shownPath(reports.markdown)} to paste.`)
      if (made.plan.steps.count > 0) {
        yield* note(
          from === null
            ? `rollbook show ${made.plan.plan_id} lists its steps; rollbook apply ${made.plan.plan_id} carries it out.`
            : `rollbook show ${made.plan.plan_id} lists its steps; rollbook diff ${made.plan.from_run} ${made.plan.run} compares it with the plan of that run.`
        )
      }
      for (const one of notReadSentences(made.plan)) yield* note(`NOT READ ${one}`)
      if (isReadFailed(made.plan)) return yield* new EndedWith({ code: exitCodes.sourceFailed })
      if (made.plan.holds.length > 0) return yield* new EndedWith({ code: exitCodes.held })
      if (given.detailedExitcode && made.plan.steps.count > 0) {
        return yield* new EndedWith({ code: exitCodes.changesPresent })
      }
    })
).pipe(
  described(
    "Read the source, carry out the rules, compare, and write down every step that would be taken, with a report for the browser and one to paste. Never writes to a target.",
    [
      "rollbook plan roster",
      "rollbook plan roster --only school=1bd08d49 --json",
      "rollbook plan roster --from-run last"
    ]
  )
)
