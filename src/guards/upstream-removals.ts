import * as Effect from "effect/Effect"
import { changes } from "../state/change-set.ts"
import { joined, sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { closure, holdWaiting, waits } from "./closure.ts"
import { district, guard } from "./guard.ts"

/**
 * A record is not removed while one that refers to it is held back from removal. Asked from the leaves up, so that a held
 * removal holds back the removal of what it refers to.
 */
export const upstreamRemovals = guard({
  name: "upstream_removals",
  weighs: "chain",
  describe: "removals of what held removals refer to",
  at: "guards",
  keys: {},
  from: "leaves",
  // A step that refers to a record that is not there yet waits with it; it is no removal, so that nothing here hangs on it.
  before: (night) => holdWaiting("reference", night.entities),
  measure: () => Effect.void,
  trip: (_seen, _given, entity) => [district(entity, 0, 0, tell("hold.upstream-removals", { entity: entity.name }))],
  steps: ({ entity }, _given, night) =>
    joined(
      closure(changes, night.entities).flatMap((wait) =>
        wait.kind === "removal" && wait.entity === entity ? [waits(wait)] : []
      ),
      " OR ",
      sql`false`
    )
})
