import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Effect from "effect/Effect"
import { api } from "../api.ts"
import { Desk } from "../desk.ts"
import { asking } from "./asking.ts"

export const administration = HttpApiBuilder.group(api, "administration", (handlers) =>
  handlers
    .handle("audit", ({ payload, urlParams }) =>
      Effect.gen(function* () {
        return yield* (yield* Desk).audit(payload, yield* asking(urlParams.reveal))
      })
    )
    .handle("configuration", () => Effect.flatMap(Desk, (desk) => desk.configuration))
    .handle("setSwitch", ({ payload }) =>
      Effect.gen(function* () {
        return yield* (yield* Desk).setSwitch(payload, yield* asking())
      })
    )
    .handle("quarantine", ({ path, urlParams: { entity = null, limit = 100, offset = 0, rule = null } }) =>
      Effect.flatMap(Desk, (desk) => desk.quarantine(path.pipeline, { entity, rule, offset, limit }))
    )
    .handle("connections", () => Effect.flatMap(Desk, (desk) => desk.connections))
)
