import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { instantNow } from "../../core/clock.ts"
import { inShort } from "../../plan/in-short.ts"
import type { AskedRun } from "../../service/asked.ts"
import { type Busy, type NotFound, refused } from "../../service/http/contract/errors.ts"
import type { AskedView, Dashboard, DashboardPipeline, Decision, Progress } from "../../service/http/contract/runs.ts"
import { told, toldOrNull } from "../../service/http/contract/told.ts"
import type { Asking, DeskService } from "../../service/http/desk.ts"
import { countIn } from "../../service/runs-of-people.ts"
import { pipelineView, runView } from "../../service/http/run-views.ts"
import type { ViewService } from "../../service/http/view.ts"
import type { RunRecord } from "../../state/runs.ts"
import type { KnownPipeline } from "./definitions.ts"
import { openPlanOf } from "./opened-plans.ts"
import { waitingSteps } from "./plans.ts"
import { asAnswer, type Room } from "./room.ts"
import { tell } from "../../core/told.ts"

/** How the night ended, and what of each pipeline is at work, due, or waits for somebody. */
export const dashboardOf = (room: Room, view: ViewService): Effect.Effect<Dashboard, NotFound | Busy> =>
  Effect.gen(function* () {
    const runs = yield* Effect.mapError(view.runs, asAnswer)
    const pipelines = yield* Effect.forEach(yield* room.pipelines, (known) => pipelineOf(room, view, known, runs))
    const undelivered = room.live.undelivered().map(({ by, isGivenUp, tries }) => ({ by, tries, given_up: isGivenUp }))
    return { now: yield* instantNow, definitions: room.live.definitions, undelivered, pipelines }
  })

const pipelineOf = (room: Room, view: ViewService, known: KnownPipeline, runs: ReadonlyArray<RunRecord>) =>
  Effect.gen(function* () {
    const { definition, problems } = known
    const name = known.name ?? known.file
    const { live } = room
    const now = yield* Clock.currentTimeMillis
    const job = live.jobs.find((one) => one.pipeline === name)
    const mine = runs.filter((run) => run.pipeline === name)
    const asked = live.asked.all().filter((one) => one.pipeline === name)
    const plan = mine.find((run) => (run.kind === "plan" || run.kind === "undo") && run.plan !== null)
    const base = pipelineView(name, job?.pattern ?? null, live.agenda[name], now)
    const asking = asked.filter((one) => one.ended === null && one.begunAt !== null)
    return {
      ...base,
      state: asking.length > 0 ? ("at work" as const) : base.state,
      scheduled: job !== undefined,
      zone: definition?.timezone ?? "UTC",
      source: definition?.source ?? "",
      target: definition?.load.connection ?? "",
      problem: definition === null ? (problems[0]?.message ?? "it cannot be read") : null,
      progress:
        base.state === "at work"
          ? progressOf(room, name, live.agenda[name]?.begun?.at ?? 0)
          : asking[0] === undefined
            ? null
            : progressOf(room, asking[0].id, asking[0].begunAt ?? 0),
      asked: asked.filter((one) => isTold(one, now)).map(askedView),
      decision: plan?.plan == null ? null : yield* decisionOf(room, plan.plan),
      runs: mine
        .filter(({ kind, outcome }) => kind === "apply" || !["done", "held", "running"].includes(outcome))
        .slice(0, 5)
        .map((run) => runView(view.discreet(run))),
      trend: mine
        .filter(({ kind, outcome }) => kind === "plan" && ["done", "held"].includes(outcome))
        .slice(0, 30)
        .map((run) => ({
          run: run.run,
          as_of: run.asOf,
          steps: countIn(run, "steps"),
          held: countIn(run, "held")
        }))
        .toReversed()
    } satisfies DashboardPipeline
  })

/** Milliseconds for which a run that somebody asked for is told of once it has ended. */
const recently = 10 * 60_000

/** Whether a run that somebody asked for is told of: it waits, is at work, or has ended just now. */
export const isTold = ({ ended }: AskedRun, now: number): boolean => ended === null || now - ended.at < recently

/** Progress of a run that has begun; null before it has said anything. */
export const progressOf = ({ live }: Room, of: string, begun: number): Progress | null => {
  const known = live.progress.get(of)
  if (known === undefined || known.at < begun) return null
  return { ...known, at: new Date(known.at).toISOString() }
}

/** The decision for which a plan waits; null where there is none, or nobody can take it any more. */
const decisionOf = (room: Room, id: string): Effect.Effect<Decision | null, NotFound | Busy> =>
  Effect.gen(function* () {
    const found = yield* Effect.option(openPlanOf(room, id))
    if (found._tag === "None") return null
    const { plan, summary } = found.value
    const now = yield* instantNow
    if (plan.holds.length === 0 || now > plan.expires_at || plan.from_run !== undefined) return null
    const held = yield* waitingSteps(room, plan, now)
    if (held === 0) return null
    const { bySchool, people } = inShort(plan, summary)
    return {
      plan: plan.plan_id,
      pipeline: plan.pipeline,
      run: plan.run,
      held,
      of: plan.steps.count,
      until: plan.expires_at,
      people: people.map(told),
      schools: bySchool,
      can_be_approved: plan.holds.some((hold) => hold.guard !== "unknown")
    }
  })

/** Asks for a run of a pipeline: what Run Update Now does. */
export const runNowOf = (room: Room, pipeline: string, { asker, who }: Asking): ReturnType<DeskService["runNow"]> =>
  Effect.gen(function* () {
    const definition = yield* room.definition(pipeline)
    if (!definition.load.gates.onDemand) {
      return yield* refused("SwitchedOff", tell("refused.schedule-alone", {}))
    }
    yield* room.note(who, tell("trail.run", {}), [pipeline])
    const asked = yield* room.live.asked.ask({ pipeline, by: who, asker, sections: [], sessions: [] })
    yield* room.live.wake
    return askedView(asked)
  })

/** The one that there is: of several the first is not all that was asked for. */
const onlyOf = (all: ReadonlyArray<string>): string | null => (all.length === 1 ? (all[0] ?? null) : null)

export const askedView = (one: AskedRun): AskedView => ({
  id: one.id,
  pipeline: one.pipeline,
  state: one.ended !== null ? "ended" : one.begunAt === null ? "waiting" : "at work",
  asked_by: one.by,
  asked_at: new Date(one.askedAt).toISOString(),
  section: onlyOf(one.sections),
  session: onlyOf(one.sessions),
  run: one.ended?.run ?? null,
  outcome:
    one.ended === null
      ? null
      : one.ended.refused !== undefined
        ? "refused"
        : one.ended.switchedOff
          ? "switched off"
          : one.ended.verdict,
  reason: toldOrNull(one.ended?.refused ?? null)
})
