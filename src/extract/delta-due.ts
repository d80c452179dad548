import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import type { Doing } from "../core/doing.ts"
import { canonicalJson, sha256 } from "../core/hash.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import type { ChangesOfSource, ReadProof } from "../core/ports/source.ts"
import { Count, TextOrNull, Warehouse } from "../core/ports/warehouse.ts"
import type { RunClock } from "../core/run-clock.ts"
import { about, name as quoted, sql } from "../core/sql.ts"
import type { DatasetDefinition, DatasetMode } from "../pipeline/definition.ts"
import { type EarlierRead, keptRows, landedBy } from "./earlier-reads.ts"

/**
 * Whether a dataset can be read by what changed, and since when. The rows that are kept of the last read must be those that
 * today's question, asked by the same of the same, would have brought; whatever is not known to be so makes a whole read,
 * and the reason is told.
 */

export type DeltaMode = Extract<DatasetMode, { kind: "delta" }>

/** The base of a delta read, and the instant since which changes are asked for. */
export interface DeltaDue {
  readonly kind: "delta"
  readonly base: EarlierRead & { readonly delta: NonNullable<EarlierRead["delta"]> }
  /** ISO instant, UTC. */
  readonly since: string
  /** ISO instant, UTC: the newest modification that is known; null where no record is. */
  readonly newest: string | null
}

export interface WholeDue {
  readonly kind: "whole"
  /** Why, in words for people. */
  readonly why: string
}

const hour = 3_600_000
const day = 24 * hour

/** An instant of the wire, to the millisecond. */
export const isoOf = (milliseconds: number): string => new Date(milliseconds).toISOString()

/**
 * The instant from which the next read of a dataset goes on: when this one began, by the clock of the server's answers or by
 * rollbook's, whichever is behind. One that is ahead of the clock by which records are dated would leave changes out.
 */
export const cursorOf = ({ beganAt }: ReadProof, { now }: RunClock): string =>
  beganAt !== undefined && beganAt < now ? beganAt : now

/** By when a dataset is read whole again that was read whole at an instant. */
export const wholeBy = ({ wholeEveryDays }: DeltaMode, wholeAt: string): string =>
  isoOf(Date.parse(wholeAt) + wholeEveryDays * day)

/**
 * sha256 of all that decides which records a question brings, besides the records themselves: endpoint, filter, fields,
 * asker.
 */
export const askedOf = ({ endpoint, fields, filter }: DatasetDefinition, { asker }: ChangesOfSource): string =>
  sha256(canonicalJson([asker, endpoint, filter, fields]))

const Facts = Schema.Struct({ rows: Count, undated: Count, newest: TextOrNull, by_day: Schema.NullOr(Schema.Boolean) })

/** `noBase` says why nothing may be gone on from in this run; null where something may. */
export const deltaDue = Effect.fn("extract.delta-due")(function* ({
  changes,
  clock,
  contract,
  dataset,
  earlier,
  mode,
  noBase
}: {
  readonly changes: ChangesOfSource
  readonly clock: RunClock
  readonly contract: CollectionContract
  readonly dataset: DatasetDefinition
  readonly earlier: ReadonlyArray<EarlierRead>
  readonly mode: DeltaMode
  readonly noBase: string | null
}): Doing<DeltaDue | WholeDue, never, Warehouse> {
  const whole = (why: string): WholeDue => ({ kind: "whole", why })
  if (noBase !== null) return whole(noBase)
  const warehouse = yield* Warehouse
  const base = earlier.find(({ landing }) => landing.dataset === dataset.name)
  if (base?.delta == null) return whole("no earlier read of it is there to go on from")
  if (base.landedBy !== landedBy(dataset.name, contract, warehouse.engineVersion)) {
    return whole("records become rows in another way than when it was last read")
  }
  if (base.delta.asked !== askedOf(dataset, changes)) {
    return whole("it is asked for in another way, at another address or by somebody else than when it was last read")
  }
  if (base.delta.wholeAt > clock.now) {
    return whole("its last whole read lies in the future: the clock of this machine was set back since")
  }
  if (base.delta.cursor > clock.now) {
    return whole("it was last read at an instant that lies in the future: the clock of this machine was set back since")
  }
  // Half a day early: a night that begins a minute before the last one did is due all the same.
  if (Date.parse(clock.now) >= Date.parse(base.delta.wholeAt) + mode.wholeEveryDays * day - day / 2) {
    return whole(
      mode.wholeEveryDays === 0
        ? "it is read whole on every run"
        : `its last whole read is ${mode.wholeEveryDays} days old`
    )
  }
  const { modified } = contract
  // `check` has refused a collection without it; this is a defect, not an input error.
  if (modified === null) throw new Error(`${dataset.endpoint} does not tell what changed`)
  const kept = keptRows(join(warehouse.folders.reads, String(base.run)), dataset.name, contract)
  const [facts] = yield* warehouse
    .rows(
      sql`${about(`what the kept rows of ${dataset.name} say of when they were modified`)}SELECT count(*) AS rows, count(*) FILTER (${quoted(modified)} IS NULL AND _fault IS NULL) AS undated,
  strftime(max(${quoted(modified)}), '%Y-%m-%dT%H:%M:%S.%gZ') AS newest, bool_and(${quoted(modified)} = date_trunc('day', ${quoted(modified)})) AS by_day
FROM (${kept.rows})`,
      Facts
    )
    .pipe(Effect.orElseSucceed(() => []))
  if (facts === undefined) return whole("the rows that are kept of it cannot be read")
  if (facts.rows !== base.landing.kept) return whole("the rows that are kept of it are not those that were read")
  if (facts.undated > 0) {
    const records = facts.undated === 1 ? "1 record does" : `${facts.undated} records do`
    return whole(`${records} not say when they were last modified, so that a change of them would not be seen`)
  }
  // A change of the afternoon may carry the midnight before it.
  const overlap = mode.overlapHours * hour + (facts.by_day === true ? day : 0)
  return {
    kind: "delta",
    base: { ...base, delta: base.delta },
    since: isoOf(Date.parse(base.delta.cursor) - overlap),
    newest: facts.newest
  }
})
