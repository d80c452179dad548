import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Effect from "effect/Effect"
import { api } from "../api.ts"
import { Desk } from "../desk.ts"
import { asking } from "./asking.ts"

export const plans = HttpApiBuilder.group(api, "plans", (handlers) =>
  handlers
    .handle("planReview", ({ path }) => Effect.flatMap(Desk, (desk) => desk.planReview(path.plan)))
    .handle("planSteps", ({ path, payload, urlParams }) =>
      Effect.gen(function* () {
        return yield* (yield* Desk).planSteps(path.plan, payload, yield* asking(urlParams.reveal))
      })
    )
    .handle("approve", ({ path, payload }) =>
      Effect.gen(function* () {
        return yield* (yield* Desk).approve(path.plan, payload, yield* asking())
      })
    )
)
