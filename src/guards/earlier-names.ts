import type { GuardName } from "./derived.ts"

/**
 * Names that guards had in earlier builds, with those of now. Plans of those builds say them still; as keys of a pipeline's
 * file they are refused, and the new name is said.
 */
export const earlierGuardNames: ReadonlyMap<string, GuardName> = new Map<string, GuardName>([
  ["taken", "name_conflict"],
  ["follows", "upstream_updates"],
  ["depends", "upstream_removals"],
  ["redefined", "pipeline_changed"]
])
