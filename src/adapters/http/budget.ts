import * as Effect from "effect/Effect"
import { momentIn } from "../../core/clock.ts"

export interface BudgetOptions {
  readonly concurrency: number
  /** `Infinity` = no limit. */
  readonly requestsPerSecond: number
  /** Hours with a concurrency of their own, in a time zone. */
  readonly peak: {
    readonly from: string
    readonly to: string
    readonly timezone: string
    readonly concurrency: number
  } | null
}

/** Something under way that may be given up: nothing comes of it then, and nothing changes once it is at its end. */
export interface Abandonable {
  readonly giveUp: () => void
}

/** The rate at which a connection may ask its remote: so many requests at once, so many a second, none while it is paused. */
export interface Budget {
  /** Runs a request as soon as it may; what fails or is interrupted is given up. */
  readonly take: <A, E>(request: Effect.Effect<A, E>, given?: Abandonable) => Effect.Effect<A, E>
  /** The remote said that its credits run out: nothing is sent for so long. */
  readonly pause: (milliseconds: number) => void
}

export const makeBudget = (options: BudgetOptions): Effect.Effect<Budget> =>
  Effect.sync(() => {
    const places = makePlaces(options.concurrency)
    const peakPlaces = options.peak === null ? null : makePlaces(options.peak.concurrency)
    const gapMilliseconds = Number.isFinite(options.requestsPerSecond) ? 1000 / options.requestsPerSecond : 0
    let nextAt = Number.NEGATIVE_INFINITY
    let pausedUntil = 0
    const slot = Effect.suspend(() => {
      // Not by the clock of the machine: where that is set back an hour, nothing would be sent for an hour.
      const now = performance.now()
      // A second's worth of unused slots may be taken at once; more would be a burst.
      nextAt = Math.max(nextAt + gapMilliseconds, now - 1000 + gapMilliseconds)
      const wait = Math.max(nextAt, pausedUntil) - now
      return wait > 0 ? Effect.sleep(wait) : Effect.void
    })
    const paced = gapMilliseconds === 0
    return {
      take: (request, given) => {
        const sent = paced && pausedUntil === 0 ? request : Effect.zipRight(slot, request)
        const limited = places(sent, given)
        return peakPlaces !== null && options.peak !== null && isWithin(options.peak, new Date())
          ? peakPlaces(limited)
          : limited
      },
      pause: (milliseconds) => {
        pausedUntil = Math.max(pausedUntil, performance.now() + milliseconds)
      }
    }
  })

/**
 * Lets so many requests run at once, in the order in which they came. Whoever finds a place free has it at once, where a
 * semaphore would be asked by way of the scheduler: there is one for each request of a night.
 */
const makePlaces = (
  count: number
): (<A, E>(request: Effect.Effect<A, E>, given?: Abandonable) => Effect.Effect<A, E>) => {
  let free = count
  const waiting: Array<() => void> = []
  const give = (): void => {
    // A place goes from hand to hand.
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
  }
  return (request, given) =>
    Effect.uninterruptibleMask((restore) => {
      // An effect that cleans up after itself costs as much as a third of a request, and its garbage lives long.
      const placed = Effect.matchCauseEffect(restore(request), {
        onSuccess(value) {
          give()
          return Effect.succeed(value)
        },
        onFailure(cause) {
          given?.giveUp()
          give()
          return Effect.failCause(cause)
        }
      })
      if (free > 0) {
        free--
        return placed
      }
      let isHanded = false
      const handed = Effect.async<void>((resume) => {
        const go = (): void => {
          isHanded = true
          resume(Effect.void)
        }
        waiting.push(go)
        return Effect.sync(() => {
          const at = waiting.indexOf(go)
          if (at >= 0) waiting.splice(at, 1)
        })
      })
      return restore(handed).pipe(
        // Whoever is let go in the very moment has a place that others wait for.
        Effect.onInterrupt(() => Effect.sync(() => void (isHanded && give()))),
        Effect.zipRight(placed)
      )
    })
}

/** Whether an instant lies in `from`–`to` (`HH:MM`, the end excluded) of a time zone. Hours may span midnight. */
export const isWithin = (
  hours: { readonly from: string; readonly to: string; readonly timezone: string },
  instant: Date
): boolean => {
  const time = momentIn(instant, hours.timezone).slice(11)
  return hours.from <= hours.to ? time >= hours.from && time < hours.to : time >= hours.from || time < hours.to
}

/** Reads `HH:MM-HH:MM`; null when it is not of that form. */
export const parseHours = (text: string): { readonly from: string; readonly to: string } | null => {
  const match = /^(\d{2}:\d{2})-(\d{2}:\d{2})$/.exec(text)
  return match === null ? null : { from: match[1] ?? "", to: match[2] ?? "" }
}
