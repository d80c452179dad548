import * as Effect from "effect/Effect"
import { suggestion } from "../core/nearest.ts"
import { type PlanPart, wholePlan } from "../core/plan-part.ts"
import { UsageError } from "./exit.ts"

const keys = { entity: "entities", school: "schools", section: "sections", session: "sessions" } as const

/** Reads `--only school=ID,section=ID,session=ID,entity=NAME`; everything where it is not given. */
export const parsePart = (only: string | null): Effect.Effect<PlanPart, UsageError> =>
  Effect.suspend(() => {
    if (only === null) return Effect.succeed(wholePlan)
    const part = {
      entities: new Array<string>(),
      schools: new Array<string>(),
      sections: new Array<string>(),
      sessions: new Array<string>()
    }
    for (const one of only.split(",")) {
      const [key = "", ...rest] = one.split("=")
      const value = rest.join("=").trim()
      const list = keys[key.trim() as keyof typeof keys] as keyof PlanPart | undefined
      if (list === undefined || value === "") {
        return Effect.fail(
          new UsageError({
            detail: `--only ${only}: "${one}" is not of the form key=value`,
            hint: suggestion(key.trim(), Object.keys(keys)) || "school=ID,section=ID,session=ID,entity=NAME"
          })
        )
      }
      part[list].push(value)
    }
    return Effect.succeed(part)
  })
