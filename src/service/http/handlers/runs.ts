import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { orBusy } from "../allowed.ts"
import { api } from "../api.ts"
import { busy, NotFound } from "../contract/errors.ts"
import { Caller } from "../contract/guard.ts"
import { Desk } from "../desk.ts"
import { metricsText } from "../metrics.ts"
import { pipelineView, runView } from "../run-views.ts"
import { View } from "../view.ts"
import { asking } from "./asking.ts"
import { tell } from "../../../core/told.ts"

export const runs = HttpApiBuilder.group(api, "runs", (handlers) =>
  handlers
    .handle("dashboard", () => Effect.flatMap(Desk, (desk) => desk.dashboard))
    .handle("runNow", ({ path }) =>
      Effect.gen(function* () {
        return yield* (yield* Desk).runNow(path.pipeline, yield* asking())
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
        const [view, now] = [yield* View, yield* Clock.currentTimeMillis]
        return view.jobs().map(({ pattern, pipeline }) => pipelineView(pipeline, pattern, view.agenda()[pipeline], now))
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
            .pipe(Effect.mapError(() => busy(tell("refused.no-audit-reveal", {}))))
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
