import { toHeaders } from "@effect/platform/HttpTraceContext"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type ChildProcess, spawn } from "node:child_process"
import type { Readable } from "node:stream"
import { linesOf } from "../../core/lines.ts"
import {
  type CourseAsked,
  type RunAsked,
  type RunEnded,
  type RunLine,
  Runner,
  type RunnerOptions,
  stepsAsEnded
} from "../../core/ports/runner.ts"
import { answerCommands, approveBeside } from "./answer-commands.ts"
import { signedIn, withinService } from "../../core/command-environment.ts"
import { fieldsOf, type Host, makeHost } from "./host.ts"
import { cutOff, killed, makeTurns, type Turns } from "./turns.ts"

/** Bytes of a run's output that are kept: the header of a plan is far smaller. */
const mostOutput = 64 * 1024 * 1024

/**
 * Carries out runs as processes of their own: each holds the workspace for as long as it works and answers what only
 * reads, and between two of them nobody holds it. A run outlives this process, should that be killed.
 */
export const childRunnerLayer = (options: RunnerOptions): Layer.Layer<Runner> =>
  Layer.sync(Runner, () => {
    const turns = makeTurns()
    const alone = (asked: RunAsked, onBegin = (): void => undefined): Effect.Effect<RunEnded> =>
      Effect.map(
        turns.take(
          Effect.suspend(() => {
            onBegin()
            return inItsTurn(asked, start(options, turns, asked))
          }),
          () =>
            options.onLine({
              level: "info",
              message: "waits for what is at work",
              fields: fieldsOf(asked)
            })
        ),
        (ended) => ended ?? cutOff
      )
    const beside = (asked: RunAsked, course: CourseAsked, host: Host): Effect.Effect<RunEnded> =>
      Effect.flatMap(inItsTurn(asked, host.takeIn(asked, course)), (ended) =>
        ended === null ? besideOrAlone(asked, course, host) : Effect.succeed(ended)
      )
    /**
     * In its turn, or taken in by whatever begins to work before that: a night that was due is not waited for. It keeps its turn
     * until one says that it takes in; `known` has said already that it does not.
     */
    const besideOrAlone = (asked: RunAsked, course: CourseAsked, known: Host | null): Effect.Effect<RunEnded> =>
      Effect.suspend(() => {
        let isBegun = false
        const byItself = alone(asked, () => {
          isBegun = true
        })
        const takingIn = (but: Host | null): Effect.Effect<Host> =>
          Effect.flatMap(turns.hostOtherThan(but), (host) =>
            // The process that it has begun itself is none that could take it in.
            isBegun
              ? Effect.never
              : Effect.flatMap(host.takesIn, (takesIn) => (takesIn ? Effect.succeed(host) : takingIn(host)))
          )
        return Effect.flatten(
          Effect.raceFirst(
            Effect.map(byItself, (ended) => Effect.succeed(ended)),
            Effect.map(takingIn(known), (host) => beside(asked, course, host))
          )
        )
      })
    return {
      run: (asked) =>
        Effect.suspend(() => {
          const [course, host] = [asked.course, turns.host()]
          if (course === undefined) return alone(asked)
          return host === null ? besideOrAlone(asked, course, null) : beside(asked, course, host)
        }),
      approve: (asked) => approveBeside(turns, asked),
      answerCommands: (folder) => answerCommands(options, turns, folder),
      stop: turns.stop
    }
  })

/** Begins nothing that may no longer begin. */
const inItsTurn = (
  { mayBegin = Effect.succeed(true) }: RunAsked,
  work: Effect.Effect<RunEnded | null>
): Effect.Effect<RunEnded | null> =>
  Effect.flatMap(mayBegin, (may): Effect.Effect<RunEnded | null> => (may ? work : Effect.succeed(cutOff)))

const start = Effect.fn("process.run")(function* (options: RunnerOptions, turns: Turns, asked: RunAsked) {
  const { pipeline, words = [] } = asked
  const span = yield* Effect.currentSpan.pipe(Effect.orDie)
  return yield* Effect.async<RunEnded>((resume) => {
    const [program, ...before] = options.command
    const child = spawn(program, [...before, ...options.words(pipeline), ...words], {
      // The spans of the run belong to the trace of the service.
      env: {
        ...options.environment(),
        TRACEPARENT: toHeaders(span)["traceparent"],
        [withinService]: "1",
        // Whoever asks for it is signed in: the name in its words was typed by nobody.
        ...(words.length > 0 && { [signedIn]: "1" })
      },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // A group of its own: Ctrl-C is for this process, which asks the run to end.
      detached: true
    })
    const host = makeHost(child, options.onLine)
    turns.atWork(host)
    const output: Array<Buffer> = []
    let size = 0
    child.stdout?.on("data", (chunk: Buffer) => {
      size += chunk.length
      if (size <= mostOutput) output.push(chunk)
    })
    const told = tellLines(child, fieldsOf(asked), options.onLine)
    const end = (code: number): void => {
      turns.atWork(null)
      host.end()
      resume(
        Effect.succeed({
          ...readOutput(size <= mostOutput ? Buffer.concat(output).toString() : "", told.run()),
          code
        })
      )
    }
    child.once("error", (error) => {
      options.onLine({
        level: "error",
        message: `the run cannot be started: ${error.message}`,
        fields: fieldsOf(asked)
      })
      end(1)
    })
    child.once("close", (code) => void told.all.then(() => end(code ?? killed)))
  })
})

/** Hands on what a run says, line by line; gives the number that it said last, and when all is said. */
const tellLines = (child: ChildProcess, of: RunLine["fields"], onLine: (line: RunLine) => void) => {
  let run: number | null = null
  let stage: string | null = null
  const hear = async (stderr: Readable): Promise<void> => {
    for await (const text of linesOf(stderr.setEncoding("utf8"))) {
      const { level, message, run: number, time: _, ...fields } = parsed(text)
      if (typeof number === "number") run = number
      if (typeof fields["stage"] === "string") stage = fields["stage"]
      onLine({
        level: level === "warn" || level === "error" ? level : "info",
        message: typeof message === "string" ? message : text,
        fields: {
          ...(run === null ? {} : { run }),
          ...of,
          ...(stage === null ? {} : { stage }),
          ...(fields as Readonly<Record<string, string | number>>)
        }
      })
    }
  }
  return { run: () => run, all: child.stderr === null ? Promise.resolve() : hear(child.stderr) }
}

const parsed = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}

/** The end of a run as its output tells it; a run that failed before prints nothing. */
const readOutput = (text: string, run: number | null): Omit<RunEnded, "code"> => {
  const { apply, plan, switched_off: off } = parsed(text)
  const [applied, made] = [apply, plan] as [Applied | null | undefined, { readonly plan_id: string } | null | undefined]
  return {
    run: applied?.run ?? run,
    plan: made?.plan_id ?? null,
    steps: applied == null ? null : stepsAsEnded(applied),
    switchedOff: off !== undefined
  }
}

interface Applied {
  readonly run: number
  readonly done: number
  readonly failed: number
  readonly notReached: number
  readonly held: number
  readonly stopped?: number
}
