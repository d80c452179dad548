import type { GuardLimits } from "../pipeline/definition.ts"
import type { Hold } from "../plan/plan.ts"

/** What guards look at. All counts in rows; `present` is what stands by the ledger before the plan. */
export interface Impact {
  readonly entity: string
  readonly present: number
  readonly desired: number
  readonly gone: number
  readonly added: number
  readonly changed: number
  /** Records known again under a new key. */
  readonly rekeyed: number
  /** Fields by which records are known, with the updates that give it another value; only those that have some. */
  readonly identities: ReadonlyArray<{ readonly field: string; readonly changed: number }>
  /** Only schools and sections that lose rows. */
  readonly schools: ReadonlyArray<ScopeImpact>
  readonly sections: ReadonlyArray<ScopeImpact>
  /** Only schools and sections that gain more rows than their guard's floor. */
  readonly growingSchools: ReadonlyArray<ScopeGrowth>
  readonly growingSections: ReadonlyArray<ScopeGrowth>
}

export interface ScopeImpact {
  readonly id: string
  readonly name: string | null
  readonly present: number
  readonly gone: number
}

export interface ScopeGrowth extends ScopeImpact {
  readonly added: number
}

/** The most that one of the last good runs let through, in rows, and how many runs were looked at. */
export interface Precedent {
  readonly runs: number
  readonly gone: number
  readonly added: number
}

/** Why the source may not have been read whole, in words: of any dataset, and of those the entity is made from. */
export interface Doubts {
  readonly ofSource: ReadonlyArray<string>
  readonly ofLineage: ReadonlyArray<string>
}

/** A hold before it is numbered and before its steps are counted. */
export type Trip = Omit<Hold, "id" | "steps">

/**
 * Holds that do not depend on amounts. When the source is not proven complete, removals are withheld whole, re-keys with
 * them, and so are changes of records that are made, directly or not, from a dataset in doubt: a missing teacher must not
 * rename a course. And whatever the limits, something does not become nothing.
 */
export const guardWhole = (impact: Impact, limits: GuardLimits, doubts: Doubts): ReadonlyArray<Trip> => {
  const trips: Array<Trip> = []
  const entity = impact.entity
  const district = { entity, school: null, section: null }
  const leaving = impact.gone + impact.rekeyed
  if (leaving > 0 && doubts.ofSource.length > 0) {
    trips.push({
      ...district,
      guard: "incomplete",
      limit: 0,
      value: leaving,
      say: `${leaving} removals of ${entity} wait, because the source was not proven complete: ${doubts.ofSource.join("; ")}`
    })
  }
  if (impact.changed > 0 && doubts.ofLineage.length > 0) {
    trips.push({
      ...district,
      guard: "incomplete_change",
      limit: 0,
      value: impact.changed,
      say: `${impact.changed} changes of ${entity} wait, because it is made from what was not proven complete: ${doubts.ofLineage.join("; ")}`
    })
  }
  if (limits.empty === "hold" && impact.desired === 0 && impact.gone > 0) {
    trips.push({
      ...district,
      guard: "empty",
      limit: 0,
      value: impact.gone,
      say: `no ${entity} is left where ${impact.present} stand`
    })
  }
  return trips
}

/** Holds of one field by which records are known: many that change in it at once are one mistake more often than many moves. */
export const guardIdentity = (
  impact: Impact,
  { floor, percent, rows }: GuardLimits["identity"]
): ReadonlyArray<{ readonly field: string; readonly trip: Trip }> =>
  impact.identities.flatMap(({ changed, field }) => {
    const limit = Math.min(rows, allowed(impact.present, percent, floor))
    if (changed <= limit) return []
    const say = `${field}, by which ${impact.entity} are known, would change in ${changed} of ${impact.present}; ${limit} may change in a night`
    return [
      {
        field,
        trip: {
          entity: impact.entity,
          school: null,
          section: null,
          guard: "identity" as const,
          limit,
          value: changed,
          say
        }
      }
    ]
  })

