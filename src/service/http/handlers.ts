import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { beatSeconds } from "../heartbeat.ts"
import { Access } from "./access.ts"
import { admitted, orBusy, signedIn } from "./allowed.ts"
import { api } from "./api.ts"
import { Caller } from "./contract/guard.ts"
import { sessionCookie, withCookie } from "./cookies.ts"
import { access } from "./handlers/access.ts"
import { administration } from "./handlers/administration.ts"
import { courses } from "./handlers/courses.ts"
import { tell } from "../../core/told.ts"
import { plans } from "./handlers/plans.ts"
import { runs } from "./handlers/runs.ts"
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

const session = HttpApiBuilder.group(api, "session", (handlers) =>
  handlers
    .handle("session", () => Caller)
    .handle("signOut", () =>
      Effect.gen(function* () {
        const { cookies, headers } = yield* HttpServerRequest.HttpServerRequest
        const { note, sessions } = yield* Access
        for (const id of [cookies[sessionCookie], headers["authorization"]?.replace(/^Bearer /i, "")]) {
          if (id !== undefined) yield* orBusy(sessions.end(id))
        }
        const { by, who } = yield* Caller
        // A person who signs out is gone, whether or not it can be noted.
        yield* Effect.ignore(note(who, tell("trail.signed-out", {}), []))
        yield* HttpApp.appendPreResponseHandler((_, answer) =>
          Effect.succeed(withCookie({ answer, name: sessionCookie, value: "", isFramed: by === "lti", seconds: 0 }))
        )
      })
    )
)

/** The contract with what carries it out; needs the view of a workspace, the desk, and how it is known who asks. */
export const apiLayer = HttpApiBuilder.api(api).pipe(
  Layer.provide(open),
  Layer.provide(session),
  Layer.provide(runs),
  Layer.provide(plans),
  Layer.provide(administration),
  Layer.provide(courses),
  Layer.provide(access),
  Layer.provide(admitted),
  Layer.provide(signedIn)
)
