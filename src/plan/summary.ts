import * as JSONSchema from "effect/JSONSchema"
import * as Schema from "effect/Schema"
import { rows, words, wordsOrNull } from "../core/described.ts"

const people = (description: string) => Schema.NullOr(Schema.Number).annotations({ description })

const placeFields = {
  id: words("SIS id"),
  name: wordsOrNull("what people call it; null where no record says"),
  school: wordsOrNull("SIS id of its school"),
  removed: rows("removals"),
  added: rows("creates and restores"),
  changed: rows("every other step"),
  held: rows("steps withheld")
}

const PlaceChangeSchema = Schema.Struct(placeFields).annotations({ identifier: "PlaceChange" })
export type PlaceChange = typeof PlaceChangeSchema.Type

const SectionChangeSchema = Schema.Struct({
  ...placeFields,
  course: wordsOrNull("SIS id of its course"),
  before: people("people in it before; null where no entity puts people into sections"),
  after: people("people in it when every step is carried out"),
  afterWithoutHeld: people("people in it when what is held is left out")
}).annotations({ identifier: "SectionChange" })
export type SectionChange = typeof SectionChangeSchema.Type

const RunStepsSchema = Schema.Struct({
  run: Schema.Number.annotations({ description: "number of the run" }),
  as_of: words("YYYY-MM-DD in the district's time zone"),
  steps: rows("steps in its plan"),
  removals: rows("removals among them"),
  held: rows("steps withheld")
}).annotations({ identifier: "RunSteps" })
export type RunSteps = typeof RunStepsSchema.Type

/** A plan by place, and beside the runs before it: what a report shows without reading the steps. */
export const PlanSummarySchema = Schema.Struct({
  changes: Schema.Array(
    Schema.Struct({
      school: wordsOrNull("SIS id; null = of no school"),
      entity: words("name of the entity"),
      action: words("what the steps do"),
      steps: rows("steps"),
      held: rows("steps withheld")
    })
  ).annotations({ description: "steps per school, entity and action" }),
  schools: Schema.Array(
    Schema.Struct({ id: words("SIS id"), name: wordsOrNull("what people call it; null where no record says") })
  ).annotations({ description: "schools that the plan touches" }),
  courses: Schema.Array(PlaceChangeSchema).annotations({
    description: "courses whose sections the plan touches, those that lose most first; not all where there are many"
  }),
  coursesTouched: Schema.Number.annotations({ description: "courses touched, listed or not" }),
  sections: Schema.Array(SectionChangeSchema).annotations({
    description: "sections that the plan touches, those that lose most first; not all where there are many"
  }),
  sectionsTouched: Schema.Number.annotations({ description: "sections touched, listed or not" }),
  runs: Schema.Array(RunStepsSchema).annotations({
    description: "the thirty plans of this pipeline before this one, oldest first"
  })
}).annotations({ identifier: "PlanSummary", title: "The summary of a rollbook plan, summary.json" })
export type PlanSummary = typeof PlanSummarySchema.Type

export const planSummaryJsonSchema = (): object => JSONSchema.make(PlanSummarySchema)
