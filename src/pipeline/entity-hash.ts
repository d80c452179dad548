import { sha256 } from "../core/hash.ts"
import type { Definition, Value } from "./definition.ts"
import { dependenciesOf, rulesOf, valuesOf } from "./references.ts"

/**
 * sha256 over the parts of the definition that decide which rows an entity has and what is written of them: itself, what
 * it rests on, the rules used, and what is to be done at the target. Guards and gates do not change it.
 */
export const entityHash = (definition: Definition, entity: string): string => {
  const parts = new Set(["time zone", "source", `load of ${entity}`])
  const rules = (value: Value): void => {
    for (const { rule } of rulesOf(value)) {
      const made = definition.rules.get(rule)
      if (made === undefined || parts.has(`rule ${rule}`)) continue
      parts.add(`rule ${rule}`)
      rules(made)
    }
  }
  const visit = (name: string): void => {
    const made = definition.entities.find((one) => one.name === name)
    const part = made === undefined ? `dataset ${name}` : `entity ${name}`
    if (parts.has(part)) return
    parts.add(part)
    if (made === undefined) return
    for (const value of valuesOf(made)) rules(value)
    for (const next of dependenciesOf(made)) visit(next)
  }
  visit(entity)
  return sha256(
    [...parts]
      .toSorted()
      .map((part) => `${part} ${definition.parts[part] ?? ""}`)
      .join("\n")
  )
}
