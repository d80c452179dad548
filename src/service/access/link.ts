import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { sha256 } from "../../core/hash.ts"
import type { Right } from "../../pipeline/rights.ts"
import { ifThere, namesIn, onDisk, removeAll, type StoreError } from "../../core/ports/disk.ts"
import { readNote, writeNote } from "../note-file.ts"
import { secret } from "./secret.ts"

/** A one-time link, and the rights that it gives to whoever follows it first. */
export interface Link {
  readonly rights: ReadonlyArray<Right>
  /** Name of the account that made it, for history and audit trail. */
  readonly who: string
  /** ISO instant. */
  readonly expiresAt: string
}

/** How long a link waits to be followed. */
export const linkMinutes = 60

const what = "a one-time link"

/** One-time links of a workspace: a file each, named by the digest of its code. Any process of the workspace may make one. */
export const linksIn = (folder: string) => {
  const fileOf = (code: string): string => join(folder, `${sha256(code)}.json`)
  return {
    /** Makes a link and gives its code, for this one time. */
    make: (who: string, rights: ReadonlyArray<Right>, now: number): Effect.Effect<string, StoreError> =>
      Effect.gen(function* () {
        const code = secret()
        const link: Link = { who, rights, expiresAt: new Date(now + linkMinutes * 60_000).toISOString() }
        yield* writeNote(what, fileOf(code), link)
        return code
      }),
    /** Uses a link up; null where it is none, is used, or is over. Of two who follow it at once one alone has it. */
    use: (code: string, now: number): Effect.Effect<Link | null, StoreError> =>
      Effect.gen(function* () {
        const taken = join(folder, `${randomBytes(8).toString("hex")}.used`)
        const isTaken = yield* onDisk("use a one-time link", fileOf(code), (disk) =>
          ifThere(Effect.as(disk.rename(fileOf(code), taken), true))
        )
        if (isTaken === null) return null
        const link = yield* readNote<Link>(what, taken)
        yield* onDisk("use a one-time link", taken, (disk) => removeAll(disk, taken))
        return link !== null && now < Date.parse(link.expiresAt) ? link : null
      }),
    /** Takes away links that are over, and what a kill left of one in use. One that cannot be read is over, too. */
    sweep: (now: number): Effect.Effect<void, StoreError> =>
      Effect.gen(function* () {
        for (const name of yield* onDisk("list the one-time links", folder, (disk) => namesIn(disk, folder))) {
          const file = join(folder, name)
          const link = yield* Effect.orElseSucceed(readNote<Link>(what, file), () => null)
          if (link !== null && now < Date.parse(link.expiresAt)) continue
          yield* onDisk("take a one-time link away", file, (disk) => removeAll(disk, file))
        }
      })
  }
}

export type Links = ReturnType<typeof linksIn>
