import * as Effect from "effect/Effect"
import { dirname, join } from "node:path"
import type { Definition, Gates } from "../pipeline/definition.ts"
import { DefinitionInvalid } from "../pipeline/source-file.ts"
import { nothingSet, notObeyed, type SetBeside, withSwitches } from "../pipeline/switches.ts"
import { serviceFolder } from "../service/heartbeat.ts"
import { readNote, writeNote } from "../service/note-file.ts"
import { type StoreError, stampOfFile } from "../core/ports/disk.ts"
import { tell } from "../core/told.ts"
import { stampAtHand } from "./files-at-hand.ts"
import type { Workspace } from "./workspace.ts"

/** Settings beside the pipelines of a workspace, by pipeline; they lie beside the state, and every command obeys them. */
export type AllSet = Readonly<Record<string, SetBeside>>

const what = "the switches"

const fileOf = (workspace: Pick<Workspace, "stateFile">): string =>
  join(serviceFolder(dirname(workspace.stateFile)), "switches.json")

export const readSwitches = (workspace: Pick<Workspace, "stateFile">): Effect.Effect<AllSet, StoreError> =>
  Effect.map(readNote<AllSet>(what, fileOf(workspace)), (all) => all ?? {})

export const keepSwitches = (workspace: Pick<Workspace, "stateFile">, all: AllSet): Effect.Effect<void, StoreError> =>
  writeNote(what, fileOf(workspace), all)

/** Changes whenever a switch is set. */
export const stampOfSwitches = (workspace: Pick<Workspace, "stateFile">): Effect.Effect<string, StoreError> =>
  Effect.suspend(() => {
    const stamp = stampAtHand(fileOf(workspace))
    // Why it cannot be told is told by the disk.
    return stamp === null ? stampOfFile(fileOf(workspace)) : Effect.succeed(stamp)
  })

/** The definition as it holds, switches that were set beside its file included. One that cannot be read is no reason to obey none. */
export const obeying = (workspace: Workspace, definition: Definition): Effect.Effect<Definition, DefinitionInvalid> => {
  const file = fileOf(workspace)
  const at = { file, line: 1, column: 1, offset: 0, length: 1 }
  return readSwitches(workspace).pipe(
    Effect.map((all) => {
      const gates = withSwitches(definition.load.gates, all[definition.name] ?? nothingSet, at)
      return { ...definition, load: { ...definition.load, gates } }
    }),
    Effect.mapError(
      ({ detail }) =>
        new DefinitionInvalid({
          diagnostics: [{ severity: "error", file, line: 1, column: 1, length: 1, message: detail, hint: "", text: "" }]
        })
    )
  )
}

/** The switch by which a run was let begin: that of the schedule, or that of people; null where neither was asked. */
export type AdmittedBy = "nightly" | "on_demand" | null

/**
 * The gates of a definition as they are set at the moment of asking, for a run at work: the same object until somebody
 * sets something. What the run was let begin by counts as a gate, which stops what is left of it once it is switched off;
 * and what cannot be read stops everything.
 */
export const gatesAtWork = (
  workspace: Workspace,
  written: Definition,
  admittedBy: AdmittedBy
): Effect.Effect<Gates> => {
  let known: { readonly stamp: string; readonly gates: Gates } | null = null
  return Effect.gen(function* () {
    const stamp = yield* stampOfSwitches(workspace)
    if (known?.stamp !== stamp) {
      const { gates } = (yield* obeying(workspace, written)).load
      known = { stamp, gates: { ...gates, openWhen: [...gates.openWhen, ...closedFor(written, gates, admittedBy)] } }
    }
    return known.gates
  }).pipe(
    Effect.catchAll((error) => {
      const say = `${tell("failure.switches-unread", {})} ${error.message}`
      if (known?.stamp !== say) {
        const { gates } = written.load
        known = { stamp: say, gates: { ...gates, openWhen: [...gates.openWhen, closed(written, "switches", say)] } }
      }
      return Effect.succeed(known.gates)
    })
  )
}

const closedFor = (written: Definition, { nightly, onDemand }: Gates, admittedBy: AdmittedBy): Gates["openWhen"] => {
  switch (admittedBy) {
    case null:
      return []
    case "nightly":
      return nightly ? [] : [closed(written, "nightly", tell("failure.nightly-off", {}))]
    case "on_demand":
      return onDemand ? [] : [closed(written, "on_demand", tell("failure.on-demand-off", {}))]
  }
}

/** A gate that nothing passes. */
const closed = ({ name }: Definition, id: string, say: string): Gates["openWhen"][number] => ({
  id,
  say,
  names: null,
  when: { sql: "false", at: { file: name, line: 1, column: 1, offset: 0, length: 1 } }
})

/** Settings beside the file of a pipeline, a line each, as `validate` tells them. */
export const switchesInWords = (definition: Definition, all: AllSet): ReadonlyArray<string> => {
  const { freezes, switches } = all[definition.name] ?? nothingSet
  const { switchable } = definition.load.gates
  const by = ({ at, by, why }: { readonly at: string; readonly by: string; readonly why: string }): string =>
    `by ${by} at ${at}: ${why}`
  return [
    ...Object.entries(switches).flatMap(([name, one]) =>
      switchable.includes(name)
        ? [`${definition.name}: ${name} is switched ${one.value ? "on" : "off"} beside the file, ${by(one)}`]
        : []
    ),
    ...(switchable.includes("freeze")
      ? freezes.map(
          (one) =>
            `${definition.name}: frozen beside the file from ${one.from} until ${one.until ?? "it is taken away"}, ${by(one)}`
        )
      : []),
    ...notObeyed(definition.load.gates, { freezes, switches }).map((say) => `${definition.name}: ${say}`)
  ]
}
