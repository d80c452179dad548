import type { QuarantineCount } from "./plan.ts"

/** A rule that turned records away, and how many records followed those there. */
export interface QuarantineCause {
  readonly rule: string
  /** Entities or datasets whose records it turned away itself. */
  readonly entities: ReadonlyArray<string>
  readonly rows: number
  readonly dependents: number
}

/** Causes, the widest first: eleven enrollments of one person are one cause. */
export const quarantineCauses = (counts: ReadonlyArray<QuarantineCount>): ReadonlyArray<QuarantineCause> => {
  const causes = new Map<string, { entities: Array<string>; rows: number; dependents: number }>()
  for (const { entity, rule, rows } of counts) {
    const cause = rule.replace(/^(depends-on:)+/, "")
    const known = causes.get(cause) ?? { entities: [], rows: 0, dependents: 0 }
    causes.set(cause, known)
    if (cause === rule) {
      known.entities.push(entity)
      known.rows += rows
    } else known.dependents += rows
  }
  return [...causes]
    .map(([rule, cause]) => ({ rule, ...cause }))
    .sort((a, b) => b.rows + b.dependents - (a.rows + a.dependents))
}
