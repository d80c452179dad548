import * as Effect from "effect/Effect"
import { suggestion } from "../core/nearest.ts"
import { type PlanPart, wholePlan } from "../core/plan-part.ts"
import type { Definition } from "../pipeline/definition.ts"
import { UsageError } from "./exit.ts"
import { refuseUnknown } from "./known.ts"

const keys = { entity: "entities", school: "schools", section: "sections", session: "sessions" } as const

/**
 * Reads `--only school=ID,section=ID,session=ID,entity=NAME`; everything where it is not given. Entities are those that the
 * pipeline writes.
 */
export const parsePart = (only: string | null, definition: Definition): Effect.Effect<PlanPart, UsageError> =>
  Effect.gen(function* () {
    if (only === null) return wholePlan
    const part = {
      entities: new Array<string>(),
      schools: new Array<string>(),
      sections: new Array<string>(),
      sessions: new Array<string>()
    }
    // A comma within a name, as titles have them, is written with a backslash before it.
    for (const one of only.split(/(?<!\\),/)) {
      const [key = "", ...rest] = one.split("=")
      const value = rest.join("=").trim().replaceAll("\\,", ",")
      const list = keys[key.trim() as keyof typeof keys] as keyof PlanPart | undefined
      if (list === undefined || value === "") {
        return yield* new UsageError({
          detail: `--only ${only}: "${one}" is not a part of a plan`,
          hint: suggestion(key.trim(), Object.keys(keys)) || "school=ID,section=ID,session=ID,entity=NAME"
        })
      }
      part[list].push(value)
    }
    const loaded = definition.load.entities.map((load) => load.entity)
    for (const entity of part.entities) yield* refuseUnknown("entity", entity, loaded)
    return part
  })
