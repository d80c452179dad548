import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { hostname } from "node:os"
import { join } from "node:path"
import { onDisk, removeAll, type StoreError } from "../core/ports/disk.ts"
import { isRunning } from "../core/running.ts"
import { writeNote } from "./note-file.ts"

/** Seconds between two beats, and after which one that has not beaten is taken for dead. */
export const beatSeconds = 30
const deadAfterSeconds = 150

/** Note of the process that carries out the schedule, beside the state, for every other command to read. */
export interface Heartbeat {
  readonly pid: number
  readonly host: string
  readonly as: "schedule" | "serve"
  /** ISO instants, here and below. */
  readonly since: string
  readonly beat: string
  /** Address at which it answers over HTTP; null where it does not. */
  readonly address: string | null
  /** Path of the socket at which it carries out commands of other processes; null where it carries out none. */
  readonly commands: string | null
  /** Whether approvals are handed over there as well; services of earlier builds do not say, and take none. */
  readonly approvals?: boolean
  readonly pipelines: ReadonlyArray<{
    readonly pipeline: string
    /** Null where its pattern comes no more. */
    readonly next: string | null
    /** The same for people, in the pipeline's zone. */
    readonly local: string | null
    readonly state: "idle" | "waiting" | "at work"
  }>
}

/** Another process carries out the schedule of this workspace. */
export class AlreadyScheduled extends Data.TaggedError("AlreadyScheduled")<{ readonly by: Heartbeat }> {
  override get message(): string {
    const { by } = this
    return `the schedule of this workspace is carried out by process ${by.pid} on ${by.host}, since ${by.since}: stop that one first`
  }
}

/** The folder of what the service keeps, beside the state. */
export const serviceFolder = (home: string): string => join(home, "service")

const fileIn = (home: string): string => join(serviceFolder(home), "heartbeat.json")

/** Whoever carries out the schedule of a workspace now; null where nobody does. */
export const readHeartbeat = (home: string, now: number): Effect.Effect<Heartbeat | null> =>
  onDisk("read the heartbeat", fileIn(home), (disk) =>
    Effect.flatMap(disk.readFileString(fileIn(home)), (text) =>
      Effect.try(() => {
        const said = JSON.parse(text) as Heartbeat
        return isAlive(said, now) ? said : null
      })
    )
  ).pipe(Effect.orElseSucceed(() => null))

const isAlive = ({ beat, host, pid }: Heartbeat, now: number): boolean => {
  // One that is so far ahead was left by a clock that was.
  if (Math.abs(now - Date.parse(beat)) > deadAfterSeconds * 1000) return false
  if (host !== hostname()) return true
  // One that was killed on this machine leaves its last beat behind.
  return pid !== process.pid && isRunning(pid)
}

export const beat = (home: string, said: Omit<Heartbeat, "pid" | "host">): Effect.Effect<void, StoreError> =>
  writeNote("the heartbeat", fileIn(home), { pid: process.pid, host: hostname(), ...said } satisfies Heartbeat)

/** Says that nobody carries out the schedule any more. */
export const endHeartbeat = (home: string): Effect.Effect<void> =>
  Effect.ignore(onDisk("end the heartbeat", fileIn(home), (disk) => removeAll(disk, fileIn(home))))

/** Fails where another process carries out the schedule of the workspace. */
export const refuseSecond = (home: string, now: number): Effect.Effect<void, AlreadyScheduled> =>
  Effect.flatMap(readHeartbeat(home, now), (by) =>
    by === null ? Effect.void : Effect.fail(new AlreadyScheduled({ by }))
  )
