import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import { createServer, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { Readable } from "node:stream"
import { withinService } from "../../core/command-environment.ts"
import { linesOf } from "../../core/lines.ts"
import { makeOwnFolder, onDisk, removeAll, type StoreError } from "../../core/ports/disk.ts"
import type { ApprovalAsked, ApprovalEnded, CommandAsked, RunnerOptions } from "../../core/ports/runner.ts"
import { listenAt, longestSocketPath } from "../../core/ports/own-socket.ts"
import { type FromAsking, type FromService, line, protocol } from "./command-lines.ts"
import { makeHost } from "./host.ts"
import { killed, notBegun, type Turns } from "./turns.ts"

type Answering = Pick<RunnerOptions, "command" | "environment" | "onLine">

/** Milliseconds that whoever asked has to take the last of what is said. */
const grace = 3_000

/**
 * Carries out the commands of other processes of the same user, which alone may open the socket. Who goes away in the middle
 * does not end the command: that is asked for by a message.
 */
export const answerCommands = (
  options: Answering,
  turns: Turns,
  folder: string
): Effect.Effect<string | null, never, Scope.Scope> =>
  Effect.gen(function* () {
    const run = Runtime.runFork(yield* Effect.runtime())
    const open = new Map<Socket, Promise<void>>()
    const idle = new Set<Socket>()
    const server = createServer((socket) => {
      idle.add(socket)
      const begin = (asked: CommandAsked): Carried => {
        idle.delete(socket)
        return carryOut(options, turns, asked, socket)
      }
      open.set(
        socket,
        serve(socket, { begin, approve: (asked) => approveBeside(turns, asked), run }).finally(
          () => void (idle.delete(socket), open.delete(socket))
        )
      )
    })
    const path = yield* Effect.orElseSucceed(listen(server, folder), () => null)
    yield* Effect.addFinalizer(() =>
      Effect.zipRight(
        turns.stop,
        Effect.tryPromise(() => {
          server.close()
          for (const socket of idle) socket.destroy()
          return Promise.all(open.values())
        })
      ).pipe(
        Effect.ignore,
        Effect.zipRight(path === null || path.startsWith(folder) ? Effect.void : forget(dirname(path)))
      )
    )
    return path
  })

/** Beside the state; where that path is too long, or its file system has no sockets, in a folder of its own. */
const listen = (server: Server, folder: string): Effect.Effect<string, StoreError> => {
  const near = join(folder, "commands.sock")
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
  ).pipe(Effect.flatMap((made) => bind(join(made, "commands.sock"))))
  return Buffer.byteLength(near) > longestSocketPath ? far : Effect.orElse(bind(near), () => far)
}

const forget = (folder: string): Effect.Effect<void> =>
  Effect.ignore(onDisk("take the socket away", folder, (disk) => removeAll(disk, folder)))

interface Carried {
  readonly work: Effect.Effect<number>
  /** Asks the process to end, where it has begun. */
  readonly stop: () => boolean
}

/** Lets what is at work carry an approval out beside itself; null where nothing takes it in. */
export const approveBeside = (turns: Turns, asked: ApprovalAsked): Effect.Effect<ApprovalEnded | null> =>
  Effect.suspend(() => turns.host()?.approve(asked) ?? Effect.succeed(null))

/** Answers to what comes over a connection. */
interface Serving {
  readonly begin: (asked: CommandAsked) => Carried
  readonly approve: (asked: ApprovalAsked) => Effect.Effect<ApprovalEnded | null>
  readonly run: (work: Effect.Effect<void>) => Fiber.RuntimeFiber<void>
}

/** One command of one connection, from its first line to its exit code; or one approval, to what became of it. */
const serve = async (socket: Socket, { approve, begin, run }: Serving): Promise<void> => {
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
      if (fiber === null && "words" in message && message.protocol === protocol) {
        carried = begin(message)
        fiber = run(Effect.map(carried.work, (code) => end({ code })))
      } else if (fiber === null && "approval" in message && message.protocol === protocol) {
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

const carryOut = (options: Answering, turns: Turns, asked: CommandAsked, socket: Socket): Carried => {
  let child: ChildProcess | null = null
  const tell = (message: FromService): boolean => socket.writable && socket.write(line(message))
  const started = Effect.async<number>((resume) => {
    const [program, ...before] = options.command
    const process = spawn(program, [...before, ...asked.words], {
      cwd: asked.directory,
      env: { ...options.environment(), ...asked.environment, [withinService]: "1" },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true
    })
    child = process
    // A run takes in exports and approvals, whoever asked for it; for any other command they wait.
    const host = makeHost(process, options.onLine)
    turns.atWork(host)
    if (process.stdout !== null) handOn(process.stdout, socket, (out) => tell({ out }))
    if (process.stderr !== null) handOn(process.stderr, socket, (err) => tell({ err }))
    const end = (code: number): void => {
      turns.atWork(null)
      host.end()
      resume(Effect.succeed(code))
    }
    process.once("error", (error) => {
      tell({ err: Buffer.from(`the command cannot be started: ${error.message}\n`).toString("base64") })
      end(1)
    })
    process.once("close", (code) => end(code ?? killed))
  })
  return {
    work: Effect.map(
      turns.take(started, () => void tell({ waits: true })),
      (code) => code ?? notBegun
    ),
    stop: () => child?.kill("SIGTERM") ?? false
  }
}

/** No faster than the other side reads. */
const handOn = (from: Readable, socket: Socket, tell: (text: string) => boolean): void => {
  from.on("data", (chunk: Buffer) => {
    if (tell(chunk.toString("base64")) || socket.destroyed) return
    from.pause()
    const goOn = (): void => {
      socket.off("drain", goOn)
      socket.off("close", goOn)
      from.resume()
    }
    socket.once("drain", goOn)
    socket.once("close", goOn)
  })
}
