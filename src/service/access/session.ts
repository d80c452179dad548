import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { basename, join } from "node:path"
import { sha256 } from "../../core/hash.ts"
import type { CourseRight, Right } from "../../pipeline/rights.ts"
import { namesIn, onDisk, removeAll, type StoreError } from "../../core/ports/disk.ts"
import { readNote, writeNote } from "../note-file.ts"
import { secret } from "./secret.ts"
import { sealed, unsealed, type Voucher, type Vouching } from "./voucher.ts"

/** Somebody who is signed in, how that is known, and their rights. */
export interface Session {
  /** As history and audit trail name them: `token prometheus`, or the user name. Never to be shown without a right. */
  readonly who: string
  /** Their name, for themselves alone; null where nobody said. */
  readonly name: string | null
  /** How they proved it: a token, the one-time link of `serve --admin`, the district's sign-in, or a launch from a course. */
  readonly by: "token" | "link" | "oidc" | "lti"
  /** Rights that hold everywhere. */
  readonly rights: ReadonlyArray<Right>
  /** The course offering that it was launched from, with the rights that hold in it; null where there is none. */
  readonly course: LaunchedFrom | null
  /** BCP 47, as the launch said; null where it did not. */
  readonly language: string | null
  /**
   * Person of a launched session, as the learning platform names them, so that it can be asked again; null of other
   * sessions.
   */
  readonly launched: LaunchedBy | null
  /**
   * By which the district's sign-in can be asked again; `sealed` until somebody comes with the id, after each start of the service.
   * Null of other sessions.
   */
  readonly vouching: Vouching | "sealed" | null
  /** By which the session is named without being opened: a digest of its id. Of a token, its name. */
  readonly key: string
  /** ISO instants. */
  readonly startedAt: string
  readonly expiresAt: string
}

/** A session that is about to begin. */
export type NewSession = Omit<Session, "key" | "launched" | "vouching" | "startedAt" | "expiresAt"> &
  Partial<Pick<Session, "launched">> & { readonly voucher?: Voucher }

/** A person, as a registered learning platform names them. */
export interface LaunchedBy {
  readonly issuer: string
  readonly clientId: string
  readonly subject: string
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

/** How long somebody stays signed in, where nothing else is set. */
export const sessionHours = 8

const what = "a session"

/**
 * The sessions of a workspace: a file each, named by the digest of its id, so that whoever reads the folder can use none,
 * a restart ends none, and taking the file away ends it at once.
 */
export const sessionsIn = (folder: string) => {
  const fileOfKey = (key: string): string => join(folder, `${key}.json`)
  const fileOf = (id: string): string => fileOfKey(sha256(id))
  const take = (file: string): Effect.Effect<void, StoreError> =>
    onDisk("end a session", file, (disk) => {
      unsealedOf.delete(basename(file, ".json"))
      return removeAll(disk, file)
    })
  /** By the key of a session: what was unsealed for whoever came with its id, for what they asked for and still waits. */
  const unsealedOf = new Map<string, Vouching>()
  const vouchingOf = (id: string, voucher: Vouching["voucher"]): Vouching => {
    const vouching = {
      voucher,
      // A session that was ended meanwhile stays so.
      keep: (next: Voucher) =>
        Effect.flatMap(readNote<Kept>(what, fileOf(id)), (kept) => {
          if (kept === null) return Effect.void
          vouchingOf(id, Redacted.make(next))
          return writeNote(what, fileOf(id), { ...kept, voucher: sealed(id, next) })
        })
    }
    unsealedOf.set(sha256(id), vouching)
    return vouching
  }
  return {
    /** Begins a session and gives its id, for this one time. */
    start: (
      { voucher, ...session }: NewSession,
      now: number,
      hours: number = sessionHours
    ): Effect.Effect<string, StoreError> =>
      Effect.gen(function* () {
        const id = secret()
        const kept: Kept = {
          ...session,
          ...(voucher === undefined ? {} : { voucher: sealed(id, voucher) }),
          startedAt: new Date(now).toISOString(),
          expiresAt: new Date(now + hours * 3_600_000).toISOString()
        }
        yield* writeNote(what, fileOf(id), kept)
        return id
      }),
    /** The session of an id; null where there is none, or it is over. */
    find: (id: string, now: number): Effect.Effect<Session | null, StoreError> =>
      Effect.map(readNote<Kept>(what, fileOf(id)), (kept) => {
        const session = opened(kept, sha256(id), now)
        const voucher = kept?.voucher === undefined ? null : unsealed(id, kept.voucher)
        return session === null || voucher === null ? session : { ...session, vouching: vouchingOf(id, voucher) }
      }),
    /** The same by its key. */
    ofKey: (key: string, now: number): Effect.Effect<Session | null, StoreError> =>
      Effect.map(readNote<Kept>(what, fileOfKey(key)), (kept) => {
        const session = opened(kept, key, now)
        return session === null || kept?.voucher === undefined
          ? session
          : { ...session, vouching: unsealedOf.get(key) ?? "sealed" }
      }),
    /** Ends a session at once; one that is none is over already. */
    end: (id: string): Effect.Effect<void, StoreError> => take(fileOf(id)),
    /** The same by its key; `key` is one that was given by this, and never what somebody typed. */
    endByKey: (key: string): Effect.Effect<void, StoreError> => take(fileOfKey(key)),
    /** The sessions that are not over, by when they began, the newest first. One that cannot be read opens nothing. */
    list: (now: number): Effect.Effect<ReadonlyArray<Session>, StoreError> =>
      Effect.gen(function* () {
        const keys = yield* keysIn(folder)
        const found = yield* Effect.forEach(keys, (key) =>
          Effect.map(
            Effect.orElseSucceed(readNote<Kept>(what, fileOfKey(key)), () => null),
            (kept) => opened(kept, key, now)
          )
        )
        return found.filter((one) => one !== null).toSorted((one, other) => (one.startedAt < other.startedAt ? 1 : -1))
      }),
    /** Takes away what is over. One that cannot be read is over, too. */
    sweep: (now: number): Effect.Effect<void, StoreError> =>
      Effect.gen(function* () {
        for (const name of yield* onDisk("list the sessions", folder, (disk) => namesIn(disk, folder))) {
          const file = join(folder, name)
          const session = yield* Effect.orElseSucceed(readNote<Kept>(what, file), () => null)
          if (session !== null && now < Date.parse(session.expiresAt)) continue
          yield* take(file)
        }
      })
  }
}

/** Keys of what lies in the folder; what is being written has none yet. */
const keysIn = (folder: string): Effect.Effect<ReadonlyArray<string>, StoreError> =>
  Effect.map(
    onDisk("list the sessions", folder, (disk) => namesIn(disk, folder)),
    (names) => names.flatMap((name) => /^([0-9a-f]{64})\.json$/.exec(name)?.[1] ?? [])
  )

/** A session as it lies on disk, its voucher sealed; those of earlier builds do not say who was launched. */
type Kept = Omit<NewSession, "voucher"> & Pick<Session, "startedAt" | "expiresAt"> & { readonly voucher?: string }

const opened = (kept: Kept | null, key: string, now: number): Session | null => {
  if (kept === null || now >= Date.parse(kept.expiresAt)) return null
  const { voucher: _, ...session } = kept
  return { ...session, launched: kept.launched ?? null, vouching: null, key }
}

export type Sessions = ReturnType<typeof sessionsIn>
