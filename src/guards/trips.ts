import type { Limit } from "../pipeline/definition.ts"
import type { Flapping } from "./flapping.ts"
import type { Redefined } from "./redefined.ts"
import type { UnsureRekeys } from "../snapshot/rekey.ts"
import type { Trip } from "./amounts.ts"

/** What is held for another reason than its amount, in words. Each is about the whole district. */

const simple = (guard: Trip["guard"], entity: string, value: number, say: string): Trip => ({
  guard,
  entity,
  school: null,
  section: null,
  limit: 0,
  value,
  say
})

export const unknownTrip = (entity: string): Trip =>
  simple(
    "unknown",
    entity,
    0,
    `it is not known what these ${entity} steps would do; what refers to them waits with them`
  )

export const editTrip = (entity: string, isKnown: boolean): Trip =>
  simple(
    "edited",
    entity,
    0,
    isKnown
      ? `these ${entity} steps would overwrite what was changed at the target since it was last written`
      : `whether these ${entity} steps would overwrite changes made at the target could not be found out`
  )

export const takenTrip = (entity: string, unique: ReadonlyArray<string>): Trip =>
  simple(
    "taken",
    entity,
    0,
    `these ${entity} are to have a ${unique.join(" or ")} that another record keeps: change one of the two`
  )

export const dependsTrip = (entity: string): Trip =>
  simple("depends", entity, 0, `${entity} to which held removals refer`)

export const followsTrip = (entity: string): Trip =>
  simple("follows", entity, 0, `${entity} that may change only because of what is gone and held`)

export const unsureTrip = ({ entity, gone, fresh, shared }: UnsureRekeys): Trip =>
  simple(
    "rekey",
    entity,
    gone,
    `${gone} ${entity} that ${gone === 1 ? "is" : "are"} gone and ${fresh} new may be the same under a new key${
      shared === null ? "" : `, but share ${shared}% of a roster at most`
    }: people must say so`
  )

const comesAndGoes = ({ times, runs }: Flapping): string =>
  `came, went or changed in ${times} or more of the last ${runs} runs`

export const flappingTrip = (flapping: Flapping): Trip =>
  simple(
    "flapping",
    flapping.entity,
    flapping.gone,
    `${flapping.gone} ${flapping.entity} ${comesAndGoes(flapping)}: their removal waits`
  )

export const flappingWarning = (flapping: Flapping) => ({
  entity: flapping.entity,
  rule: "flapping",
  rows: flapping.others,
  say: comesAndGoes(flapping)
})

/**
 * Removals after an edit of the pipeline wait, however few; updates when they are many. What has waited since then goes
 * on waiting. Null where nothing is to be held.
 */
export const redefinedTrip = (
  redefined: Redefined,
  what: "gone" | "changed",
  present: number,
  limits: Limit
): Trip | null => {
  const value = redefined[what]
  const limit = what === "gone" ? 0 : Math.max(limits.floor, Math.floor((present * limits.percent) / 100))
  if (value === 0 || (redefined.isFirst && value <= limit)) return null
  const does = what === "gone" ? "would be removed" : "change"
  const cause = redefined.cause === "pipeline" ? "the pipeline was edited" : "the engine is another one"
  const say = `${value} of ${present} ${redefined.entity} ${does}, and ${cause} since run ${redefined.since}`
  return { ...simple("redefined", redefined.entity, value, say), limit }
}
