import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { dirname, join, resolve } from "node:path"
import { isOnDisk } from "../../core/ports/disk.ts"
import { discard, gather, pack, stateName } from "../../service/backup.ts"
import { listRuns } from "../../state/runs.ts"
import { Adapters } from "../adapters.ts"
import { clearCutOff } from "../clear-cut-off.ts"
import { UsageError } from "../exit.ts"
import { workspaceOptions } from "../options.ts"
import { note, printJson } from "../output.ts"
import { packageVersion } from "../package-root.ts"
import { openWorkspace, shownPath } from "../workspace.ts"
import { described } from "./described.ts"
import { engineLimits } from "../engine-limits.ts"
import { instantNow } from "../../core/clock.ts"

const file = Args.text({ name: "file" }).pipe(Args.withDescription("file to write, as district-2026-10-01.tar.gz"))

/** Seconds that a backup waits for a run to pause from writing. */
const patienceSeconds = 120

export const backup = Command.make("backup", { ...workspaceOptions, file }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const target = resolve(given.file)
    if (yield* isOnDisk(target)) {
      return yield* new UsageError({
        detail: `${shownPath(target)} is there already`,
        hint: "give the backup another name"
      })
    }
    if (!(yield* isOnDisk(workspace.stateFile))) {
      return yield* new UsageError({
        detail: `there is no state at ${shownPath(workspace.stateFile)}`,
        hint: "a workspace in which nothing ran yet has its definitions alone"
      })
    }
    const adapters = yield* Adapters
    yield* clearCutOff(dirname(workspace.stateFile), "backup", yield* Clock.currentTimeMillis)
    const folder = yield* gather(workspace, patienceSeconds, target)
    // A copy that does not open is no backup.
    const [last] = yield* Effect.flatMap(engineLimits(workspace), (limits) =>
      Effect.provide(listRuns(1), adapters.warehouse(join(folder, stateName), limits))
    ).pipe(Effect.onError(() => discard(folder)))
    const made = yield* pack(folder, target, {
      version: packageVersion(),
      made_at: yield* instantNow,
      last_run: last?.run ?? null
    })
    if (given.json) yield* printJson(made)
    yield* note(
      `${shownPath(target)} holds the workspace${made.last_run === null ? "" : ` up to run ${made.last_run}`}${
        made.under_way.length === 0 ? "" : `, in the middle of the apply of ${made.under_way.join(", ")}`
      }. It holds names and all that is known of people: keep it like the workspace itself. The .env is not in it.`
    )
  })
).pipe(
  described(
    "Write the whole workspace into one file, also while a run works: state, journals, plans, kept reads, definitions, audit trail. Secrets of the .env are not in it.",
    ["rollbook backup district-2026-10-01.tar.gz"]
  )
)
