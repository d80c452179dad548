import * as Effect from "effect/Effect"
import type { StoreError } from "../../core/ports/disk.ts"
import type { People } from "../../core/ports/people.ts"
import type { AccessSettings } from "../../pipeline/access-settings.ts"
import type { Right } from "../../pipeline/rights.ts"
import { rightsIn } from "../lti/grant.ts"
import { registrationOf } from "../lti/registered.ts"
import { isGood, type Token } from "../tokens.ts"
import { holds, type LaunchedBy, type Session, type Sessions } from "./session.ts"
import type { Standings } from "./standing.ts"

/** Person who asked for something that waits, kept with it: they are asked about again when it begins. */
export interface Asker {
  readonly by: Session["by"]
  /** Key of their session; of a token, its name. */
  readonly key: string
  readonly launched: LaunchedBy | null
}

export const askerOf = ({ by, key, launched }: Session): Asker => ({ by, key, launched })

/** Reasons for which somebody may not what they might when they asked, as the sentences in which they are told. */
export const noLonger = {
  gone: "refused.gone",
  lost: "refused.lost",
  unanswered: "refused.unconfirmed",
  silent: "refused.sign-in-silent"
} as const

interface Knowing {
  readonly people: (connection: string) => Effect.Effect<People, Error>
  readonly sessions: Pick<Sessions, "ofKey">
  readonly settings: Pick<AccessSettings, "lti">
  readonly standings: Standings
  readonly tokens: Effect.Effect<ReadonlyArray<Token>, StoreError>
}

/** Nobody is kept waiting for a platform that says nothing. */
const patience = "5 seconds"

/**
 * Whether somebody still may what they asked for, everywhere or in a course; null where they may, else which of `noLonger`.
 * The learning platform is asked about whoever was launched, and the district's sign-in, within the declared minutes, about whom it
 * vouched for; all others may for as long as their session or token stands.
 */
export const stillMay =
  ({ people, sessions, settings, standings, tokens }: Knowing) =>
  (asker: Asker, right: Right, course: string | null, now: number): Effect.Effect<keyof typeof noLonger | null> =>
    Effect.gen(function* () {
      const { by, key, launched } = asker
      if (by === "token") {
        const token = (yield* tokens).find((one) => one.name === key)
        if (token === undefined || !isGood(token, now)) return "gone" as const
        return token.rights.includes(right) ? null : ("lost" as const)
      }
      if (launched === null) {
        const session = yield* sessions.ofKey(key, now)
        if (session === null) return "gone" as const
        if (!holds(session, right, course)) return "lost" as const
        return stands[yield* standings.of(session, "lately", now)]
      }
      const registration = registrationOf(settings, launched)
      if (registration === null) return "lost" as const
      const standing = yield* people(registration.connection).pipe(
        Effect.flatMap((platform) => platform.standing(launched.subject, course)),
        Effect.timeout(patience)
      )
      if (standing === null) return "lost" as const
      const { everywhere, inCourse } = rightsIn(registration, standing)
      return [...everywhere, ...inCourse].includes(right) ? null : ("lost" as const)
    }).pipe(Effect.catchAllCause(() => Effect.succeed("unanswered" as const)))

const stands = { confirmed: null, changed: "lost", unanswered: "silent" } as const
