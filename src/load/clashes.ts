import type { ContestedField } from "../pipeline/definition.ts"
import type { Work } from "./work.ts"

/** A step that makes room for another one by giving up a name before it can have its own. */
export interface StepAside {
  readonly work: Work
  readonly field: string
  /** Its name now, and the one it takes for a moment: the previous name, marked. */
  readonly previous: string
  readonly value: string
}

/** The next steps to send of those that were refused, one of the two lists being empty. */
export interface Round {
  /** Those that want nothing which another one of them has still. */
  readonly ready: ReadonlyArray<Work>
  /** If each waits for another one: one step of each circle, that steps aside. */
  readonly aside: ReadonlyArray<StepAside>
}

/**
 * Orders steps that each may want a name another one of them still has: two teachers who change places want each other's
 * course code, and each of three assignments may have the next one's title. Asked again after each round with those that
 * are left, it sends each step once, and one of each circle twice.
 */
export const nextRound = (waiting: ReadonlyArray<Work>, contested: ReadonlyArray<ContestedField>): Round => {
  const holders = new Map(waiting.flatMap((work) => namesGivenUp(work, contested).map((name) => [name, work] as const)))
  const blockerOf = (work: Work): Blocker | null => {
    for (const one of contested) {
      const holder = holders.get(nameIn(work.step.fields, one) ?? "")
      if (holder !== undefined && holder !== work) return { holder, field: one.field }
    }
    return null
  }
  const ready = waiting.filter((work) => blockerOf(work) === null)
  if (ready.length > 0) return { ready, aside: [] }
  const seen = new Set<Work>()
  const aside = waiting.flatMap((start): ReadonlyArray<StepAside> => {
    const path = new Set<Work>()
    let at = start
    // The step that stands aside gives up the name that the one before it in its circle waits for.
    let field = ""
    while (!path.has(at) && !seen.has(at)) {
      path.add(at)
      const blocker = blockerOf(at)
      if (blocker === null) break
      at = blocker.holder
      field = blocker.field
    }
    const closes = path.has(at) && field !== ""
    for (const one of path) seen.add(one)
    const previous = at.step.before[field] ?? ""
    return closes ? [{ work: at, field, previous, value: marked(previous, at.step.sequence) }] : []
  })
  return { ready, aside }
}

interface Blocker {
  readonly holder: Work
  readonly field: string
}

/** Names that a step's record has and is to have no longer. */
const namesGivenUp = ({ step }: Work, contested: ReadonlyArray<ContestedField>): ReadonlyArray<string> =>
  contested.flatMap((one) => {
    const held = nameIn(step.before, one)
    return held === null || held === nameIn(step.fields, one) ? [] : [held]
  })

/** A name with all that it must be alone in; null where there is none. Targets look at case or do not: here nobody does. */
const nameIn = (fields: Readonly<Record<string, string | null>>, { field, within }: ContestedField): string | null => {
  const value = (fields[field] ?? "").toLowerCase()
  return value === "" ? null : JSON.stringify([field, value, ...within.map((one) => fields[one] ?? null)])
}

/** 50 characters at most, as codes and titles have. `~` is allowed in every name, and the number makes it one of a kind. */
const marked = (previous: string, sequence: number): string => {
  const mark = `~${sequence}`
  // Cut between two units of one letter, the name would be none.
  return `${previous.slice(0, 50 - mark.length).replace(/[\uD800-\uDBFF]$/, "")}${mark}`
}

/** A step on its way aside. */
export const towardsAside = ({ field, value, work }: StepAside): Work["step"] => ({
  ...work.step,
  fields: { ...work.step.fields, [field]: value }
})

/** A step as it goes on from where it stepped aside to. */
export const afterAside = ({ field, value, work }: StepAside): Work => ({
  ...work,
  step: { ...work.step, before: { ...work.step.before, [field]: value } }
})

/** A step on its way back to the name that it gave up for nothing. */
export const backFromAside = (one: StepAside): Work["step"] => ({
  ...afterAside(one).step,
  fields: { ...one.work.step.fields, [one.field]: one.previous }
})
