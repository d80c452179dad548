import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import { instantNow, isDay } from "../../core/clock.ts"
import type { Gates, SourceRange } from "../../pipeline/definition.ts"
import { readSourceFile, type SourceFile } from "../../pipeline/source-file.ts"
import { asSet, momentFrom, momentUntil, nothingSet, type SetBeside } from "../../pipeline/switches.ts"
import type {
  Configuration,
  PipelineConfiguration,
  SwitchView,
  SwitchWanted
} from "../../service/http/contract/administration.ts"
import { type Busy, NotFound, type Refused, refused } from "../../service/http/contract/errors.ts"
import type { Asking, DeskService } from "../../service/http/desk.ts"
import { type AllSet, keepSwitches, readSwitches } from "../switches.ts"
import type { KnownPipeline } from "./definitions.ts"
import { asAnswer, type Room } from "./room.ts"
import { tell } from "../../core/told.ts"

/** The pipelines as their files say, with file and line, and the settings made beside them. */
export const configurationOf = (room: Room): Effect.Effect<Configuration, NotFound | Busy> =>
  Effect.gen(function* () {
    const all = yield* Effect.mapError(readSwitches(room.workspace), asAnswer)
    return { pipelines: (yield* room.pipelines).map((one) => viewOf(one, all)) }
  })

const viewOf = (known: KnownPipeline, all: AllSet): PipelineConfiguration => {
  const source = readSourceFile(known.file, known.text)
  const set = all[known.name ?? ""] ?? nothingSet
  const frozen = setFreezes(known, set)
  return {
    pipeline: known.name,
    file: known.file,
    zone: known.definition?.timezone ?? "UTC",
    problems: known.problems.map(({ hint, line, message }) => ({ line, say: message, hint })),
    settings: settingsIn(source),
    switches: known.definition === null ? [] : switchesIn(source, known.definition.load.gates.switchable, set),
    freezes: [...writtenFreezes(known, frozen.length), ...frozen],
    may_freeze: known.definition?.load.gates.switchable.includes("freeze") ?? false,
    text: known.text
  }
}

/** Keys that administrators look for first; the file itself has everything. */
const lookedFor = [
  ["timezone"],
  ["schedule"],
  ["extract", "connection"],
  ["load", "connection"],
  ["load", "guards", "defaults"],
  ["load", "gates", "switchable"]
] as const

const settingsIn = (source: SourceFile): PipelineConfiguration["settings"] =>
  lookedFor.flatMap((path) => scalarsAt(source, path, valueAt(source.value, path)))

const scalarsAt = (
  source: SourceFile,
  path: ReadonlyArray<string | number>,
  value: unknown
): ReadonlyArray<PipelineConfiguration["settings"][number]> => {
  if (value === undefined || value === null) return []
  const isList = Array.isArray(value) && value.every((one) => typeof one !== "object")
  if (typeof value === "object" && !isList) {
    return Object.entries(value).flatMap(([key, inner]) => scalarsAt(source, [...path, key], inner))
  }
  return [
    {
      key: path.join("."),
      value: isList ? value.join(", ") : JSON.stringify(value).replaceAll(/^"|"$/g, ""),
      at: placeOf(source.at(path))
    }
  ]
}

const valueAt = (value: unknown, path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key], value)

const placeOf = ({ file, line }: SourceRange) => ({ file, line })

/** The switches of the grade export that the file names, whether it lets them be switched or not. */
const switchesIn = (
  source: SourceFile,
  switchable: Gates["switchable"],
  { switches }: SetBeside
): ReadonlyArray<SwitchView> => {
  const gates = ["load", "gates"]
  const written = valueAt(source.value, gates) as Readonly<Record<string, unknown>> | undefined
  if (written === undefined) return []
  const conditions = Array.isArray(written["open_when"]) ? (written["open_when"] as ReadonlyArray<unknown>) : []
  const view = (name: string, value: boolean, say: string, path: ReadonlyArray<string | number>): SwitchView => {
    return {
      name,
      say,
      written: value,
      at: placeOf(source.at(path)),
      set: switches[name] ?? null,
      effective: asSet(switchable, { switches }, name, value),
      may_be_switched: switchable.includes(name)
    }
  }
  return [
    view("on_demand", written["on_demand"] !== false, "", [...gates, "on_demand"]),
    view("nightly", written["nightly"] !== false, "", [...gates, "nightly"]),
    ...conditions.map((condition, index) => {
      const { id, say } = condition as { readonly id: string; readonly say: string }
      return view(id, true, say, [...gates, "open_when", index])
    })
  ]
}

