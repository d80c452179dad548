import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { chosenOf, namesOf, shownId } from "../../access/chosen.ts"
import type { Session } from "../../access/session.ts"
import { Access } from "../access.ts"
import { orBusy } from "../allowed.ts"
import { api } from "../api.ts"
import type { SignedInPeople } from "../contract/access.ts"
import { busy, NotFound } from "../contract/errors.ts"
import { Caller } from "../contract/guard.ts"
import { Desk } from "../desk.ts"
import { tell } from "../../../core/told.ts"

export const access = HttpApiBuilder.group(api, "access", (handlers) =>
  handlers
    .handle("sessions", () =>
      Effect.gen(function* () {
        const { key } = yield* Caller
        const all = yield* signedInNow
        return { zone: yield* (yield* Desk).zone, sessions: all.map((one) => personOf(one, key)) }
      })
    )
    .handle("endSessions", ({ payload }) =>
      Effect.gen(function* () {
        const { note, sessions } = yield* Access
        const chosen = chosenOf(yield* signedInNow, payload)
        if (chosen.length === 0) return yield* new NotFound({ message: "there is no such session, or it is over" })
        yield* note((yield* Caller).who, tell("trail.revoked", {}), namesOf(chosen)).pipe(
          Effect.mapError(() => busy(tell("refused.no-audit-end", {})))
        )
        yield* Effect.forEach(chosen, ({ key }) => orBusy(sessions.endByKey(key)), { discard: true })
        return { ended: chosen.length }
      })
    )
    .handle("trail", ({ urlParams }) => Effect.flatMap(Desk, (desk) => desk.trail(urlParams.limit ?? 200)))
)

const signedInNow = Effect.gen(function* () {
  const { sessions } = yield* Access
  return yield* orBusy(sessions.list(yield* Clock.currentTimeMillis))
})

const personOf = (session: Session, own: string): SignedInPeople["sessions"][number] => {
  const { by, course, expiresAt, key, rights, startedAt, who } = session
  return {
    session: shownId(session),
    who,
    by,
    rights,
    course: course === null ? null : { org_unit: course.orgUnit, role: course.role, rights: course.rights },
    since: startedAt,
    until: expiresAt,
    own: key === own
  }
}
