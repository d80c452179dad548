import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import type { Socket } from "node:net"
import { join } from "node:path"
import type { Readable } from "node:stream"
import { withinService } from "../../core/command-environment.ts"
import type { ApprovalAsked, ApprovalEnded, CommandAsked, RunnerOptions } from "../../core/ports/runner.ts"
import { answering, type Carried } from "./answering.ts"
import { type FromService, line } from "./command-lines.ts"
import { makeHost } from "./host.ts"
import { killed, notBegun, type Turns } from "./turns.ts"

type Answering = Pick<RunnerOptions, "command" | "environment" | "onLine">

/**
 * Carries out the commands of other processes of the same user, which alone may open the socket. Who goes away in the middle
 * does not end the command: that is asked for by a message.
 */
export const answerCommands = (
  options: Answering,
  turns: Turns,
  folder: string
): Effect.Effect<string | null, never, Scope.Scope> =>
  answering(
    {
      begin: (asked, socket) => carryOut(options, turns, asked, socket),
      approve: (asked) => approveBeside(turns, asked)
    },
    { near: join(folder, "commands.sock"), isFarToo: true },
    turns.stop
  )

/** Lets what is at work carry an approval out beside itself; null where nothing takes it in. */
export const approveBeside = (turns: Turns, asked: ApprovalAsked): Effect.Effect<ApprovalEnded | null> =>
  Effect.suspend(() => turns.host()?.approve(asked) ?? Effect.succeed(null))

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
