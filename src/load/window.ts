import * as Effect from "effect/Effect"
import { answeredAtTheEnd } from "./in-flight.ts"

/** Things that go through a window, one by one, and how they go. */
export interface Through<A, E, R> {
  /** Most that are on their way at once. */
  readonly width: number
  /** Those that may be sent already. */
  readonly ready: ReadonlyArray<A>
  /** Readies more, while what is ready goes on; nothing where there is no more. Asked for once so few wait. */
  readonly more: Effect.Effect<ReadonlyArray<A>, E, R>
  readonly few: number
  /** Whether nothing more is to be sent for now. Asked right before each sending, and not again once it is so. */
  readonly isPaused: Effect.Effect<boolean>
  readonly send: (one: A) => Effect.Effect<void>
}

/**
 * Sends one after the other, each as soon as one of those before it has been answered, until there is no more or it is
 * paused; ends when all that was sent is answered. Gives, in order, what was readied and not sent.
 */
export const sendThrough = <A, E, R>({
  few,
  isPaused,
  more,
  ready,
  send,
  width
}: Through<A, E, R>): Effect.Effect<ReadonlyArray<A>, E, R> =>
  Effect.suspend(() => {
    let waiting: ReadonlyArray<A> = ready
    let at = 0
    /** Whether nothing further is sent, and whether all there is has been readied. */
    const course = { isOver: false, isAll: false }
    /** Taken out, and not sent since it was paused. */
    const kept: Array<readonly [number, A]> = []
    let taken = 0
    const isFed = Effect.unsafeMakeLatch(true)
    const isHungry = Effect.unsafeMakeLatch(ready.length <= few)
    const end = (): void => {
      course.isOver = true
      isFed.unsafeOpen()
      isHungry.unsafeOpen()
    }
    const sender = Effect.gen(function* () {
      while (!course.isOver) {
        const one = waiting[at]
        if (one === undefined) {
          if (course.isAll) return
          isFed.unsafeClose()
          isHungry.unsafeOpen()
          yield* isFed.await
          continue
        }
        const nth = taken++
        if (waiting.length - ++at <= few) isHungry.unsafeOpen()
        if (yield* isPaused) {
          kept.push([nth, one])
          return end()
        }
        yield* send(one)
      }
    })
    const feeding = Effect.gen(function* () {
      while (!course.isAll) {
        yield* isHungry.await
        if (course.isOver) return
        const further = yield* more
        waiting = [...waiting.slice(at), ...further]
        at = 0
        course.isAll = further.length === 0
        if (!course.isOver && waiting.length > few) isHungry.unsafeClose()
        isFed.unsafeOpen()
      }
    })
    // The others end with the answers to what they sent, where one fails.
    const senders = Effect.forEach(
      Array.from({ length: width }),
      () => Effect.exit(Effect.onError(sender, () => Effect.sync(end))),
      { concurrency: "unbounded" }
    )
    return Effect.flatMap(answeredAtTheEnd(senders, feeding, end), (exits) =>
      Effect.as(
        Effect.forEach(exits, (exit) => exit, { discard: true }),
        [...kept.toSorted(([a], [b]) => a - b).map(([, one]) => one), ...waiting.slice(at)]
      )
    )
  })
