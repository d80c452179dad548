import type { Server } from "node:net"

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
