import type { Work } from "./work.ts"

/** Steps that went as rows, of which nobody says how they ended. */
export interface Handed {
  readonly has: (sequence: number) => boolean
  readonly add: (sequences: ReadonlyArray<number>, at: string) => void
  readonly drop: (sequences: ReadonlyArray<number>) => void
  /** The ISO instant before which a step was handed over. */
  readonly at: (sequence: number) => string
  /** Begins a pass through all steps, at an ISO instant: what is handed over from then on is not looked for in it. */
  readonly beginPass: (at: string) => void
  readonly isOfThisPass: (sequence: number) => boolean
  /** How many did not show, or were not looked for, in the pass that is on. */
  readonly awaited: () => number
  readonly await: (work: Work) => void
  /** A few of them that can be looked for. */
  readonly few: () => ReadonlyArray<Work>
}

export const makeHanded = (earlier: ReadonlyMap<number, string>): Handed => {
  const known = new Map(earlier)
  let [began, awaited] = ["", 0]
  let few: ReadonlyArray<Work> = []
  return {
    has: (sequence) => known.has(sequence),
    add: (sequences, at) => {
      for (const one of sequences) known.set(one, at)
    },
    drop: (sequences) => {
      for (const one of sequences) known.delete(one)
    },
    at: (sequence) => known.get(sequence) ?? "",
    beginPass: (at) => {
      ;[began, awaited, few] = [at, 0, []]
    },
    isOfThisPass: (sequence) => (known.get(sequence) ?? "") >= began,
    awaited: () => awaited,
    await: (work) => {
      awaited++
      const [first, ...others] = few
      // The first of all and the newest ones: they are of different kinds where there are several.
      if (work.unresolved === null) few = first === undefined ? [work] : [first, ...others.slice(-1), work]
    },
    few: () => few
  }
}