/** Holds by amounts: of the entity, against the last good runs, of each school, and of each section. */
export const guardAmounts = (impact: Impact, limits: GuardLimits, precedent: Precedent): ReadonlyArray<Trip> => {
  const trips: Array<Trip> = []
  const entity = impact.entity
  const district = { entity, school: null, section: null }
  if (limits.gone !== null) {
    const limit = Math.min(
      limits.gone.rows ?? Number.POSITIVE_INFINITY,
      allowed(impact.present, limits.gone.percent, limits.gone.floor)
    )
    if (impact.gone > limit) {
      trips.push({
        ...district,
        guard: "gone",
        limit,
        value: impact.gone,
        say: `${impact.gone} of ${impact.present} ${entity} would be removed; ${limit} are allowed`
      })
    }
  }
  if (limits.changed !== null) {
    const limit = allowed(impact.present, limits.changed.percent, limits.changed.floor)
    if (impact.changed > limit) {
      trips.push({
        ...district,
        guard: "changed",
        limit,
        value: impact.changed,
        say: `${impact.changed} of ${impact.present} ${entity} would be changed; ${limit} are allowed`
      })
    }
  }
  trips.push(...unusualTrips(impact, limits.unusual, precedent))
  trips.push(...scopeTrips(entity, "per_school", impact.schools, limits.perSchool))
  trips.push(...scopeTrips(entity, "per_section", impact.sections, limits.perSection))
  trips.push(...growthTrips(impact, limits))
  return trips
}

/** A share of what stands, but never less than the floor: small numbers are not guarded by percent. */
const allowed = (present: number, percent: number, floor: number): number =>
  Math.max(floor, Math.floor((present * percent) / 100))

/** With fewer than three runs to compare with, nothing is unusual. */
const unusualTrips = (impact: Impact, limits: GuardLimits["unusual"], precedent: Precedent): ReadonlyArray<Trip> => {
  if (precedent.runs < 3) return []
  return (["gone", "added"] as const).flatMap((what) => {
    const limit = Math.max(limits.floor, precedent[what] * limits.times)
    if (impact[what] <= limit) return []
    return [
      {
        guard: what === "gone" ? ("unusual_removals" as const) : ("unusual_additions" as const),
        entity: impact.entity,
        school: null,
        section: null,
        limit,
        value: impact[what],
        say: `${impact[what]} ${impact.entity} would be ${what === "gone" ? "removed" : "added"}, where the last ${precedent.runs} good runs let ${precedent[what]} through at most; ${limit} are allowed`
      }
    ]
  })
}

/** A section may not become larger than any class is; a school that is new may fill up. What is said of a section is said first. */
const growthTrips = (impact: Impact, limits: GuardLimits): ReadonlyArray<Trip> => [
  ...impact.growingSections.flatMap((section): ReadonlyArray<Trip> => {
    const { percent, floor, rows } = limits.sectionGrowth
    const after = section.present - section.gone + section.added
    const limit = section.present === 0 ? rows : Math.min(allowed(section.present, percent, floor), rows)
    const isTooMuch = section.present > 0 && section.added > allowed(section.present, percent, floor)
    if (section.added <= floor || (!isTooMuch && after <= rows)) return []
    return [
      {
        guard: "section_growth",
        entity: impact.entity,
        school: null,
        section: section.id,
        limit,
        value: section.added,
        say: `${section.added} ${impact.entity} would land in section ${section.name ?? section.id}, which would go from ${section.present} to ${after}; ${limit} may come, and ${rows} be in it`
      }
    ]
  }),
  ...impact.growingSchools.flatMap((school): ReadonlyArray<Trip> => {
    const limit = allowed(school.present, limits.schoolGrowth.percent, limits.schoolGrowth.floor)
    if (school.present === 0 || school.added <= limit) return []
    return [
      {
        guard: "school_growth",
        entity: impact.entity,
        school: school.id,
        section: null,
        limit,
        value: school.added,
        say: `school ${school.name ?? school.id} would gain ${school.added} ${impact.entity} to its ${school.present}; ${limit} are allowed`
      }
    ]
  })
]

/** A school or section below the floor is too small to be judged by percent; from the floor on, the percent alone counts. */
const scopeTrips = (
  entity: string,
  guard: "per_school" | "per_section",
  scopes: ReadonlyArray<ScopeImpact>,
  limits: { readonly percent: number; readonly floor: number } | null
): ReadonlyArray<Trip> => {
  if (limits === null) return []
  return scopes.flatMap((scope) => {
    if (scope.present < limits.floor) return []
    const limit = Math.floor((scope.present * limits.percent) / 100)
    if (scope.gone <= limit) return []
    return [
      {
        guard,
        entity,
        school: guard === "per_school" ? scope.id : null,
        section: guard === "per_section" ? scope.id : null,
        limit,
        value: scope.gone,
        say:
          guard === "per_school"
            ? `school ${scope.name ?? scope.id} would lose ${scope.gone} of ${scope.present} ${entity}; ${limit} are allowed`
            : `section ${scope.name ?? scope.id} would fall from ${scope.present} to ${scope.present - scope.gone} ${entity}; it may lose ${limit}`
      }
    ]
  })
}
