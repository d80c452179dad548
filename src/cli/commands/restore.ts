import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { dirname, join, resolve } from "node:path"
import { isOnDisk } from "../../core/ports/disk.ts"
import { discard, stateName } from "../../service/backup.ts"
import { refuseSecond } from "../../service/heartbeat.ts"
import { putInPlace, unpack } from "../../service/restore.ts"
import { noteRestored } from "../../state/ledger.ts"
import { listRuns } from "../../state/runs.ts"
import { Adapters } from "../adapters.ts"
import { clearCutOff } from "../clear-cut-off.ts"
import { workspaceOptions } from "../options.ts"
import { note, printJson } from "../output.ts"
import { openWorkspace, shownPath, type Workspace } from "../workspace.ts"
import { described } from "./described.ts"
import { engineLimits } from "../engine-limits.ts"

const file = Args.text({ name: "file" }).pipe(Args.withDescription("a file that `rollbook backup` wrote"))

export const restore = Command.make("restore", { ...workspaceOptions, file }, (given) =>
  Effect.gen(function* () {
    const workspace = openWorkspace(given)
    const home = dirname(workspace.stateFile)
    const now = yield* Clock.currentTimeMillis
    yield* refuseSecond(home, now)
    yield* clearCutOff(home, "restore", now)
    const { folder, manifest } = yield* unpack(resolve(given.file), home)
    yield* refuseWhileHeld(workspace).pipe(Effect.tapErrorCause(() => discard(folder)))
    const [adapters, limits] = yield* Effect.all([Adapters, engineLimits(workspace)])
    if (manifest.state_sha256 !== null) {
      // Before it is in its place: no kill leaves a state there that takes plans of before for its own.
      yield* noteRestored(now).pipe(
        Effect.provide(adapters.warehouse(join(folder, stateName), limits)),
        Effect.tapErrorCause(() => discard(folder))
      )
    }
    const { before, cutOff, kept } = yield* putInPlace(folder, manifest, workspace, new Date(now).toISOString())
    if (given.json) yield* printJson({ ...manifest, before, cut_off: cutOff, kept })
    yield* note(
      [
        `The workspace is as it was at ${manifest.made_at}${manifest.last_run === null ? "" : `, after run ${manifest.last_run}`}.`,
        ...(before === null ? [] : [`What stood here lies in ${shownPath(before)}: remove it when all is well.`]),
        ...(cutOff === null
          ? []
          : [
              `What an earlier restore had put here, which was cut off, lies in ${shownPath(cutOff)}: it can be removed.`
            ]),
        ...(kept.length === 0 ? [] : [`Kept as they stand here, though the backup has others: ${kept.join(", ")}.`]),
        ...(manifest.under_way.length === 0
          ? []
          : [
              `The apply of ${manifest.under_way.join(", ")} was under way: \`rollbook resume --begun-only\` finds out how its steps ended.`
            ]),
        "What was written to the target since then is not known to it: `rollbook plan` shows what it would do, before anything runs."
      ].join("\n")
    )
  })
).pipe(
  described(
    "Put a backup in the place of what stands in the workspace, which is moved aside and not removed. Tokens stay as they are, and definitions that are there.",
    ["rollbook restore district-2026-10-01.tar.gz", "rollbook restore district-2026-10-01.tar.gz --workspace elsewhere"]
  )
)

/** A state that is damaged is what a backup is for; one that another process holds is left to it. */
const refuseWhileHeld = (workspace: Workspace) =>
  Effect.gen(function* () {
    if (!(yield* isOnDisk(workspace.stateFile))) return
    const [adapters, limits] = yield* Effect.all([Adapters, engineLimits(workspace)])
    yield* listRuns(1).pipe(
      Effect.provide(adapters.warehouse(workspace.stateFile, limits)),
      Effect.catchIf(
        (error) => error.reason !== "Held",
        () => Effect.void
      )
    )
  })
