import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createConnection, type Socket } from "node:net"
import { askingRows, unshared, WarehouseError, type WarehouseService } from "../../core/ports/warehouse.ts"
import { type Holder, heldBy, readHolder } from "./holder.ts"
import { onMessage, send } from "./lines.ts"
import { type Answer, type Greeting, protocol, type Question } from "./read-protocol.ts"

/** Milliseconds after which a process that does not greet is taken for one that answers nothing. */
const patience = 10_000

/** A state that another process holds, read through that process. Fails with `Held` where it does not answer. */
export const askHolder = (home: string): Effect.Effect<WarehouseService, WarehouseError, Scope.Scope> =>
  Effect.gen(function* () {
    const holder = yield* readHolder(home)
    const path = holder?.socket ?? null
    if (holder === null || path === null) return yield* heldBy(holder)
    const line = yield* Effect.acquireRelease(
      Effect.tryPromise({ try: () => call(path), catch: () => heldBy(holder, false) }),
      ({ socket }) => Effect.sync(() => socket.destroy())
    )
    const { engineVersion, folders } = line.greeting
    const begun = new Set<number>()
    const turn = Effect.unsafeMakeSemaphore(1)
    const ask = (question: Question) =>
      Effect.flatMap(turn.withPermits(1)(line.ask(question)), (answer) => {
        if (answer === null) return Effect.fail(endedMeanwhile(holder))
        for (const run of answer.begun) begun.add(run)
        if ("rows" in answer) return Effect.succeed(answer.rows)
        if ("refused" in answer) return Effect.fail(heldBy(holder, false))
        const { said, ...error } = answer.error
        return Effect.fail(new WarehouseError(said === null ? error : { ...error, said }))
      })
    return {
      engineVersion,
      folders,
      isReadOnly: true,
      begun,
      sharing: unshared,
      rows: askingRows((query) => ask({ sql: query })),
      execute: (statement) => Effect.asVoid(ask({ sql: statement.text })),
      transaction: (statements) => Effect.asVoid(ask({ sql: statements.map(({ text }) => text).join(";\n") })),
      append: (table, rows) => (rows.length === 0 ? Effect.void : Effect.asVoid(ask({ append: table, rows })))
    } satisfies WarehouseService
  })

const endedMeanwhile = ({ pid, host }: Holder): WarehouseError =>
  new WarehouseError({
    reason: "Held",
    statement: "",
    detail: `the workspace was held by process ${pid} on ${host}, which ended before it had answered: ask again`
  })

interface Line {
  readonly socket: Socket
  readonly greeting: Greeting
  /** The answer; null where the other side went away. */
  readonly ask: (question: Question) => Effect.Effect<Answer | null>
}

const call = (path: string): Promise<Line> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(path)
    let waiting: ((message: unknown) => void) | null = (message) => {
      clearTimeout(timer)
      const greeting = message as Greeting | null
      if (greeting?.protocol === protocol) resolve({ socket, greeting, ask })
      else socket.destroy()
    }
    const timer = setTimeout(() => socket.destroy(), patience)
    const ask: Line["ask"] = (question) =>
      Effect.async((resume) => {
        if (socket.destroyed) return resume(Effect.succeed(null))
        waiting = (message) => resume(Effect.succeed(message as Answer | null))
        send(socket, question)
        // An answer that comes in late would be taken for the one to the next question.
        return Effect.sync(() => socket.destroy())
      })
    const hand = (message: unknown): void => {
      const take = waiting
      waiting = null
      take?.(message)
    }
    socket.on("error", () => undefined)
    socket.once("close", () => {
      reject(new Error("no answer"))
      hand(null)
    })
    onMessage(socket, hand)
  })
