import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type { ChildProcess } from "node:child_process"
import type { CourseAsked, RunAsked, RunEnded, RunLine } from "../../core/ports/runner.ts"
import type { FromRun, ToRun } from "./beside-lines.ts"
import { cutOff } from "./turns.ts"

/** The run at work, as the service sees it: what takes in exports beside itself. */
export interface Host {
  /** Lets it carry an export out; null where it takes none in, and nothing was done. */
  readonly takeIn: (asked: RunAsked, course: CourseAsked) => Effect.Effect<RunEnded | null>
  /** It has ended: what it had taken in and not answered was cut off. */
  readonly end: () => void
}

interface Taken {
  readonly fields: RunLine["fields"]
  readonly ended: Deferred.Deferred<RunEnded | null>
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
  return {
    takeIn: (asked, course) =>
      Effect.flatMap(Deferred.await(isKnown), () => {
        // It may have closed since.
        if (!isOpen || !child.connected) return Effect.succeed(null)
        const ended = Deferred.unsafeMake<RunEnded | null>(FiberId.none)
        const number = ++last
        taken.set(number, { fields: fieldsOf(asked), ended })
        child.send({ id: number, ...course } satisfies ToRun, () => undefined)
        return Deferred.await(ended)
      }),
    end: () => {
      close()
      for (const { ended } of taken.values()) Deferred.unsafeDone(ended, Effect.succeed(cutOff))
      taken.clear()
    }
  }
}
