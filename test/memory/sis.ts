import type * as Layer from "effect/Layer"
import { bodyOf, kindOf } from "../../src/adapters/oneroster/gradebook/records.ts"
import type { TargetReader, TargetWriter } from "../../src/core/ports/target.ts"
import { emptyTarget, type MemoryTarget, memoryTarget, nameOf, refusalOf, type Troubled } from "./target.ts"

/** The grade book of a SIS in memory: what stands in it, and every PUT that it got. */
export interface MemorySis extends MemoryTarget {
  readonly puts: Array<string>
  /** Keys of the records that it refuses, with what it says. */
  refused: Readonly<Record<string, string>>
}

export const emptySis = (): MemorySis => ({ ...emptyTarget(), puts: [], refused: {} })

/**
 * As a target in memory; it refuses what cannot be sent, a title that another assignment of the class has, and what belongs
 * to an assignment that it has not.
 */
export const memorySis = (
  timezone: string,
  sis: MemorySis = emptySis(),
  { answer = () => null, unreadable = () => null }: Troubled = {}
): Layer.Layer<TargetReader | TargetWriter> =>
  memoryTarget(sis, {
    unreadable,
    unique: { field: "title", within: "class", reason: "Invalid" },
    connection: "campus",
    concurrency: 1,
    resources: ["line_item", "result"],
    idOf: nameOf,
    answer: (step, carryOut) => {
      const trouble = answer(step, carryOut)
      if (trouble !== null) return trouble
      const kind = kindOf(step.resource)
      if (kind === null) return null
      const refuse = (detail: string, reason: "Invalid" | "NotFound" = "Invalid", missing?: string) =>
        refusalOf(reason, {
          connection: "campus",
          request: `PUT …/${kind}s/${nameOf(step)}`,
          detail,
          ...(missing !== undefined && { missing })
        })
      const body = bodyOf(kind, step.fields, timezone)
      if ("refused" in body) return refuse(body.refused)
      sis.puts.push(`PUT ${kind}s/${step.key} ${body.json}`)
      const lineItem = step.fields["line_item"] ?? null
      if (lineItem !== null && !sis.records.has(lineItem)) {
        return refuse("there is no such assignment", "NotFound", "line_item")
      }
      const refusal = sis.refused[step.key]
      return refusal === undefined ? null : refuse(refusal)
    }
  })
