import * as Effect from "effect/Effect"
import { type Message, Messenger } from "../core/ports/messenger.ts"
import {
  afterTrying,
  alertText,
  type AlertState,
  compareConditions,
  hasCome,
  mostTries,
  type Pending,
  type Undelivered,
  undeliveredIn
} from "./alerts.ts"
import type { Condition } from "./conditions.ts"
import { toldUntil } from "./night.ts"

export interface Alerting {
  /** Takes in what is wrong now: what is new or over is noted first, and then told. */
  readonly look: (conditions: ReadonlyArray<Condition>, now: number) => Effect.Effect<void>
  /** Milliseconds since the epoch until which nights were told; null before the first. */
  readonly nightsTold: () => number | null
  /** Tells a night by some way, once: one that ends no later than the last one told is told already. */
  readonly tellNight: (night: {
    readonly until: number
    readonly message: Message
    readonly by: string
    readonly now: number
  }) => Effect.Effect<void>
  readonly undelivered: () => ReadonlyArray<Undelivered>
}

/** Tells people of changes, each once, and again where that failed. */
export const makeAlerting = (options: {
  readonly state: AlertState
  readonly keep: (state: AlertState) => Effect.Effect<void>
  readonly say: (level: "info" | "warn" | "error", message: string) => Effect.Effect<void>
}): Effect.Effect<Alerting, never, Messenger> =>
  Effect.gen(function* () {
    const messenger = yield* Messenger
    const turn = Effect.unsafeMakeSemaphore(1)
    let state = options.state

    const change = (changed: AlertState): Effect.Effect<void> =>
      Effect.suspend(() => {
        state = changed
        return options.keep(state)
      })

    const tellPending = (now: number) =>
      Effect.gen(function* () {
        for (const pending of state.pending.filter(({ notBefore }) => hasCome(notBefore, now))) {
          const failed: Array<string> = []
          for (const way of pending.by) {
            yield* messenger.send(way, messageOf(pending)).pipe(
              Effect.catchAll((error) => {
                failed.push(way)
                return options.say("error", error.message)
              })
            )
          }
          if (failed.length > 0 && pending.tries + 1 >= mostTries)
            yield* options.say("error", `given up by ${failed.join(" and ")}: ${messageOf(pending).text}`)
          yield* change(afterTrying(state, pending, failed, now))
        }
      })

    return {
      nightsTold: () => state.nightsTold ?? null,
      undelivered: () => undeliveredIn(state),
      tellNight: ({ by, message, now, until }) =>
        turn.withPermits(1)(
          Effect.suspend(() => {
            if (until <= (toldUntil(state.nightsTold ?? null, now) ?? 0)) return Effect.void
            // Both at once: whatever ends the process then, the night is told, and told once.
            const pending = { alert: null, message, by: [by], tries: 0, notBefore: now }
            return Effect.zipRight(
              change({ ...state, nightsTold: until, pending: [...state.pending, pending] }),
              tellPending(now)
            )
          })
        ),
      look: (conditions, now) =>
        turn.withPermits(1)(
          Effect.gen(function* () {
            const changed = compareConditions(state, conditions, messenger.ways, now)
            if (changed !== state) {
              const news = changesBetween(state, changed)
              yield* change(changed)
              for (const { level, say } of news) yield* options.say(level, say)
            }
            yield* tellPending(now)
          })
        )
    }
  })

/** Changes for the log, whether or not anybody is told by another way. */
const changesBetween = (before: AlertState, after: AlertState) => [
  ...Object.entries(after.open)
    .filter(([key]) => before.open[key] === undefined)
    .map(([, { say }]) => ({ level: "warn" as const, say })),
  ...Object.entries(before.open)
    .filter(([key]) => after.open[key] === undefined)
    .map(([, { of, trouble }]) => ({ level: "info" as const, say: `well again: ${of} (${trouble})` }))
]

const messageOf = ({ alert, message }: Pending): Message => {
  if (alert === null) return message ?? { id: "", text: "", fields: {} }
  const { at, id, of, say, since, trouble, what } = alert
  return { id, text: alertText(alert), fields: { what, trouble, of, at, since, say } }
}
