import type { BdsExtract } from "./wire.ts"

/** The extracts of a set that count together: a full one and the differential ones after it, the oldest first. */
export interface Chosen {
  readonly full: BdsExtract
  readonly after: ReadonlyArray<BdsExtract>
  /** In words, why later differential extracts were left out; null where none was. */
  readonly doubt: string | null
}

/** The instant up to which everything is in an extract: when it was asked for, or, where that is not told, when it was there. */
export const asOf = ({ CreatedDate, QueuedForProcessingDate }: BdsExtract): string =>
  QueuedForProcessingDate === null || QueuedForProcessingDate > CreatedDate ? CreatedDate : QueuedForProcessingDate

/** Differential extracts are made each day, by a paid plan each hour: how far apart two are at the least, and at the most, in milliseconds. */
const [hour, day] = [3_600_000, 86_400_000]

/** Two of which one is missing lie this many times as far apart as they should. */
const slack = 1.5

/**
 * The newest full extract and the differential ones after it. Nothing in an extract names the one before: that one is missing shows
 * by the time between two differential ones, against the shortest time between any two of the list; what is missing before the full
 * one is in that. From a gap on nothing counts. Null where no full one was made.
 */
export const choose = (extracts: ReadonlyArray<BdsExtract>): Chosen | null => {
  const inOrder = extracts.toSorted((a, b) => (asOf(a) < asOf(b) ? -1 : asOf(a) > asOf(b) ? 1 : 0))
  const full = inOrder.findLast((one) => one.BdsType === "Full")
  if (full === undefined) return null
  const differentials = inOrder.filter((one) => one.BdsType === "Differential")
  const times = differentials.map((one) => Date.parse(asOf(one)))
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? time))
  const step = Math.max(hour, Math.min(day, ...steps))
  const between = (from: string, to: BdsExtract): number => Date.parse(asOf(to)) - Date.parse(from)
  const after: Array<BdsExtract> = []
  const before = differentials.findLast((one) => asOf(one) <= asOf(full))
  let last = asOf(before ?? full)
  for (const one of differentials) {
    if (asOf(one) <= asOf(full)) continue
    if (between(last, one) > slack * step && between(asOf(full), one) > step) {
      return {
        full,
        after,
        doubt: `between ${last} and ${asOf(one)} a differential extract is missing: nothing after it counts`
      }
    }
    after.push(one)
    last = asOf(one)
  }
  return { full, after, doubt: null }
}

/** The instant up to which all that changed is in the extracts that count. */
export const chosenUntil = ({ after, full }: Chosen): string => asOf(after.at(-1) ?? full)
