import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { RunRecord } from "../../state/runs.ts"
import { standingOf } from "../agenda.ts"
import { dueAfter } from "../due.ts"
import { beatSeconds } from "../heartbeat.ts"
import { Access } from "./access.ts"
import { admitted, orBusy, signedIn } from "./allowed.ts"
import { api, type PipelineView, type RunView } from "./api.ts"
import { Busy, NotFound } from "./contract/errors.ts"
import { Caller } from "./contract/guard.ts"
import { sessionCookie, withCookie } from "./cookies.ts"
import { metricsText } from "./metrics.ts"
import { View } from "./view.ts"

const open = HttpApiBuilder.group(api, "open", (handlers) =>
  handlers
    .handle("healthz", () => Effect.succeed({ alive: true as const }))
    .handle("readyz", () =>
      Effect.gen(function* () {
        const view = yield* View
        const last = view.lastLook()
        const isCarriedOut = last !== null && (yield* Clock.currentTimeMillis) - last < 3 * beatSeconds * 1000
        const ready = isCarriedOut && view.definitions() !== "invalid"
        const said = {
          ready,
          schedule: isCarriedOut ? ("carried out" as const) : ("standing still" as const),
          definitions: view.definitions()
        }
        return ready ? said : yield* Effect.fail(said)
      })
    )
)

const guarded = HttpApiBuilder.group(api, "guarded", (handlers) =>
  handlers
    .handle("session", () => Caller)
    .handle("signOut", () =>
      Effect.gen(function* () {
        const { cookies } = yield* HttpServerRequest.HttpServerRequest
        const { sessions } = yield* Access
        const id = cookies[sessionCookie]
        if (id !== undefined) yield* orBusy(sessions.end(id))
        const { by } = yield* Caller
        yield* HttpApp.appendPreResponseHandler((_, answer) =>
          Effect.succeed(withCookie(answer, sessionCookie, "", by === "lti", 0))
        )
      })
    )
    .handle("metrics", () =>
      Effect.gen(function* () {
        const view = yield* View
        return metricsText(yield* orBusy(view.runs), view.agenda(), view.jobs(), yield* Clock.currentTimeMillis)
      })
    )
    .handle("pipelines", () =>
      Effect.gen(function* () {
        return pipelineViews(yield* View, yield* Clock.currentTimeMillis)
      })
    )
    .handle("runs", ({ urlParams }) =>
      Effect.gen(function* () {
        const view = yield* View
        return (yield* orBusy(view.runs)).slice(0, urlParams.limit ?? 30).map((run) => runView(view.discreet(run)))
      })
    )
    .handle("run", ({ path, urlParams }) =>
      Effect.gen(function* () {
        const reveals = urlParams.reveal === "true"
        const view = yield* View
        const run = (yield* orBusy(view.runs)).find((one) => one.run === path.run)
        if (run === undefined) return yield* new NotFound({ message: "there is no such run" })
        if (reveals) {
          yield* view
            .noteReveal((yield* Caller).who, run.run)
            .pipe(
              Effect.mapError(() => new Busy({ message: "the audit trail cannot be written, so nothing is revealed" }))
            )
        }
        const header = run.plan === null ? null : yield* view.plan(run.plan)
        return { ...runView(reveals ? run : view.discreet(run)), plan_header: header === null ? null : { ...header } }
      })
    )
    .handle("plan", ({ path }) =>
      Effect.gen(function* () {
        const header = yield* (yield* View).plan(path.plan)
        return header === null ? yield* new NotFound({ message: "there is no such plan" }) : { ...header }
      })
    )
)

const pipelineViews = (view: View["Type"], now: number): ReadonlyArray<PipelineView> =>
  view.jobs().map(({ pattern, pipeline }) => {
    const entry = view.agenda()[pipeline]
    const due = dueAfter(pattern, now)
    const last = entry?.last ?? null
    return {
      pipeline,
      state: standingOf(entry),
      next: due === null ? null : iso(due),
      last:
        last === null
          ? null
          : {
              run: last.run,
              plan: last.plan,
              due: iso(last.due),
              started_at: iso(last.startedAt),
              ended_at: iso(last.endedAt),
              outcome: last.verdict
            },
      last_good_at: entry?.lastGoodAt == null ? null : iso(entry.lastGoodAt)
    }
  })

const iso = (instant: number): string => new Date(instant).toISOString()

const runView = (run: RunRecord): RunView => ({
  run: run.run,
  kind: run.kind,
  pipeline: run.pipeline,
  plan: run.plan,
  started_at: run.startedAt,
  ended_at: run.endedAt,
  as_of: run.asOf,
  asked_by: run.askedBy,
  outcome: run.outcome,
  report: run.report
})

/** The contract with what carries it out; needs the view of a workspace and how it is known who asks. */
export const apiLayer = HttpApiBuilder.api(api).pipe(
  Layer.provide(open),
  Layer.provide(guarded),
  Layer.provide(admitted),
  Layer.provide(signedIn)
)
