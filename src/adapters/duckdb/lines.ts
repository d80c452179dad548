import type { Socket } from "node:net"

/** Characters of the longest message that is taken: beyond it something else than rollbook is speaking. */
const longestMessage = 256 * 1024 * 1024

/**
 * Hands over each message that a socket brings: JSON, one to a line. A line ends by a line feed alone, which JSON never
 * holds, unlike what else counts as the end of a line.
 */
export const onMessage = (socket: Socket, take: (message: unknown) => void): void => {
  let parts: Array<string> = []
  let length = 0
  socket.setEncoding("utf8")
  socket.on("data", (chunk: string) => {
    const [first = "", ...others] = chunk.split("\n")
    parts.push(first)
    length += first.length
    if (length > longestMessage) return void socket.destroy()
    for (const other of others) {
      const line = parts.join("")
      parts = [other]
      length = other.length
      try {
        take(JSON.parse(line))
      } catch {
        return void socket.destroy()
      }
    }
  })
}

export const send = (socket: Socket, message: unknown): void => void socket.write(`${JSON.stringify(message)}\n`)
