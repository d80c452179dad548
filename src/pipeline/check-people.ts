import { suggestion } from "../core/nearest.ts"
import type { Definition, FieldDefinition, LoadEntityDefinition, SourceRange } from "./definition.ts"
import type { Path } from "./source-file.ts"

type Complain = (place: Path | SourceRange, message: string, hint?: string) => void

/** Names in `load.people`: entities that are loaded, and fields of theirs that point to records where they must. */
export const checkPeople = (definition: Definition, complain: Complain): void => {
  const { classes, families } = definition.load.people
  if (classes !== null) {
    const path: Path = ["load", "people", "classes"]
    const fields = fieldsOf(classes.entity, definition, [...path, "entity"], complain)
    if (fields !== null) {
      for (const key of ["person", "class"] as const) wantRef(fields, classes[key], [...path, key], complain)
      wantField(fields, classes.role, [...path, "role"], complain)
    }
  }
  if (families !== null) {
    const path: Path = ["load", "people", "families"]
    const fields = fieldsOf(families.entity, definition, [...path, "entity"], complain)
    if (fields !== null) {
      for (const key of ["student", "guardian"] as const) wantRef(fields, families[key], [...path, key], complain)
    }
  }
}

/** Names in the `rekey` of a loaded entity. */
export const checkRekey = (load: LoadEntityDefinition, definition: Definition, complain: Complain): void => {
  if (load.rekey === null) return
  const path: Path = ["load", "entities", load.entity, "rekey"]
  const own = definition.entities.find((one) => one.name === load.entity)?.fields ?? []
  const names = [...own.map((field) => field.name), "school", "section"]
  for (const key of ["match", "unsure"] as const) {
    for (const [index, fields] of load.rekey[key].entries()) {
      if (fields.length === 0) complain([...path, key, index], "a list of no fields would match any two records")
      for (const [place, field] of fields.entries()) {
        if (!names.includes(field))
          complain([...path, key, index, place], `there is no field ${field}`, suggestion(field, names))
      }
    }
  }
  const shared = load.rekey.shared
  if (shared === null) return
  const at: Path = [...path, "shared"]
  const fields = fieldsOf(shared.entity, definition, [...at, "entity"], complain)
  if (fields === null) return
  wantRef(fields, shared.of, [...at, "of"], complain)
  wantField(fields, shared.by, [...at, "by"], complain)
  const of = fields.find((field) => field.name === shared.of)
  if (of?.kind === "ref" && !of.entities.includes(load.entity)) {
    complain([...at, "of"], `${shared.of} of ${shared.entity} does not point to ${load.entity}`)
  }
  const by = fields.find((field) => field.name === shared.by)
  for (const member of by?.kind === "ref" ? by.entities : []) {
    if (definition.load.entities.some((one) => one.entity === member && one.rekey?.shared != null)) {
      complain(
        [...at, "by"],
        `members must be known before their rosters are compared, and ${member} has a roster itself`
      )
    }
  }
}

const fieldsOf = (
  entity: string,
  definition: Definition,
  path: Path,
  complain: Complain
): ReadonlyArray<FieldDefinition> | null => {
  const loaded = definition.load.entities.map((load) => load.entity)
  if (loaded.includes(entity)) return definition.entities.find((one) => one.name === entity)?.fields ?? null
  complain(path, `there is no entity ${entity} that is written to the target`, suggestion(entity, loaded))
  return null
}

const wantField = (fields: ReadonlyArray<FieldDefinition>, name: string, path: Path, complain: Complain): void => {
  const names = fields.map((field) => field.name)
  if (!names.includes(name)) complain(path, `there is no field ${name}`, suggestion(name, names))
}

const wantRef = (fields: ReadonlyArray<FieldDefinition>, name: string, path: Path, complain: Complain): void => {
  wantField(fields, name, path, complain)
  if (fields.find((field) => field.name === name)?.kind === "value") {
    complain(path, `${name} is a value and points to no record`)
  }
}
