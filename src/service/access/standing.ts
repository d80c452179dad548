import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { People } from "../../core/ports/people.ts"
import type { AccessSettings } from "../../pipeline/access-settings.ts"
import { rightsIn } from "../lti/grant.ts"
import { registrationOf } from "../lti/registered.ts"
import type { Session } from "./session.ts"
import type { Vouching } from "./voucher.ts"

/**
 * How fresh the word of the learning platform, or of the district's sign-in, must be for what somebody asks. `now`: asked for this request, as an export is, or for
 * one that came while it was being asked. `lately`: within the declared minutes, and where it cannot be asked, not known. `if it answers`: within the declared
 * minutes, and where it cannot be asked, what it said last holds on; so it is for what only shows.
 */
export type Freshness = "now" | "lately" | "if it answers"

/**
 * `confirmed`: the person stands as the session says. `unanswered`: that cannot be found out at this moment. `changed`: they
 * stand otherwise, or are gone, so that the session is to end.
 */
export type Standing = "confirmed" | "unanswered" | "changed"

export interface Standings {
  /** How the person of a session stands, at a moment in milliseconds since the epoch. */
  readonly of: (session: Session, freshness: Freshness, now: number) => Effect.Effect<Standing>
}

/** A page is not kept waiting longer for a platform that says nothing. */
const patience = "5 seconds"

/** After a platform has said nothing, whoever only looks does not wait for it again so soon. */
const pauseMilliseconds = 60_000

/**
 * Asks again, for launched sessions and for those of the district's sign-in, what their person may; every other session stands as
 * it began: nobody can be asked for it, and an administrator ends it.
 */
export const makeStandings = ({
  onChanged,
  people,
  settings,
  vouched
}: {
  /** Done once with a session whose person stands otherwise than it says: it is over. */
  readonly onChanged: (session: Session) => Effect.Effect<void>
  readonly people: (connection: string) => Effect.Effect<People, Error>
  readonly settings: Pick<AccessSettings, "askAgainMinutes" | "lti">
  /** Asks the district's sign-in about a session that it can be asked about; fails where it does not answer. */
  readonly vouched: (session: Session, vouching: Vouching, now: number) => Effect.Effect<"confirmed" | "changed", Error>
}): Standings => {
  /** By the key of a session: when the platform confirmed it last, and when it last did not answer. */
  const known = new Map<string, { readonly confirmedAt: number; readonly silentAt: number }>()
  const asking = new Map<string, Fiber.RuntimeFiber<Standing>>()

  const ask = (session: Session, now: number): Effect.Effect<Standing> =>
    Effect.gen(function* () {
      if (session.vouching === "sealed") return "unanswered" as const
      if (session.vouching !== null) return yield* vouched(session, session.vouching, now)
      const registration = session.launched === null ? null : registrationOf(settings, session.launched)
      if (registration === null || session.launched === null) return "changed" as const
      const standing = yield* (yield* people(registration.connection)).standing(
        session.launched.subject,
        session.course?.orgUnit ?? null
      )
      if (standing === null) return "changed" as const
      const may = rightsIn(registration, standing)
      return isSame(session.rights, may.everywhere) && isSame(session.course?.rights ?? [], may.inCourse)
        ? ("confirmed" as const)
        : ("changed" as const)
    }).pipe(
      Effect.timeoutTo({
        duration: patience,
        onSuccess: (said: Standing) => said,
        onTimeout: (): Standing => "unanswered"
      }),
      Effect.catchAllCause(() => Effect.succeed("unanswered" as const)),
      Effect.tap((said) => (said === "changed" ? onChanged(session) : Effect.void)),
      Effect.tap((said) =>
        Effect.sync(() => {
          asking.delete(session.key)
          if (known.size >= mostKnown && !known.has(session.key)) known.delete(known.keys().next().value ?? "")
          const before = known.get(session.key)
          if (said === "confirmed") known.set(session.key, { confirmedAt: now, silentAt: 0 })
          else if (said === "changed") known.set(session.key, { confirmedAt: 0, silentAt: 0 })
          else known.set(session.key, { confirmedAt: before?.confirmedAt ?? 0, silentAt: now })
        })
      )
    )

  /**
   * Asks once for the many requests of one page that find it is time; and whoever goes away meanwhile takes no answer
   * with them.
   */
  const together = (session: Session, now: number): Effect.Effect<Standing> =>
    Effect.suspend(() => {
      const atIt = asking.get(session.key)
      if (atIt !== undefined) return Fiber.join(atIt)
      return Effect.flatMap(Effect.forkDaemon(ask(session, now)), (fiber) => {
        if (fiber.unsafePoll() === null) asking.set(session.key, fiber)
        return Fiber.join(fiber)
      })
    })

  return {
    of: (session, freshness, now) =>
      Effect.suspend(() => {
        if (session.launched === null && session.vouching === null) return Effect.succeed("confirmed")
        if (session.vouching === "sealed") return Effect.succeed("unanswered")
        const { confirmedAt, silentAt } = known.get(session.key) ?? {
          confirmedAt: Date.parse(session.startedAt),
          silentAt: 0
        }
        if (freshness !== "now" && now - confirmedAt < settings.askAgainMinutes * 60_000) {
          return Effect.succeed("confirmed")
        }
        if (freshness === "if it answers" && now - silentAt < pauseMilliseconds) return Effect.succeed("unanswered")
        return together(session, now)
      })
  }
}

/** More than any district has people who are signed in; one that is forgotten is asked for again. */
const mostKnown = 20_000

/** Whether two lists of rights hold the same. */
export const isSame = (one: ReadonlyArray<string>, other: ReadonlyArray<string>): boolean =>
  one.toSorted().join() === other.toSorted().join()
