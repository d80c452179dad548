import * as Effect from "effect/Effect"
import type { PlanFile } from "../../plan/plan.ts"
import type { CollectionRead } from "../../service/http/contract/plans.ts"
import type { Room } from "./room.ts"

/** How each collection was read for a plan; of ledgers and tables that lie beside the pipeline nothing is told. */
export const readsOf = (
  room: Pick<Room, "definition">,
  { pipeline, source }: Pick<PlanFile, "pipeline" | "source">
): Effect.Effect<ReadonlyArray<CollectionRead>> =>
  Effect.map(Effect.option(room.definition(pipeline)), (definition) => {
    const modes = new Map(
      definition._tag === "None" ? [] : definition.value.datasets.map(({ mode, name }) => [name, mode.kind])
    )
    return source.map(({ dataset, delta, not_modified, proven, read_whole, rows }) => ({
      dataset,
      rows,
      how:
        not_modified === true
          ? "not sent"
          : delta !== undefined
            ? "by delta"
            : read_whole !== undefined
              ? "whole"
              : (hows[modes.get(dataset) ?? ""] ?? null),
      proven,
      changed: delta?.changed ?? null,
      since: delta?.since ?? null,
      whole_by: delta?.whole_by ?? null
    }))
  })

/** By the mode of a dataset that says nothing else: those of changes are asked part by part then. */
const hows: Readonly<Record<string, CollectionRead["how"]>> = {
  whole: "whole",
  delta: "part by part",
  kept: "part by part"
}
