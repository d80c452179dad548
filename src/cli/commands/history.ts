import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { textTable } from "../../core/text-table.ts"
import { listRuns, type RunRecord } from "../../run/runs.ts"
import { stateLayer } from "../flow.ts"
import { workspaceOptions } from "../options.ts"
import { print, printJson } from "../output.ts"
import { openWorkspace } from "../workspace.ts"
import { described } from "./described.ts"

const pipeline = Args.text({ name: "pipeline" }).pipe(
  Args.withDescription("only runs of this pipeline"),
  Args.optional,
  Args.map(Option.getOrNull)
)
const limit = Options.integer("limit").pipe(Options.withDescription("at most so many runs"), Options.withDefault(30))

export const history = Command.make("history", { ...workspaceOptions, limit, pipeline }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const runs = (yield* listRuns(10_000).pipe(Effect.provide(stateLayer(workspace))))
      .filter((run) => given.pipeline === null || run.pipeline === given.pipeline)
      .slice(0, given.limit)
    if (given.json) return yield* printJson(runs)
    if (runs.length === 0) return yield* print("No runs yet.")
    const head = ["run", "", "pipeline", "as of", "started", "outcome", "", "plan"]
    yield* print(textTable([head, ...runs.map((run) => [...cells(run), run.plan ?? ""])], "words").join("\n"))
  })
).pipe(
  described("List the runs of the workspace, newest first.", ["rollbook history", "rollbook history roster --json"])
)

const cells = (run: RunRecord): ReadonlyArray<string> => [
  String(run.run),
  run.kind,
  run.pipeline,
  run.asOf,
  run.startedAt.slice(0, 16).replace("T", " "),
  run.outcome.replace("_", " "),
  counts(run)
]

const counts = ({ kind, report }: RunRecord): string => {
  const shown =
    kind === "apply" ? (["done", "failed", "notReached", "held"] as const) : (["steps", "held", "quarantined"] as const)
  const said = shown.filter((name) => typeof report[name] === "number" && (report[name] > 0 || name === shown[0]))
  return said.length === 0 && typeof report["cause"] === "string"
    ? report["cause"].slice(0, 60)
    : said.map((name) => `${String(report[name])} ${name === "notReached" ? "not reached" : name}`).join(", ")
}
