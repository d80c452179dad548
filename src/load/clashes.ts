import type { Work } from "./work.ts"

/** A step that makes room for another one by giving up a name before it can have its own. */
export interface StepAside {
  readonly work: Work
  readonly field: string
  /** What it is called for a moment: its former name, marked. */
  readonly value: string
}

/**
 * Of steps that each want a name another one of them still has, in a circle, the first of each circle: two teachers who
 * change places want each other's course code. `unique`: fields of which the target lets no two records have the same,
 * whatever their case.
 */
export const outOfTheWay = (clashes: ReadonlyArray<Work>, unique: ReadonlyArray<string>): ReadonlyArray<StepAside> =>
  unique.flatMap((field) => {
    const fold = (value: string | null | undefined): string | null => value?.toLowerCase() ?? null
    const holders = new Map(
      clashes.flatMap((work) => {
        const held = fold(work.step.before?.[field])
        return held === null || held === fold(work.step.fields[field]) ? [] : [[held, work] as const]
      })
    )
    const next = (work: Work): Work | undefined => holders.get(fold(work.step.fields[field]) ?? "")
    const seen = new Set<Work>()
    return clashes.flatMap((start): ReadonlyArray<StepAside> => {
      const path = new Set<Work>()
      let at: Work | undefined = start
      while (at !== undefined && !path.has(at) && !seen.has(at)) {
        path.add(at)
        at = next(at)
      }
      const closes = at !== undefined && path.has(at)
      for (const one of path) seen.add(one)
      return closes && at !== undefined ? [{ work: at, field, value: marked(at, field) }] : []
    })
  })

/** 50 characters at most, as codes have. `~` is allowed in every name, and the number makes it one of a kind. */
const marked = ({ step }: Work, field: string): string => {
  const mark = `~${step.sequence}`
  return `${(step.before?.[field] ?? "").slice(0, 50 - mark.length)}${mark}`
}

/** A step as it goes on from where it stepped aside to. */
export const afterAside = ({ field, value, work }: StepAside): Work => ({
  ...work,
  step: { ...work.step, before: { ...work.step.before, [field]: value } }
})
