import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { hostname, tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { WarehouseError } from "../../core/ports/warehouse.ts"

/** The note, beside the state file, of the process that holds it. A process that was killed leaves its note behind. */
export interface Holder {
  readonly pid: number
  readonly host: string
  /** ISO instant. */
  readonly since: string
  /** Path of the Unix domain socket on which it answers what only reads; null where it answers nothing. */
  readonly socket: string | null
}

const noteIn = (home: string): string => join(home, "holder.json")

const socketName = "holder.sock"

/** Begin of the name of a folder for a socket whose path would be too long beside the state. */
const farFolder = join(tmpdir(), "rollbook-holder-")

/** Bytes that every system takes as the path of a socket: 104 and 108 are usual, with a zero at the end. */
const longestSocketPath = 100

/** Notes that this process holds the state, for others to read. */
export const noteHolder = (home: string, socket: string | null): Promise<void> => {
  const note: Holder = { pid: process.pid, host: hostname(), since: new Date().toISOString(), socket }
  return writeFile(noteIn(home), JSON.stringify(note), { mode: 0o600 })
}

/** Takes away the note and the socket that it names, one's own or those that a killed process left. */
export const forgetHolder = async (home: string): Promise<void> => {
  const socket = (await readHolder(home))?.socket ?? null
  if (socket?.startsWith(farFolder) === true) {
    await rm(dirname(socket), { recursive: true, force: true }).catch(() => undefined)
  }
  for (const path of [noteIn(home), join(home, socketName)]) await rm(path, { force: true }).catch(() => undefined)
}

/** A path for the socket beside the state; fails where that would be too long. */
export const nearSocket = async (home: string): Promise<string> => {
  const path = join(home, socketName)
  if (Buffer.byteLength(path) > longestSocketPath) throw new Error("too long for the path of a socket")
  await rm(path, { force: true })
  return path
}

/** A path for the socket in a folder of its own, which nobody else can look into. */
export const farSocket = async (): Promise<string> => join(await mkdtemp(farFolder), socketName)

/** Who holds the state, by its note; null where there is none that can be read. */
export const readHolder = async (home: string): Promise<Holder | null> => {
  try {
    const { host, pid, since, socket } = JSON.parse(await readFile(noteIn(home), "utf8")) as Partial<Holder>
    if (typeof pid !== "number" || typeof host !== "string" || typeof since !== "string") return null
    return { pid, host, since, socket: typeof socket === "string" ? socket : null }
  } catch {
    return null
  }
}

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
