import * as Effect from "effect/Effect"
import { type Message, Messenger } from "../core/ports/messenger.ts"
import { type Alert, afterTelling, alertText, type AlertState, compareConditions } from "./alerts.ts"
import type { Condition } from "./conditions.ts"

export interface Alerting {
  /** Takes in what is wrong now: what is new or over is noted first, and then told. */
  readonly look: (conditions: ReadonlyArray<Condition>, now: number) => Effect.Effect<void>
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
        for (const pending of state.pending.filter(({ notBefore }) => notBefore <= now)) {
          const failed: Array<string> = []
          for (const way of pending.by) {
            yield* messenger.send(way, messageOf(pending.alert)).pipe(
              Effect.catchAll((error) => {
                failed.push(way)
                return options.say("error", error.message)
              })
            )
          }
          const left = afterTelling(pending, failed, now)
          if (left === null && failed.length > 0)
            yield* options.say("error", `given up by ${failed.join(" and ")}: ${pending.alert.say}`)
          yield* change({
            ...state,
            pending: state.pending.flatMap((one) => (one !== pending ? [one] : left === null ? [] : [left]))
          })
        }
      })

    return {
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

/** What is told in the log, whether or not anybody is told by another way. */
const changesBetween = (before: AlertState, after: AlertState) => [
  ...Object.entries(after.open)
    .filter(([key]) => before.open[key] === undefined)
    .map(([, { say }]) => ({ level: "warn" as const, say })),
  ...Object.entries(before.open)
    .filter(([key]) => after.open[key] === undefined)
    .map(([, { of, trouble }]) => ({ level: "info" as const, say: `well again: ${of} (${trouble})` }))
]

const messageOf = (alert: Alert): Message => {
  const { at, id, of, say, since, trouble, what } = alert
  return { id, text: alertText(alert), fields: { what, trouble, of, at, since, say } }
}
