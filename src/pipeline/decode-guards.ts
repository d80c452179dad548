import type { Diagnostic } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import type { GuardLimits, Limit, PeopleDefinition, RekeyDefinition } from "./definition.ts"
import type { RawPipeline } from "./schema.ts"
import type { SourceFile } from "./source-file.ts"

type RawGuards = NonNullable<RawPipeline["load"]["guards"]>
type RawLimit = { readonly percent: number; readonly floor?: number | undefined; readonly rows?: number | undefined }

const defaultGuards: GuardLimits = {
  gone: { percent: 5, floor: 10, rows: null },
  changed: { percent: 75, floor: 50 },
  identity: { percent: 5, floor: 20, rows: 500 },
  perSchool: { percent: 10, floor: 10 },
  perSection: { percent: 50, floor: 5 },
  empty: "hold",
  schoolGrowth: { percent: 25, floor: 200 },
  sectionGrowth: { percent: 100, floor: 50, rows: 300 },
  unusual: { runs: 10, times: 5, floor: 100 },
  flapping: { runs: 5, times: 3 },
  redefined: { percent: 5, floor: 10 }
}

/** A guard of an entity that is written nowhere guards nothing. */
export const refuseUnknownGuards = (source: SourceFile, raw: RawPipeline, problems: Array<Diagnostic>): void => {
  const loaded = Object.keys(raw.load.entities)
  for (const name of Object.keys(raw.load.guards ?? {})) {
    if (name === "defaults" || loaded.includes(name)) continue
    problems.push(
      source.diagnostic(["load", "guards", name], `there is no entity ${name} that is written to the target`, {
        hint: suggestion(name, ["defaults", ...loaded]),
        key: true
      })
    )
  }
}

/** The limits of an entity: the defaults, with those of the file for all and for the entity written over them. */
export const decodeGuards = (guards: RawGuards, entity: string): GuardLimits =>
  over(over(defaultGuards, guards["defaults"]), guards[entity])

/** How many rows of a dataset may be in quarantine for one reason. */
export const decodeTurnedAway = (raw: RawLimit | undefined): Limit => limit(raw ?? { percent: 50 }, 10)

/** Limits with what was written over them; a key left out stays as it was. */
const over = (base: GuardLimits, raw: RawGuards[string] | undefined): GuardLimits => {
  if (raw === undefined) return base
  return {
    gone: raw.gone === undefined ? base.gone : { ...limit(raw.gone, 10), rows: raw.gone.rows ?? null },
    changed: raw.changed === undefined ? base.changed : limit(raw.changed, 50),
    identity:
      raw.identity === undefined
        ? base.identity
        : { ...limit(raw.identity, 20), rows: raw.identity.rows ?? base.identity.rows },
    perSchool: raw.per_school === undefined ? base.perSchool : limit(raw.per_school, 10),
    perSection: raw.per_section === undefined ? base.perSection : limit(raw.per_section, 5),
    empty: raw.empty ?? base.empty,
    schoolGrowth: raw.school_growth === undefined ? base.schoolGrowth : limit(raw.school_growth, 200),
    sectionGrowth:
      raw.section_growth === undefined
        ? base.sectionGrowth
        : { ...limit(raw.section_growth, 50), rows: raw.section_growth.rows ?? 300 },
    unusual: raw.unusual === undefined ? base.unusual : { ...raw.unusual, floor: raw.unusual.floor ?? 100 },
    flapping: raw.flapping ?? base.flapping,
    redefined: raw.redefined === undefined ? base.redefined : limit(raw.redefined, 10)
  }
}

/** Who is a person, where the file says it. */
export const decodePeople = (raw: RawPipeline["load"]["people"]): PeopleDefinition => ({
  classes:
    raw?.classes === undefined
      ? null
      : {
          entity: raw.classes.entity,
          person: raw.classes.person,
          class: raw.classes.class,
          role: raw.classes.role,
          teachers: raw.classes.teachers,
          students: raw.classes.students,
          withoutStudents: limit(raw.classes.without_students ?? { percent: 5 }, 2),
          withoutClass: limit(raw.classes.without_class ?? { percent: 1 }, 5),
          withoutClassPerSchool: limit(raw.classes.without_class_per_school ?? { percent: 5 }, 5)
        },
  families:
    raw?.families === undefined
      ? null
      : {
          entity: raw.families.entity,
          student: raw.families.student,
          guardian: raw.families.guardian,
          guardiansPerStudent: raw.families.guardians_per_student ?? 8,
          studentsPerGuardian: raw.families.students_per_guardian ?? 20
        }
})

export const decodeRekey = (raw: RawPipeline["load"]["entities"][string]["rekey"]): RekeyDefinition | null =>
  raw === undefined
    ? null
    : {
        match: raw.match,
        unsure: raw.unsure ?? [],
        shared: raw.shared === undefined ? null : { ...raw.shared, percent: raw.shared.percent ?? 80 }
      }

const limit = (raw: RawLimit, floor: number): Limit => ({ percent: raw.percent, floor: raw.floor ?? floor })
