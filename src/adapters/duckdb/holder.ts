import * as Effect from "effect/Effect"
import { hostname, tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { isOnDisk, onDisk, removeAll, type StoreError, writeOwnFile } from "../../core/ports/disk.ts"
import { WarehouseError } from "../../core/ports/warehouse.ts"
import { instantNow } from "../../core/clock.ts"
import { longestSocketPath } from "../../core/ports/own-socket.ts"
import { holderNote, restoreNote } from "../../core/holder-note.ts"

/** The note, beside the state file, of the process that holds it. A process that was killed leaves its note behind. */
export interface Holder {
  readonly pid: number
  readonly host: string
  /** ISO instant. */
  readonly since: string
  /** Path of the Unix domain socket on which it answers what only reads; null where it answers nothing. */
  readonly socket: string | null
}

const socketName = "holder.sock"

/** Begin of the name of a folder for a socket whose path would be too long beside the state. */
const farName = "rollbook-holder-"
const farFolder = join(tmpdir(), farName)

/**
 * Notes that this process holds the state, for others to read. A full disk stops nobody here: the engine's own lock is what
 * keeps others away, and what frees space has to begin on it.
 */
export const noteHolder = (home: string, socket: string | null): Effect.Effect<void, StoreError> =>
  Effect.gen(function* () {
    const since = yield* instantNow
    const note: Holder = { pid: process.pid, host: hostname(), since, socket }
    yield* onDisk("note who holds the state", holderNote(home), (disk) =>
      writeOwnFile(disk, holderNote(home), JSON.stringify(note))
    ).pipe(
      Effect.catchIf(
        ({ reason }) => reason === "Full",
        () => Effect.void
      )
    )
  })

/** Takes away the note and the socket that it names, one's own or those that a killed process left. */
export const forgetHolder = (home: string): Effect.Effect<void> =>
  Effect.gen(function* () {
    const socket = (yield* readHolder(home))?.socket ?? null
    const paths = [
      ...(socket?.startsWith(farFolder) === true ? [dirname(socket)] : []),
      holderNote(home),
      join(home, socketName)
    ]
    for (const path of paths) yield* Effect.ignore(onDisk("forget the holder", path, (disk) => removeAll(disk, path)))
  })

/** A path for the socket beside the state; fails where that would be too long. */
export const nearSocket = (home: string): Effect.Effect<string, StoreError> => {
  const path = join(home, socketName)
  return onDisk("make room for the socket", path, (disk) =>
    Buffer.byteLength(path) > longestSocketPath
      ? Effect.fail(new Error("too long for the path of a socket"))
      : Effect.as(removeAll(disk, path), path)
  )
}

/** A path for the socket in a folder of its own, which nobody else can look into. */
export const farSocket: Effect.Effect<string, StoreError> = onDisk("make room for the socket", tmpdir(), (disk) =>
  Effect.map(disk.makeTempDirectory({ prefix: farName }), (made) => join(made, socketName))
)

/** The process that holds the state, by its note; null where there is none that can be read. */
export const readHolder = (home: string): Effect.Effect<Holder | null> =>
  onDisk("read who holds the state", holderNote(home), (disk) =>
    Effect.flatMap(disk.readFileString(holderNote(home)), (text) =>
      Effect.try((): Holder | null => {
        const { host, pid, since, socket } = JSON.parse(text) as Partial<Holder>
        if (typeof pid !== "number" || typeof host !== "string" || typeof since !== "string") return null
        return { pid, host, since, socket: typeof socket === "string" ? socket : null }
      })
    )
  ).pipe(Effect.orElseSucceed(() => null))

/** The error of whoever would have the state for itself. `isAnswering`: whether the holder answers what only reads. */
export const heldBy = (holder: Holder | null, isAnswering = (holder?.socket ?? null) !== null): WarehouseError => {
  const who = holder === null ? "another process" : `process ${holder.pid} on ${holder.host}, since ${holder.since}`
  const meanwhile = isAnswering
    ? ". What only reads is answered meanwhile: `rollbook history`, `rollbook show` and `rollbook explain` among others"
    : ""
  return new WarehouseError({
    reason: "Held",
    statement: "",
    detail: `the workspace is held by ${who}. Wait until it ends, or stop it; nothing was changed${meanwhile}`
  })
}

/** Fails while a backup is put in the place of the state: a new, empty state would be made where the old one was just moved away. */
export const refuseWhileRestored = (home: string): Effect.Effect<void, WarehouseError | StoreError> =>
  Effect.flatMap(isOnDisk(restoreNote(home)), (isThere) =>
    isThere
      ? Effect.fail(
          new WarehouseError({
            reason: "Damaged",
            statement: "",
            detail:
              "a backup is being put in the place of the state, or whoever did so was cut off: wait until it is done; where none is at work, `rollbook restore FILE` goes on with it. Nothing was changed"
          })
        )
      : Effect.void
  )
