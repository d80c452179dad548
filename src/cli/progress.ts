import { log } from "./log.ts"
import { MultiBar, type SingleBar } from "cli-progress"
import type { ExecutionProgress } from "../run/apply.ts"
import type { PlanProgress, PlanStage } from "../run/make-plan.ts"
import type { ReadProgress } from "../extract/read-source.ts"
import { isTalkative } from "./output.ts"
import { momentOfSaying } from "../core/clock.ts"
import { number } from "../core/number.ts"

/** The progress of a run: live bars on a terminal, a plain line now and then elsewhere. All on stderr. */
export interface Progress extends PlanProgress {
  readonly step: (progress: ExecutionProgress) => void
  /** Tells how many requests were sent so far, for the rate. */
  readonly countRequests: (sent: () => number) => void
  /** Takes the display away; what is printed afterwards stands on clean lines. */
  readonly end: () => void
}

/** No display at all, for machine output that is read together with stderr. */
export const silent: Progress = {
  stage: () => undefined,
  read: () => undefined,
  step: () => undefined,
  countRequests: () => undefined,
  end: () => undefined
}

export const makeProgress = (format: "pretty" | "json"): Progress => {
  if (!isTalkative()) return silent
  const write = (line: Readonly<Record<string, string | number>>, text: string): void => log("info", text, line)
  return process.stderr.isTTY && format === "pretty" ? liveProgress() : plainProgress(write)
}

/** At most so often a dataset or entity says where it is. */
const plainEveryMilliseconds = 5_000

/** A line now and then. */
export const plainProgress = (
  write: (line: Readonly<Record<string, string | number>>, text: string) => void
): Progress => {
  const last = new Map<string, number>()
  const isDue = (name: string, always: boolean): boolean => {
    const now = momentOfSaying().getTime()
    if (!always && now - (last.get(name) ?? now - plainEveryMilliseconds) < plainEveryMilliseconds) return false
    last.set(name, now)
    return true
  }
  const rate = makeRate()
  return {
    stage: (stage) => write({ stage }, stageText(stage)),
    read: (progress) => {
      const { dataset, rows, total } = progress
      if (!isDue(`read ${dataset}`, total !== null && rows >= total)) return
      write({ dataset, rows, ...(total === null ? {} : { total }) }, `  read ${dataset}: ${readText(progress)}`)
    },
    step: (progress) => {
      const { entity, done, failed, total } = progress
      if (!isDue(`step ${entity}`, done + failed === total)) return
      const { perSecond, secondsLeft } = rate.of(done + failed, total)
      write(
        { entity, done, failed, total, requestsPerSecond: perSecond },
        `  ${entity}: ${done + failed} of ${total} steps${failed > 0 ? `, ${failed} failed` : ""}, ${perSecond} requests/s, ${timeLeft(secondsLeft)} left`
      )
    },
    countRequests: rate.countRequests,
    end: () => undefined
  }
}

const liveProgress = (): Progress => {
  let bars: MultiBar | null = null
  const open = (): MultiBar =>
    (bars ??= new MultiBar({ stream: process.stderr, clearOnComplete: false, hideCursor: true, format: "{line}" }))
  const reads = new Map<string, SingleBar>()
  let steps: SingleBar | null = null
  const rate = makeRate()
  const end = (): void => {
    bars?.stop()
    bars = null
    reads.clear()
    steps = null
  }
  return {
    stage: (stage) => {
      end()
      process.stderr.write(`${stageText(stage)}\n`)
    },
    read: (progress) => {
      const { dataset, rows, total } = progress
      let bar = reads.get(dataset)
      if (bar === undefined) {
        bar = open().create(total ?? 0, 0, {}, { format: `  ${dataset.padEnd(18)} {bar} {said}` })
        reads.set(dataset, bar)
      }
      bar.setTotal(Math.max(total ?? rows, 1))
      bar.update(rows, { said: readText(progress) })
    },
    step: ({ entity, done, failed, total }) => {
      steps ??= open().create(total, 0, {}, { format: "  steps {bar} {said}" })
      const { perSecond, secondsLeft } = rate.of(done + failed, total)
      steps.setTotal(Math.max(total, 1))
      steps.update(done + failed, {
        said: `${done + failed} of ${total}${failed > 0 ? `, ${failed} failed` : ""} (${entity}), ${perSecond} requests/s, ${timeLeft(secondsLeft)} left`
      })
    },
    countRequests: rate.countRequests,
    end
  }
}

const stageText = (stage: PlanStage): string => {
  switch (stage) {
    case "ask the target":
      return "Asking the target for its versions, roles and types"
    case "read":
      return "Reading the source"
    case "take kept rows":
      return "Taking the rows that an earlier run read"
    case "transform":
      return "Carrying out the rules"
    case "compare":
      return "Comparing with what was last written"
    case "write the plan":
      return "Writing the plan"
  }
}

const readText = ({ rows, total }: ReadProgress): string =>
  total === null ? `${number(rows)} rows` : `${number(rows)} of ${number(total)} rows`

/** Requests a second, and seconds left at the pace of the steps so far; -1 before there is a pace. */
const makeRate = (): {
  readonly of: (done: number, total: number) => { readonly perSecond: number; readonly secondsLeft: number }
  readonly countRequests: (sent: () => number) => void
} => {
  let began: number | null = null
  let sent: () => number = () => 0
  let sentAtBegin = 0
  return {
    countRequests: (count) => {
      sent = count
    },
    of: (done, total) => {
      if (began === null) {
        began = momentOfSaying().getTime()
        sentAtBegin = sent()
      }
      const seconds = (momentOfSaying().getTime() - began) / 1000
      return {
        perSecond: seconds < 0.2 ? 0 : Math.round((sent() - sentAtBegin) / seconds),
        secondsLeft: done === 0 || seconds < 0.2 ? -1 : Math.round(((total - done) * seconds) / done)
      }
    }
  }
}

const timeLeft = (seconds: number): string => {
  if (seconds < 0) return "unknown time"
  if (seconds < 90) return `${seconds} s`
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`
}
