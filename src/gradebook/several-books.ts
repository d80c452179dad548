import * as Effect from "effect/Effect"
import { type GradeItem, type GradeItems, unseen } from "./grade-items.ts"

/** Whether a pipeline reads a grade book: `before`, where its last whole run left it out. */
export type Reading = "now" | "before" | "never"

/**
 * The ones that take the grades of a class, out of the pipelines that know it: of several those that read its grade book, or else those
 * that did before it was left to none, which is how a filter of their own shows. Before any has, it may be each of them.
 */
export const thoseTaking = <A, E, R>(
  knowing: ReadonlyArray<A>,
  readingOf: (one: A) => Effect.Effect<Reading, E, R>
): Effect.Effect<ReadonlyArray<A>, E, R> =>
  knowing.length < 2
    ? Effect.succeed(knowing)
    : Effect.map(Effect.forEach(knowing, readingOf), (readings) => {
        const best = (["now", "before"] as const).find((one) => readings.includes(one))
        return best === undefined ? knowing : knowing.filter((_, at) => readings[at] === best)
      })

/**
 * A grade book as several pipelines see it, each item once: as the one has it that sends it; where none does, as one has judged
 * it rather than as one that leaves it out.
 */
export const asOneBook = (books: ReadonlyArray<GradeItems>): GradeItems | null => {
  const [first, ...others] = books
  return first === undefined ? null : others.reduce(both, first)
}

const both = (one: GradeItems, other: GradeItems): GradeItems => ({
  readAt: later(one.readAt, other.readAt),
  categories: onceEach([...one.categories, ...other.categories], "name", (known, again) => ({
    ...known,
    isExported: known.isExported ?? again.isExported
  })),
  items: onceEach([...one.items, ...other.items], "key", (known, again) => ({
    ...(says(again) > says(known) ? again : known),
    lastSentAt: later(known.lastSentAt, again.lastSentAt)
  }))
})

/** How much a pipeline has to say of an item. */
const says = ({ goes, lastSentAt, reason }: GradeItem): number =>
  goes ? 3 : reason === unseen ? 0 : lastSentAt === null ? 1 : 2

/** ISO instants in UTC, which are in order as text. */
const later = (one: string | null, other: string | null): string | null => ((one ?? "") < (other ?? "") ? other : one)

const onceEach = <K extends string, A extends Readonly<Record<K, string>>>(
  all: ReadonlyArray<A>,
  name: K,
  merged: (known: A, again: A) => A
): ReadonlyArray<A> => {
  const found = new Map<string, A>()
  for (const one of all) {
    const known = found.get(one[name])
    found.set(one[name], known === undefined ? one : merged(known, one))
  }
  return [...found.values()]
}
