import type { CollectionBehaviour } from "../core/ports/probe.ts"
import type { ReadProof, TaggedRead } from "../core/ports/source.ts"
import { tell } from "../core/told.ts"
import type { Landing } from "./land.ts"

/** The proof that a dataset was read whole, with the verdict drawn from it. Kept with the run, shown in the plan. */
export interface Completeness {
  readonly proof: ReadProof
  readonly landing: Landing
  /** True only when nothing speaks against it; removals need it. */
  readonly proven: boolean
  /** Reasons against it, in words for people; empty exactly when proven. */
  readonly doubts: ReadonlyArray<string>
  /** sha256 of the records as they came; null where the source does not tell. */
  readonly sha256: string | null
  /** sha256 of how these became rows; null where the source does not tell. */
  readonly landedBy: string | null
  /** The run under which the very rows of these records were kept before, where they were taken from there. */
  readonly keptBy: number | null
  /** How a dataset without parts was read whose mode is delta; null of any other. */
  readonly delta: DeltaRead | null
  /** The tags by which a later read is compared, and asked for; null where the source gives nothing of the kind. */
  readonly tagged: TaggedRead | null
  /** How far listings told of a dataset that is read part by part; left out where none was looked at, or none could be used. */
  readonly listed?: ListedRead
}

/** Parts of a dataset that were known by listings, and needed not be asked for whole. */
export interface ListedRead {
  /** ISO instant, UTC: what changed in these parts until then is known by the listings. */
  readonly asOf: string
  readonly parts: number
  /** Whether what changed since then was asked for; where it was not, it waits for the next listings. */
  readonly isAsked: boolean
}

/** How a dataset was read whose mode is delta, and what the next read of it goes on from. */
export interface DeltaRead {
  /** sha256 of where it was asked for, by whom and for what: only what was asked for alike is gone on from. */
  readonly asked: string
  /** ISO instant, UTC: when this read began, by the clock of the server's answers or by rollbook's, whichever is behind. */
  readonly cursor: string
  /** ISO instant, UTC, by rollbook's clock: when it was last read whole. */
  readonly wholeAt: string
  /** ISO instant, UTC: by when it is read whole again. */
  readonly wholeBy: string
  /** ISO instant, UTC: what was modified since was read; null where it was read whole. */
  readonly since: string | null
  /** Records that came and did not stand so before; null where it was read whole. */
  readonly changed: number | null
  /** Why it was read whole, in words for people; null where it was not. */
  readonly whole: string | null
}

/** Facts about a dataset that are known before it is read; null where one is not. */
export interface KnownBefore {
  readonly rowsOfLastGoodRun: number | null
  readonly probed: CollectionBehaviour | null
}

/**
 * Judges one dataset. A read is proven whole when its end was recognised, its totals agree with each other and with
 * what was landed, every row says which record it is, and it is not empty where the last good run was not; and when the
 * server behaves as a probe found it, where there was one: one that has changed is not known well enough to believe it of
 * what is missing.
 */
export const judgeCompleteness = (
  proof: ReadProof,
  landing: Landing,
  { probed, rowsOfLastGoodRun }: KnownBefore
): Completeness => {
  const doubts: Array<string> = []
  const { totalAtStart, totalAtEnd } = proof
  if (proof.endRecognisedBy === "unproven") doubts.push(tell("read.no-end", {}))
  if (proof.moved === true) doubts.push(tell("read.moved", {}))
  if (totalAtStart !== null && totalAtEnd !== null && totalAtStart !== totalAtEnd) {
    doubts.push(tell("read.total-changed", { from: totalAtStart, to: totalAtEnd }))
  }
  const total = totalAtEnd ?? totalAtStart
  const distinct = landing.kept + landing.keyless
  if (total !== null && total > distinct) {
    doubts.push(tell("read.fewer", { total, rows: distinct }))
  }
  if (landing.read !== proof.rowsRead) {
    doubts.push(tell("read.not-landed", { received: proof.rowsRead, landed: landing.read }))
  }
  if (landing.keyless > 0) {
    doubts.push(tell("read.keyless", { rows: landing.keyless }))
  }
  if (landing.kept === 0 && rowsOfLastGoodRun !== null && rowsOfLastGoodRun > 0) {
    doubts.push(tell("read.empty", { rows: rowsOfLastGoodRun }))
  }
  if (probed !== null && proof.rowsRead > 0) {
    if (probed.announcesTotals && total === null) doubts.push(tell("read.no-totals", {}))
    if (probed.sortsByKey && !proof.sortedByKey) doubts.push(tell("read.no-order", {}))
  }
  return {
    proof,
    landing,
    proven: doubts.length === 0,
    doubts,
    sha256: null,
    landedBy: null,
    keptBy: null,
    delta: null,
    tagged: null
  }
}

/** Completeness of the datasets with the doubts that their rows raised added: a dataset that is doubted is not proven whole. */
export const withDoubts = (
  read: ReadonlyArray<Completeness>,
  doubts: ReadonlyArray<{ readonly dataset: string; readonly say: string }>
): ReadonlyArray<Completeness> =>
  read.map((one) => {
    const own = doubts.flatMap((doubt) => (doubt.dataset === one.proof.dataset ? [doubt.say] : []))
    return own.length === 0 ? one : { ...one, proven: false, doubts: [...one.doubts, ...own] }
  })
