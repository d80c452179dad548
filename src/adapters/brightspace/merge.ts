import * as Effect from "effect/Effect"
import type { TargetError, WriteStep } from "../../core/ports/target.ts"

/**
 * Decides about one field that the target holds already: nothing is done where it is as wanted, and otherwise what the
 * overwrite policy says. Nothing at all and an empty text are one.
 *
 * `if_ours` writes over what rollbook wrote last and over nothing; an adopted record holds nothing of ours yet. Of a
 * ref that changed the earlier id is not known (`before` has null), and it counts as ours.
 */
export const decide = (step: WriteStep, field: string, held: string | null): "same" | "write" | "leave" => {
  const wanted = step.fields[field] ?? null
  if (isSame(wanted, held)) return "same"
  switch (step.overwrite[field] ?? "always") {
    case "always":
      return "write"
    case "never":
      return "leave"
    case "if_ours":
      if (isSame(held, null)) return "write"
      return step.action !== "adopt" && field in step.before && isSame(held, step.before[field] ?? null)
        ? "write"
        : "leave"
  }
}

/** As `decide`, for a field that refers to another record. */
export const decideRef = (step: WriteStep, field: string, held: string | null): "same" | "write" | "leave" =>
  decide(step, field, held) === "leave" &&
  step.overwrite[field] === "if_ours" &&
  step.action !== "adopt" &&
  step.changed.includes(field) &&
  (step.before[field] ?? null) === null
    ? "write"
    : decide(step, field, held)

export interface Merged {
  /** The fields of `held`, each as it should stand. */
  readonly fields: Readonly<Record<string, string | null>>
  /** Whether any of them differs from what the target holds. */
  readonly differs: boolean
  readonly leftAlone: ReadonlyArray<string>
}

/** Lays a step's fields over those that the target holds. Fields that the step does not have stay as they are. */
export const merge = (step: WriteStep, held: Readonly<Record<string, string | null>>): Merged => {
  const fields: Record<string, string | null> = { ...held }
  const leftAlone: Array<string> = []
  let differs = false
  for (const [field, value] of Object.entries(held)) {
    if (!(field in step.fields)) continue
    const decision = decide(step, field, value)
    if (decision === "leave") leftAlone.push(field)
    if (decision !== "write") continue
    fields[field] = step.fields[field] ?? null
    differs = true
  }
  return { fields, differs, leftAlone }
}

/** The outcome of writing a part of a record: whether it was written, and the fields that stay as somebody made them. */
export interface Written {
  readonly wrote: boolean
  readonly leftAlone: ReadonlyArray<string>
}

export const untouched: Written = { wrote: false, leftAlone: [] }

/** Brightspace replaces whole blocks: what is held is read, the step's fields are laid over it, and it goes back where it differs. */
export const rewrite = <Held>(
  step: WriteStep,
  read: Effect.Effect<Held, TargetError>,
  fieldsOf: (held: Held) => Readonly<Record<string, string | null>>,
  write: (held: Held, fields: Readonly<Record<string, string | null>>) => Effect.Effect<void, TargetError>
): Effect.Effect<Written, TargetError> =>
  Effect.flatMap(read, (held) => {
    const { fields, differs, leftAlone } = merge(step, fieldsOf(held))
    return Effect.as(differs ? write(held, fields) : Effect.void, { wrote: differs, leftAlone })
  })

/** Name and code of an org unit, as `rewrite` takes them. */
export const namesOf = (held: {
  readonly Name: string | null
  readonly Code: string | null
}): Readonly<Record<"name" | "code", string | null>> => ({ name: held.Name, code: held.Code })

/** The same step with other values in some of its fields. */
export const withFields = (step: WriteStep, fields: Readonly<Record<string, string | null>>): WriteStep => ({
  ...step,
  fields: { ...step.fields, ...fields }
})

const isSame = (a: string | null, b: string | null): boolean => (a ?? "") === (b ?? "")
