import { userInfo } from "node:os"
import type { PlanPart } from "../core/plan-part.ts"
import type { Definition } from "../pipeline/definition.ts"
import { isExport } from "../pipeline/serving.ts"

/**
 * The person who asks for a run: whom `--as` names. An export of single sections or academic sessions is never the schedule's;
 * where nobody is named it is that of the account that types it. Null = the schedule, which may well go by schools.
 */
export const whoAsks = (
  definition: Definition,
  named: string | null,
  ...parts: ReadonlyArray<PlanPart>
): string | null => {
  if (named !== null) return named
  const isOfPeople = parts.some(({ sections, sessions }) => sections.length + sessions.length > 0)
  return isExport(definition) && isOfPeople ? accountName() : null
}

/** Whoever types a command, by the account on this machine. */
export const accountName = (): string => {
  try {
    return userInfo().username
  } catch {
    // An account without a name, as containers have them.
    return "somebody"
  }
}
