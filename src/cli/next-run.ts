import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { dirname } from "node:path"
import { type Heartbeat, readHeartbeat } from "../service/heartbeat.ts"
import type { Workspace } from "./workspace.ts"

/** Whoever carries out the schedule of a workspace at this moment; null where nobody does. */
export const schedulerOf = (workspace: Workspace): Effect.Effect<Heartbeat | null> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => readHeartbeat(dirname(workspace.stateFile), now))

/** When pipelines run next, in one sentence: by whoever carries the schedule out, and not by what the files say. */
export const nextRunText = (scheduler: Heartbeat | null): string => {
  if (scheduler === null) {
    return "Next run: none by rollbook itself, as no process carries out the schedules here (`rollbook schedule` does, or `rollbook serve`)."
  }
  const said = scheduler.pipelines.map((one) => `${one.pipeline} ${nextOf(one)}`)
  return `Next run: ${said.length === 0 ? "none, as no pipeline has a schedule that may write" : said.join("; ")} (process ${scheduler.pid} on ${scheduler.host} carries out the schedules).`
}

/** The next run of one pipeline, for its own page. */
export const nextRunOf = (scheduler: Heartbeat | null, pipeline: string): string => {
  if (scheduler === null) return "though no process carries it out here (`rollbook schedule` does, or `rollbook serve`)"
  const one = scheduler.pipelines.find((other) => other.pipeline === pipeline)
  return one === undefined ? "though the process that carries out schedules does not know it" : `next ${nextOf(one)}`
}

const nextOf = ({ local, state }: Heartbeat["pipelines"][number]): string => {
  const at = local === null ? "comes no more" : `at ${local}`
  return state === "at work" ? `is at work, then ${at}` : state === "waiting" ? `waits to be begun, then ${at}` : at
}
