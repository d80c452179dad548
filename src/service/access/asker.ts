import * as Effect from "effect/Effect"
import type { StoreError } from "../../core/ports/disk.ts"
import type { People } from "../../core/ports/people.ts"
import type { AccessSettings } from "../../pipeline/access-settings.ts"
import type { Right } from "../../pipeline/rights.ts"
import { rightsIn } from "../lti/grant.ts"
import { isGood, type Token } from "../tokens.ts"
import { holds, type LaunchedBy, type Session, type Sessions } from "./session.ts"

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
  unanswered: "refused.unconfirmed"
} as const

interface Knowing {
  readonly people: (connection: string) => Effect.Effect<People, Error>
  readonly sessions: Pick<Sessions, "ofKey">
  readonly settings: Pick<AccessSettings, "lti">
  readonly tokens: Effect.Effect<ReadonlyArray<Token>, StoreError>
}

/** Nobody is kept waiting for a platform that says nothing. */
const patience = "5 seconds"

/**
 * Whether somebody still may what they asked for, everywhere or in a course; null where they may, else which of `noLonger`.
 * The learning platform is asked about whoever was launched; all others may for as long as their session or token stands.
 */
export const stillMay =
  ({ people, sessions, settings, tokens }: Knowing) =>
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
        return holds(session, right, course) ? null : ("lost" as const)
      }
      const registration = settings.lti.find(
        ({ clientId, issuer }) => issuer === launched.issuer && clientId === launched.clientId
      )
      if (registration === undefined) return "lost" as const
      const standing = yield* (yield* people(registration.connection)).standing(launched.subject, course)
      if (standing === null) return "lost" as const
      const { everywhere, inCourse } = rightsIn(registration, standing)
      return [...everywhere, ...inCourse].includes(right) ? null : ("lost" as const)
    }).pipe(
      Effect.timeout(patience),
      Effect.catchAllCause(() => Effect.succeed("unanswered" as const))
    )
