import * as Effect from "effect/Effect"
import { tell } from "../../core/told.ts"
import type { AccessService } from "../http/access.ts"
import { vouchedBy } from "../oidc/vouched.ts"
import { makeStandings, type Standings } from "./standing.ts"

/**
 * How the persons of a workspace's sessions stand, by the learning platforms and the district's sign-in of its settings. Who
 * stands otherwise is signed out, which is noted with their name.
 */
export const standingsOf = ({
  note,
  people,
  sessions,
  settings
}: Pick<AccessService, "note" | "people" | "sessions" | "settings">): Standings =>
  makeStandings({
    people,
    settings,
    vouched: vouchedBy(settings),
    // It is over, whether or not that can be noted, or the session be taken away: the next request would ask again.
    onChanged: ({ by, key, who }) =>
      Effect.zipRight(
        Effect.ignore(note(who, tell(by === "oidc" ? "trail.sign-in-ended" : "trail.session-ended", {}), [])),
        Effect.ignore(sessions.endByKey(key))
      )
  })
