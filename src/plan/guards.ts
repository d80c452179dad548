import type { GuardLimits } from "../pipeline/definition.ts"
import type { Hold } from "./plan.ts"

/** What guards look at. All counts in rows; `present` is what stands by the ledger before the plan. */
export interface Impact {
  readonly entity: string
  readonly present: number
  readonly desired: number
  readonly gone: number
  readonly changed: number
  /** Only schools and sections that lose rows. */
  readonly schools: ReadonlyArray<ScopeImpact>
  readonly sections: ReadonlyArray<ScopeImpact>
}

export interface ScopeImpact {
  readonly id: string
  readonly name: string | null
  readonly present: number
  readonly gone: number
}

/** Why the source may not have been read whole, in words: of any dataset, and of those the entity is made from. */
export interface Doubts {
  readonly ofSource: ReadonlyArray<string>
  readonly ofLineage: ReadonlyArray<string>
}

/** A hold before it is numbered and before its steps are counted. */
export type Trip = Omit<Hold, "id" | "steps">

/**
 * What the guards say about one entity. When the source is not proven complete, removals are withheld whole, and so are
 * changes of records that are made, directly or not, from a dataset in doubt: a missing teacher must not rename a course.
 * Otherwise the limits count: the entity, then each school, then each section.
 */
export const guardEntity = (impact: Impact, limits: GuardLimits, doubts: Doubts): ReadonlyArray<Trip> => {
  const trips: Array<Trip> = []
  const entity = impact.entity
  const district = { entity, school: null, section: null }
  if (impact.gone > 0 && doubts.ofSource.length > 0) {
    trips.push({
      ...district,
      guard: "incomplete",
      limit: 0,
      value: impact.gone,
      say: `${impact.gone} removals of ${entity} wait, because the source was not proven complete: ${doubts.ofSource.join("; ")}`
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
  trips.push(...scopeTrips(entity, "per_school", impact.schools, limits.perSchool))
  trips.push(...scopeTrips(entity, "per_section", impact.sections, limits.perSection))
  return trips
}

/** A share of what stands, but never less than the floor: small numbers are not guarded by percent. */
const allowed = (present: number, percent: number, floor: number): number =>
  Math.max(floor, Math.floor((present * percent) / 100))

/** A school or section below the floor is too small to be judged by percent; from the floor on, the percent alone counts. */
const scopeTrips = (
  entity: string,
  guard: "per_school" | "per_section",
  scopes: ReadonlyArray<ScopeImpact>,
  limits: { readonly percent: number; readonly floor: number } | null
): ReadonlyArray<Trip> => {
  if (limits === null) return []
  const what = guard === "per_school" ? "school" : "section"
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
        say: `${what} ${scope.name ?? scope.id} would lose ${scope.gone} of ${scope.present} ${entity}; ${limit} are allowed`
      }
    ]
  })
}
