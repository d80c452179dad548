import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { PlanPart } from "../core/plan-part.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { Warehouse, WarehouseError } from "../core/ports/warehouse.ts"
import { findClass, rosterRelations } from "../extract/used-classes.ts"
import { gradebookSystem } from "./gradebook-tables.ts"
import type { Doing } from "../core/doing.ts"
import { tell } from "../core/told.ts"

/**
 * An export that somebody asked for is not available. `NoPermission`: the role lacks the permission; `SwitchedOff`: the
 * integration does not allow people to ask; `NotManaged`: the course is no part of the integration.
 */
export class ExportUnavailable extends Data.TaggedError("ExportUnavailable")<{
  readonly reason: "NoPermission" | "SwitchedOff" | "NotManaged"
  readonly pipeline: string
  readonly detail: string
}> {
  override get message(): string {
    return this.detail
  }
}

/** Refuses a person where the pipeline runs by its schedule alone. Nothing was read or sent. */
export const admitPerson = (definition: Definition, askedBy: string | null): Effect.Effect<void, ExportUnavailable> =>
  askedBy === null || definition.load.gates.onDemand
    ? Effect.void
    : Effect.fail(
        new ExportUnavailable({
          reason: "SwitchedOff",
          pipeline: definition.name,
          detail: `the integration is not configured to allow users to export: gates.on_demand of ${definition.name} is off`
        })
      )

/** Refuses a part that names a class which rollbook does not manage, where the pipeline knows its classes. */
export const admitSections = Effect.fn("gradebook.admit-sections")(function* (
  definition: Definition,
  part: PlanPart
): Doing<void, ExportUnavailable | WarehouseError, Warehouse> {
  if (part.sections.length === 0 || (yield* rosterRelations(definition)) === null) return
  for (const section of part.sections) {
    if ((yield* findClass(definition, section)) === null) return yield* notManaged(definition, section)
  }
})

/** In the words of the guide, with what to do. */
export const notManaged = (definition: Definition, section: string): ExportUnavailable =>
  new ExportUnavailable({
    reason: "NotManaged",
    pipeline: definition.name,
    detail: tell("refused.not-managed", { section, system: gradebookSystem(definition) })
  })
