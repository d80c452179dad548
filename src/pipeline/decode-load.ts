import type { Diagnostic } from "../core/diagnostics.ts"
import { suggestion } from "../core/nearest.ts"
import { limitsOf } from "../guards/derived.ts"
import type { GuardLimits, PeopleDefinition, RekeyDefinition } from "./definition.ts"
import type { RawPipeline } from "./schema.ts"
import type { SourceFile } from "./source-file.ts"

/**
 * The part of a pipeline's file about guards, people and records that return. Limits and their defaults are the guards'
 * own.
 */

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

/** The limits of an entity: those of the file for all, and for the entity, over the defaults. */
export const decodeGuards = (guards: NonNullable<RawPipeline["load"]["guards"]>, entity: string): GuardLimits =>
  limitsOf("guards", guards["defaults"], guards[entity])

/** The entities and fields that say who is a person, if the file names them. */
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
          ...limitsOf("classes", raw.classes)
        },
  families:
    raw?.families === undefined
      ? null
      : {
          entity: raw.families.entity,
          student: raw.families.student,
          guardian: raw.families.guardian,
          ...limitsOf("families", raw.families)
        }
})

export const decodeRekey = (raw: RawPipeline["load"]["entities"][string]["rekey"]): RekeyDefinition | null =>
  raw === undefined
    ? null
    : {
        match: raw.match,
        unsure: raw.unsure ?? [],
        shared: raw.shared ?? null
      }
