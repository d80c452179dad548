import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Effect from "effect/Effect"
import { holds } from "../../access/session.ts"
import { api } from "../api.ts"
import { Caller } from "../contract/guard.ts"
import { Desk } from "../desk.ts"
import { asking, courseMeant } from "./asking.ts"

export const courses = HttpApiBuilder.group(api, "courses", (handlers) =>
  handlers
    .handle("course", ({ path }) =>
      Effect.gen(function* () {
        return yield* (yield* Desk).course(
          yield* courseMeant(path.course),
          holds(yield* Caller, "export grades", path.course)
        )
      })
    )
    .handle("gradebook", ({ path, urlParams }) =>
      Effect.gen(function* () {
        return yield* (yield* Desk).gradebook(yield* courseMeant(path.course), urlParams.section ?? null)
      })
    )
    .handle("startExport", ({ path, payload }) =>
      Effect.gen(function* () {
        return yield* (yield* Desk).startExport(yield* courseMeant(path.course), payload, yield* asking())
      })
    )
    .handle("exports", ({ path }) =>
      Effect.gen(function* () {
        return yield* (yield* Desk).exports(yield* courseMeant(path.course))
      })
    )
    .handle("oneExport", ({ path, urlParams }) =>
      Effect.gen(function* () {
        return yield* (yield* Desk).oneExport(
          yield* courseMeant(path.course),
          path.run,
          yield* asking(urlParams.reveal)
        )
      })
    )
    .handle("cleanup", ({ path, urlParams }) =>
      Effect.gen(function* () {
        return yield* (yield* Desk).cleanup(yield* courseMeant(path.course), yield* asking(urlParams.reveal))
      })
    )
)
