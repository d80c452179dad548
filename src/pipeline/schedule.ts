import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Diagnostic } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import { type BindError, withBindEngine } from "./bind-engine.ts"
import type { StoreError } from "../core/ports/disk.ts"
import { askZone } from "./bind-zone.ts"
import { filesNaming, type NamingFile, pipelineNameIn, yamlTextsIn } from "./name-in.ts"
import { PipelineFile, type WrittenPipeline } from "./schema.ts"
import { type Environment, fillIn, readSourceFile, type SourceFile } from "./source-file.ts"

/** When a pipeline runs by itself. */
export interface ScheduleDefinition {
  /** Minute, hour, day, month, weekday. */
  readonly cron: string
  /** IANA name. */
  readonly timezone: string
  /** Treatment of times at which nothing could run: one run for all of them, or none. */
  readonly missed: "run_once" | "skip"
  /** Pipelines whose run goes first where one is due. */
  readonly after: ReadonlyArray<string>
  /** So often a run is tried again that could not reach a system, and so many minutes later. */
  readonly retry: { readonly times: number; readonly minutes: number }
}

const Scheduled = PipelineFile.pick("schedule", "timezone")

type RawSchedule = typeof Scheduled.Type

export const decodeSchedule = ({ schedule, timezone }: RawSchedule): ScheduleDefinition | null =>
  schedule === undefined
    ? null
    : {
        cron: schedule.cron,
        timezone: schedule.timezone ?? timezone,
        missed: schedule.missed,
        after: schedule.after ?? [],
        retry: schedule.retry
      }

/** A run that waits for a pipeline that there is not would wait for nothing, and nobody would notice. */
export const refuseUnknownBefore = (
  beside: ReadonlyArray<NamingFile>,
  { name, schedule }: { readonly name: string; readonly schedule: ScheduleDefinition | null },
  source: SourceFile,
  problems: Array<Diagnostic>
): void => {
  for (const [index, other] of (schedule?.after ?? []).entries()) {
    const place = ["schedule", "after", index]
    if (other === name) {
      problems.push(source.diagnostic(place, `${name} cannot run after itself`, { hint: "leave it out" }))
    } else if (filesNaming(beside, other).length === 0) {
      const others = beside.flatMap((one) => (one.name === "" || one.name === name ? [] : [one.name]))
      const near = suggestion(other, others)
      const hint = near === "" ? "leave it out, or put its file into this folder" : near
      problems.push(source.diagnostic(place, `there is no pipeline ${other} beside this one`, { hint }))
    }
  }
}

/** A pipeline as far as its schedule goes. */
export interface ScheduledPipeline {
  readonly name: string
  readonly schedule: ScheduleDefinition
  /** Whether the schedule may write: `load.gates.nightly`. */
  readonly nightly: boolean
  /** The gates that may be set beside the file: `load.gates.switchable`. */
  readonly switchable: ReadonlyArray<string>
}

/**
 * The schedules of the pipeline files in a folder, and nothing else of them: whoever only waits for the time need not
 * prove every expression, which `validate` and each run do. A file that cannot be read, or whose schedule has not the
 * form of one, has none here. The zones are asked of the engine, so that `offsetMinutes` tells of them what it tells a run.
 */
export const readSchedules = (
  folder: string,
  environment: Environment
): Effect.Effect<ReadonlyArray<ScheduledPipeline>, StoreError | BindError> =>
  Effect.gen(function* () {
    const texts = yield* yamlTextsIn(folder)
    const found = texts.flatMap(({ file, text }) => scheduleIn(file, text, environment))
    if (found.length === 0) return []
    const now = yield* Clock.currentTimeMillis
    return yield* withBindEngine(async (engine) => {
      const known: Array<ScheduledPipeline> = []
      for (const one of found) if (await askZone(engine, one.schedule.timezone, now)) known.push(one)
      return known
    })
  })

const scheduleIn = (file: string, text: string, environment: Environment): ReadonlyArray<ScheduledPipeline> => {
  const name = pipelineNameIn(text)
  if (name === "") return []
  const source = readSourceFile(file, text)
  const { load, schedule, timezone = "" } = (source.value ?? {}) as Partial<WrittenPipeline>
  const read = Schema.decodeUnknownOption(Scheduled)(
    fillIn({ source, value: { schedule, timezone }, environment, path: [], problems: [] })
  )
  const decoded = Option.match(read, { onNone: () => null, onSome: decodeSchedule })
  const { nightly, switchable } = load?.gates ?? {}
  return decoded === null
    ? []
    : [
        {
          name,
          schedule: decoded,
          nightly: nightly !== false,
          switchable: Array.isArray(switchable) ? switchable.map(String) : []
        }
      ]
}
