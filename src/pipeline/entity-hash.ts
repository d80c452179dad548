import { sha256 } from "../core/hash.ts"
import type { Definition, Value } from "./definition.ts"
import { dependenciesOf, rulesOf, valuesOf } from "./references.ts"

/**
 * sha256 over the pieces of the definition that decide which rows an entity has and what is written of them: itself, what
 * it rests on, the rules used, and what is to be done at the target. Guards and gates do not change it.
 */
export const entityHash = (definition: Definition, entity: string): string => {
  const pieces = new Set(["time zone", "source", `load of ${entity}`])
  const rules = (value: Value): void => {
    for (const { rule } of rulesOf(value)) {
      const made = definition.rules.get(rule)
      if (made === undefined || pieces.has(`rule ${rule}`)) continue
      pieces.add(`rule ${rule}`)
      rules(made)
    }
  }
  const visit = (name: string): void => {
    const made = definition.entities.find((one) => one.name === name)
    const piece = made === undefined ? `dataset ${name}` : `entity ${name}`
    if (pieces.has(piece)) return
    pieces.add(piece)
    if (made === undefined) return
    for (const value of valuesOf(made)) rules(value)
    for (const next of dependenciesOf(made)) visit(next)
  }
  visit(entity)
  return sha256(
    [...pieces]
      .toSorted()
      .map((piece) => `${piece} ${definition.pieces[piece] ?? ""}`)
      .join("\n")
  )
}
