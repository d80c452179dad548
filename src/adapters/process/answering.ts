import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import { createServer, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { linesOf } from "../../core/lines.ts"
import { makeOwnFolder, onDisk, removeAll, type StoreError } from "../../core/ports/disk.ts"
import type { ApprovalAsked, ApprovalEnded, CommandAsked } from "../../core/ports/runner.ts"
import { listenAt, longestSocketPath } from "../../core/ports/own-socket.ts"
import { type FromAsking, type FromService, line, protocol } from "./command-lines.ts"
import { killed } from "./turns.ts"

/** Milliseconds that whoever asked has to take the last of what is said. */
const grace = 3_000

/** A command that is carried out for whoever asked over a connection. */
export interface Carried {
  readonly work: Effect.Effect<number>
  /** Asks the process to end, where it has begun. */
  readonly stop: () => boolean
}

/** Answers to what comes over a connection. */
export interface Answers {
  /** Null: no commands are carried out. */
  readonly begin: ((asked: CommandAsked, socket: Socket) => Carried) | null
  readonly approve: (asked: ApprovalAsked) => Effect.Effect<ApprovalEnded | null>
}

interface Place {
  /** Path of the socket, beside the state. */
  readonly near: string
  /** Whether others can be told of one elsewhere, where that path is too long, or its file system has no sockets. */
  readonly isFarToo: boolean
}

/**
 * Answers other processes of the same user, who alone may open the socket, until the scope ends: `stop` is done then, and what is
 * being answered comes to its end. Gives the path of the socket; null where none can be made.
 */
export const answering = (
  { approve, begin }: Answers,
  at: Place,
  stop: Effect.Effect<void>
): Effect.Effect<string | null, never, Scope.Scope> =>
  Effect.gen(function* () {
    const run = Runtime.runFork(yield* Effect.runtime())
    const open = new Map<Socket, Promise<void>>()
    const idle = new Set<Socket>()
    const server = createServer((socket) => {
      idle.add(socket)
      const asked = { begin: begin === null ? null : (one: CommandAsked) => begin(one, socket), approve, run }
      open.set(
        socket,
        serve(socket, asked, () => void idle.delete(socket)).finally(
          () => void (idle.delete(socket), open.delete(socket))
        )
      )
    })
    const path = yield* Effect.orElseSucceed(listen(server, at), () => null)
    yield* Effect.addFinalizer(() =>
      Effect.zipRight(
        stop,
        Effect.tryPromise(() => {
          server.close()
          for (const socket of idle) socket.destroy()
          return Promise.all(open.values())
        })
      ).pipe(Effect.ignore, Effect.zipRight(path === null || path === at.near ? Effect.void : forget(dirname(path))))
    )
    return path
  })

/** Beside the state, or in a folder of its own. */
const listen = (server: Server, { isFarToo, near }: Place): Effect.Effect<string, StoreError> => {
  const bind = (path: string) =>
    onDisk("answer commands", path, (disk) =>
      Effect.gen(function* () {
        yield* makeOwnFolder(disk, dirname(path))
        yield* removeAll(disk, path)
        yield* Effect.tryPromise({ try: () => listenAt(server, path), catch: (error) => error })
        yield* disk.chmod(path, 0o600)
        return path
      })
    )
  const far = onDisk("make room for a socket", tmpdir(), (disk) =>
    disk.makeTempDirectory({ prefix: "rollbook-commands-" })
  ).pipe(Effect.flatMap((made) => bind(join(made, basename(near)))))
  if (!isFarToo) return bind(near)
  return Buffer.byteLength(near) > longestSocketPath ? far : Effect.orElse(bind(near), () => far)
}

const forget = (folder: string): Effect.Effect<void> =>
  Effect.ignore(onDisk("take the socket away", folder, (disk) => removeAll(disk, folder)))

interface Serving extends Pick<Answers, "approve"> {
  readonly begin: ((asked: CommandAsked) => Carried) | null
  readonly run: (work: Effect.Effect<void>) => Fiber.RuntimeFiber<void>
}

/** One command of one connection, from its first line to its exit code; or one approval, to what became of it. */
const serve = async (socket: Socket, { approve, begin, run }: Serving, onAsked: () => void): Promise<void> => {
  socket.on("error", () => undefined)
  let carried = null as Carried | null
  let fiber = null as Fiber.RuntimeFiber<void> | null
  const end = (last: FromService): void => {
    socket.end(line(last))
    socket.destroySoon()
    setTimeout(() => socket.destroy(), grace).unref()
  }
  try {
    for await (const text of linesOf(socket.setEncoding("utf8"))) {
      const message = JSON.parse(text) as FromAsking
      if (fiber === null && begin !== null && "words" in message && message.protocol === protocol) {
        onAsked()
        carried = begin(message)
        fiber = run(Effect.map(carried.work, (code) => end({ code })))
      } else if (fiber === null && "approval" in message && message.protocol === protocol) {
        onAsked()
        fiber = run(Effect.map(approve(message.approval), (ended) => end({ ended })))
      } else if ("end" in message && fiber !== null && carried?.stop() === false) {
        // It still waits for its turn.
        await Effect.runPromise(Fiber.interrupt(fiber))
        end({ code: killed })
      }
    }
  } catch {
    // Something else than rollbook is speaking, or went away.
    socket.destroy()
  }
  if (fiber !== null) await Effect.runPromise(Fiber.await(fiber))
}
