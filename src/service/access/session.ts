import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { sha256 } from "../../core/hash.ts"
import type { CourseRight, Right } from "../../pipeline/rights.ts"
import { namesIn, onDisk, removeAll, type StoreError } from "../../core/ports/disk.ts"
import { readNote, writeNote } from "../note-file.ts"

/** Who asks, how that is known, and what they may. */
export interface Session {
  /** As history and audit trail name them: `token prometheus`, or the user name. Never to be shown without a right. */
  readonly who: string
  /** What they are called, for themselves alone; null where nobody said. */
  readonly name: string | null
  /** How they proved it: a token, the one-time link of `serve --admin`, the district's sign-in, or a launch from a course. */
  readonly by: "token" | "link" | "oidc" | "lti"
  /** Rights that hold everywhere. */
  readonly rights: ReadonlyArray<Right>
  /** The course offering that it was launched from, with the rights that hold in it; null where there is none. */
  readonly course: LaunchedFrom | null
  /** BCP 47, as the launch said; null where it did not. */
  readonly language: string | null
  /** ISO instants. */
  readonly startedAt: string
  readonly expiresAt: string
}

/** A course offering of the learning platform, as one person stands in it. */
export interface LaunchedFrom {
  /** Id of the offering in the learning platform. */
  readonly orgUnit: string
  /** Null where the launch does not say it. */
  readonly title: string | null
  /** Name of the person's role in it, as the learning platform says; null where they are not enrolled. */
  readonly role: string | null
  readonly rights: ReadonlyArray<CourseRight>
}

/** Whether a right is held: everywhere, or, where a course is meant, in that course. */
export const holds = ({ course, rights }: Session, right: Right, orgUnit: string | null): boolean =>
  rights.includes(right) ||
  (orgUnit !== null && course?.orgUnit === orgUnit && course.rights.some((one) => one === right))

/** How long somebody stays signed in. */
export const sessionHours = 8

const what = "a session"

/**
 * The sessions of a workspace: a file each, named by the digest of its id, so that whoever reads the folder can use none,
 * a restart ends none, and taking the file away ends it at once.
 */
export const sessionsIn = (folder: string) => {
  const fileOf = (id: string): string => join(folder, `${sha256(id)}.json`)
  return {
    /** Begins a session and gives its id, for this one time. */
    start: (session: Omit<Session, "startedAt" | "expiresAt">, now: number): Effect.Effect<string, StoreError> =>
      Effect.gen(function* () {
        const id = randomBytes(32).toString("base64url")
        const kept: Session = {
          ...session,
          startedAt: new Date(now).toISOString(),
          expiresAt: new Date(now + sessionHours * 3_600_000).toISOString()
        }
        yield* writeNote(what, fileOf(id), kept)
        return id
      }),
    /** The session of an id; null where there is none, or it is over. */
    find: (id: string, now: number): Effect.Effect<Session | null, StoreError> =>
      Effect.map(readNote<Session>(what, fileOf(id)), (session) =>
        session !== null && now < Date.parse(session.expiresAt) ? session : null
      ),
    /** Ends a session at once; one that is none is over already. */
    end: (id: string): Effect.Effect<void, StoreError> =>
      onDisk("end a session", fileOf(id), (disk) => removeAll(disk, fileOf(id))),
    /** Takes away what is over. One that cannot be read is over, too. */
    sweep: (now: number): Effect.Effect<void, StoreError> =>
      Effect.gen(function* () {
        for (const name of yield* onDisk("list the sessions", folder, (disk) => namesIn(disk, folder))) {
          const file = join(folder, name)
          const session = yield* Effect.orElseSucceed(readNote<Session>(what, file), () => null)
          if (session !== null && now < Date.parse(session.expiresAt)) continue
          yield* onDisk("end a session", file, (disk) => removeAll(disk, file))
        }
      })
  }
}

export type Sessions = ReturnType<typeof sessionsIn>
