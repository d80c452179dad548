import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type { ChildProcess } from "node:child_process"
import type { ApprovalAsked, ApprovalEnded, CourseAsked, RunAsked, RunEnded, RunLine } from "../../core/ports/runner.ts"
import type { FromRun, ToRun } from "./beside-lines.ts"
import { cutOff } from "./turns.ts"

/** The run or command at work, as the service sees it: what takes in exports and approvals beside itself. */
export interface Host {
  readonly child: ChildProcess
  /** Whether it takes anything in, as soon as that is known. */
  readonly takesIn: Effect.Effect<boolean>
  /** Lets it carry an export out; null where it takes none in, and nothing was done. */
  readonly takeIn: (asked: RunAsked, course: CourseAsked) => Effect.Effect<RunEnded | null>
  /** Lets it carry an approval out; null where it takes none in, or ended before it said what became of it. */
  readonly approve: (asked: ApprovalAsked) => Effect.Effect<ApprovalEnded | null>
  /** It has ended: what it had taken in and not answered was cut off. */
  readonly end: () => void
}

type Ended = Extract<FromRun, { readonly ended: unknown }>["ended"]

interface Taken {
  readonly fields: RunLine["fields"]
  readonly ended: Deferred.Deferred<Ended>
  /** How it ended where the run goes down with it. */
  readonly cutOff: Ended
}

/** Fields that every line of a run carries. */
export const fieldsOf = ({ id, pipeline }: RunAsked): RunLine["fields"] => ({
  pipeline,
  ...(id === undefined ? {} : { asked: id })
})

export const makeHost = (child: ChildProcess, onLine: (line: RunLine) => void): Host => {
  /** Done as soon as it is known whether the run takes anything in. */
  const isKnown = Deferred.unsafeMake<void>(FiberId.none)
  const taken = new Map<number, Taken>()
  let isOpen = true
  let last = 0
  const close = (): void => {
    isOpen = false
    Deferred.unsafeDone(isKnown, Effect.void)
  }
  child.on("message", (said) => {
    const message = said as FromRun
    if ("takesIn" in message) {
      if (message.takesIn) Deferred.unsafeDone(isKnown, Effect.void)
      else close()
      return
    }
    const one = taken.get(message.id)
    if (one === undefined) return
    if ("line" in message) onLine({ ...message.line, fields: { ...one.fields, ...message.line.fields } })
    else {
      taken.delete(message.id)
      Deferred.unsafeDone(one.ended, Effect.succeed(message.ended))
    }
  })
  const hand = (what: Without<ToRun, "id">, of: Omit<Taken, "ended">): Effect.Effect<Ended> =>
    Effect.flatMap(Deferred.await(isKnown), () => {
      // It may have closed since.
      if (!isOpen || !child.connected) return Effect.succeed(null)
      const ended = Deferred.unsafeMake<Ended>(FiberId.none)
      const number = ++last
      taken.set(number, { ...of, ended })
      child.send({ id: number, ...what } satisfies ToRun, () => undefined)
      return Deferred.await(ended)
    })
  return {
    child,
    takesIn: Effect.map(Deferred.await(isKnown), () => isOpen),
    takeIn: (asked, course) =>
      Effect.map(hand({ export: course }, { fields: fieldsOf(asked), cutOff }), (ended) => ended as RunEnded | null),
    approve: (asked) =>
      Effect.map(hand({ approval: asked }, { fields: {}, cutOff: null }), (ended) => ended as ApprovalEnded | null),
    end: () => {
      close()
      for (const one of taken.values()) Deferred.unsafeDone(one.ended, Effect.succeed(one.cutOff))
      taken.clear()
    }
  }
}

type Without<A, K extends PropertyKey> = A extends unknown ? Omit<A, K> : never
