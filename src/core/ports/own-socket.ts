import type { Server } from "node:net"
import { join } from "node:path"

/** Bytes that every system takes as the path of a socket: 104 and 108 are usual, with a zero at the end. */
export const longestSocketPath = 100

/** Lets a server listen at a path; fails where it cannot, and hears of no trouble of it after that. */
export const listenAt = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(path, () => {
      server.off("error", reject)
      server.on("error", () => undefined)
      resolve()
    })
  })

/**
 * The socket beside the state at which a run that no service began takes approvals in; null where its path would be too long, so
 * that none are.
 */
export const approvalsSocket = (home: string): string | null => {
  const path = join(home, "run.sock")
  return Buffer.byteLength(path) > longestSocketPath ? null : path
}
