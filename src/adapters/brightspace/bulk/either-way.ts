import * as Effect from "effect/Effect"
import { alikeName } from "../../../core/fold.ts"
import type { TargetError } from "../../../core/ports/target.ts"
import { once } from "../once.ts"
import { askOneByOneUpTo } from "../standing.ts"

export type Asked<A> = Effect.Effect<A, TargetError>

/**
 * Asks for each by a value for as long as they are few; then reads all, once. Values are compared as any
 * tenant might, without regard to case or width: whoever asks looks at what is found.
 */
export const eitherWay = <A>(
  ask: (value: string) => Asked<ReadonlyArray<A>>,
  all: Asked<ReadonlyArray<A>>,
  valueOf: (one: A) => string | null
): ((value: string) => Asked<ReadonlyArray<A>>) => {
  let asked = 0
  const listed = once(
    Effect.map(all, (list) => {
      const by = new Map<string, Array<A>>()
      for (const one of list) {
        const said = valueOf(one)
        if (said === null) continue
        const value = alikeName(said)
        const known = by.get(value)
        if (known === undefined) by.set(value, [one])
        else known.push(one)
      }
      return by
    })
  )
  return (value) =>
    ++asked <= askOneByOneUpTo
      ? ask(value)
      : Effect.map(listed, (by): ReadonlyArray<A> => by.get(alikeName(value)) ?? [])
}