/** Freezes that the file has: those set beside it stand behind them in the list. */
const writtenFreezes = ({ definition }: KnownPipeline, set: number): PipelineConfiguration["freezes"] => {
  const { freezes = [] } = definition?.load.gates ?? {}
  return freezes.slice(0, freezes.length - set).map(({ at, ...freeze }) => ({ ...freeze, at: placeOf(at), set: null }))
}

const setFreezes = ({ definition }: KnownPipeline, { freezes }: SetBeside): PipelineConfiguration["freezes"] =>
  definition?.load.gates.switchable.includes("freeze") !== true
    ? []
    : freezes.map(({ at, by, from, id, schools, sessions, until, why }) => ({
        from,
        until,
        schools,
        sessions,
        say: why,
        at: null,
        set: { id, by, at, why }
      }))

/** Sets a switch or a freeze beside the file, or takes it away: noted first, and obeyed by whatever begins from now on. */
export const switchOf = (room: Room, wanted: SwitchWanted, { who }: Asking): ReturnType<DeskService["setSwitch"]> =>
  Effect.gen(function* () {
    const { gates } = (yield* room.definition(wanted.pipeline)).load
    const name = wanted.what === "switch" ? wanted.name : "freeze"
    if (!gates.switchable.includes(name)) {
      return yield* refused("NotSwitchable", tell("refused.not-switchable", {}))
    }
    // If two change something at once, the second changes what the first has left.
    yield* changing.withPermits(1)(
      Effect.gen(function* () {
        const all = yield* Effect.mapError(readSwitches(room.workspace), asAnswer)
        const changed = yield* change(all[wanted.pipeline] ?? nothingSet, wanted, who)
        yield* room.note(who, didIn(wanted), [wanted.pipeline])
        yield* Effect.mapError(keepSwitches(room.workspace, { ...all, [wanted.pipeline]: changed }), asAnswer)
      })
    )
    yield* room.live.wake
    const found = (yield* configurationOf(room)).pipelines.find((one) => one.pipeline === wanted.pipeline)
    return found ?? (yield* new NotFound({ message: "there is no such pipeline" }))
  })

const changing = Effect.unsafeMakeSemaphore(1)

/** The change, as the audit trail has it. */
const didIn = (wanted: SwitchWanted): string => {
  if (wanted.what !== "switch") return tell(wanted.what === "freeze" ? "trail.freeze" : "trail.thaw", {})
  const { name, value, why } = wanted
  return tell(value === null ? "trail.as-written" : value ? "trail.on" : "trail.off", { name, why })
}

const change = (set: SetBeside, wanted: SwitchWanted, by: string): Effect.Effect<SetBeside, Refused> =>
  Effect.gen(function* () {
    const at = yield* instantNow
    switch (wanted.what) {
      case "switch": {
        const { [wanted.name]: _, ...others } = set.switches
        if (wanted.value === null) return { ...set, switches: others }
        return { ...set, switches: { ...others, [wanted.name]: { value: wanted.value, by, at, why: wanted.why } } }
      }
      case "freeze": {
        const { from, schools, sessions, until, why } = wanted
        const areDays = [from, ...(until === null ? [] : [until])].every((one) => isDay(one.slice(0, 10)))
        if (!areDays || (until !== null && momentUntil(until) < momentFrom(from))) {
          return yield* refused("NoTime", tell("refused.no-time", {}))
        }
        return { ...set, freezes: [...set.freezes, { id: randomUUID(), from, until, schools, sessions, by, at, why }] }
      }
      case "thaw":
        if (!set.freezes.some(({ id }) => id === wanted.id)) {
          return yield* refused("NoSuchFreeze", tell("refused.no-such-freeze", {}))
        }
        return { ...set, freezes: set.freezes.filter(({ id }) => id !== wanted.id) }
    }
  })
