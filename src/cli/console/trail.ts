import * as Effect from "effect/Effect"
import { doneThroughService, lastOfAuditTrail } from "../../history/audit-trail.ts"
import type { Trail } from "../../service/http/contract/access.ts"
import type { Busy, NotFound } from "../../service/http/contract/errors.ts"
import { toldOrNull } from "../../service/http/contract/told.ts"
import { asAnswer, type Room } from "./room.ts"

/** The last entries of the audit trail, newest first. */
export const trailOf = (room: Room, limit: number): Effect.Effect<Trail, NotFound | Busy> =>
  Effect.gen(function* () {
    const { entries, isWhole } = yield* Effect.mapError(lastOfAuditTrail(room.workspace.auditFile), asAnswer)
    return {
      zone: yield* zoneOf(room),
      entries: entries
        .slice(-limit)
        .toReversed()
        .map((entry) => ({ ...entry, say: toldOrNull(doneThroughService(entry)) })),
      more: !isWhole || entries.length > limit
    }
  })

/** The district's time zone: that of its pipelines. */
export const zoneOf = (room: Room): Effect.Effect<string, NotFound | Busy> =>
  Effect.map(room.pipelines, (all) => all.find(({ definition }) => definition !== null)?.definition?.timezone ?? "UTC")
