import * as Effect from "effect/Effect"
import { createConnection } from "node:net"
import { linesOf } from "../../core/lines.ts"
import type { ApprovalAsked, ApprovalEnded, CommandAsked, CommandSaid } from "../../core/ports/runner.ts"
import { type FromService, line, protocol } from "./command-lines.ts"

/**
 * Hands a command over to the process that answers at a socket, and tells what it says. Gives its exit code; "gone" where that
 * process ended before it said one, and null where it cannot be asked, so that nothing has begun. Interrupted, it asks the
 * command to end, and waits for that.
 */
export const handOver = (
  path: string,
  asked: CommandAsked,
  hear: (said: CommandSaid) => void
): Effect.Effect<number | "gone" | null> =>
  Effect.async((resume) => {
    const socket = createConnection(path)
    let isAsked = false
    // Why it fails is no matter: what is read of it ends.
    socket.on("error", () => undefined)
    socket.once("connect", () => {
      isAsked = true
      socket.write(line({ protocol, ...asked }))
    })
    const ended = listen(socket.setEncoding("utf8"), hear).then(
      (code) => code ?? (isAsked ? ("gone" as const) : null),
      () => (isAsked ? ("gone" as const) : null)
    )
    void ended.then((code) => {
      socket.destroy()
      resume(Effect.succeed(code))
    })
    return Effect.async<void>((resumeEnded) => {
      if (socket.writable) socket.write(line({ end: true }))
      void ended.then(() => resumeEnded(Effect.void))
    })
  })

const listen = async (socket: AsyncIterable<string>, hear: (said: CommandSaid) => void): Promise<number | null> => {
  for await (const text of linesOf(socket)) {
    const said = JSON.parse(text) as FromService
    if ("code" in said) return said.code
    if ("out" in said) hear({ out: Buffer.from(said.out, "base64") })
    else if ("err" in said) hear({ err: Buffer.from(said.err, "base64") })
    else if ("waits" in said) hear(said)
  }
  return null
}

/**
 * Lets the process that answers at a socket give an approval to the run at work there, and tells what became of it; null where no
 * run takes it in, or that is not known: given once more at the same instant it is the one that stands.
 */
export const handOverApproval = (path: string, approval: ApprovalAsked): Effect.Effect<ApprovalEnded | null> =>
  Effect.async((resume) => {
    const socket = createConnection(path)
    socket.on("error", () => undefined)
    socket.once("connect", () => void socket.write(line({ protocol, approval })))
    const told = async (): Promise<ApprovalEnded | null> => {
      for await (const text of linesOf(socket.setEncoding("utf8"))) {
        const said = JSON.parse(text) as FromService
        if ("ended" in said) return said.ended
      }
      return null
    }
    void told()
      .catch(() => null)
      .then((ended) => {
        socket.destroy()
        resume(Effect.succeed(ended))
      })
    return Effect.sync(() => void socket.destroy())
  })
